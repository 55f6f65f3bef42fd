package jwt

import (
	"crypto/rand"
	"encoding/base64"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/go-jose/go-jose/v4/json"

	"github.com/anteroom-go/anteroom/delegation/internal/address"
	"github.com/anteroom-go/anteroom/scopes"
)

// TokenType is the typ of an access token (RFC 9068 §2.1).
const TokenType = "at+jwt"

// thumbprintLength is that of a SHA-256 in base64url.
const thumbprintLength = 43

// Header is the protected header of a token.
type Header struct{ Algorithm, KeyID string }

// ReadHeader returns the header of a token if it holds alg, kid and typ, each once, and
// nothing else. That leaves no room for jwk, jku, x5c, crit, b64 or zip. Otherwise it
// returns what is wrong.
func ReadHeader(token string) (Header, Fault) {
	form, ok := Parse(token)
	if !ok {
		return Header{}, Malformed
	}
	h := Header{Algorithm: form.Header["alg"], KeyID: form.Header["kid"]}
	typ := strings.TrimPrefix(address.Lower(form.Header["typ"]), "application/") // RFC 9068 §4
	if len(form.Header) != 3 || h.Algorithm == "" || h.KeyID == "" || typ != TokenType {
		return Header{}, BadHeader
	}
	return h, ""
}

// Claims are the claims of a token: RFC 9068 §2.2, and act from RFC 8693 §4.1.
// Times are whole seconds, pointers so that a missing one is seen.
type Claims struct {
	Issuer   string `json:"iss"`
	Audience string `json:"aud"`
	Subject  string `json:"sub"`
	ClientID string `json:"client_id"`
	Actor    *Actor `json:"act,omitempty"`
	Scope    string `json:"scope"`
	IssuedAt *int64 `json:"iat"`
	Expires  *int64 `json:"exp"`
	ID       string `json:"jti"`
	// Confirmation is the key to which the token is bound (RFC 7800 §3.1).
	Confirmation *Confirmation `json:"cnf,omitempty"`
	// Generation and DelegationGeneration are those of the application and of
	// the delegation at the time of issuing.
	Generation           int64 `json:"gen,omitempty"`
	DelegationGeneration int64 `json:"delegation_gen,omitempty"`
	// NotBefore never stands in a token of ours: it only brings failures where
	// clocks differ.
	NotBefore any `json:"nbf,omitempty"`

	// Granted is Scope, parsed.
	Granted scopes.Set `json:"-"`
	// Foreign is true of what is no token of ours, and therefore of no generation.
	Foreign bool `json:"-"`
}

// Actor is who acts for the subject.
type Actor struct {
	Subject string `json:"sub"`
}

// Confirmation holds the thumbprint of a key (RFC 9449 §6.1).
type Confirmation struct {
	Thumbprint string `json:"jkt"`
}

// Thumbprint returns that of the key to which the token is bound, or "".
func (c Claims) Thumbprint() string {
	if c.Confirmation == nil {
		return ""
	}
	return c.Confirmation.Thumbprint
}

// UserID returns the id of the delegated user. It is empty if the token acts for
// none.
func (c Claims) UserID() string {
	if c.Actor == nil {
		return ""
	}
	return c.Subject
}

// ParseClaims reads a payload strictly: UTF-8, names in exact case, no
// repetition, the types that are written here, and every claim. go-jose's json
// package sees to the names; encoding/json would take the last of two and fold
// their case. Ok is false for everything else.
func ParseClaims(payload []byte) (c Claims, ok bool) {
	if !utf8.Valid(payload) || json.Unmarshal(payload, &c) != nil || !c.complete() {
		return Claims{}, false
	}
	granted, err := scopes.Parse(c.Scope)
	if err != nil || granted.Empty() {
		return Claims{}, false
	}
	c.Granted = granted
	return c, true
}

// complete reports whether every claim is there, and the actor is the client
// or, without a delegated user, the subject is.
func (c Claims) complete() bool {
	if c.IssuedAt == nil || c.Expires == nil || *c.IssuedAt < 0 || *c.Expires < 0 || c.NotBefore != nil ||
		!Identifier(c.ID) || !Identifier(c.Subject) || !Identifier(c.ClientID) {
		return false
	}
	if c.Confirmation != nil && len(c.Confirmation.Thumbprint) != thumbprintLength {
		return false
	}
	if c.Actor == nil {
		return c.Subject == c.ClientID
	}
	return c.Actor.Subject == c.ClientID
}

// NewID draws the id of a token, 128 bits.
func NewID() string {
	var bits [16]byte
	_, _ = rand.Read(bits[:]) // never fails: crypto/rand ends the program instead
	return base64.RawURLEncoding.EncodeToString(bits[:])
}

// Identifier reports whether s can be the id of a user, an application or a
// token: 1 to 255 bytes of UTF-8 without control characters.
func Identifier(s string) bool {
	return s != "" && len(s) <= 255 && utf8.ValidString(s) && strings.IndexFunc(s, unicode.IsControl) < 0
}
