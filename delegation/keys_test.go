package delegation_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
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
			token, err := authority.Issue(t.Context(), h.request("alice@example.com"))
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
	key, err := delegation.NewKey(cryptosigner.Opaque(h.private))
	is.NoErr(err)
	is.Equal(key.ID, h.key.ID) // the thumbprint of the same public key
	keys, err := delegation.NewKeySet(key)
	is.NoErr(err)
	authority := h.with(t, func(c *delegation.Config) { c.Keys = keys })
	token, err := authority.Issue(t.Context(), h.request("alice@example.com"))
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
	for _, other := range []any{nil, []byte("secret"), "secret", (*ecdsa.PublicKey)(nil), (*rsa.PublicKey)(nil),
		ed25519.PublicKey{}} {
		_, err = delegation.NewKey(other)
		is.True(errors.Is(err, delegation.ErrKey)) // never a symmetric key, nor none
	}
	for _, alg := range []jose.SignatureAlgorithm{"", "none", jose.HS256, jose.ES384, jose.PS256} {
		_, err = delegation.GenerateKey(alg)
		is.True(errors.Is(err, delegation.ErrKey)) // three algorithms, no others
	}
	good, err := delegation.GenerateKey(jose.ES256)
	is.NoErr(err)
	public, err := delegation.NewKey(good.Public)
	is.NoErr(err)
	_, err = delegation.NewKeySet(public)
	is.True(errors.Is(err, delegation.ErrKey)) // a set that cannot sign is none
}

// privateKey makes a private key for an algorithm.
func privateKey(t *testing.T, alg jose.SignatureAlgorithm) crypto.Signer {
	t.Helper()
	is := is.New(t)
	var private crypto.Signer
	var err error
	switch alg {
	case jose.ES256:
		private, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case jose.EdDSA:
		_, private, err = ed25519.GenerateKey(rand.Reader)
	default:
		private, err = rsa.GenerateKey(rand.Reader, 2048)
	}
	is.NoErr(err)
	return private
}

func TestKeysShowNothingPrivate(t *testing.T) {
	for _, alg := range []jose.SignatureAlgorithm{jose.ES256, jose.EdDSA, jose.RS256} {
		is := is.New(t)
		private := privateKey(t, alg)
		key, err := delegation.NewKey(private)
		is.NoErr(err)
		text, err := json.Marshal(key)
		is.NoErr(err)
		var jwk jose.JSONWebKey
		is.NoErr(json.Unmarshal(text, &jwk))
		is.True(jwk.IsPublic())     // a public JWK
		is.Equal(jwk.KeyID, key.ID) // under its id
		key.Name = "laptop"
		text, err = json.Marshal(key)
		is.NoErr(err)
		is.NoErr(json.Unmarshal(text, &jwk))
		is.Equal(jwk.KeyID, "laptop") // or under the name that it was given
		if secret, ok := private.(ed25519.PrivateKey); ok {
			hidden, printed := struct{ key delegation.Key }{key}, ""
			for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d", "%x"} {
				printed += fmt.Sprintf(verb, key) + fmt.Sprintf(verb, hidden)
			}
			is.True(!strings.Contains(printed, fmt.Sprintf("%x", secret.Seed())))
			is.True(!strings.Contains(printed, strings.Trim(fmt.Sprint([]byte(secret.Seed()[:4])), "[]")))
		}
	}
	is := is.New(t)
	_, err := json.Marshal(delegation.Key{})
	is.True(err != nil) // no key is no JWK
}
