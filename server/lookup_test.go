package server_test

import (
	"testing"

	"github.com/matryer/is"
)

// TestLookupIsNoRoom pins the one path that stands where a room's id could.
func TestLookupIsNoRoom(t *testing.T) {
	a := onSQLite(t)
	token := a.token("alice@example.com")
	for _, method := range []string{"GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "PURGE", "TRACE", "post"} {
		for _, path := range []string{"/rooms/lookup", "/rooms/lookup/", "//rooms//lookup//"} {
			is := is.New(t)
			r := a.call(method, path, "", token)
			is.Equal(r.StatusCode, 405)                            // no room is named lookup
			is.Equal(r.Header.Get("Allow"), "POST")                // and one method is allowed
			is.Equal(a.call(method, path, "", "").StatusCode, 405) // the method comes before the token
		}
	}
	is := is.New(t)
	is.Equal(a.call("POST", "/rooms/lookup", "{}", "").StatusCode, // POST is guarded
		401)
	is.Equal(a.call("POST", "/rooms/lookup", "{}", token).StatusCode, 400)     // and answered
	is.Equal(a.call("POST", "/rooms/Lookup", "{}", token).Header.Get("Allow"), // paths have a case
		"DELETE, GET, HEAD, PATCH")
	problem(t, a.call("GET", "/rooms/lookup/invitation", "", token), 404, // below it there is no room
		"not_found")
	problem(t, a.call("GET", "/rooms/lookup/attendees", "", token), 404, "not_found")
	problem(t, a.call("POST", "/rooms/lookup/attendees", `{"email":"a@example.com"}`, token), 404, "not_found")
	problem(t, a.call("GET", "/rooms/lookup/attendees/lookup", "", token), 404, "not_found")
	r := a.call("POST", "/rooms/lookup/invitation", "{}", token)
	is.Equal(r.StatusCode, 405)
	is.Equal(r.Header.Get("Allow"), "GET, HEAD")
	r = a.call("POST", "/rooms/lookup/x", "{}", token)
	problem(t, r, 404, "not_found")
}
