package server_test

import (
	"encoding/base64"
	"net/http"
	"testing"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/scopes"
)

const (
	formType = "Content-Type: application/x-www-form-urlencoded"
	jsonType = "Content-Type: application/json"
)

func basic(user, password string) string {
	return "Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))
}

// refusal asserts an error of RFC 6749 §5.2.
func refusal(t *testing.T, r reply, status int, code string) {
	t.Helper()
	is := is.New(t)
	is.Equal(r.StatusCode, status)                             // the documented status
	is.Equal(r.json(t)["error"], code)                         // the documented code
	is.Equal(r.Header.Get("Cache-Control"), "no-store")        // errors are not stored either
	is.Equal(r.Header.Get("Pragma"), "no-cache")               // nor by old caches
	is.Equal(r.Header.Get("Content-Type"), "application/json") // JSON, as success
}

func TestTokenResponse(t *testing.T) {
	each(t, func(t *testing.T, a *api) {
		is := is.New(t)
		r := a.ask(a.clientID, a.secret, "alice@example.com rooms:list rooms:create")
		is.Equal(r.StatusCode, 200)
		is.Equal(r.Header.Get("Cache-Control"), "no-store")
		is.Equal(r.Header.Get("Pragma"), "no-cache")
		body := r.json(t)
		is.Equal(body["token_type"], "Bearer")
		is.Equal(body["expires_in"], 600.0)
		is.Equal(body["scope"], "rooms:create rooms:list") // the actions, not the address
		is.Equal(len(body), 4)                             // and no refresh token
	})
}

func TestClientFailuresLookTheSame(t *testing.T) {
	each(t, func(t *testing.T, a *api) {
		is := is.New(t)
		other, otherSecret := a.register(delegation.Application{Name: "Other", Scopes: scopes.Rooms()})
		_, err := a.registry.UpdateApplication(t.Context(), other,
			func(app *delegation.Application) error { app.Active = false; return nil })
		is.NoErr(err)
		expired, expiredSecret, err := a.registry.RotateSecret(t.Context(), a.clientID, "", 0)
		is.NoErr(err)
		is.NoErr(a.registry.DisableSecret(t.Context(), a.clientID, expired.ID))
		failures := map[string]reply{
			"unknown client":       a.ask("app_0123456789abcdefghijkl", otherSecret, "alice@example.com"),
			"wrong secret":         a.ask(a.clientID, otherSecret, "alice@example.com"),
			"garbage":              a.ask(a.clientID, "hunter2", "alice@example.com"),
			"disabled application": a.ask(other, otherSecret, "alice@example.com"),
			"disabled secret":      a.ask(a.clientID, expiredSecret, "alice@example.com"),
			"expired secret":       a.ask(a.clientID, a.secret, "alice@example.com"),
		}
		reference := failures["unknown client"]
		for name, r := range failures {
			refusal(t, r, 401, "invalid_client")
			is.Equal(r.body, reference.body) // one body
			for _, h := range []http.Header{r.Header, reference.Header} {
				h.Del("X-Request-Id")
				h.Del("Date")
			}
			is.Equal(r.Header, reference.Header) // one set of headers
			_ = name
		}
	})
}

func TestBasicChallenge(t *testing.T) {
	is := is.New(t)
	a := onSQLite(t)
	const challenge = `Basic realm="external-api", charset="UTF-8"`
	grant := "grant_type=client_credentials"
	for _, headers := range [][]string{{formType, basic(a.clientID, "wrong")}, {formType},
		{formType, "Authorization: Digest x"}, {formType, basic("", "")}} {
		r := a.send("POST", "/application/token/", grant, headers...)
		refusal(t, r, 401, "invalid_client")
		is.Equal(r.Header.Get("WWW-Authenticate"), challenge) // tried Authorization, or nothing
	}
	r := a.ask(a.clientID, "wrong", "")
	is.Equal(r.Header.Get("WWW-Authenticate"), "") // tried the body
}
