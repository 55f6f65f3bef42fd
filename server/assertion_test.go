package server_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"net/url"
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
			refusal(t, ask(sign(nil), "client_id", "app_other"), 401, "invalid_client")
			refusal(t, ask(sign(nil), "client_secret", string(a.secret)), 400, // two methods
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
