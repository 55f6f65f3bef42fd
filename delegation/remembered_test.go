package delegation_test

import (
	"context"
	"encoding/base64"
	"errors"
	"math/big"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/delegation"
)

// replaceable are keys that an operator replaces.
type replaceable struct {
	set atomic.Pointer[delegation.KeySet]
	err error
}

func (r *replaceable) KeySet(context.Context) (*delegation.KeySet, error) { return r.set.Load(), r.err }

// onReplaceable returns a house of which the keys can be replaced.
func onReplaceable(t *testing.T) (*house, *replaceable) {
	h, keys := newHouse(t), &replaceable{}
	set, err := delegation.NewKeySet(h.key)
	is.New(t).NoErr(err)
	keys.set.Store(set)
	h.Authority = h.with(t, func(c *delegation.Config) { c.Keys = keys })
	return h, keys
}

// otherKey returns a key that is not the house's.
func otherKey(t *testing.T) delegation.Key {
	key, err := delegation.GenerateKey(jose.ES256)
	is.New(t).NoErr(err)
	return key
}

// reason returns why a token is refused.
func (h *house) reason(t *testing.T, token string) delegation.Reason {
	t.Helper()
	_, err := h.Verify(t.Context(), token)
	var refusal *delegation.Refusal
	is.New(t).True(errors.As(err, &refusal)) // it is refused
	return refusal.Reason
}

func TestVerifiedOnce(t *testing.T) {
	h := newHouse(t)
	is := is.New(t)
	tokens := []string{h.token(t), h.token(t), h.token(t)}
	verify := func(token string) {
		_, err := h.Verify(t.Context(), token)
		is.NoErr(err)
	}
	next := 0
	first := testing.AllocsPerRun(2, func() {
		verify(tokens[next])
		next++
	})
	again := testing.AllocsPerRun(20, func() { verify(tokens[0]) })
	t.Logf("%.0f allocations with a new token, %.0f with the same one", first, again)
	is.True(again < 40 && first > 80) // the form, the signature and the claims are not read again
}

func TestTwinsOfAVerifiedToken(t *testing.T) {
	is := is.New(t)
	h := newHouse(t)
	token := h.token(t)
	_, err := h.Verify(t.Context(), token)
	is.NoErr(err)
	signed, signature := token[:strings.LastIndexByte(token, '.')], token[strings.LastIndexByte(token, '.')+1:]
	forged := make([]byte, 64)
	forged[31], forged[63] = 1, 1
	is.Equal(h.reason(t, signed+"."+encode(string(forged))), delegation.ReasonSignature) // only the signature differs
	parts := strings.Split(token, ".")
	other := encode(h.claims(object{"scope": "rooms:create", "jti": "another"}))
	is.Equal(h.reason(t, parts[0]+"."+other+"."+signature), delegation.ReasonSignature) // or only the claims
	for _, end := range []string{"=", "\n", " ", ".", "A"} {
		h.refused(t, token+end) // a text that begins as a good one is another text
		h.refused(t, end+token)
	}
	_, err = h.Verify(t.Context(), token)
	is.NoErr(err) // and the good one stays good
}

// TestOtherSignatureOfTheSameClaims holds the second form of an ECDSA signature, r and n-s,
// against the first one: it is judged by itself.
func TestOtherSignatureOfTheSameClaims(t *testing.T) {
	is := is.New(t)
	h := newHouse(t)
	token := h.token(t)
	signed, text := token[:strings.LastIndexByte(token, '.')], token[strings.LastIndexByte(token, '.')+1:]
	signature, err := base64.RawURLEncoding.DecodeString(text)
	is.NoErr(err)
	s := new(big.Int).SetBytes(signature[32:])
	new(big.Int).Sub(h.private.Params().N, s).FillBytes(signature[32:])
	twin := signed + "." + encode(string(signature))
	before, err := h.Verify(t.Context(), twin)
	is.NoErr(err)
	_, err = h.Verify(t.Context(), token)
	is.NoErr(err)
	after, err := h.Verify(t.Context(), twin)
	is.NoErr(err)
	is.Equal(before.TokenID, after.TokenID) // one token: revoking it ends both forms
	is.NoErr(h.Revoke(t.Context(), h.credentials(), token))
	is.Equal(h.reason(t, twin), delegation.ReasonTokenRevoked)
}

func TestVerifiedUntilItExpires(t *testing.T) {
	is := is.New(t)
	h := newHouse(t)
	token := h.token(t)
	_, err := h.Verify(t.Context(), token)
	is.NoErr(err)
	h.now = h.now.Add(10*time.Minute - time.Second)
	_, err = h.Verify(t.Context(), token)
	is.NoErr(err)
	h.now = h.now.Add(time.Second)
	is.Equal(h.reason(t, token), delegation.ReasonExpired) // with its exp, and by the same reason as ever
	h.now = h.now.Add(-11 * time.Minute)
	is.Equal(h.reason(t, token), delegation.Reason("issued_in_the_future")) // also if the clock is set back
}

func TestVerifiedByAKeyThatEnded(t *testing.T) {
	is := is.New(t)
	h, keys := onReplaceable(t)
	token := h.token(t)
	_, err := h.Verify(t.Context(), token)
	is.NoErr(err)
	both, err := delegation.NewKeySet(otherKey(t), h.key)
	is.NoErr(err)
	keys.set.Store(both)
	_, err = h.Verify(t.Context(), token)
	is.NoErr(err) // the key has retired, and verifies
	gone, err := delegation.NewKeySet(otherKey(t))
	is.NoErr(err)
	keys.set.Store(gone)
	is.Equal(h.reason(t, token), delegation.ReasonKeyUnknown) // it was removed or compromised: at once
	keys.set.Store(both)
	_, err = h.Verify(t.Context(), token)
	is.NoErr(err) // it came back
	keys.err = errors.New("away")
	_, err = h.Verify(t.Context(), token)
	is.True(err != nil && !errors.Is(err, delegation.ErrInvalidToken)) // without keys no one knows
	is.Equal(h.reason(t, "malformed"), delegation.ReasonTokenMalformed)
}

// TestKeysEndAtOnce lets tokens be verified while their key is taken away.
func TestKeysEndAtOnce(t *testing.T) {
	is := is.New(t)
	h, keys := onReplaceable(t)
	good, gone := keys.set.Load(), must(delegation.NewKeySet(otherKey(t)))
	tokens := []string{h.token(t), h.token(t), h.token(t), h.token(t)}
	for range 50 {
		var wait sync.WaitGroup
		var ended atomic.Bool
		for _, token := range tokens {
			wait.Go(func() {
				for range 20 {
					before := ended.Load()
					_, err := h.Verify(t.Context(), token)
					if before && err == nil {
						t.Error("a token was good after its key had ended")
					}
				}
			})
		}
		keys.set.Store(gone)
		ended.Store(true)
		wait.Wait()
		keys.set.Store(good)
	}
	for _, token := range tokens {
		_, err := h.Verify(t.Context(), token)
		is.NoErr(err)
	}
}

func must(set *delegation.KeySet, err error) *delegation.KeySet {
	if err != nil {
		panic(err)
	}
	return set
}

// TestVerifiedAndTakenBack asks for the authority behind a token that is remembered.
func TestVerifiedAndTakenBack(t *testing.T) {
	is := is.New(t)
	h := newHouse(t)
	token := h.token(t)
	for range 2 {
		_, err := h.Verify(t.Context(), token)
		is.NoErr(err)
	}
	h.application(func(a *delegation.Application) { a.Generation++ })
	is.Equal(h.reason(t, token), delegation.ReasonGenerationEnded)
	h.application(func(a *delegation.Application) { a.Generation--; a.DPoP = true })
	is.Equal(h.reason(t, token), delegation.ReasonTokenUnbound) // a proof is demanded from now on
	h.application(func(a *delegation.Application) { a.Active = false })
	is.Equal(h.reason(t, token), delegation.ReasonApplicationDisabled)
}
