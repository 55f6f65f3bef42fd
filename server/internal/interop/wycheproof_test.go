package interop_test

import (
	"crypto"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io/fs"
	"testing"

	"github.com/c2sp/wycheproof"
	"github.com/go-jose/go-jose/v4"
	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/delegation"
)

// signatureGroup is a group of json_web_signature_test.json of Project
// Wycheproof: a key, and what was made with it.
type signatureGroup struct {
	Public  json.RawMessage `json:"public"`
	Private json.RawMessage `json:"private"`
	Tests   []vector        `json:"tests"`
}

// vector is a JWS, and whether it must verify.
type vector struct {
	ID      int             `json:"tcId"`
	Comment string          `json:"comment"`
	JWS     json.RawMessage `json:"jws"`
	Result  string          `json:"result"`
}

// compact returns the JWS in its compact form, if it has one.
func (v vector) compact() (text string, ok bool) {
	return text, json.Unmarshal(v.JWS, &text) == nil
}

// readVectors decodes a file of the project.
func readVectors(t *testing.T, name string, vectors any) {
	t.Helper()
	is := is.New(t)
	text, err := fs.ReadFile(wycheproof.TestVectors, name)
	is.NoErr(err)
	is.NoErr(json.Unmarshal(text, vectors))
}

// TestWycheproof runs the vectors for our algorithms through Verify, twice. As
// they are, none is an access token: they have no typ and no claims. So each is
// grafted upon a good token as well, after which the fault of the vector is the
// only one that is left. What is grafted from a valid vector must be accepted,
// which shows that grafting itself breaks nothing.
func TestWycheproof(t *testing.T) {
	is := is.New(t)
	var vectors struct {
		Groups []signatureGroup `json:"testGroups"`
	}
	readVectors(t, "json_web_signature_test.json", &vectors)
	valid, invalid := 0, 0
	for _, group := range vectors.Groups {
		private, ours := ourKey(group)
		if !ours {
			continue // HMAC, PSS, P-521, RS384, keys for encryption: no key of ours
		}
		h := newHouseOf(t, private)
		for _, test := range group.Tests {
			text, ok := test.compact()
			if !ok {
				text = string(test.JWS) // JSON serialization
			}
			_, err := h.Verify(t.Context(), text)
			is.True(errors.Is(err, delegation.ErrInvalidToken)) // no vector is an access token
			graft := newGraft(h, group)
			_, err = h.Verify(t.Context(), graft.onto(text, test.Result == "valid"))
			switch {
			case test.Result == "valid":
				valid++
				is.NoErr(err) // what is valid stays valid on a token of ours
			case err == nil:
				t.Errorf("%d %s: accepted", test.ID, test.Comment)
			default:
				invalid++
				is.True(faultOfForm(err)) // the claims are good, and were not reached
			}
		}
	}
	t.Logf("%d valid, %d invalid", valid, invalid)
	is.True(valid >= 7 && invalid >= 250) // they really ran
}

// faultOfForm reports whether a token was refused before its claims were read.
func faultOfForm(err error) bool {
	var refusal *delegation.Refusal
	if !errors.As(err, &refusal) {
		return false
	}
	switch refusal.Reason {
	case delegation.ReasonTokenMalformed, delegation.ReasonTokenHeader,
		delegation.ReasonKeyUnknown, delegation.ReasonSignature:
		return true
	}
	return false
}

// ourKey returns the private key of a group if its public key is for signatures
// of ours.
func ourKey(group signatureGroup) (crypto.Signer, bool) {
	var public, private jose.JSONWebKey
	if public.UnmarshalJSON(group.Public) != nil || private.UnmarshalJSON(group.Private) != nil {
		return nil, false
	}
	signer, ok := private.Key.(crypto.Signer)
	named := map[string]bool{"ES256": true, "RS256": true, "EdDSA": true}[public.Algorithm]
	return signer, ok && named && acceptableKey(public.Key) == nil
}

// decode returns the bytes of a part, or nil.
func decode(part string) []byte {
	decoded, err := base64.RawURLEncoding.DecodeString(part)
	if err != nil {
		return nil
	}
	return decoded
}
