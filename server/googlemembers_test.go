package server_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/server"
	googlecalls "github.com/anteroom-go/anteroom/server/calls"
)

// TestMembers are attendees: the owner is none of them.
func TestMembers(t *testing.T) {
	each(t, func(t *testing.T, a *api) {
		is := is.New(t)
		m := newMeet(t, a)
		token := m.tokenFor("alice@example.com")
		_, space := m.ask(token, "POST", "/google/v2/spaces", `{}`)
		members := "/google/v2/" + space["name"].(string) + "/members"
		status, list := m.ask(token, "GET", members, "")
		is.Equal(status, 200)
		is.Equal(list["members"], nil)
		names := []string{}
		for i, role := range []string{"COHOST", "ROLE_UNSPECIFIED", "COHOST"} {
			status, member := m.ask(token, "POST", members, fmt.Sprintf(`{"email":"p%d@example.com","role":%q}`, i, role))
			is.Equal(status, 200)
			is.Equal(member["email"], fmt.Sprintf("p%d@example.com", i))
			names = append(names, member["name"].(string))
		}
		_, list = m.ask(token, "GET", members+"?pageSize=2", "")
		is.Equal(len(list["members"].([]any)), 2)
		_, list = m.ask(token, "GET", members+"?page_size=2&page_token="+list["nextPageToken"].(string), "")
		is.Equal(at(list["members"].([]any)[0], "name"), names[2]) // pages join
		is.Equal(list["nextPageToken"], nil)

		_, member := m.ask(token, "GET", "/google/v2/"+names[1], "")
		is.Equal(member["role"], nil) // an unspecified value is never answered
		_, member = m.ask(token, "PATCH", "/google/v2/"+names[1]+"?updateMask=role", `{"role":1}`)
		is.Equal(member["role"], "COHOST")
		_, member = m.ask(token, "PATCH", "/google/v2/"+names[1]+"?updateMask=*", `{}`)
		is.Equal(member["role"], nil)
		for _, body := range []string{`{"email":"other@example.com"}`, `{"colour":"red"}`, `{"role":"HOST"}`} {
			status, _ = m.ask(token, "PATCH", "/google/v2/"+names[1], body)
			is.Equal(status, 400)
		}
		batch := func(body string, more ...any) (int, object) {
			return m.ask(token, "POST", members+":batchUpdate", fmt.Sprintf(body, more...))
		}
		status, answer := batch(`{"requests":[{"member":{"name":%q,"role":"COHOST"}},{"member":{"name":%q}}]}`,
			names[1], names[0])
		is.Equal(status, 200)
		is.Equal(at(answer["members"].([]any)[0], "role"), "COHOST") // in the order of the request
		is.Equal(at(answer["members"].([]any)[1], "role"), nil)
		for _, body := range []string{`{"requests":[]}`, `{}`, `{"requests":[{"member":{"name":"spaces/x/members/y"}}]}`,
			`{"requests":[{"member":{"name":"` + names[0] + `","role":1}},{"member":{"name":"` + names[0] + `"}}]}`,
			`{"requests":[{"member":{"name":"` + names[0] + `","role":1},"updateMask":"role"}]}`,
			`{"requests":[{"member":{"name":"` + names[0] + `","role":1}},{}]}`, `{"other":1,"requests":[{}]}`} {
			status, _ = batch("%s", body)
			is.Equal(status, 400)
		}
		_, member = m.ask(token, "GET", "/google/v2/"+names[0], "")
		is.Equal(member["role"], nil) // a batch is made as a whole, or not

		status, _ = m.ask(token, "POST", members, `{"email":"alice@example.com"}`)
		is.Equal(status, 409) // the owner is no member
		status, answer = m.ask(token, "POST", members, `{"email":"nobody"}`)
		is.Equal(status, 400)
		is.True(strings.Contains(text(answer), `"field":"email"`))
		room := strings.TrimPrefix(space["name"].(string), "spaces/")
		status, _ = m.ask(token, "GET", members+"/"+room, "")
		is.Equal(status, 404) // nor found as one
		status, _ = m.ask(token, "DELETE", members+"/"+room, "")
		is.Equal(status, 404)
		for _, want := range []int{200, 404} {
			status, _ = m.ask(token, "DELETE", "/google/v2/"+names[2], "")
			is.Equal(status, want) // once
		}
		status, _ = m.ask(m.tokenFor("bob@example.com"), "GET", members, "")
		is.Equal(status, 404) // not yours is not there
	}, withGoogle)
}

func replacedGoogle() map[string]replacement {
	return map[string]replacement{
		"Google": set(func(c *server.Config) { c.Google = true }, func(a *api) bool {
			return a.statusOf("GET", "/google/v2/spaces/x") == 401
		}),
		"Calls": set(func(c *server.Config) {
			c.Google, c.Calls = true, googlecalls.Source{Records: noRecords}
		}, func(a *api) bool {
			if !a.config.Google {
				return false
			}
			m := newMeet(a.T, a)
			status, _ := m.ask(m.tokenFor("alice@example.com"), "GET", "/google/v2/conferenceRecords", "")
			return status == 503
		}),
		"GoogleKeys": set(func(c *server.Config) { c.GoogleKeys = noKeys{} }, func(a *api) bool {
			m := newMeet(a.T, a)
			return m.bearer(m.good()).code() == "invalid_grant"
		}),
	}
}
