// Package interop_test holds the tests that need libraries of others: what they
// refuse we refuse, what we publish they read, and what they find broken is
// broken. It is a module of its own, so that those libraries are no requirement
// of a program that imports Anteroom.
package interop_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
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
)

// house is an authority over a directory in memory, whose signing key tests use
// to forge tokens. This file is the only one that knows how it is made.
type house struct {
	*delegation.Authority
	keys     *delegation.KeySet
	private  crypto.Signer
	key      delegation.Key
	clientID string
	secret   delegation.Secret
	alice    delegation.User
	now      time.Time
}

func newHouse(t testing.TB) *house {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	is.New(t).NoErr(err)
	return newHouseOf(t, private)
}

// newHouseOf returns a house whose tokens the key signs.
func newHouseOf(t testing.TB, private crypto.Signer) *house {
	t.Helper()
	is := is.New(t)
	rootKey := delegation.NewRootKeys()
	directory := delegationtest.NewDirectory(rootKey)
	h := &house{private: private, now: time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)}
	var err error
	h.key, err = delegation.NewKey(private)
	is.NoErr(err)
	h.keys, err = delegation.NewKeySet(h.key)
	is.NoErr(err)
	h.clientID, h.secret = directory.AddApplication(delegation.Application{
		Name: "Calendar", Active: true, Scopes: scopes.NewSet(scopes.RoomsCreate, scopes.RoomsList),
		Policy: delegation.Policy{Domains: []delegation.Domain{"example.com"}},
	})
	h.alice = directory.AddUser("alice@example.com")
	h.Authority, err = delegation.New(delegation.Config{
		Issuer: issuer, Audience: audience, RootKeys: rootKey,
		Applications: directory, Users: directory, Keys: h.keys,
		Now: func() time.Time { return h.now },
	})
	is.NoErr(err)
	return h
}

// acceptableKey returns an error if a public key is none that we verify with.
func acceptableKey(public crypto.PublicKey) error {
	_, err := delegation.NewKey(public)
	return err
}

// thumbprint returns our name for a public key.
func thumbprint(t testing.TB, public crypto.PublicKey) string {
	t.Helper()
	key, err := delegation.NewKey(public)
	is.New(t).NoErr(err)
	return key.ID
}

// token is a good token for alice, as issued.
func (h *house) token(t testing.TB) string {
	t.Helper()
	token, err := h.Issue(t.Context(), delegation.TokenRequest{
		Credentials: delegation.Credentials{ClientID: h.clientID, ClientSecret: h.secret}, Scope: "alice@example.com",
	})
	is.New(t).NoErr(err)
	return string(token.Access)
}

type object = map[string]any

type absent struct{}

// header and claims of a good token, changed by a case of a table.
func (h *house) header(changes object) string {
	return changed(object{"alg": string(h.key.Algorithm), "kid": h.key.ID, "typ": "at+jwt"}, changes)
}

func (h *house) claims(changes object) string {
	return changed(object{
		"iss": issuer, "aud": audience, "sub": h.alice.ID, "client_id": h.clientID,
		"act": object{"sub": h.clientID}, "scope": "rooms:create rooms:list",
		"iat": h.now.Unix(), "exp": h.now.Unix() + 600, "jti": "0123456789abcdef",
	}, changes)
}

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
	return signed + "." + encode(string(sign(h.private, signed)))
}

// sign returns the JWS signature of a text: ES256, RS256 or EdDSA, by the type
// of the key (RFC 7518 §3.3 and §3.4, RFC 8037 §3.1).
func sign(private crypto.Signer, text string) []byte {
	digest := sha256.Sum256([]byte(text))
	switch key := private.(type) {
	case *ecdsa.PrivateKey:
		r, s, err := ecdsa.Sign(rand.Reader, key, digest[:])
		if err != nil {
			panic(err)
		}
		return append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
	case *rsa.PrivateKey:
		signature, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, digest[:])
		if err != nil {
			panic(err)
		}
		return signature
	case ed25519.PrivateKey:
		return ed25519.Sign(key, []byte(text))
	}
	panic("a key of another type")
}
