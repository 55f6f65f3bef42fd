package google

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"fmt"
	"math/big"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4/json"
)

// usedEvery is how coarsely the last use of a key is kept.
const usedEvery = time.Hour

// Verifier decides whether an application signed an assertion. It is safe for concurrent use.
type Verifier struct {
	keys  Keys
	decoy *rsa.PublicKey // signed nothing
}

// New returns a verifier for the keys that a directory finds. Nil keys mean that it takes no assertion.
func New(keys Keys) (*Verifier, error) {
	if keys == nil {
		return nil, nil
	}
	modulus := make([]byte, bits/8)
	if _, err := rand.Read(modulus); err != nil {
		return nil, fmt.Errorf("google: making a decoy: %w", err)
	}
	modulus[0] |= 0x80
	modulus[len(modulus)-1] |= 1
	return &Verifier{keys: keys, decoy: &rsa.PublicKey{N: new(big.Int).SetBytes(modulus), E: 65537}}, nil
}

// Takes reports whether a text is for the verifier to judge: whether it [IsShaped]. A nil verifier takes nothing.
func (v *Verifier) Takes(text string) bool { return v != nil && IsShaped(text) }

// IsShaped reports whether a text may be an assertion: whether its header names RS256, which no other rules
// accept.
func IsShaped(text string) bool {
	first, _, _ := strings.Cut(text[:min(len(text), MaxLength)], ".")
	decoded, ok := decode(first)
	var h struct {
		Algorithm string `json:"alg"`
	}
	return ok && json.Unmarshal(decoded, &h) == nil && h.Algorithm == "RS256"
}

// Verify decides whether the application with the client id signed an assertion of good form, whether
// it is good now, and for one of the audiences or [Audience], and notes the use of the key. Unknown is
// the refusal of an application that is not there, or nil: then the same work is done, and unknown
// returned. Another error means that the directory could not answer.
func (v *Verifier) Verify(ctx context.Context, clientID string, a Assertion, now time.Time, audiences []string,
	unknown error) (Fault, error) {
	key, err := v.signer(ctx, clientID, a)
	switch {
	case err != nil:
		return "", fmt.Errorf("google: finding the keys: %w", err)
	case unknown != nil:
		return "", unknown
	case key.ID == "":
		return Signature, nil
	}
	if fault := a.check(now, audiences); fault != "" {
		return fault, nil
	}
	if now.Before(key.LastUsedAt.Add(usedEvery)) {
		return "", nil
	}
	if err := v.keys.GoogleKeyUsed(ctx, clientID, key.ID, now); err != nil {
		return "", fmt.Errorf("google: noting the use of a key: %w", err)
	}
	return "", nil
}

// signer returns the key of the application that signed the assertion, or the zero Key if none did. It
// does the work of one signature for an application without keys, so that the time does not tell
// whether there are any.
func (v *Verifier) signer(ctx context.Context, clientID string, a Assertion) (Key, error) {
	keys, err := v.keys.GoogleKeys(ctx, clientID)
	if err != nil {
		return Key{}, err
	}
	tried := 0
	for _, key := range keys {
		if a.KeyID != "" && a.KeyID != key.ID {
			continue
		}
		tried++
		if a.verifies(key.Public) {
			return key, nil
		}
	}
	if tried == 0 {
		_ = a.verifies(v.decoy)
	}
	return Key{}, nil
}

// verifies reports whether a key signed the assertion by RS256 (RFC 7518 §3.3).
func (a Assertion) verifies(public *rsa.PublicKey) bool {
	digest := sha256.Sum256(a.signed)
	return rsa.VerifyPKCS1v15(public, crypto.SHA256, digest[:], a.signature) == nil
}
