package server_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/server"
)

func TestDraining(t *testing.T) {
	is := is.New(t)
	a := onSQLite(t)
	s := a.http.Config.Handler.(*server.Server)
	token := a.token("alice@example.com")
	is.True(!a.call("GET", "/rooms/", "", token).Close)
	is.Equal(a.send("GET", "/readyz", "").StatusCode, 200)
	s.Drain()
	problem(t, a.send("GET", "/readyz", ""), 503, "temporarily_unavailable") // no one is to send more
	is.True(!strings.Contains(a.log.String(), `"level":"ERROR"`))            // as it should be
	for _, r := range []reply{
		a.call("GET", "/rooms/", "", token), a.call("POST", "/rooms/", "{}", token), a.send("GET", "/healthz", ""),
	} {
		is.Equal(r.StatusCode/100, 2) // and who does is answered
		is.True(r.Close)              // and told to turn to another
	}
	is.True(a.call("GET", "/nowhere", "", token).Close)
}

func TestWithdrawn(t *testing.T) {
	a := onSQLite(t, func(c *server.Config) { c.Withdrawn = true })
	there := onSQLite(t)
	for _, route := range server.Routes() {
		t.Run(route.Method+" "+route.Path, func(t *testing.T) {
			is := is.New(t)
			probe := strings.HasSuffix(route.Path, "/healthz") || strings.HasSuffix(route.Path, "/readyz")
			for _, path := range []string{route.Path, strings.TrimRight(route.Path, "/")} {
				if !strings.Contains(path, ".well-known") && !probe {
					path = base + path
				}
				path = strings.ReplaceAll(path, "//", "/")
				is.True(there.statusOf(route.Method, path) != 404 || strings.Contains(path, "{file}"))
				is.Equal(a.statusOf(route.Method, path) == 404, !probe) // but for who runs the server, nothing is there
			}
		})
	}
	is.New(t).Equal(a.statusOf("GET", "/readyz"), 200)
}

// statusOf returns the status of an answer that no contract documents.
func (a *api) statusOf(method, path string) int {
	a.Helper()
	request, err := http.NewRequestWithContext(a.Context(), method, a.http.URL+path, nil)
	is.New(a.T).NoErr(err)
	response, err := http.DefaultTransport.RoundTrip(request)
	is.New(a.T).NoErr(err)
	_ = response.Body.Close()
	return response.StatusCode
}
