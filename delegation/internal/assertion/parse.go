package assertion

import (
	"bytes"
	"encoding/base64"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/go-jose/go-jose/v4/json" // strict: no name twice, none in another case

	"github.com/anteroom-go/anteroom/delegation/internal/address"
)

// MaxLength is the longest text that is looked at, in bytes. A header with a
// certificate chain (x5c) takes some thousands.
const MaxLength = 8192

// Assertion is a JWT that an application signed, of which nothing is believed yet.
type Assertion struct {
	Issuer, Subject, Audience, ID string
	// ClientID and Scope are empty if there is no such claim. Scope holds words that
	// are separated by single spaces.
	ClientID, Scope string
	// Algorithm is ES256 or EdDSA, also for an assertion that names it Ed25519 (RFC
	// 9864 §2.2). KeyID is empty without a kid.
	Algorithm, KeyID string
	// Signed is what Signature covers.
	Signed, Signature []byte

	expires, issued, notBefore *float64
}

// Parse reads an assertion. With a fault it returns as much as could be read, of
// which the Issuer is one that may be looked up or empty.
func Parse(text string) (a Assertion, fault Fault) {
	parts := strings.Split(text, ".")
	switch {
	case len(text) > MaxLength:
		return a, TooLong
	case len(parts) != 3: // neither a JWE nor a JSON serialization
		return a, Malformed
	}
	var decoded [3][]byte
	for i, part := range parts {
		var ok bool
		if decoded[i], ok = decode(part); !ok {
			return a, Malformed
		}
	}
	a.Signed, a.Signature = []byte(parts[0]+"."+parts[1]), decoded[2]
	faults := append(a.readHeader(decoded[0]), a.readClaims(decoded[1])...)
	for _, fault := range faults {
		if fault != "" {
			return a, fault
		}
	}
	return a, ""
}

// decode reads base64url (RFC 7515 §2) in the only way to write its bytes, save for
// padding: the signature covers that too.
func decode(part string) ([]byte, bool) {
	bare := strings.TrimRight(part, "=")
	decoded, err := base64.RawURLEncoding.Strict().DecodeString(bare)
	padded := len(part) == len(bare) || len(part) == base64.URLEncoding.EncodedLen(len(decoded))
	return decoded, err == nil && padded && bare != "" && base64.RawURLEncoding.EncodeToString(decoded) == bare
}

// readHeader reads what decides about the signature. What tells of keys in another
// way than by kid, or changes what the signature means, is refused.
func (a *Assertion) readHeader(text []byte) []Fault {
	members, ok := object(text)
	if !ok {
		return []Fault{Header}
	}
	for _, name := range []string{"crit", "b64", "jwk", "jku", "x5u"} {
		if _, there := members[name]; there {
			return []Fault{Member}
		}
	}
	typ, typed := word(members["typ"])
	alg, named := word(members["alg"])
	if a.KeyID, ok = word(members["kid"]); !ok || !typed || !named {
		return []Fault{Header}
	}
	if !accepted(typ) {
		return []Fault{Type}
	}
	if a.Algorithm = algorithms()[alg]; a.Algorithm == "" {
		return []Fault{Algorithm}
	}
	return nil
}

// algorithms returns what each alg means.
func algorithms() map[string]string {
	return map[string]string{"ES256": "ES256", "EdDSA": "EdDSA", "Ed25519": "EdDSA"}
}

// accepted reports whether typ may be that of an assertion: an access token never
// is one. The prefix may be left out, and the case does not count (RFC 7515 §4.1.9).
func accepted(typ string) bool {
	typ = strings.TrimPrefix(address.Lower(typ), "application/")
	return slices.Contains([]string{"", "jwt", "client-authentication+jwt", "authorization-grant+jwt"}, typ)
}

// readClaims reads the claims of RFC 7523 §3, and the two that may contradict or
// narrow a request.
func (a *Assertion) readClaims(text []byte) []Fault {
	claims, ok := object(text)
	if !ok {
		return []Fault{Claims}
	}
	var read [6]bool
	if a.Issuer, read[0] = word(claims["iss"]); !clientID(a.Issuer) {
		a.Issuer, read[0] = "", false
	}
	a.Subject, read[1] = word(claims["sub"])
	a.Audience, read[2] = one(claims["aud"])
	a.ID, read[3] = word(claims["jti"])
	a.Scope, read[4] = words(claims["scope"])
	a.ClientID, read[5] = word(claims["client_id"])
	times := number(claims["exp"], &a.expires) && number(claims["iat"], &a.issued) && number(claims["nbf"], &a.notBefore)
	return faults([]verdict{
		{Issuer, read[0]}, {Subject, read[1] && a.Subject != ""}, {Audience, read[2]}, {Times, times},
		{ID, read[3] && identifier(a.ID)}, {Scope, read[4]},
		{Client, read[5] && (a.ClientID == "" || a.ClientID == a.Issuer)},
	})
}

// verdict is whether a claim is as it must be, or else its fault.
type verdict struct {
	fault Fault
	good  bool
}

func faults(verdicts []verdict) (found []Fault) {
	for _, v := range verdicts {
		if !v.good {
			found = append(found, v.fault)
		}
	}
	return found
}

// object reads a JSON object in UTF-8.
func object(text []byte) (members map[string]json.RawMessage, ok bool) {
	ok = utf8.Valid(text) && json.Unmarshal(text, &members) == nil && members != nil
	return members, ok
}

// word reads a text. Nothing and null are an empty one.
func word(raw json.RawMessage) (text string, ok bool) {
	if len(raw) == 0 || bytes.Equal(raw, []byte("null")) {
		return "", true
	}
	ok = json.Unmarshal(raw, &text) == nil
	return text, ok
}

// one reads a text, or a list of one text (RFC 7519 §4.1.3).
func one(raw json.RawMessage) (text string, ok bool) {
	if text, ok = word(raw); ok {
		return text, text != ""
	}
	var list []string
	if json.Unmarshal(raw, &list) != nil || len(list) != 1 {
		return "", false
	}
	return list[0], list[0] != ""
}

// words reads a text of words, or a list of texts.
func words(raw json.RawMessage) (text string, ok bool) {
	if text, ok = word(raw); !ok {
		var list []string
		ok = json.Unmarshal(raw, &list) == nil
		text = strings.Join(list, " ")
	}
	return strings.Join(strings.Fields(text), " "), ok
}

// number reads a NumericDate (RFC 7519 §2), which may have a fraction or an exponent.
func number(raw json.RawMessage, date **float64) bool {
	return len(raw) == 0 || json.Unmarshal(raw, date) == nil
}
