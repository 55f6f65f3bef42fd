package server_test

import (
	"testing"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/scopes"
)

// TestReachOfAnApplication: with reach user, an application sees, changes and deletes all
// rooms of the user, and what is their creators' own stays so.
func TestReachOfAnApplication(t *testing.T) {
	each(t, func(t *testing.T, a *api) {
		is := is.New(t)
		portal, secret := a.register(delegation.Application{Name: "Portal", Scopes: scopes.All(),
			Policy: delegation.Policy{Domains: []delegation.Domain{"example.com"}}, Reach: delegation.ReachUser})
		creator, wide := a.token("alice@example.com"), a.tokenOf(portal, secret, "alice@example.com")
		room := a.create(`{"external_id": "uid-1", "metadata": {"case": "4711"}}`, creator)
		a.create(`{"external_id": "uid-2"}`, creator)
		path := "/rooms/" + room["id"].(string) + "/"

		seen := a.call("GET", path, "", wide)
		is.Equal(seen.StatusCode, 200)
		is.Equal(seen.json(t)["external_id"], nil) // the creator's own is not shown
		is.Equal(seen.json(t)["metadata"], object{})
		back := a.call("PATCH", path, seen.body, wide)
		is.Equal(back.StatusCode, 200)                             // what was read can be sent back
		is.Equal(back.Header.Get("ETag"), seen.Header.Get("ETag")) // and changes nothing
		r := a.call("PATCH", path, `{"name": "Moved"}`, wide)
		is.Equal(r.json(t)["name"], "Moved")                     // the rest can be changed
		for _, id := range []string{"uid-1", "uid-2", "uid-3"} { // right, another's, new
			r = a.call("PATCH", path, `{"external_id": "`+id+`"}`, wide)
			problem(t, r, 400, "invalid_input") // one answer for all, never a 409
			is.Equal(r.fieldCodes(), []any{"not_creator"})
			r = a.call("GET", "/rooms/?external_id="+id, "", wide)
			is.Equal(r.json(t)["count"], 0.0) // nor does a filter tell
		}
		r = a.call("PATCH", path, `{"metadata": {"case": null, "a": "b"}}`, wide)
		problem(t, r, 400, "invalid_input")
		r = a.send("PATCH", path, `{"metadata": {"a": "b"}}`, wide, "Content-Type: application/merge-patch+json")
		is.Equal(r.fieldCodes(), []any{"not_creator"})
		kept := a.call("GET", path, "", creator).json(t)
		is.Equal(kept["external_id"], "uid-1") // as the creator wrote it
		is.Equal(kept["metadata"], object{"case": "4711"})
		is.Equal(a.call("DELETE", path, "", wide).StatusCode, 204) // and the room can be deleted
	})
}
