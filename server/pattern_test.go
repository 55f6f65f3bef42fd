package server_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/server"
)

// TestPatterns looks at the request as what a host has around the server does, when it
// was answered.
func TestPatterns(t *testing.T) {
	var seen []string // by the observer, when requests begin
	a := onSQLite(t, func(c *server.Config) {
		c.URL = publicURL + "/team"
		c.Observer.Request = func(r *http.Request, _ string) (context.Context, func(server.Observation)) {
			seen = append(seen, r.Pattern)
			return r.Context(), nil
		}
	})
	const below = "/team" + base
	tests := []struct{ method, path, pattern string }{
		{"GET", below + "/rooms/", "GET " + below + "/rooms"},
		{"HEAD", below + "//rooms", "GET " + below + "/rooms"},
		{"POST", below + "/rooms/", "POST " + below + "/rooms"},
		{"GET", below + "/rooms/0199d9f6-5c1e-7d2a-9a53-1d2f3b4c5d6e/", "GET " + below + "/rooms/{id}"},
		{"PUT", below + "/rooms/x/", below + "/rooms/{id}"},
		{"BREW", below + "/rooms/x/", below + "/rooms/{id}"},
		{"POST", below + "/rooms/lookup/", "POST " + below + "/rooms/lookup"},
		{"GET", below + "/rooms/lookup/", below + "/rooms/lookup"},
		{"DELETE", below + "/rooms/1/attendees/2", "DELETE " + below + "/rooms/{id}/attendees/{attendee}"},
		{"POST", below + "/application/token/", "POST " + below + "/application/token"},
		{"GET", "/.well-known/oauth-authorization-server/team", "GET /.well-known/oauth-authorization-server/team"},
		{"GET", "/team/readyz", "GET /team/readyz"},
		{"GET", "/healthz", "GET /team/healthz"},
		{"GET", below + "/rooms/1/2/3", ""},
		{"GET", "/anything", ""},
	}
	for _, test := range tests {
		t.Run(test.method+" "+test.path, func(t *testing.T) {
			is := is.New(t)
			r := httptest.NewRequest(test.method, test.path, nil)
			a.http.Config.Handler.ServeHTTP(httptest.NewRecorder(), r)
			is.Equal(r.Pattern, test.pattern)         // one of few, with the prefix
			is.Equal(seen[len(seen)-1], test.pattern) // which the observer has from the beginning
			r.Pattern = "/"                           // as the mux of a host has it
			a.http.Config.Handler.ServeHTTP(httptest.NewRecorder(), r)
			is.True(r.Pattern == test.pattern || test.pattern == "" && r.Pattern == "/") // the more exact one stays
		})
	}
}

func TestHealthAtTheRoot(t *testing.T) {
	is := is.New(t)
	a := onSQLite(t, func(c *server.Config) { c.URL = publicURL + "/team" })
	for _, path := range []string{"/healthz", "/readyz", "/team/healthz", "/team/readyz", "/readyz/"} {
		is.Equal(a.statusOf("GET", path), 200) // whoever watches the listener knows no prefix
		is.Equal(a.statusOf("POST", path), 405)
	}
	is.Equal(a.statusOf("GET", base+"/rooms/"), 404) // nothing else is at the root
	withdrawn := onSQLite(t, func(c *server.Config) { c.URL, c.Withdrawn = publicURL+"/team", true })
	is.Equal(withdrawn.statusOf("GET", "/readyz"), 200)
	odd := onSQLite(t, func(c *server.Config) { c.URL = publicURL + "/healthz" }) // a prefix of that name
	is.Equal(odd.statusOf("GET", "/healthz"), 200)
	is.Equal(odd.statusOf("GET", "/healthz/healthz"), 200)
}

func TestReady(t *testing.T) {
	is := is.New(t)
	var broken error
	a := onSQLite(t, func(c *server.Config) { c.Ready = func(context.Context) error { return broken } })
	s := a.http.Config.Handler.(*server.Server)
	is.NoErr(s.Ready(t.Context()))
	broken = errors.New("the disk is full")
	is.True(errors.Is(s.Ready(t.Context()), broken)) // the reason, which /readyz does not tell
	is.Equal(a.send("GET", "/readyz", "").StatusCode, 503)
	broken = nil
	s.Drain()
	is.True(s.Ready(t.Context()) != nil) // a host asks for the same answer as a gateway
	plain := onSQLite(t)
	s = plain.http.Config.Handler.(*server.Server)
	is.NoErr(s.Ready(t.Context()))
	is.NoErr(plain.config.DB.(interface{ Close() error }).Close())
	is.True(s.Ready(t.Context()) != nil) // the store is away
}
