package delegation_test

import (
	"crypto"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/cryptosigner"
	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/delegation"
)

// TestTokensAsOthersReadThem reads tokens by go-jose alone, which did not sign them.
func TestTokensAsOthersReadThem(t *testing.T) {
	for _, alg := range []jose.SignatureAlgorithm{jose.ES256, jose.EdDSA, jose.RS256} {
		is := is.New(t)
		h := newHouse(t)
		private := privateKey(t, alg)
		for _, signer := range []any{private, cryptosigner.Opaque(private)} {
			key, err := delegation.NewKey(signer)
			is.NoErr(err)
			keys, err := delegation.NewKeySet(key)
			is.NoErr(err)
			authority := h.with(t, func(c *delegation.Config) { c.Keys = keys })
			for range 20 { // r and s begin with zeros now and then, and have 32 bytes each all the same
				token, err := authority.Issue(t.Context(), h.request("alice@example.com"))
				is.NoErr(err)
				signed, err := jose.ParseSignedCompact(string(token.Access), []jose.SignatureAlgorithm{alg})
				is.NoErr(err)
				_, err = signed.Verify(private.Public())
				is.NoErr(err)
				header, _, _ := strings.Cut(string(token.Access), ".")
				text, err := base64.RawURLEncoding.DecodeString(header)
				is.NoErr(err)
				is.Equal(string(text), fmt.Sprintf(`{"alg":"%s","kid":"%s","typ":"at+jwt"}`, alg, key.ID)) // and nothing else
			}
		}
	}
}

// opaque is a KMS that is away, or that signs by another algorithm than its key's.
type opaque struct {
	jose.OpaqueSigner
	algorithms []jose.SignatureAlgorithm
	err        error
}

func (o opaque) Algs() []jose.SignatureAlgorithm { return o.algorithms }

func (o opaque) SignPayload([]byte, jose.SignatureAlgorithm) ([]byte, error) { return nil, o.err }

// foreign is a signer of which only the public part is known.
type foreign struct{ public crypto.PublicKey }

func (f foreign) Public() crypto.PublicKey { return f.public }

func (f foreign) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) { return nil, io.EOF }

func TestSignersThatCannot(t *testing.T) {
	is := is.New(t)
	h := newHouse(t)
	away := opaque{cryptosigner.Opaque(h.private), []jose.SignatureAlgorithm{jose.ES256}, errors.New("the KMS is away")}
	key, err := delegation.NewKey(away)
	is.NoErr(err)
	keys, err := delegation.NewKeySet(key)
	is.NoErr(err)
	authority := h.with(t, func(c *delegation.Config) { c.Keys = keys })
	_, err = authority.Issue(t.Context(), h.request("alice@example.com"))
	is.True(errors.Is(err, away.err)) // no token, and no refusal: the operator learns why
	var refusal *delegation.Refusal
	is.True(!errors.As(err, &refusal))
	away.algorithms = []jose.SignatureAlgorithm{jose.RS256}
	for _, signer := range []any{away, foreign{h.private.Public()}} {
		key, err = delegation.NewKey(signer)
		is.NoErr(err)
		_, err = delegation.NewKeySet(key)
		is.True(errors.Is(err, delegation.ErrKey)) // what cannot sign is found out before anything is signed
	}
}
