package server_test

import (
	"cmp"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/delegation"
)

const (
	assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
	bearerGrant   = "urn:ietf:params:oauth:grant-type:jwt-bearer"
)

// signing gives the registered application a key, and returns what signs with
// it: claims of a good assertion, changed.
func (a *api) signing(alg jose.SignatureAlgorithm) func(changes object) string {
	a.Helper()
	is := is.New(a.T)
	var private crypto.Signer
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	is.NoErr(err)
	if alg == jose.EdDSA {
		_, private, err = ed25519.GenerateKey(rand.Reader)
		is.NoErr(err)
	}
	public, err := delegation.NewKey(private.Public())
	is.NoErr(err)
	public.Name = "k1"
	a.change(func(app *delegation.Application) { app.Keys, app.JWTBearer = []delegation.Key{public}, true })
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: jose.JSONWebKey{Key: private, KeyID: "k1"}}, nil)
	is.NoErr(err)
	return func(changes object) string {
		claims := object{"iss": a.clientID, "sub": a.clientID, "aud": publicURL, "jti": rand.Text(),
			"exp": time.Now().Unix() + 60}
		for name, value := range changes {
			claims[name] = value
		}
		payload, err := json.Marshal(claims)
		is.NoErr(err)
		signed, err := signer.Sign(payload)
		is.NoErr(err)
		text, err := signed.CompactSerialize()
		is.NoErr(err)
		return text
	}
}

func TestPrivateKeyJWT(t *testing.T) {
	each(t, func(t *testing.T, a *api) {
		for _, alg := range []jose.SignatureAlgorithm{jose.ES256, jose.EdDSA} {
			is := is.New(t)
			sign := a.signing(alg)
			ask := func(assertion string, more ...string) reply {
				return a.form(append([]string{"grant_type", "client_credentials", "scope", "alice@example.com",
					"client_assertion_type", assertionType, "client_assertion", assertion}, more...)...)
			}
			used := sign(nil)
			is.Equal(ask(used, "client_id", a.clientID).StatusCode, 200) // with the client id beside it
			refusal(t, ask(used), 401, "invalid_client")                 // once
			is.Equal(ask(sign(nil)).StatusCode, 200)                     // or without
			refusal(t, ask(sign(object{"aud": apiURL + "/application/token/"})), 401, "invalid_client")
			refusal(t, ask(sign(nil), "client_id", "app_other"), 400, "invalid_request") // it contradicts
			refusal(t, ask(sign(nil), "client_secret", string(a.secret)), 400,           // two methods
				"invalid_request")
			refusal(t, a.form("grant_type", "client_credentials", "client_assertion", sign(nil)), 400, // no type
				"invalid_request")
			refusal(t, a.ask(a.clientID, a.secret, "alice@example.com"), 401, // no secrets beside keys
				"invalid_client")
			form := url.Values{"token": {"x"}, "client_assertion_type": {assertionType}, "client_assertion": {sign(nil)}}
			is.Equal(a.send("POST", "/application/introspect/", form.Encode(), formType).json(t), // elsewhere too
				object{"active": false})
			a.change(func(app *delegation.Application) { app.Keys = nil })
			refusal(t, ask(sign(nil)), 401, "invalid_client") // a key that was taken away is no key
			is.Equal(a.ask(a.clientID, a.secret, "alice@example.com").StatusCode, 200)
		}
	})
}

func TestBearerGrant(t *testing.T) {
	each(t, func(t *testing.T, a *api) {
		is := is.New(t)
		sign := a.signing(jose.ES256)
		grant := func(subject string, more ...string) reply {
			return a.form(append([]string{"grant_type", bearerGrant, "assertion", sign(object{"sub": subject})}, more...)...)
		}
		r := grant("alice@example.com", "scope", "rooms:list")
		is.Equal(r.StatusCode, 200)
		is.Equal(r.json(t)["scope"], "rooms:list")
		is.Equal(a.call("GET", "/rooms/", "", "Authorization: Bearer "+r.json(t)["access_token"].(string)).StatusCode, 200)
		refusal(t, grant("alice@example.net"), 400, "invalid_scope") // the same policy
		refusal(t, grant("alice@example.com", "scope", "bob@example.com"), 400, "invalid_scope")
		refusal(t, grant("alice@example.com", "client_secret", string(a.secret)), 400, "invalid_request")
		refusal(t, a.form("grant_type", bearerGrant), 400, "invalid_request")
		refusal(t, a.form("grant_type", bearerGrant, "assertion", "x"), 400, "invalid_grant")
		refusal(t, // a token is no assertion
			a.form("grant_type", bearerGrant, "assertion", r.json(t)["access_token"].(string)), 400, "invalid_grant")
		a.change(func(app *delegation.Application) { app.JWTBearer = false })
		refusal(t, grant("alice@example.com"), 400, "unauthorized_client") // off unless granted
	})
}

// TestFaultsOfAssertionsHaveTexts compares what callers read. The text names the
// parameter, and is the same whether or not there is such an application.
func TestFaultsOfAssertionsHaveTexts(t *testing.T) {
	each(t, func(t *testing.T, a *api) {
		sign := a.signing(jose.ES256)
		asClient := func(assertion string, more ...string) reply {
			return a.form(append([]string{"grant_type", "client_credentials", "scope", "alice@example.com",
				"client_assertion_type", assertionType, "client_assertion", assertion}, more...)...)
		}
		asGrant := func(assertion string, more ...string) reply {
			return a.form(append([]string{"grant_type", bearerGrant, "assertion", assertion}, more...)...)
		}
		now := time.Now().Unix()
		seen := map[string]bool{}
		for name, claims := range map[string]object{"aud": {"aud": "https://other.example.org"}, "exp": {"exp": 1},
			"iat": {"iat": now + 3600}, "jti": {"jti": 5}, "scope": {"scope": 5}, "numbers": {"exp": "soon"},
			"five minutes": {"iat": now - 3600}, "iss": {"iss": 5}} {
			t.Run(name, func(t *testing.T) {
				is := is.New(t)
				r := asClient(sign(claims))
				refusal(t, r, 401, "invalid_client")
				text := r.json(t)["error_description"].(string)
				is.True(strings.Contains(text, name) && strings.Contains(text, "client_assertion"))
				is.True(!seen[text]) // of its own
				seen[text] = true
				claims["sub"] = "alice@example.com"
				r = asGrant(sign(claims))
				refusal(t, r, 400, "invalid_grant")
				text = r.json(t)["error_description"].(string)
				is.True(strings.Contains(text, name) && strings.Contains(text, " assertion"))
			})
		}
		is := is.New(t)
		unknown := asClient(sign(object{"iss": "app_unknown", "sub": "app_unknown"})) // tells nothing of the application
		is.Equal(unknown.json(t)["error_description"], "Client authentication failed.")
		refusal(t, asClient(sign(nil), "client_id", "app_other"), 400, "invalid_request")
		refusal(t, asClient(sign(object{"client_id": "app_other"})), 400, "invalid_request")
		user := object{"sub": "alice@example.com"}
		refusal(t, asGrant(sign(user), "client_id", "app_other"), 400, "invalid_grant")
		is.Equal(asGrant(sign(user), "client_id", a.clientID).StatusCode, 200)
		narrow := asGrant(sign(object{"sub": "alice@example.com", "scope": "rooms:list"}))
		is.Equal(narrow.json(t)["scope"], "rooms:list") // never more than was asked for
		refusal(t, asClient(sign(object{"aud": apiURL + "/application/token/"})), 401, "invalid_client")
		a.change(func(app *delegation.Application) { app.TokenEndpointAudience = true })
		for _, end := range []string{"", "/"} {
			audience := apiURL + "/application/token" + end
			is.Equal(asClient(sign(object{"aud": []string{audience}})).StatusCode, 200)
		}
	})
}

// TestRefusalStatus gives an application one status for every refusal to delegate.
func TestRefusalStatus(t *testing.T) {
	each(t, func(t *testing.T, a *api) {
		is := is.New(t)
		scopes := []string{"alice@example.net", "unknown@example.com"}
		var bodies []string
		for _, status := range []int{0, 403, 404, 422, 400} {
			a.change(func(app *delegation.Application) { app.RefusalStatus = status })
			for _, scope := range scopes {
				r := a.ask(a.clientID, a.secret, scope)
				refusal(t, r, cmp.Or(status, 400), "invalid_scope")
				bodies = append(bodies, r.body)
			}
			refusal(t, a.ask(a.clientID, a.secret, "alice@example.com rooms:fly"), 400, "invalid_scope")
			refusal(t, a.ask(a.clientID, "wrong", "unknown@example.com"), 401, "invalid_client")
			is.Equal(a.ask(a.clientID, a.secret, "alice@example.com").StatusCode, 200)
		}
		is.Equal(len(slices.Compact(bodies)), 1) // the status alone differs
	})
}
