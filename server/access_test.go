package server_test

import (
	"encoding/json"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/scopes"
)

// atOnce runs n calls side by side.
func atOnce[T any](n int, call func() T) []T {
	results := make([]T, n)
	var wait sync.WaitGroup
	for i := range n {
		wait.Go(func() { results[i] = call() })
	}
	wait.Wait()
	return results
}

// problem asserts an error of RFC 9457.
func problem(t *testing.T, r reply, status int, code string) map[string]any {
	t.Helper()
	is := is.New(t)
	is.Equal(r.StatusCode, status) // the documented status
	is.Equal(r.Header.Get("Content-Type"), "application/problem+json")
	is.Equal(r.Header.Get("Cache-Control"), "no-store") // errors are not stored
	body := r.json(t)
	is.Equal(body["code"], code) // the frozen code
	is.Equal(body["status"], float64(status))
	is.Equal(body["request_id"], r.Header.Get("X-Request-Id")) // to quote to the operator
	return body
}

// call is a request to a guarded route.
type call struct{ method, path, scope string }

// calls returns one request for each guarded route, about things that are not
// there.
func calls(t *testing.T) []call {
	t.Helper()
	var all []call
	for _, o := range operations(t) {
		if guarded(o) {
			all = append(all, call{o.method, nowhere(o), o.scope})
		}
	}
	return all
}

func TestBearerHeader(t *testing.T) {
	a := onSQLite(t)
	token := a.token("alice@example.com")
	raw := strings.TrimPrefix(token, "Authorization: Bearer ")
	const (
		oneToken  = `error="invalid_request", error_description="The Authorization header must have one token after Bearer, `
		oneHeader = `error="invalid_request", error_description="The Authorization header comes more than once."`
		inQuery   = `error="invalid_request", error_description="The token belongs in the Authorization header, not in `
	)
	tests := map[string]struct {
		headers   []string
		query     string
		status    int
		code      string
		challenge string
	}{
		"no token":       {nil, "", 401, "missing_token", `Bearer realm="external-api"`},
		"another scheme": {[]string{"Authorization: Basic eDp5"}, "", 401, "missing_token", `Bearer realm="external-api"`},
		"a cookie": {[]string{"Cookie: access_token=" + raw}, "", 401, "missing_token",
			`Bearer realm="external-api"`},
		"no token after it": {[]string{"Authorization: Bearer"}, "", 400, "invalid_request", oneToken},
		"spaces after it":   {[]string{"Authorization: Bearer   "}, "", 400, "invalid_request", oneToken},
		"two tokens":        {[]string{token + " " + raw}, "", 400, "invalid_request", oneToken},
		"two headers":       {[]string{token, token}, "", 400, "invalid_request", oneHeader},
		"in the query":      {nil, "?access_token=" + raw, 400, "invalid_request", inQuery},
		"there and here":    {[]string{token}, "?access_token=" + raw, 400, "invalid_request", inQuery},
		"garbage":           {[]string{"Authorization: Bearer x"}, "", 401, "invalid_token", `error="invalid_token"`},
		"a changed token":   {[]string{token + "x"}, "", 401, "invalid_token", `error="invalid_token"`},
		"padding":           {[]string{token + "="}, "", 401, "invalid_token", `error="invalid_token"`},
		"over 4 KiB": {[]string{"Authorization: Bearer " + strings.Repeat("a", 5000)}, "", 401, "invalid_token",
			`error="invalid_token"`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			for _, call := range calls(t) {
				r := a.send(call.method, call.path+test.query, "", test.headers...)
				problem(t, r, test.status, test.code)
				challenge := r.Header.Get("WWW-Authenticate")
				is.New(t).True(strings.Contains(challenge, test.challenge))                          // RFC 6750 §3
				is.New(t).Equal(strings.Contains(challenge, "error="), test.code != "missing_token") // no error without a try
			}
		})
	}
	for _, header := range []string{"Authorization: bearer ", "Authorization: BEARER ", "Authorization: Bearer  "} {
		is.New(t).Equal(a.send("GET", "/rooms/", "", header+raw).StatusCode, 200) // a scheme has no case
	}
}

func TestScopesGuardEveryRoute(t *testing.T) {
	a := onSQLite(t)
	w := a.world()
	token := func(actions string) string { return a.tokenOf(w.clientID, w.secret, "alice@example.com "+actions) }
	for _, call := range calls(t) {
		t.Run(call.method+" "+call.path, func(t *testing.T) {
			is := is.New(t)
			others := w.scopes.Minus(scopes.NewSet(scopes.Scope(call.scope))).String()
			r := a.call(call.method, call.path, "", token(others))
			problem(t, r, 403, "insufficient_scope")
			is.True(strings.Contains(r.Header.Get("WWW-Authenticate"), `error="insufficient_scope"`))
			is.True(strings.Contains(r.Header.Get("WWW-Authenticate"), `scope="`+call.scope+`"`)) // what is missing
			r = a.call(call.method, call.path, "", token(call.scope))
			is.True(r.StatusCode != 403 && r.StatusCode != 401) // the one scope is enough
			if call.method == "GET" {
				r = a.call("HEAD", call.path, "", token(others))
				is.Equal(r.StatusCode, 403) // HEAD does not go round it
			}
			r = a.call("OPTIONS", call.path, "", "X: y")
			is.Equal(r.StatusCode, 405) // nor does OPTIONS
		})
	}
}

func TestOrderOfChecks(t *testing.T) {
	a := onSQLite(t)
	list := a.token("alice@example.com rooms:list")
	problem(t, a.call("PUT", "/rooms/", "{", ""), 405, "method_not_allowed")                    // the method first
	problem(t, a.call("POST", "/rooms/", "{", "Authorization: Bearer x"), 401, "invalid_token") // then who asks
	problem(t, a.call("POST", "/rooms/", "{", list), 403, "insufficient_scope")                 // then what for
	update := a.token("alice@example.com rooms:update")
	problem(t, a.call("PATCH", "/rooms/unknown/", "{", update), 400, "invalid_request") // then the input
	problem(t, a.call("PATCH", "/rooms/unknown/", "{}", update), 404, "not_found")      // then the object
}

func TestAuthorityOverTime(t *testing.T) {
	happenings := map[string]func(a *api){
		"application disabled": func(a *api) { a.change(func(app *delegation.Application) { app.Active = false }) },
		"application deleted":  func(a *api) { is.New(a.T).NoErr(a.registry.DeleteApplication(a.Context(), a.clientID)) },
		"domain removed": func(a *api) {
			a.change(func(app *delegation.Application) { app.Policy = delegation.Policy{} })
		},
		"user disabled": func(a *api) {
			_, err := a.registry.SetUserActive(a.Context(), "alice@example.com", false)
			is.New(a.T).NoErr(err)
		},
		"time passed": func(a *api) { a.clock.advance(11 * time.Minute) },
	}
	for name, happen := range happenings {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, a *api) {
				token := a.token("alice@example.com")
				is.New(t).Equal(a.call("GET", "/rooms/", "", token).StatusCode, 200)
				happen(a)
				problem(t, a.call("GET", "/rooms/", "", token), 401, "invalid_token") // on the next request
			})
		})
	}
	each(t, func(t *testing.T, a *api) {
		token := a.token("alice@example.com")
		a.change(func(app *delegation.Application) { app.Scopes = scopes.NewSet(scopes.RoomsList) })
		is.New(t).Equal(a.call("GET", "/rooms/", "", token).StatusCode, 200)        // what is left works
		problem(t, a.call("POST", "/rooms/", "", token), 403, "insufficient_scope") // what was taken does not
	})
}

func TestPaths(t *testing.T) {
	is := is.New(t)
	a := onSQLite(t)
	token := a.token("alice@example.com")
	id := a.create("", token)["id"].(string)
	for _, path := range []string{"/rooms/", "/rooms", "//rooms//", "/rooms///"} {
		is.Equal(a.call("GET", path, "", token).StatusCode, 200) // with and without slashes, never a redirect
	}
	for _, path := range []string{"/rooms/" + id, "/rooms/" + id + "/", "/rooms//" + id + "//"} {
		is.Equal(a.call("GET", path, "", token).StatusCode, 200)
	}
	is.Equal(a.sendTo("POST", "//external-api///v1.0/rooms", "", token).StatusCode, 201) // a POST stays a POST
	for _, path := range []string{"/rooms/x/y", "/Rooms/", "/rooms/..", "/rooms/../rooms", "/rooms/%00",
		"/rooms/%2e%2e/x"} {
		r := a.call("GET", path, "", token)
		is.True(r.StatusCode == 404) // nothing is guessed
		problem(t, r, 404, "not_found")
	}
	for _, path := range []string{"/", "/external-api", "/external-api/v1.0", "/external-api/v2.0/rooms/", "/rooms/",
		"/metrics", "/admin", "/debug/pprof/"} {
		problem(t, a.sendTo("GET", path, ""), 404, "not_found") // and there is nothing else
	}
	r := a.call("PUT", "/rooms/"+id+"/", "{}", token)
	problem(t, r, 405, "method_not_allowed")
	is.Equal(r.Header.Get("Allow"), "DELETE, GET, HEAD, PATCH")
	r = a.call("DELETE", "/rooms/", "", token)
	is.Equal(r.Header.Get("Allow"), "GET, HEAD, POST")
	r = a.call("HEAD", "/rooms/"+id+"/", "", token)
	is.Equal(r.StatusCode, 200)
	is.Equal(r.body, "") // HEAD is GET without a body
}

func TestRequestID(t *testing.T) {
	is := is.New(t)
	a := onSQLite(t)
	r := a.sendTo("GET", "/healthz", "", "X-Request-Id: Trace-1.2_3")
	is.Equal(r.Header.Get("X-Request-Id"), "Trace-1.2_3") // the caller's, if it is harmless
	for _, bad := range [][]string{{"X-Request-Id: a b"}, {"X-Request-Id: " + strings.Repeat("a", 65)},
		{"X-Request-Id: <script>"}, {"X-Request-Id: é"}, {"X-Request-Id: a", "X-Request-Id: b"}, nil} {
		r = a.sendTo("GET", "/healthz", "", bad...)
		is.Equal(len(r.Header.Get("X-Request-Id")), 36) // else ours
	}
	is.True(strings.Contains(a.log.String(), `"request_id":"Trace-1.2_3"`)) // and it is in the log
}

func TestPublicDocuments(t *testing.T) {
	each(t, func(t *testing.T, a *api) {
		is := is.New(t)
		r := a.send("GET", "/.well-known/jwks.json", "")
		is.Equal(r.StatusCode, 200)
		is.Equal(r.Header.Get("Cache-Control"), "public, max-age=300")
		is.Equal(a.sendTo("GET", "/healthz", "").StatusCode, 200)
		is.Equal(a.sendTo("GET", "/readyz", "").StatusCode, 200)
		is.Equal(a.send("GET", "/openapi.json", "").StatusCode, 200)
		is.Equal(a.send("GET", "/openapi-3.0.json", "").StatusCode, 200)
	})
}

func TestNothingOfTheRequestDecides(t *testing.T) {
	is := is.New(t)
	a := onSQLite(t)
	headers := []string{"Host: evil.example", "X-Forwarded-Host: evil.example", "X-Forwarded-Proto: gopher",
		"Forwarded: host=evil.example"}
	r := a.send("POST", "/application/token/", "grant_type=client_credentials&scope=alice@example.com&client_id="+
		a.clientID+"&client_secret="+string(a.secret), append(headers, formType)...)
	token := "Authorization: Bearer " + r.json(t)["access_token"].(string)
	for range 3 {
		r = a.send("POST", "/rooms/", "", append(headers, token)...)
	}
	is.True(strings.HasPrefix(r.Header.Get("Location"), apiURL+"/rooms/")) // links are configuration
	is.True(strings.HasPrefix(r.json(t)["url"].(string), publicURL+"/"))
	list := a.send("GET", "/rooms/?page=2&page_size=1", "", append(headers, token)...)
	var page struct{ Next, Previous string }
	is.NoErr(json.Unmarshal([]byte(list.body), &page))
	is.Equal(page.Next, apiURL+"/rooms/?page=3&page_size=1")
	is.Equal(page.Previous, apiURL+"/rooms/?page=1&page_size=1")
	is.True(!strings.Contains(a.log.String(), "evil.example")) // not even in the log
}
