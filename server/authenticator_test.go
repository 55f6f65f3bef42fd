package server_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/scopes"
	"github.com/anteroom-go/anteroom/server"
)

// noKey is an authenticator for requests without its credentials.
func noKey(*http.Request) (delegation.Grant, error) {
	return delegation.Grant{}, server.ErrNoCredentials
}

// desk is what a host has beside our tokens: API keys in the Authorization field, and
// sessions in a cookie.
type desk struct {
	keys, sessions map[string]delegation.Grant
	calls          []string
	broken         error
}

func (d *desk) configure(c *server.Config) {
	c.Authenticators = []server.Authenticator{
		{Scheme: "ApiKey", Authenticate: d.byKey}, {Scheme: "Session", Authenticate: d.bySession}}
}

func (d *desk) byKey(r *http.Request) (delegation.Grant, error) {
	d.calls = append(d.calls, "key")
	key, found := strings.CutPrefix(r.Header.Get("Authorization"), "ApiKey ")
	if !found {
		return delegation.Grant{}, server.ErrNoCredentials
	}
	grant, known := d.keys[key]
	if !known {
		return delegation.Grant{}, fmt.Errorf("no such key in the safe: %w", server.ErrCredentials)
	}
	return grant, nil
}

func (d *desk) bySession(r *http.Request) (delegation.Grant, error) {
	d.calls = append(d.calls, "session")
	if d.broken != nil {
		return delegation.Grant{}, d.broken
	}
	cookie, err := r.Cookie("session")
	if err != nil {
		return delegation.Grant{}, server.ErrNoCredentials
	}
	return d.sessions[cookie.Value], nil
}

// took returns which authenticators were asked since the last time.
func (d *desk) took() string {
	calls := strings.Join(d.calls, " ")
	d.calls = nil
	return calls
}

// newDesk returns a server with a host's credentials for alice, and what the host has.
func newDesk(t *testing.T, changes ...func(*server.Config)) (*api, *desk) {
	t.Helper()
	d := &desk{}
	a := onSQLite(t, append([]func(*server.Config){d.configure}, changes...)...)
	alice, err := a.registry.UserByEmail(t.Context(), "alice@example.com")
	is.New(t).NoErr(err)
	grant := delegation.Grant{Application: delegation.Application{ClientID: a.clientID}, User: alice, Delegated: true,
		Scopes: scopes.NewSet(scopes.RoomsList, scopes.RoomsCreate, scopes.RoomsAttendees)}
	d.keys = map[string]delegation.Grant{"key-of-alice": grant}
	d.sessions = map[string]delegation.Grant{"alice": grant}
	return a, d
}

const (
	aliceKey     = "Authorization: ApiKey key-of-alice"
	aliceSession = "Cookie: session=alice"
)

func TestAuthenticators(t *testing.T) {
	is := is.New(t)
	a, d := newDesk(t)
	token := a.token("alice@example.com")
	made := a.create("", token)["id"].(string)
	r := a.call("GET", "/rooms/", "", aliceKey)
	is.Equal(r.StatusCode, 200)
	is.Equal(r.json(t)["results"].([]any)[0].(object)["id"], made) // the same application and user, the same rooms
	is.True(r.Header.Get("RateLimit") != "")                       // and the same quotas
	is.Equal(d.took(), "key")
	is.Equal(a.send("GET", "/rooms/", "", aliceSession).StatusCode, 200)
	is.Equal(d.took(), "key session") // in order
	is.Equal(a.call("POST", "/rooms/", `{"name":"Budget"}`, aliceKey).StatusCode, 201)
	is.True(strings.Contains(a.lastRecord(), `"client_id":"`+a.clientID+`"`))          // who acts is in the log
	problem(t, a.call("GET", "/rooms/"+made, "", aliceKey), 403, "insufficient_scope") // no more than the host granted
	d.took()
	is.Equal(a.send("GET", "/rooms/", "", token, aliceSession).StatusCode, 200)
	problem(t, a.send("GET", "/rooms/", "", "Authorization: Bearer x", aliceSession), 401, "invalid_token")
	problem(t, a.send("GET", "/rooms/", "", "Authorization: Bearer", aliceSession), 400, "invalid_request")
	is.Equal(d.took(), "") // whoever sends a token is judged by that alone
	people := `{"attendees":[` + strings.Repeat(`{"email":"x@example.com","role":"member"},`, 400)
	path := "/rooms/" + made + "/attendees"
	is.Equal(a.call("PUT", path, strings.TrimSuffix(people, ",")+"]}", aliceKey).StatusCode, 400)
	is.Equal(d.took(), "key key") // also before a large body
	problem(t, a.call("PUT", path, people, "Authorization: ApiKey wrong"), 401, "invalid_token")
	is.Equal(d.took(), "key") // which is not read for who is not known
	is.True(a.ask(a.clientID, "wrong", "alice@example.com").StatusCode == 401)
	is.Equal(a.send("POST", "/application/token/", "grant_type=client_credentials", aliceKey,
		"Content-Type: application/x-www-form-urlencoded").StatusCode, 401)
	is.Equal(d.took(), "") // never at the token endpoint
}

func TestAuthenticatorsRefuse(t *testing.T) {
	is := is.New(t)
	a, d := newDesk(t)
	r := a.send("GET", "/rooms/", "")
	problem(t, r, 401, "missing_token")
	known := ` realm="external-api", resource_metadata="` + publicURL +
		`/.well-known/oauth-protected-resource/external-api"`
	ours := "Bearer" + known + ", DPoP" + known + `, algs="ES256 EdDSA Ed25519"`
	is.Equal(r.Header.Values("WWW-Authenticate"), // every way is named, ours first
		[]string{ours + `, ApiKey realm="external-api", Session realm="external-api"`})
	wrong := a.send("GET", "/rooms/", "", "Authorization: ApiKey wrong")
	unknown := a.send("GET", "/rooms/", "", "Cookie: session=eve") // the zero grant
	for _, r := range []reply{wrong, unknown} {
		answer := problem(t, r, 401, "invalid_token")
		is.Equal(answer["detail"], "The credentials are not valid.") // a caller learns no reason
		is.Equal(r.Header.Get("WWW-Authenticate"), ours+`, ApiKey realm="external-api", Session realm="external-api"`)
	}
	is.True(strings.Contains(a.log.String(), "no such key in the safe"))
	is.True(strings.Contains(a.log.String(), "application_unknown")) // an operator learns all of them
	problem(t, a.send("GET", "/rooms/", "", "Authorization: Basic eDp5"), 401, "missing_token")
	d.broken = errors.New("the sessions are away")
	problem(t, a.send("GET", "/rooms/", "", aliceSession), 503, "temporarily_unavailable")
	is.True(!strings.Contains(a.send("GET", "/rooms/", "", aliceSession).body, "away")) // not the caller's business
	d.broken = context.Canceled
	is.Equal(a.call("GET", "/rooms/", "", a.token("alice@example.com")).StatusCode, 200) // tokens need none of it
}

func TestAuthenticatorsAreLive(t *testing.T) {
	tests := map[string]func(a *api){
		"the application is disabled": func(a *api) { a.change(func(app *delegation.Application) { app.Active = false }) },
		"the policy is narrowed": func(a *api) {
			a.change(func(app *delegation.Application) {
				app.Policy = delegation.Policy{Domains: []delegation.Domain{"example.net"}}
			})
		},
		"the user is protected": func(a *api) {
			_, err := a.registry.SetUserProtected(a.Context(), "alice@example.com", true)
			is.New(a.T).NoErr(err)
		},
	}
	for name, happens := range tests {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			a, _ := newDesk(t)
			is.Equal(a.call("GET", "/rooms/", "", aliceKey).StatusCode, 200)
			happens(a)
			problem(t, a.call("GET", "/rooms/", "", aliceKey), 401, "invalid_token") // with the next request
		})
	}
	is := is.New(t)
	a, _ := newDesk(t)
	a.change(func(app *delegation.Application) { app.Scopes = scopes.NewSet(scopes.RoomsCreate) })
	problem(t, a.call("GET", "/rooms/", "", aliceKey), 403, "insufficient_scope") // what an operator takes is gone
	is.Equal(a.call("POST", "/rooms/", "", aliceKey).StatusCode, 201)
}

// TestPagesOfOthersChangeNothing sends what a browser sends for the page of another
// site: the cookie comes along, whoever made the page.
func TestPagesOfOthersChangeNothing(t *testing.T) {
	is := is.New(t)
	a, _ := newDesk(t, func(c *server.Config) { c.CORSOrigins = []string{"https://app.example.org"} })
	post := func(headers ...string) int { return a.send("POST", "/rooms/", "", headers...).StatusCode }
	is.Equal(post(aliceSession), 201)                                                 // no browser
	is.Equal(post(aliceSession, "Sec-Fetch-Site: same-origin"), 201)                  // a page of the host's
	is.Equal(post(aliceSession, "Origin: "+publicURL), 201)                           // in an old browser
	is.Equal(post(aliceSession, "Sec-Fetch-Site: cross-site"), 401)                   // a page of another's
	is.Equal(post(aliceSession, "Origin: https://evil.example"), 401)                 // in an old browser
	is.Equal(post(aliceSession, "Origin: null", "Sec-Fetch-Site: cross-site"), 401)   // without an origin
	is.Equal(post(aliceSession, "Origin: https://app.example.org"), 401)              // CORS is for what a page holds
	is.Equal(post(aliceKey, "Origin: https://app.example.org"), 201)                  // such as a key
	is.Equal(post(aliceKey, "Origin: https://evil.example"), 401)                     // and for no other page
	is.Equal(post(a.token("alice@example.com"), "Origin: https://evil.example"), 201) // a token is not the browser's
}
