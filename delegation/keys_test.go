package delegation_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"testing"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/cryptosigner"
	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/delegation"
)

func TestEveryAlgorithm(t *testing.T) {
	for _, alg := range []jose.SignatureAlgorithm{jose.ES256, jose.EdDSA, jose.RS256} {
		t.Run(string(alg), func(t *testing.T) {
			is := is.New(t)
			h := newHouse(t)
			key, err := delegation.GenerateKey(alg)
			is.NoErr(err)
			is.Equal(key.Algorithm, alg) // one key, one algorithm
			keys, err := delegation.NewKeySet(key, h.key)
			is.NoErr(err)
			authority := h.with(t, func(c *delegation.Config) { c.Keys = keys })
			token, err := authority.Issue(t.Context(), delegation.TokenRequest{Credentials: delegation.Credentials{ClientID: h.clientID, ClientSecret: h.secret}, Scope: "alice@example.com"})
			is.NoErr(err)
			_, err = authority.Verify(t.Context(), string(token.Access))
			is.NoErr(err) // signs and verifies
			_, err = authority.Verify(t.Context(), h.token(t))
			is.NoErr(err)                      // and still verifies what the other key of the set signed
			h.refused(t, string(token.Access)) // a set without the key does not
		})
	}
}

func TestOpaqueKey(t *testing.T) {
	is := is.New(t)
	h := newHouse(t)
	key, err := delegation.NewOpaqueKey(cryptosigner.Opaque(h.private))
	is.NoErr(err)
	is.Equal(key.ID, h.key.ID) // the thumbprint of the same public key
	keys, err := delegation.NewKeySet(key)
	is.NoErr(err)
	authority := h.with(t, func(c *delegation.Config) { c.Keys = keys })
	token, err := authority.Issue(t.Context(), delegation.TokenRequest{Credentials: delegation.Credentials{ClientID: h.clientID, ClientSecret: h.secret}, Scope: "alice@example.com"})
	is.NoErr(err)
	_, err = h.Verify(t.Context(), string(token.Access))
	is.NoErr(err) // a key that signs elsewhere signs the same tokens
}

func TestJWKSIsPublic(t *testing.T) {
	is := is.New(t)
	key, err := delegation.GenerateKey(jose.ES256)
	is.NoErr(err)
	old, err := delegation.GenerateKey(jose.RS256)
	is.NoErr(err)
	set, err := delegation.NewKeySet(key, old, key)
	is.NoErr(err)
	is.Equal(set.SigningKeyID(), key.ID) // the first one signs
	var document struct{ Keys []map[string]any }
	is.NoErr(json.Unmarshal(set.JWKS(), &document))
	is.Equal(len(document.Keys), 2) // each once
	for i, want := range []delegation.Key{key, old} {
		jwk := document.Keys[i]
		is.Equal(jwk["kid"], want.ID)                // RFC 7638
		is.Equal(jwk["alg"], string(want.Algorithm)) // pinned
		is.Equal(jwk["use"], "sig")
		for _, private := range []string{"d", "p", "q", "dp", "dq", "qi", "k"} {
			_, there := jwk[private]
			is.True(!there) // never a private member
		}
	}
}

func TestUnacceptableKeys(t *testing.T) {
	is := is.New(t)
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	is.NoErr(err)
	_, err = delegation.NewKey(p384)
	is.True(errors.Is(err, delegation.ErrKey)) // P-256 only
	short, err := rsa.GenerateKey(rand.Reader, 1024)
	is.NoErr(err)
	_, err = delegation.NewKey(short)
	is.True(errors.Is(err, delegation.ErrKey)) // 2048 bits at least
	_, err = delegation.NewPublicKey([]byte("secret"))
	is.True(errors.Is(err, delegation.ErrKey)) // never a symmetric key
	for _, alg := range []jose.SignatureAlgorithm{"", "none", jose.HS256, jose.ES384, jose.PS256} {
		_, err = delegation.GenerateKey(alg)
		is.True(errors.Is(err, delegation.ErrKey)) // three algorithms, no others
	}
	good, err := delegation.GenerateKey(jose.ES256)
	is.NoErr(err)
	public, err := delegation.NewPublicKey(good.Public)
	is.NoErr(err)
	_, err = delegation.NewKeySet(public)
	is.True(errors.Is(err, delegation.ErrKey)) // a set that cannot sign is none
}

func TestNewFailsClosed(t *testing.T) {
	h := newHouse(t)
	tests := map[string]func(*delegation.Config){
		"no issuer":        func(c *delegation.Config) { c.Issuer = "" },
		"no audience":      func(c *delegation.Config) { c.Audience = "" },
		"no root key":      func(c *delegation.Config) { c.RootKey = delegation.RootKey{} },
		"no applications":  func(c *delegation.Config) { c.Applications = nil },
		"no users":         func(c *delegation.Config) { c.Users = nil },
		"no keys":          func(c *delegation.Config) { c.Keys = nil },
		"too short a life": func(c *delegation.Config) { c.TokenTTL = 59e9 },
		"too long a life":  func(c *delegation.Config) { c.TokenTTL = 3601e9 },
		"half a second":    func(c *delegation.Config) { c.TokenTTL = 605e8 + 5e8 + 1 },
		"a negative life":  func(c *delegation.Config) { c.TokenTTL = -1 },
	}
	for name, change := range tests {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			config := h.config
			change(&config)
			authority, err := delegation.New(config)
			is.True(err != nil && authority == nil) // what is missing is never skipped
		})
	}
}
