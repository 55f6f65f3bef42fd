package server_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/scopes"
)

// people lists who has a role in a room, as "address role".
func (a *api) people(path, token string) (list []string) {
	a.Helper()
	r := a.call("GET", path+"attendees/", "", token)
	is.New(a.T).Equal(r.StatusCode, 200)
	for _, one := range r.json(a.T)["results"].([]any) {
		list = append(list, fmt.Sprint(one.(object)["email"], " ", one.(object)["role"]))
	}
	return list
}

// invite gives an address a role and returns the path of the attendee.
func (a *api) invite(path, body, token string) (attendee string) {
	a.Helper()
	r := a.call("POST", path+"attendees/", body, token)
	is.New(a.T).Equal(r.StatusCode, 201)
	attendee, below := strings.CutPrefix(r.Header.Get("Location"), apiURL)
	is.New(a.T).True(below) // the resource
	return attendee
}

func TestAttendees(t *testing.T) {
	each(t, func(t *testing.T, a *api) {
		is := is.New(t)
		token := a.token("alice@example.com")
		path, _ := a.roomWith("", token)
		is.Equal(a.people(path, token), []string{"alice@example.com owner"}) // the owner is there
		bob := a.invite(path, `{"email":"Bob@Example.com"}`, token)
		carol := a.invite(path, `{"email":"carol@elsewhere.example","role":"administrator"}`, token)
		is.Equal(a.people(path, token),
			[]string{"alice@example.com owner", "bob@example.com member", "carol@elsewhere.example administrator"})
		shown := a.call("GET", bob, "", token).json(t)
		is.Equal(len(shown), 4) // id, email, role, created_at, and nothing that tells users from strangers
		is.Equal(len(a.call("GET", carol, "", token).json(t)), 4)
		r := a.call("POST", path+"attendees/", `{"email":"bob@example.com","role":"member"}`, token)
		is.Equal(r.StatusCode, 200) // again is no fault
		is.Equal(r.json(t), shown)
		r = a.call("POST", path+"attendees/", `{"email":"carol@elsewhere.example"}`, token)
		is.Equal(r.json(t)["role"], "administrator") // and never demotes
		r = a.call("PATCH", carol, `{"role":"member"}`, token)
		is.Equal(r.json(t)["role"], "member") // but a change does
		r = a.call("POST", path+"attendees/", `{"email":"bob@example.com","role":"administrator"}`, token)
		is.True(r.StatusCode == 200 && r.json(t)["role"] == "administrator") // and again may raise
		is.Equal(a.call("DELETE", bob, "", token).StatusCode, 204)
		problem(t, a.call("DELETE", bob, "", token), 404, "not_found")
		problem(t, a.call("GET", bob, "", token), 404, "not_found")
		problem(t, a.call("PATCH", bob, `{"role":"member"}`, token), 404, "not_found")
		is.Equal(a.people(path, token), []string{"alice@example.com owner", "carol@elsewhere.example member"})
	})
}

func TestAttendeeSets(t *testing.T) {
	each(t, func(t *testing.T, a *api) {
		is := is.New(t)
		token := a.token("alice@example.com")
		path, _ := a.roomWith("", token)
		bob := a.invite(path, `{"email":"bob@example.com"}`, token)
		a.invite(path, `{"email":"gone@example.com"}`, token)
		r := a.call("PUT", path+"attendees/",
			`{"attendees":[{"email":"carol@example.com"},{"email":"bob@example.com","role":"administrator"}]}`, token)
		is.Equal(r.StatusCode, 200)
		is.Equal(r.json(t)["count"], 3.0)
		is.Equal(a.people(path, token), // exactly these, and the owner
			[]string{"alice@example.com owner", "bob@example.com administrator", "carol@example.com member"})
		is.Equal(a.call("GET", bob, "", token).StatusCode, // with the same id
			200)
		r = a.call("PUT", path+"attendees/", sentBack(r), token)
		is.Equal(r.StatusCode, 200) // what was read may be sent back, the owner included
		is.Equal(len(a.people(path, token)), 3)
		is.Equal(a.call("PUT", path+"attendees/", `{"attendees":[]}`, token).json(t)["count"], 1.0) // the owner stays

		var many []string
		for i := range 501 {
			many = append(many, fmt.Sprintf(`{"email":"u%d@example.com"}`, i))
		}
		set := func(list []string) string { return `{"attendees":[` + strings.Join(list, ",") + `]}` }
		fault := problem(t, a.call("PUT", path+"attendees/", set(many), token), 400,
			"invalid_input")["errors"].([]any)[0].(object)
		is.Equal(fault["code"], "too_many")
		is.Equal(a.call("PUT", path+"attendees/", set(many[:500]), token).json(t)["count"], // five hundred, and the owner
			501.0)
		fault = problem(t, a.call("POST", path+"attendees/", many[500], token), 400,
			"invalid_input")["errors"].([]any)[0].(object)
		is.Equal(fault["code"], "too_many")
		is.Equal(len(a.people(path, token)), 501)
	})
}

// sentBack is the set that a list was of.
func sentBack(r reply) string {
	_, list, _ := strings.Cut(strings.TrimSpace(r.body), `"results":`)
	return `{"attendees":` + list
}

func TestAFullRoomCanBeSentBack(t *testing.T) {
	is := is.New(t)
	a := onSQLite(t)
	token := a.token("alice@example.com")
	path, _ := a.roomWith("", token)
	domain := strings.Repeat(strings.Repeat("d", 60)+".", 3) + "example"
	many := make([]string, 500)
	for i := range many {
		many[i] = fmt.Sprintf(`{"email":"%s%03d@%s","role":"administrator"}`, strings.Repeat("u", 60), i, domain)
	}
	first := a.call("PUT", path+"attendees/", `{"attendees":[`+strings.Join(many, ",")+`]}`, token)
	is.Equal(first.StatusCode, 200) // however long the addresses are
	again := a.call("PUT", path+"attendees/", sentBack(first), token)
	is.Equal(again.StatusCode, 200)
	is.Equal(again.body, first.body) // everybody, with the same id
	large := `{"attendees":[{"email":"` + strings.Repeat("x", 300_000) + `"}]}`
	problem(t, a.call("PUT", path+"attendees/", large, token), 413, "payload_too_large")
	problem(t, a.call("POST", path+"attendees/", `{"email":"`+strings.Repeat("x", 70_000)+`"}`, token), 413,
		"payload_too_large")
}

func TestAttendeeInput(t *testing.T) {
	a := onSQLite(t)
	token := a.token("alice@example.com")
	path, _ := a.roomWith("", token)
	bob := a.invite(path, `{"email":"bob@example.com"}`, token)
	tests := map[string]struct{ method, path, body, field, code string }{
		"no address":     {"POST", path + "attendees", `{}`, "email", "required"},
		"a null address": {"POST", path + "attendees", `{"email":null}`, "email", "required"},
		"a number":       {"POST", path + "attendees", `{"email":1}`, "email", "invalid_type"},
		"a display name": {"POST", path + "attendees", `{"email":"Bob <bob@example.com>"}`, "email", "invalid_address"},
		"two at signs":   {"POST", path + "attendees", `{"email":"a@b@example.com"}`, "email", "invalid_address"},
		"no domain":      {"POST", path + "attendees", `{"email":"bob"}`, "email", "invalid_address"},
		"a NUL":          {"POST", path + "attendees", `{"email":"b\u0000@example.com"}`, "email", "invalid_address"},
		"an unknown role": {"POST", path + "attendees", `{"email":"x@example.com","role":"king"}`, "role",
			"invalid_choice"},
		"an empty role":      {"POST", path + "attendees", `{"email":"x@example.com","role":""}`, "role", "blank"},
		"an empty one to be": {"PATCH", bob, `{"role":""}`, "role", "blank"},
		"the owner's role": {"POST", path + "attendees", `{"email":"x@example.com","role":"owner"}`, "role",
			"invalid_choice"},
		"an unknown field": {"POST", path + "attendees", `{"email":"x@example.com","user_id":"1"}`, "user_id",
			"unknown_field"},
		"a role to be owner":  {"PATCH", bob, `{"role":"owner"}`, "role", "invalid_choice"},
		"no role":             {"PATCH", bob, `{}`, "role", "required"},
		"a list for a role":   {"PATCH", bob, `{"role":[]}`, "role", "invalid_type"},
		"no set":              {"PUT", path + "attendees", `{}`, "attendees", "required"},
		"an object for a set": {"PUT", path + "attendees", `{"attendees":{}}`, "attendees", "invalid_type"},
		"a text in a set": {"PUT", path + "attendees", `{"attendees":["bob@example.com"]}`, "attendees.0",
			"invalid_type"},
		"an address in a set": {"PUT", path + "attendees", `{"attendees":[{"email":"a@example.com"},{"email":"x"}]}`,
			"attendees.1.email", "invalid_address"},
		"twice in a set": {"PUT", path + "attendees",
			`{"attendees":[{"email":"a@example.com"},{"email":"A@EXAMPLE.com"}]}`, "attendees.1.email", "duplicate"},
		"an owner in a set": {"PUT", path + "attendees", `{"attendees":[{"email":"a@example.com","role":"owner"}]}`,
			"attendees.0.role", "invalid_choice"},
		"a field in a set": {"PUT", path + "attendees", `{"attendees":[{"email":"a@example.com","x":1}]}`,
			"attendees.0.x", "unknown_field"},
		"a field beside a set": {"PUT", path + "attendees", `{"attendees":[],"results":[]}`, "results", "unknown_field"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			fault := problem(t, a.call(test.method, test.path, test.body, token), 400,
				"invalid_input")["errors"].([]any)[0].(object)
			is.New(t).Equal(fault["field"], test.field) // names the field
			is.New(t).Equal(fault["code"], test.code)   // and says what is wrong with it
		})
	}
	is.New(t).Equal(a.people(path, token), // nothing changed
		[]string{"alice@example.com owner", "bob@example.com member"})
}

func TestAttendeesAndTheOwner(t *testing.T) {
	each(t, func(t *testing.T, a *api) {
		is := is.New(t)
		token := a.token("alice@example.com")
		path, _ := a.roomWith("", token)
		id := a.call("GET", path+"attendees", "", token).json(t)["results"].([]any)[0].(object)["id"].(string)
		owner := path + "attendees/" + id + "/"
		problem(t, a.call("DELETE", owner, "", token), 409, "owner_immutable")
		problem(t, a.call("PATCH", owner, `{"role":"member"}`, token), 409, "owner_immutable")
		r := a.call("POST", path+"attendees", `{"email":"alice@example.com","role":"member"}`, token)
		is.True(r.StatusCode == 200 && r.json(t)["role"] == "owner") // is there already, and stays it
		is.Equal(a.people(path, token), []string{"alice@example.com owner"})
	})
}

func TestAttendeesMay(t *testing.T) {
	each(t, func(t *testing.T, a *api) {
		is := is.New(t)
		alice, bob := a.token("alice@example.com"), a.token("bob@example.com")
		path, _ := a.roomWith("", alice)
		problem(t, a.call("GET", path+"attendees", "", bob), 404, "not_found") // not yours is not there
		problem(t, a.call("POST", path+"attendees", `{"email":"x@example.com"}`, bob), 404, "not_found")
		attendee := a.invite(path, `{"email":"bob@example.com"}`, alice)
		is.Equal(a.call("GET", path, "", bob).StatusCode, 200) // a member reads the room
		is.Equal(len(a.people(path, bob)), 2)                  // and who is in it
		problem(t, a.call("PATCH", path, `{"name":"x"}`, bob), 403, "forbidden")
		problem(t, a.call("POST", path+"attendees", `{"email":"x@example.com"}`, bob), 403, "forbidden")
		problem(t, a.call("PUT", path+"attendees", `{"attendees":[]}`, bob), 403, "forbidden")
		problem(t, a.call("PATCH", attendee, `{"role":"administrator"}`, bob), 403, "forbidden")
		problem(t, a.call("DELETE", attendee, "", bob), 403, "forbidden")
		is.Equal(a.call("PATCH", attendee, `{"role":"administrator"}`, alice).StatusCode, 200)
		is.Equal(a.call("PATCH", path, `{"name":"x"}`, bob).StatusCode, 200) // an administrator changes the room
		a.invite(path, `{"email":"x@example.com"}`, bob)                     // and who is in it
		problem(t, a.call("DELETE", path, "", bob), 403, "forbidden")        // but does not end it
		is.Equal(a.call("DELETE", attendee, "", bob).StatusCode, 204)        // and may leave
		problem(t, a.call("GET", path, "", bob), 404, "not_found")
		crm, secret := a.register(delegation.Application{Name: "CRM", Scopes: scopes.All(),
			Policy: delegation.Policy{Any: true}})
		problem(t, a.call("GET", path+"attendees", "", a.tokenOf(crm, secret, "alice@example.com")), // another application's
			404, "not_found")
		is.Equal(a.call("DELETE", path, "", alice).StatusCode, 204)
		problem(t, a.call("GET", path+"attendees", "", alice), 404, "not_found") // gone with the room
	})
}

// TestInvitedBeforeTheAccount: an attendee is an address, which has the role as
// soon as an account comes with it.
func TestInvitedBeforeTheAccount(t *testing.T) {
	each(t, func(t *testing.T, a *api) {
		is := is.New(t)
		alice := a.token("alice@example.com")
		path, _ := a.roomWith("", alice)
		known, unknown := a.invite(path, `{"email":"bob@example.com"}`, alice), a.invite(path,
			`{"email":"carol@example.com","role":"administrator"}`, alice)
		hide := func(r reply) string {
			body := r.json(t)
			return fmt.Sprint(r.StatusCode, len(body), body["email"] != nil, body["role"] != nil, body["id"] != nil)
		}
		is.Equal(hide(a.call("GET", known, "", alice)), // the answers are of one kind
			hide(a.call("GET", unknown, "", alice)))
		refusal(t, a.ask(a.clientID, a.secret, "carol@example.com"), 400, "invalid_scope") // no account was made
		a.addUser("carol@example.com")
		carol := a.token("carol@example.com")
		is.Equal(a.call("GET", path, "", carol).StatusCode, 200) // the role is that of the address
		is.Equal(a.call("PATCH", path, `{"name":"x"}`, carol).StatusCode, 200)
		is.Equal(a.count(carol), 1.0)
		is.Equal(len(a.people(path, alice)), 3) // once

		a.change(func(app *delegation.Application) { app.Provision = true })
		a.invite(path, `{"email":"dave@example.com"}`, alice)
		dave := a.token("dave@example.com") // provisioned
		is.Equal(a.call("GET", path, "", dave).StatusCode, 200)
		later, _ := a.roomWith("", alice)
		a.invite(later, `{"email":"dave@example.com"}`, alice)
		is.Equal(a.call("GET", later, "", dave).StatusCode, 200) // with an account or before it
	})
}
