package delegation_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"testing"
	"time"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/delegationtest"
	"github.com/anteroom-go/anteroom/scopes"
)

const (
	issuer   = "https://meet.example.org"
	audience = issuer + "/external-api"

	tokenEndpoint = audience + "/v1.0/application/token/"

	kelvin = "\u212a" // folds to k in Unicode, and must not here
)

// house is an authority over a directory in memory, with a clock that is set by
// hand and a signing key that tests may forge with.
type house struct {
	*delegation.Authority
	config    delegation.Config
	directory *delegationtest.Directory
	private   *ecdsa.PrivateKey
	key       delegation.Key
	clientID  string
	secret    delegation.Secret
	alice     delegation.User
	now       time.Time
}

func newHouse(t testing.TB) *house {
	is := is.New(t)
	rootKeys := delegation.NewRootKeys()
	h := &house{directory: delegationtest.NewDirectory(rootKeys), now: time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)}
	var err error
	h.private, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	is.NoErr(err)
	h.key, err = delegation.NewKey(h.private)
	is.NoErr(err)
	keys, err := delegation.NewKeySet(h.key)
	is.NoErr(err)
	h.clientID, h.secret = h.directory.AddApplication(delegation.Application{
		Name: "Calendar", Active: true, Scopes: scopes.NewSet(scopes.RoomsCreate, scopes.RoomsList),
		Policy: delegation.Policy{Domains: []delegation.Domain{"example.com"}},
	})
	h.alice = h.directory.AddUser("alice@example.com")
	h.config = delegation.Config{
		Issuer: issuer, Audience: audience, TokenEndpoint: tokenEndpoint, RootKeys: rootKeys,
		Applications: h.directory, Users: h.directory, Keys: keys,
		Records: h.directory, Assertions: h.directory, Provisioner: h.directory, Admit: admitted,
		Now: func() time.Time { return h.now },
	}
	h.Authority, err = delegation.New(h.config)
	is.NoErr(err)
	return h
}

// admitted lets every comparison begin at once.
func admitted(context.Context, string, string) (func(), error) { return func() {}, nil }

// issue asks for a token with the house's application.
func (h *house) issue(t testing.TB, scope string) (delegation.Token, error) {
	t.Helper()
	return h.Issue(t.Context(), h.request(scope))
}

// credentials are those of the house's application.
func (h *house) credentials() delegation.Credentials {
	return delegation.Credentials{ClientID: h.clientID, ClientSecret: h.secret}
}

// request is a token request of the house's application.
func (h *house) request(scope string) delegation.TokenRequest {
	return delegation.TokenRequest{Credentials: h.credentials(), Scope: scope}
}

// with builds another authority over the same directory.
func (h *house) with(t *testing.T, change func(*delegation.Config)) *delegation.Authority {
	is := is.New(t)
	config := h.config
	change(&config)
	authority, err := delegation.New(config)
	is.NoErr(err)
	return authority
}

// token is a good token for alice.
func (h *house) token(t testing.TB) string {
	t.Helper()
	token, err := h.issue(t, "alice@example.com")
	is.New(t).NoErr(err)
	return string(token.Access)
}

// application changes the registered application.
func (h *house) application(change func(*delegation.Application)) {
	h.directory.ChangeApplication(h.clientID, change)
}

type object = map[string]any

// header and claims of a good token, changed by a case of a table.
func (h *house) header(changes object) string {
	return changed(object{"alg": "ES256", "kid": h.key.ID, "typ": "at+jwt"}, changes)
}

func (h *house) claims(changes object) string {
	return changed(object{
		"iss": issuer, "aud": audience, "sub": h.alice.ID, "client_id": h.clientID,
		"act": object{"sub": h.clientID}, "scope": "rooms:create rooms:list",
		"iat": h.now.Unix(), "exp": h.now.Unix() + 600, "jti": "0123456789abcdef",
	}, changes)
}

type absent struct{}

// changed lays the changes over the members and writes JSON; absent removes.
func changed(members, changes object) string {
	maps.Copy(members, changes)
	maps.DeleteFunc(members, func(_ string, value any) bool { return value == absent{} })
	text, err := json.Marshal(members)
	if err != nil {
		panic(err)
	}
	return string(text)
}

func encode(part string) string { return base64.RawURLEncoding.EncodeToString([]byte(part)) }

// forge signs any header and payload with the house's own key: only the form of
// the token is wrong, never the signature.
func (h *house) forge(header, payload string) string {
	signed := encode(header) + "." + encode(payload)
	return signed + "." + encode(string(h.signature(signed)))
}

// signature is r and s, 32 bytes each (RFC 7518 §3.4).
func (h *house) signature(signed string) []byte {
	digest := sha256.Sum256([]byte(signed))
	r, s, err := ecdsa.Sign(rand.Reader, h.private, digest[:])
	if err != nil {
		panic(err)
	}
	return append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
}
