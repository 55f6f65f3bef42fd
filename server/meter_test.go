package server_test

import (
	"cmp"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/rates"
	"github.com/anteroom-go/anteroom/scopes"
	"github.com/anteroom-go/anteroom/server"
)

// limited is a server whose clock stands still, with the given limits.
func limited(t *testing.T, limits string, changes ...func(*server.Config)) *api {
	t.Helper()
	parsed, err := rates.Parse(limits)
	is.New(t).NoErr(err)
	a := onSQLite(t, append(changes, func(c *server.Config) { c.RateLimits = parsed })...)
	a.clock.stop()
	return a
}

// left asserts what an answer says of the quotas.
func left(t *testing.T, r reply, want string) {
	t.Helper()
	is.New(t).Equal(r.Header.Get("RateLimit"), want) // what is left, and for how long
}

// wait lets the time pass that an answer asks for.
func (a *api) wait(r reply) {
	a.Helper()
	n, err := strconv.Atoi(r.Header.Get("Retry-After"))
	is.New(a.T).NoErr(err)
	a.clock.advance(time.Duration(n) * time.Second)
}

func TestRateLimits(t *testing.T) {
	is := is.New(t)
	a := limited(t, "creates=5/2")
	alice, bob := a.token("alice@example.com"), a.token("bob@example.com")
	a.addUser("carol@example.com")
	a.addUser("dave@example.com")
	r := a.call("POST", "/rooms/", "", alice)
	is.Equal(r.StatusCode, 201)
	is.Equal(r.Header.Get("RateLimit-Policy"), `"creates-application";q=5;w=60, "creates-user";q=2;w=60`) // the quotas
	left(t, r, `"creates-application";r=4;t=48, "creates-user";r=1;t=30`)
	left(t, a.call("POST", "/rooms/", "", alice), `"creates-application";r=3;t=36, "creates-user";r=0;t=30`)
	for range 3 {
		r = a.call("POST", "/rooms/", "", alice)
		problem(t, r, 429, "rate_limited")
		is.Equal(r.Header.Get("Retry-After"), "30") // when there is one again
		left(t, r,                                  // a refused request is not counted
			`"creates-application";r=3;t=36, "creates-user";r=0;t=30`)
		is.True(strings.HasPrefix(r.Header.Get("RateLimit-Policy"), `"creates-application`)) // on every answer
	}
	left(t, a.call("POST", "/rooms/", "", bob), // another user has another quota
		`"creates-application";r=2;t=24, "creates-user";r=1;t=30`)
	a.call("POST", "/rooms/", "", bob)
	left(t, a.call("POST", "/rooms/", "", a.token("carol@example.com")),
		`"creates-application";r=0;t=12, "creates-user";r=1;t=30`)
	dave := a.token("dave@example.com")
	r = a.call("POST", "/rooms/", "", dave)
	problem(t, r, 429, "rate_limited")
	left(t, r, `"creates-application";r=0;t=12, "creates-user";r=2;t=60`) // the application's is for all of its users
	is.Equal(r.Header.Get("Retry-After"), "12")
	r = a.call("POST", "/rooms/", "", alice)
	is.Equal(r.Header.Get("Retry-After"), "30") // the longer one of two
	a.wait(a.call("POST", "/rooms/", "", dave))
	is.Equal(a.call("POST", "/rooms/", "", dave).StatusCode, 201) // who waited is let through
	a.wait(a.call("POST", "/rooms/", "", alice))
	is.Equal(a.call("POST", "/rooms/", "", alice).StatusCode, 201)
	a.clock.advance(time.Minute)
	left(t, a.call("POST", "/rooms/", "", alice), `"creates-application";r=4;t=48, "creates-user";r=1;t=30`) // whole again
	quota := `creates-user\";r=0`
	is.True(strings.Contains(a.log.String(), quota)) // the log holds which quota it was
}

func TestRateLimitsAreApart(t *testing.T) {
	is := is.New(t)
	a := limited(t, "reads=3/3,writes=2/2,creates=1/1")
	token := a.token("alice@example.com")
	id := a.create("", token)["id"].(string)
	path := "/rooms/" + id + "/"
	problem(t, a.call("POST", "/rooms/", "", token), 429, "rate_limited")
	left(t, a.call("GET", path, "", token), // creating is not reading
		`"reads-application";r=2;t=40, "reads-user";r=2;t=40`)
	left(t, a.call("HEAD", path, "", token), `"reads-application";r=1;t=20, "reads-user";r=1;t=20`)
	left(t, a.call("GET", "/rooms/", "", token), `"reads-application";r=0;t=20, "reads-user";r=0;t=20`)
	problem(t, a.call("GET", path, "", token), 429, "rate_limited")
	left(t, a.call("PATCH", path, "{}", token), `"writes-application";r=1;t=30, "writes-user";r=1;t=30`) // nor is writing
	left(t, a.call("DELETE", path, "", token), `"writes-application";r=0;t=30, "writes-user";r=0;t=30`)
	problem(t, a.call("PATCH", path, "{}", token), 429, "rate_limited")
	problem(t, a.call("DELETE", path, "", token), 429, "rate_limited")
	other, secret := a.register(delegation.Application{Name: "Other", Scopes: scopes.Rooms(),
		Policy: delegation.Policy{Any: true}})
	is.Equal(a.call("POST", "/rooms/", "", // nor another application
		a.tokenOf(other, secret, "alice@example.com")).StatusCode, 201)
}

func TestRateLimitsCountBeforeTheScope(t *testing.T) {
	is := is.New(t)
	a := limited(t, "reads=4/4,creates=2/2")
	token, list := a.token("alice@example.com"), a.token("alice@example.com rooms:list")
	for _, r := range []reply{
		a.call("GET", "/rooms/", "", ""), a.call("GET", "/rooms/", "", token+"x"),
		a.call("PUT", "/rooms/", "", token), a.call("GET", "/nothing/", "", token), a.send("GET", "/openapi.json", ""),
	} {
		is.Equal(r.Header.Get("RateLimit"), "") // what stops before the limit is not counted
		is.Equal(r.Header.Get("RateLimit-Policy"), "")
	}
	left(t, a.call("GET", "/rooms/?page=0", "", token), // errors after it are, and say so
		`"reads-application";r=3;t=45, "reads-user";r=3;t=45`)
	left(t, a.call("GET", "/rooms/unknown/", "", token), `"reads-application";r=2;t=30, "reads-user";r=2;t=30`)
	r := a.call("POST", "/rooms/", "{", list)
	problem(t, r, 403, "insufficient_scope")
	left(t, r, `"creates-application";r=1;t=30, "creates-user";r=1;t=30`) // a token that lacks the scope too
	problem(t, a.call("POST", "/rooms/", "{", token), 400, "invalid_request")
	problem(t, a.call("POST", "/rooms/", "{", token), 429, "rate_limited") // the limit before the input
	problem(t, a.call("POST", "/rooms/", "{", list), 429, "rate_limited")  // and before the scope
}

func TestRateLimitsWithoutAUser(t *testing.T) {
	is := is.New(t)
	a := limited(t, "creates=3/1")
	a.change(func(app *delegation.Application) { app.Undelegated = true })
	token := a.token("")
	r := a.call("POST", "/rooms/", "", token)
	is.Equal(r.Header.Get("RateLimit-Policy"), `"creates-application";q=3;w=60`) // there is none of a user's
	left(t, r, `"creates-application";r=2;t=40`)
	a.create("", a.token("alice@example.com"))
	a.create("", token)
	problem(t, a.call("POST", "/rooms/", "", token), 429, "rate_limited") // shared with its users
}

func TestRateLimitsByDefaultAndOff(t *testing.T) {
	is := is.New(t)
	a := onSQLite(t)
	reads, writes, creates := `"reads-application";q=6000;w=60, "reads-user";q=600;w=60`,
		`"writes-application";q=1000;w=60, "writes-user";q=100;w=60`,
		`"creates-application";q=600;w=60, "creates-user";q=600;w=60`
	want := map[string]string{"GET": reads, "POST": writes, "PUT": writes, "PATCH": writes, "DELETE": writes,
		"POST /rooms/": creates, "POST /rooms/lookup/": reads}
	for _, call := range calls(t) {
		policy := a.call(call.method, call.path, "", a.token("alice@example.com")).Header.Get("RateLimit-Policy")
		is.Equal(policy, cmp.Or(want[call.method+" "+call.path], want[call.method])) // what changes nothing is a read
	}
	a = limited(t, "off")
	token := a.token("alice@example.com")
	for range 61 {
		r := a.call("POST", "/rooms/", "", token)
		is.Equal(r.StatusCode, 201)
		is.Equal(r.Header.Get("RateLimit"), "")        // nothing to say
		is.Equal(r.Header.Get("RateLimit-Policy"), "") // nothing to say
	}
}

func TestRateLimitsAtOnce(t *testing.T) {
	is := is.New(t)
	a := limited(t, "reads=30/20,concurrent=50")
	other, secret := a.register(delegation.Application{Name: "Other", Scopes: scopes.Rooms(),
		Policy: delegation.Policy{Any: true}})
	let := func(token string) (n int) {
		for _, status := range atOnce(50, func() int { return a.send("GET", "/rooms/", "", token).StatusCode }) {
			if status == http.StatusOK {
				n++
			}
		}
		return n
	}
	is.Equal(let(a.token("alice@example.com")), 20)                  // never more than the user's quota
	is.Equal(let(a.token("bob@example.com")), 10)                    // nor than the application's
	is.Equal(let(a.tokenOf(other, secret, "alice@example.com")), 20) // which is no other application's
	a.clock.advance(6 * time.Second)                                 // a tenth of the minute
	is.Equal(let(a.token("alice@example.com")), 2)                   // brings a tenth of the quota back
	is.Equal(let(a.tokenOf(other, secret, "alice@example.com")), 2)
}

// TestContractDescribesRateLimits holds the document against what stands behind
// every guarded route.
func TestContractDescribesRateLimits(t *testing.T) {
	is := is.New(t)
	document, err := contract()
	is.NoErr(err)
	for path, item := range document.Paths.Map() {
		for method, operation := range item.Operations() {
			guarded := false
			for _, requirement := range *operation.Security {
				guarded = guarded || requirement["oauth2"] != nil
			}
			if !guarded {
				continue
			}
			is.True(operation.Responses.Value("429") != nil) // every guarded route has a limit
			for status, response := range operation.Responses.Map() {
				if status == "401" || status == "405" || status == "408" {
					continue // decided before the limit
				}
				for _, name := range []string{"RateLimit-Policy", "RateLimit"} {
					if response.Value.Headers[name] == nil {
						t.Errorf("%s %s: %s does not describe %s", method, path, status, name)
					}
				}
			}
		}
	}
}
