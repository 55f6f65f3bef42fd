package server_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/scopes"
)

// names are texts that name a room in a path.
func names(room object) []string {
	id, slug := room["id"].(string), room["slug"].(string)
	return []string{id, strings.ToUpper(id), strings.ReplaceAll(id, "-", ""), "urn:uuid:" + id, "%7B" + id + "%7D",
		slug, strings.ToUpper(slug)}
}

func TestRoomsAreNamedByTheirSlugAsByTheirID(t *testing.T) {
	each(t, func(t *testing.T, a *api) {
		token, bob := a.token("alice@example.com"), a.token("bob@example.com")
		for i := range names(object{"id": "", "slug": ""}) {
			is := is.New(t)
			room := a.create(`{"name":"Budget"}`, token)
			path := "/rooms/" + names(room)[i] + "/"
			r := a.call("GET", path, "", token)
			is.Equal(r.json(t), room)
			tag := r.Header.Get("ETag")
			is.Equal(a.send("GET", path, "", token, "If-None-Match: "+tag).StatusCode, 304) // conditions are the same
			problem(t, a.send("PATCH", path, `{"name":"x"}`, token, jsonType, `If-Match: "1-x"`), 412, "precondition_failed")
			is.Equal(a.send("PATCH", path, `{"name":"New"}`, token, jsonType, "If-Match: "+tag).json(t)["id"], room["id"])
			is.Equal(a.call("GET", path+"invitation/", "", token).StatusCode, 200)
			added := a.call("POST", path+"attendees/", `{"email":"carol@example.com"}`, token)
			is.Equal(added.StatusCode, 201)
			location := strings.TrimPrefix(added.Header.Get("Location"), apiURL)
			is.Equal(a.call("GET", location, "", token).json(t), added.json(t)) // and leads there
			attendee := strings.ToUpper(strings.ReplaceAll(added.json(t)["id"].(string), "-", ""))
			is.Equal(a.call("PATCH", path+"attendees/"+attendee, `{"role":"administrator"}`, token).StatusCode, 200)
			is.Equal(a.call("GET", path+"attendees/", "", token).json(t)["count"], 2.0)
			is.Equal(a.call("PUT", path+"attendees/", `{"attendees":[]}`, token).StatusCode, 200)

			nothing := names(object{"id": exampleID, "slug": "zzz-zzzz-zzz"})[i]
			absent := a.call("GET", "/rooms/"+nothing, "", token)
			foreign := a.call("GET", path, "", bob)
			problem(t, foreign, 404, "not_found")
			is.Equal(settled(strings.ReplaceAll(foreign.body, foreign.Header.Get("X-Request-Id"), "")),
				settled(strings.ReplaceAll(absent.body, absent.Header.Get("X-Request-Id"), ""))) // no oracle for rooms of others
			for _, method := range []string{"PATCH", "DELETE"} {
				problem(t, a.call(method, path, "{}", bob), 404, "not_found")
			}
			is.Equal(a.call("DELETE", path, "", token).StatusCode, 204)
			problem(t, a.call("GET", path, "", token), 404, "not_found")
		}
	}, unlimited)
}

func TestTextsThatAreNotKeptAsSent(t *testing.T) {
	a := onSQLite(t)
	token := a.token("alice@example.com")
	path, _ := a.roomWith("", token)
	for _, half := range []string{`\ud800`, `\udfff`, `x\udc00`, `\ud83dx`, `\udc00\ud800`} {
		for _, sent := range []struct{ method, path, body string }{
			{"POST", "/rooms/", `{"name":"%s"}`}, {"POST", "/rooms/", `{"external_id":"%s"}`},
			{"POST", "/rooms/", `{"metadata":{"%s":"x"}}`}, {"POST", "/rooms/", `{"metadata":{"a":"%s"}}`},
			{"POST", "/rooms/", `{"%s":1}`}, {"POST", "/rooms/", `{"id":"%s"}`}, {"PATCH", path, `{"name":"%s"}`},
			{"PATCH", path, `{"configuration":{"%s":null}}`}, {"POST", "/rooms/lookup/", `{"url":"https://x/%s"}`},
			{"POST", path + "attendees/", `{"email":"%s@example.com"}`},
			{"PUT", path + "attendees/", `{"attendees":[{"email":"%s@example.com"}]}`},
		} {
			r := a.call(sent.method, sent.path, fmt.Sprintf(sent.body, half), token)
			problem(t, r, 400, "invalid_request") // RFC 8259 §8.2: half a character is none
		}
		r := a.send("POST", "/application/token/", `{"grant_type":"client_credentials","client_id":"`+half+`"}`, jsonType)
		is.New(t).Equal(r.StatusCode, 400)
	}
	is.New(t).Equal(a.create(`{"name":"\ud83d\ude00"}`, token)["name"], "😀")
}

func TestTimesOfRFC3339(t *testing.T) {
	a := onSQLite(t, unlimited)
	token := a.token("alice@example.com")
	for text, want := range map[string]string{
		"2099-01-01t00:00:00z": "2099-01-01T00:00:00.000000Z", "2098-12-31T23:59:60Z": "2099-01-01T00:00:00.000000Z",
		"2099-01-01T00:00:00-00:00": "2099-01-01T00:00:00.000000Z",
		"2099-01-01T23:59:00+23:59": "2099-01-01T00:00:00.000000Z",
		"2099-01-01T6:30:00Z":       "", "2099-01-01T00:00:00,5Z": "", "2099-01-01T00:00:00+24:00": "",
		"2099-01-01T00:00:00+5:30": "",
		"10000-01-01T00:00:00Z":    "", "2099-01-01T24:00:00Z": "", "2099-01-01 00:00:00Z": "", "2099-01-01T00:00Z": "",
		"9999-12-31T23:59:60Z": "",
	} {
		is := is.New(t)
		body := `{"expires_at":"` + text + `"}`
		filter := "/rooms/?created_before=" + url.QueryEscape(text)
		if want == "" {
			problem(t, a.call("POST", "/rooms/", body, token), 400, "invalid_input")
			problem(t, a.call("GET", filter, "", token), 400, "invalid_input") // one reader of times
			continue
		}
		is.Equal(a.create(body, token)["expires_at"], want)
		is.Equal(a.call("GET", filter, "", token).StatusCode, 200)
	}
}

func TestListsInQueriesAndForms(t *testing.T) {
	is := is.New(t)
	a := onSQLite(t)
	token := a.token("alice@example.com")
	for _, name := range []string{"a", "b", "c"} {
		a.create(`{"name":"`+name+`","external_id":"`+name+`"}`, token)
	}
	for _, query := range []string{"external_id[]=a&external_id[]=b", "external_id[0]=a&external_id[1]=b",
		"external_id%5B%5D=a&external_id%5b1%5d=b", "external_id=a&external_id[]=b"} {
		is.Equal(a.names("?order[]=created_at&"+query, token), []string{"a", "b"}) // lists as PHP and Rails write them
	}
	r := a.call("GET", "/rooms/?page_size=1&external_id[]=a&external_id[]=b", "", token)
	next := strings.TrimPrefix(nextLink(r), "/rooms/")
	is.Equal(a.names(next, token), []string{"a"}) // the next page is of the same list
	for _, query := range []string{"page[]=1&page[]=2", "page=1&page[0]=2", "external_id[a]=b", "[]=1"} {
		problem(t, a.call("GET", "/rooms/?"+query, "", token), 400, "invalid_input")
	}
	form := url.Values{"grant_type[]": {"client_credentials"}, "client_id[0]": {a.clientID},
		"client_secret": {string(a.secret)},
		"scope[]":       {"alice@example.com rooms:list"}}
	r = a.send("POST", "/application/token/", form.Encode(), formType)
	is.Equal(r.json(t)["scope"], string(scopes.RoomsList)) // one value is not overlooked
	form.Add("scope[]", "rooms:create")
	is.Equal(a.send("POST", "/application/token/", form.Encode(), formType).StatusCode, 400) // nor are two
}
