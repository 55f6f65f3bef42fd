package command

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/server/database/dbtest"
)

// office is a running server with an application, by whose tokens people call.
type office struct {
	*installation
	server     *process
	id, secret string
}

func newOffice(t *testing.T, database string) office {
	t.Helper()
	i := install(t, database)
	var app struct {
		ID     string `json:"client_id"`
		Secret string `json:"client_secret"`
	}
	is.New(t).NoErr(json.Unmarshal([]byte(i.run("app", "create", "--json", "--name", "Calendar", "--domain", "example.com",
		"--scope", "rooms:list,rooms:create,rooms:attendees")), &app))
	return office{i, i.serve(), app.ID, app.Secret}
}

// call calls the API, and returns the status and the decoded body.
func (o office) call(method, path, body, token string) (int, map[string]any) {
	o.Helper()
	status, text := o.status(method, o.server.url+apiPath+path, body, token, "Content-Type: application/json")
	var object map[string]any
	_ = json.Unmarshal([]byte(text), &object) // not every answer has a body
	return status, object
}

// sees returns how many rooms are listed with a token; -1 if it is not good.
func (o office) sees(token string) int {
	o.Helper()
	status, list := o.call("GET", "/rooms/", "", token)
	if status != 200 {
		return -1
	}
	return int(list["count"].(float64))
}

// TestAnAddressIsGivenToAnotherPerson: who gets an address sees nothing of who had it.
func TestAnAddressIsGivenToAnotherPerson(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, database string) {
		is := is.New(t)
		o := newOffice(t, database)
		o.run("user", "add", "alice@example.com")
		o.run("user", "add", "bob@example.com")
		token := func(user string) string { return o.tokenFor(user, o.server, o.id, o.secret) }
		alice, bob := token("alice@example.com"), token("bob@example.com")
		status, room := o.call("POST", "/rooms/", "{}", alice)
		is.Equal(status, 201)
		attendees := "/rooms/" + room["id"].(string) + "/attendees/"
		status, _ = o.call("POST", attendees, `{"email": "bob@example.com"}`, alice)
		is.Equal(status, 201)
		status, _ = o.call("POST", "/rooms/", "{}", bob)
		is.Equal(status, 201)
		is.Equal(o.sees(bob), 2) // his own, and the one to which he is invited

		o.run("user", "rename", "bob@example.com", "bob.jones@example.com")
		o.run("user", "add", "bob@example.com")
		is.Equal(o.sees(bob), 2)                            // the same user, with all of it
		is.Equal(o.sees(token("bob.jones@example.com")), 2) // under the new address
		is.Equal(o.sees(token("bob@example.com")), 0)       // and another person has nothing of it

		o.run("user", "delete", "bob.jones@example.com")
		is.Equal(o.sees(bob), -1) // tokens end
		o.run("user", "add", "bob.jones@example.com")
		is.Equal(o.sees(bob), -1)                           // and are not the next person's
		is.Equal(o.sees(token("bob.jones@example.com")), 0) // who sees nothing of the rooms
		_, list := o.call("GET", attendees, "", alice)
		is.Equal(list["count"], 1.0) // alice is alone in hers
		o.run("user", "rename", "alice@example.com", "alice.jones@example.com")
		_, list = o.call("GET", attendees, "", alice)
		owner := list["results"].([]any)[0].(map[string]any)
		is.Equal(owner["email"], "alice.jones@example.com") // an owner's address changes, too
	})
}

// TestRefusedRenamesChangeNoRoom: the user and the rooms change together or not at all.
func TestRefusedRenamesChangeNoRoom(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, database string) {
		is := is.New(t)
		o := newOffice(t, database)
		for _, name := range []string{"alice", "bob", "carol"} {
			o.run("user", "add", name+"@example.com")
		}
		alice := o.tokenFor("alice@example.com", o.server, o.id, o.secret)
		_, room := o.call("POST", "/rooms/", "{}", alice)
		attendees := "/rooms/" + room["id"].(string) + "/attendees/"
		o.call("POST", attendees, `{"email": "bob@example.com"}`, alice)
		o.call("POST", attendees, `{"email": "gone@example.com"}`, alice)
		for _, args := range [][]string{
			{"rename", "bob@example.com", "carol@example.com"}, // who is another user
			{"rename", "gone@example.com", "new@example.com"},  // no user
			{"delete", "gone@example.com"},
		} {
			output, err := o.command(append([]string{"user"}, args...)...).CombinedOutput()
			is.True(err != nil && strings.Contains(string(output), "user with this address"))
		}
		_, list := o.call("GET", attendees, "", alice)
		var emails []any
		for _, attendee := range list["results"].([]any) {
			emails = append(emails, attendee.(map[string]any)["email"])
		}
		is.Equal(emails, []any{"alice@example.com", "bob@example.com", "gone@example.com"}) // as they were
	})
}
