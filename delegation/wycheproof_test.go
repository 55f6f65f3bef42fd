package delegation

import (
	"encoding/json"
	"io/fs"
	"testing"

	"github.com/c2sp/wycheproof"
	"github.com/go-jose/go-jose/v4"
	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/delegation/internal/jwt"
)

// signatureVectors is json_web_signature_test.json of Project Wycheproof.
type signatureVectors struct {
	Groups []struct {
		Public  json.RawMessage `json:"public"`
		Private json.RawMessage `json:"private"`
		Tests   []struct {
			ID      int             `json:"tcId"`
			Comment string          `json:"comment"`
			JWS     json.RawMessage `json:"jws"`
			Result  string          `json:"result"`
		} `json:"tests"`
	} `json:"testGroups"`
}

// TestWycheproof runs the vectors for our algorithms. They are signatures, not
// access tokens: their headers have no typ, and their payloads are no claims. So
// the valid ones go through the steps of Verify up to the signature, from which
// on the token would be refused; the invalid ones must fail before that. None is
// left out but for the reasons below.
func TestWycheproof(t *testing.T) {
	is := is.New(t)
	text, err := fs.ReadFile(wycheproof.TestVectors, "json_web_signature_test.json")
	is.NoErr(err)
	var vectors signatureVectors
	is.NoErr(json.Unmarshal(text, &vectors))
	valid, invalid := 0, 0
	for _, group := range vectors.Groups {
		set, ours := vectorKeys(group.Public)
		if !ours {
			continue // HMAC, PSS, P-521, RS384 and the like: no key of ours
		}
		for _, test := range group.Tests {
			var token string
			if json.Unmarshal(test.JWS, &token) != nil {
				token = string(test.JWS) // JSON serialization
			}
			accepted := set.signed(token)
			_, err := (&Authority{config: Config{Keys: set}}).verifyClaims(t.Context(), token)
			is.True(err != nil) // no vector is an access token
			switch {
			case test.Result == "valid":
				valid++
				if accepted != acceptable(test.ID) {
					t.Errorf("%d %s: accepted is %t", test.ID, test.Comment, accepted)
				}
			case accepted:
				t.Errorf("%d %s: accepted", test.ID, test.Comment)
			default:
				invalid++
			}
		}
	}
	t.Logf("%d valid, %d invalid", valid, invalid)
	is.True(valid >= 3 && invalid >= 50) // they really ran
}

// acceptable reports whether a valid vector is one that we accept as well.
func acceptable(id int) bool {
	const emptyPayload = 259 // an empty part holds no claims, and is refused by its form
	return id != emptyPayload
}

// signed goes the way of verifyClaims without the demand for a typ.
func (s *KeySet) signed(token string) bool {
	if _, ok := jwt.Parse(token); !ok {
		return false
	}
	jws, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.ES256, jose.EdDSA, jose.RS256})
	if err != nil || len(jws.Signatures) != 1 {
		return false
	}
	signature := jws.Signatures[0].Header
	_, reason := s.verify(jwt.Header{Algorithm: signature.Algorithm, KeyID: signature.KeyID}, token)
	return reason == ""
}

// vectorKeys is a set in which the group's key has the kid of the vectors.
func vectorKeys(public json.RawMessage) (*KeySet, bool) {
	var jwk jose.JSONWebKey
	if jwk.UnmarshalJSON(public) != nil {
		return nil, false
	}
	key, err := NewKey(jwk.Key)
	if err != nil || jwk.Algorithm != string(key.Algorithm) {
		return nil, false
	}
	return &KeySet{byID: map[string]Key{jwk.KeyID: key}}, true
}
