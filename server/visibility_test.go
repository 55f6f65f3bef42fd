package server_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/scopes"
	"github.com/anteroom-go/anteroom/server/database/tables"
)

func TestVisibility(t *testing.T) {
	each(t, func(t *testing.T, a *api) {
		is := is.New(t)
		crm, crmSecret := a.register(delegation.Application{Name: "CRM", Scopes: scopes.Rooms(),
			Policy: delegation.Policy{Domains: []delegation.Domain{"example.com"}}})
		alice := a.token("alice@example.com")
		bob := a.token("bob@example.com")
		aliceInCRM := a.tokenOf(crm, crmSecret, "alice@example.com")
		room := a.create("", alice)
		id := room["id"].(string)
		absent := a.call("GET", "/rooms/0199d9f6-5c1e-7d2a-9a53-1d2f3b4c5d6e/", "", alice)
		for name, token := range map[string]string{"another user": bob, "another application": aliceInCRM} {
			for _, method := range []string{"GET", "PATCH", "DELETE"} {
				body := map[string]string{"PATCH": `{"name":"x"}`}[method]
				r := a.call(method, "/rooms/"+id+"/", body, token)
				problem(t, r, 404, "not_found")
				is.Equal(withoutID(r.body), withoutID(absent.body)) // one body: not yours is not there
			}
			is.Equal(a.call("GET", "/rooms/", "", token).json(t)["count"], 0.0) // nor in the list
			_ = name
		}
		for _, odd := range []string{"x", "1", "..", "null", strings.ToUpper(id) + "0", "{" + id, "(" + id + ")",
			"urn:x:" + id,
			strings.Replace(id, "-", "", 1), "%27%20OR%201=1", "%00", strings.Repeat("a", 5000)} {
			r := a.call("GET", "/rooms/"+odd+"/", "", alice)
			problem(t, r, 404, "not_found")
			is.Equal(withoutID(r.body), withoutID(absent.body)) // nor is what is no id
		}
		is.Equal(a.call("GET", "/rooms/"+strings.ToUpper(id)+"/", "", alice).json(t), room) // a UUID has no case

		_, err := a.registry.UpdateApplication(t.Context(), crm,
			func(app *delegation.Application) error { app.Reach = delegation.ReachUser; return nil })
		is.NoErr(err)
		is.Equal(a.call("GET", "/rooms/"+id+"/", "", aliceInCRM).json(t), room) // an operator may widen the reach
		bobInCRM := a.tokenOf(crm, crmSecret, "bob@example.com")
		problem(t, a.call("GET", "/rooms/"+id+"/", "", bobInCRM), 404, "not_found") // never beyond the user
	})
}

// withoutID removes the request id from a problem.
func withoutID(body string) string {
	return regexp.MustCompile(`"request_id":"[^"]*"`).ReplaceAllString(body, "")
}

func TestRoles(t *testing.T) {
	each(t, func(t *testing.T, a *api) {
		is := is.New(t)
		id := a.create("", a.token("alice@example.com"))["id"].(string)
		bob, err := a.registry.UserByEmail(t.Context(), "bob@example.com")
		is.NoErr(err)
		_, err = a.config.DB.ExecContext(t.Context(), tables.SQL(a.config.DB, `
			INSERT INTO {room_members} (room_id, id, user_id, role, source_kind, source_id, created_at)
			VALUES (?, 'bob', ?, 'member', 'application', ?, ?)`), id, bob.ID, a.clientID, time.Now())
		is.NoErr(err)
		token := a.token("bob@example.com")
		is.Equal(a.call("GET", "/rooms/"+id, "", token).StatusCode, 200)                   // a member may read
		problem(t, a.call("PATCH", "/rooms/"+id, `{"name":"x"}`, token), 403, "forbidden") // but not change
		problem(t, a.call("DELETE", "/rooms/"+id, "", token), 403, "forbidden")            // nor delete
		setRole(t, a, "administrator", bob.ID)
		is.Equal(a.call("PATCH", "/rooms/"+id, `{"name":"x"}`, token).StatusCode, 200) // an administrator may change
		problem(t, a.call("DELETE", "/rooms/"+id, "", token), 403, "forbidden")        // but not delete
		_, err = a.config.DB.ExecContext(t.Context(), tables.SQL(a.config.DB, "DELETE FROM {room_members} WHERE user_id = ?"), bob.ID)
		is.NoErr(err)
		problem(t, a.call("GET", "/rooms/"+id, "", token), 404, "not_found") // without a role there is no room
	})
}

func setRole(t *testing.T, a *api, role, user string) {
	t.Helper()
	_, err := a.config.DB.ExecContext(t.Context(), tables.SQL(a.config.DB, "UPDATE {room_members} SET role = ? WHERE user_id = ?"), role, user)
	is.New(t).NoErr(err)
}
