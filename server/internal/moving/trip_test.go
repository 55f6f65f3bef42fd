package moving_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/registry"
	"github.com/anteroom-go/anteroom/scopes"
)

// filled is a database that was used, and what its callers have.
type filled struct {
	keys              delegation.RootKeys
	id, secret, token string
	room              answer
}

// keyed is the header of a request that is answered once.
func (f filled) keyed() http.Header {
	return http.Header{"Authorization": {"Bearer " + f.token}, "Content-Type": {"application/json"},
		"Idempotency-Key": {"one"}}
}

const wanted = `{"name":"Élan, 'quoted' \"; 🙂","external_id":"uid-1","metadata":{"a":"b"},
	"expires_at":"2099-01-01T00:00:00Z"}`

// use fills a database by way of the API and of an operator.
func use(t *testing.T, url string) filled {
	t.Helper()
	is := is.New(t)
	f := filled{keys: delegation.NewRootKeys()}
	reg, err := registry.New(registry.Config{DB: open(t, url), RootKeys: f.keys})
	is.NoErr(err)
	app, secret, err := reg.CreateApplication(t.Context(), delegation.Application{Name: "Calendar", Scopes: scopes.All(),
		Policy: delegation.Policy{Domains: []delegation.Domain{"example.com", "*.example.org"}}, TokenTTL: time.Minute})
	is.NoErr(err)
	f.id, f.secret = app.ClientID, string(secret)
	for _, email := range []delegation.Email{"alice@example.com", "bob@example.com", "off@example.com"} {
		_, err := reg.AddUser(t.Context(), email)
		is.NoErr(err)
	}
	_, err = reg.SetUserActive(t.Context(), "off@example.com", false)
	is.NoErr(err)
	_, err = reg.SetUserProtected(t.Context(), "minister@example.com", true)
	is.NoErr(err)
	bob, err := reg.UserByEmail(t.Context(), "bob@example.com")
	is.NoErr(err)
	is.NoErr(reg.SetOptOut(t.Context(), f.id, bob.ID, true))
	s := serve(t, url, f.keys)
	f.token = s.ask(f.id, f.secret, "alice@example.com").text("access_token")
	f.room = s.send("POST", "/rooms/", wanted, f.keyed())
	is.Equal(f.room.status, 201)
	path := "/rooms/" + f.room.text("id") + "/"
	is.Equal(s.as(f.token, "POST", path+"attendees/", `{"email":"guest@else.example","role":"administrator"}`).status, 201)
	deleted := s.as(f.token, "POST", "/rooms/", "")
	is.Equal(s.as(f.token, "DELETE", "/rooms/"+deleted.text("id")+"/", "").status, 204)
	is.Equal(s.as(f.token, "GET", path, "").status, 200)
	return f
}

// goesOn asks a server on another database for what the first one promised.
func (f filled) goesOn(t *testing.T, url string) {
	t.Helper()
	is := is.New(t)
	s := serve(t, url, f.keys)
	room := s.as(f.token, "GET", "/rooms/"+f.room.text("id")+"/", "")
	is.Equal(room.status, 200)             // the token of before is good
	is.Equal(room.members, f.room.members) // the room is as it was
	again := s.send("POST", "/rooms/", wanted, f.keyed())
	is.Equal(again.members["id"], f.room.members["id"]) // what was sent again is not done again
	people := s.as(f.token, "GET", "/rooms/"+f.room.text("id")+"/attendees/", "")
	is.Equal(people.members["count"], 2.0)
	is.Equal(s.ask(f.id, f.secret, "alice@example.com").status, 200) // the secret is good
	for _, email := range []string{"bob@example.com", "off@example.com", "minister@example.com"} {
		is.Equal(s.ask(f.id, f.secret, email).status, 400) // opt-outs, protections and who is inactive
	}
	stats := s.as(f.token, "GET", "/stats/rooms/", "")
	is.Equal(stats.status, 200)
}

// TestOutAndIn exports a database of one kind and imports it into one of the other.
func TestOutAndIn(t *testing.T) {
	each(t, func(t *testing.T, url, other string) {
		is := is.New(t)
		f := use(t, url)
		path := filepath.Join(t.TempDir(), "all.jsonl")
		is.NoErr(command(t, t.Context(), url, nil, "export", path).err)
		info, err := os.Stat(path)
		is.NoErr(err)
		is.Equal(info.Mode().Perm(), os.FileMode(0o600))                      // it is for its owner
		is.True(command(t, t.Context(), url, nil, "export", path).err != nil) // and replaces no file
		text, err := os.ReadFile(path)
		is.NoErr(err)
		is.True(!strings.Contains(string(text), f.secret)) // no secret is in it
		r := command(t, t.Context(), other, nil, "import", path)
		is.NoErr(r.err)
		is.Equal(whole(t, other), string(text)) // everything is there, as it was
		again := command(t, t.Context(), other, nil, "import", path)
		is.NoErr(again.err)
		is.Equal(rowOf(again.stderr, "room"), "room 0 0 2 0 0 0") // a second time it is all there
		f.goesOn(t, other)
	})
}

// TestOutAndInAsTables does so with CSV.
func TestOutAndInAsTables(t *testing.T) {
	each(t, func(t *testing.T, url, other string) {
		is := is.New(t)
		f := use(t, url)
		dir := filepath.Join(t.TempDir(), "tables")
		is.NoErr(command(t, t.Context(), url, nil, "export", "--format", "csv", dir).err)
		info, err := os.Stat(dir)
		is.NoErr(err)
		is.Equal(info.Mode().Perm(), os.FileMode(0o700)) // it is for its owner
		for _, kind := range []string{"user", "protection", "application", "secret", "delegation", "room", "answer",
			"signing_key", "revoked_token", "used_assertion"} {
			r := command(t, t.Context(), other, nil, "import", filepath.Join(dir, kind+".csv"))
			is.NoErr(r.err) // a file without records, too
		}
		is.Equal(whole(t, other), whole(t, url))
		f.goesOn(t, other)
	})
}

// TestWhatDiffersStays imports other values for what is there.
func TestWhatDiffersStays(t *testing.T) {
	const team = `{"kind":"room","id":"` + meetingID + `","slug":"team","created_at":"2024-01-01","members":`
	const first = `{"kind":"user","id":"u1","email":"a@example.com"}` + "\n" +
		team + `[{"email":"a@example.com","role":"owner"}]}` + "\n"
	const second = `{"kind":"user","id":"u1","email":"b@example.com"}
{"kind":"user","id":"u2","email":"A@example.com"}
` + team + `[{"user_id":"u1","role":"owner"},{"email":"c@example.com","role":"member"}],"name":"New"}
{"kind":"room","id":"` + teamID + `","slug":"TEAM"}
`
	each(t, func(t *testing.T, url, _ string) {
		is := is.New(t)
		is.NoErr(bring(t, url, first).err)
		before := whole(t, url)
		is.NoErr(bring(t, url, first).err) // the same is no conflict
		r := bring(t, url, second)
		is.Equal(r.status, 3)
		is.Equal(rowOf(r.stderr, "user"), "user 0 0 0 2 0 0")
		is.Equal(rowOf(r.stderr, "room"), "room 0 0 0 2 0 0")
		is.Equal(whole(t, url), before) // what is there stays
		r = bring(t, url, second, "--update")
		is.Equal(rowOf(r.stderr, "user"), "user 1 1 0 0 0 0") // the address is free by then
		is.Equal(rowOf(r.stderr, "room"), "room 0 1 0 1 0 0") // a slug is one room's
		after := whole(t, url)
		is.True(strings.Contains(after, `"name":"New"`) && strings.Contains(after, "c@example.com") &&
			strings.Contains(after, `"version":2`))
		is.True(!strings.Contains(r.stderr, "@")) // nothing that is printed shows an address
	})
}
