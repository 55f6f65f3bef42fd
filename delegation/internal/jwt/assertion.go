package jwt

import (
	"github.com/go-jose/go-jose/v4/json"

	"github.com/anteroom-go/anteroom/delegation/internal/address"
)

// Assertion is a JWT that an application signed (RFC 7523 §3), of which nothing
// is believed yet.
type Assertion struct {
	Issuer    string `json:"iss"`
	Subject   string `json:"sub"`
	Audience  string `json:"aud"`
	ID        string `json:"jti"`
	Expires   *int64 `json:"exp"`
	IssuedAt  *int64 `json:"iat"`
	NotBefore *int64 `json:"nbf"`

	// Text is the whole assertion, Algorithm and KeyID are its header.
	Text, Algorithm, KeyID string `json:"-"`
}

// ParseAssertion settles the form of an assertion, and that its header holds
// nothing but alg, kid and typ. Ok is false for everything else.
func ParseAssertion(text string) (a Assertion, ok bool) {
	form, ok := Parse(text)
	if !ok || form.Header == nil || json.Unmarshal(form.Payload, &a) != nil {
		return Assertion{}, false
	}
	for name, value := range form.Header {
		if name != "alg" && name != "kid" && (name != "typ" || !assertionType(value)) {
			return Assertion{}, false
		}
	}
	a.Text, a.Algorithm, a.KeyID = text, form.Header["alg"], form.Header["kid"]
	return a, true
}

// assertionType reports whether typ is one of an assertion: an access token is
// never one.
func assertionType(typ string) bool {
	typ = address.Lower(typ)
	return typ == "jwt" || typ == "client-authentication+jwt"
}
