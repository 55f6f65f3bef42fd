package server_test

import (
	"strings"
	"testing"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/server"
)

// pageOrigin is the origin of a page that may call.
const pageOrigin = "Origin: https://app.example.org"

func withPages(c *server.Config) {
	c.CORSOrigins = []string{"https://app.example.org", "http://localhost:5173"}
}

func TestPagesMayCall(t *testing.T) {
	is := is.New(t)
	a := onSQLite(t, withPages)
	token := a.token("alice@example.com")
	path, tag := a.roomWith("", token)
	invited := a.send("GET", path+"invitation/", "", token, pageOrigin)
	is.Equal(invited.Header.Get("Vary"), "Accept, Accept-Language, Origin") // beside what it depended on before
	for name, r := range map[string]reply{
		"a list":       a.send("GET", "/rooms/", "", token, pageOrigin),
		"a room":       a.send("GET", path, "", token, pageOrigin),
		"not modified": a.send("GET", path, "", token, pageOrigin, "If-None-Match: "+tag),
		"no token":     a.send("GET", "/rooms/", "", pageOrigin),
		"no room":      a.send("GET", "/rooms/nowhere/", "", token, pageOrigin),
		"no method":    a.send("PUT", path, "", token, pageOrigin),
		"no body":      a.send("POST", "/rooms/", "{", token, pageOrigin, "Content-Type: application/json"),
		"statistics":   a.send("GET", "/stats/rooms/", "", token, pageOrigin, "Accept: text/csv"),
	} {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			is.Equal(r.Header.Get("Access-Control-Allow-Origin"), "https://app.example.org") // refusals are seen as well
			is.Equal(r.Header.Get("Access-Control-Allow-Credentials"), "")                   // nothing of the browser's own
			is.Equal(len(r.Header.Values("Vary")), 1)
			is.True(strings.HasSuffix(r.Header.Get("Vary"), "Origin")) // no cache gives it to another page
			exposed := r.Header.Get("Access-Control-Expose-Headers")
			for _, field := range []string{"ETag", "Link", "Location", "RateLimit", "RateLimit-Policy", "Retry-After",
				"Idempotency-Replayed", "X-Request-Id"} {
				is.True(strings.Contains(", "+exposed+",", ", "+field+",")) // a page sees what programs see
			}
		})
	}
	key := []string{token, pageOrigin, "Idempotency-Key: 1"}
	is.Equal(a.send("POST", "/rooms/", "", key...).Header.Get("Idempotency-Replayed"), "")
	key[1] = "Origin: http://localhost:5173"
	again := a.send("POST", "/rooms/", "", key...)
	is.Equal(again.Header.Get("Idempotency-Replayed"), "true")
	is.Equal(again.Header.Get("Access-Control-Allow-Origin"), "http://localhost:5173") // of this request, not the first
}

func TestOtherPagesMayNot(t *testing.T) {
	is := is.New(t)
	a := onSQLite(t, withPages)
	token := a.token("alice@example.com")
	for _, headers := range [][]string{{}, {"Origin: https://evil.example"}, {"Origin: null"}} {
		r := a.send("GET", "/rooms/", "", append(headers, token)...)
		is.Equal(r.StatusCode, 200) // which is for the browser to hide
		is.Equal(r.Header.Get("Access-Control-Allow-Origin"), "")
		is.Equal(r.Header.Get("Vary"), "Origin") // the answer to a page that may differs
	}
	for _, path := range []string{"/application/token/", "/application/revoke/", "/application/introspect/"} {
		for _, method := range []string{"POST", "OPTIONS"} {
			r := a.send(method, path, "", pageOrigin, "Access-Control-Request-Method: POST")
			is.True(r.StatusCode >= 400)
			is.Equal(r.Header.Get("Access-Control-Allow-Origin"), "") // a page has no secret to send
		}
	}
	for _, path := range []string{"/openapi.json", "/docs/", "/healthz", "/.well-known/jwks.json"} {
		is.Equal(a.send("GET", path, "", pageOrigin).Header.Get("Access-Control-Allow-Origin"), "")
	}
	closed := onSQLite(t)
	r := closed.send("GET", "/rooms/", "", pageOrigin)
	is.Equal(r.Header.Get("Vary")+r.Header.Get("Access-Control-Allow-Origin"), "") // no page unless one is named
}

func TestPreflights(t *testing.T) {
	is := is.New(t)
	a := onSQLite(t, withPages)
	ask := func(path string, headers ...string) reply {
		return a.send("OPTIONS", path, "", append(headers, "Access-Control-Request-Headers: authorization,if-match")...)
	}
	for path, methods := range map[string]string{"/rooms/": "GET, HEAD, POST", "/rooms/lookup/": "POST",
		"/rooms/1/": "DELETE, GET, HEAD, PATCH", "/rooms/1/attendees": "GET, HEAD, POST, PUT"} {
		r := ask(path, pageOrigin, "Access-Control-Request-Method: PATCH")
		is.Equal(r.StatusCode, 204) // without a token, which a preflight never has
		is.Equal(r.body, "")
		is.Equal(r.Header.Get("Access-Control-Allow-Origin"), "https://app.example.org")
		is.Equal(r.Header.Get("Access-Control-Allow-Methods"), methods)
		is.Equal(r.Header.Get("Access-Control-Max-Age"), "600")
		is.Equal(r.Header.Get("Vary"), "Access-Control-Request-Method, Access-Control-Request-Headers, Origin")
		for _, field := range []string{"Authorization", "Content-Type", "If-Match", "If-None-Match", "Idempotency-Key"} {
			is.True(strings.Contains(r.Header.Get("Access-Control-Allow-Headers"), field))
		}
	}
	is.True(strings.Contains(a.lastRecord(), `"method":"OPTIONS"`))
	for _, r := range []reply{
		ask("/rooms/", "Origin: https://evil.example", "Access-Control-Request-Method: GET"),
		ask("/rooms/", "Access-Control-Request-Method: GET"), ask("/rooms/", pageOrigin),
	} {
		problem(t, r, 405, "method_not_allowed") // OPTIONS is no method of the API
		is.Equal(r.Header.Get("Access-Control-Allow-Methods"), "")
	}
	problem(t, ask("/nowhere", pageOrigin, "Access-Control-Request-Method: GET"), 404, "not_found")
}
