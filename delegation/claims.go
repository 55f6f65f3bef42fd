package delegation

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/go-jose/go-jose/v4/json"

	"github.com/anteroom-go/anteroom/scopes"
)

// tokenType is the typ of an access token (RFC 9068 §2.1).
const tokenType = "at+jwt"

// claims are what stands in a token: RFC 9068 §2.2, and act from RFC 8693 §4.1.
// Times are whole seconds, pointers so that a missing one is seen.
type claims struct {
	Issuer   string `json:"iss"`
	Audience string `json:"aud"`
	Subject  string `json:"sub"`
	ClientID string `json:"client_id"`
	Actor    *actor `json:"act,omitempty"`
	Scope    string `json:"scope"`
	IssuedAt *int64 `json:"iat"`
	Expires  *int64 `json:"exp"`
	ID       string `json:"jti"`
	// Generation and DelegationGeneration are those of the application and of
	// the delegation at the time of issuing.
	Generation           int64 `json:"gen,omitempty"`
	DelegationGeneration int64 `json:"delegation_gen,omitempty"`
	// NotBefore never stands in a token of ours: it only brings failures where
	// clocks differ.
	NotBefore any `json:"nbf,omitempty"`

	granted scopes.Set // Scope, parsed
}

// actor is who acts for the subject.
type actor struct {
	Subject string `json:"sub"`
}

// parseClaims reads a payload strictly: UTF-8, names in exact case, no
// repetition, the types that we write. go-jose's json package sees to the
// names; encoding/json would take the last of two and fold their case.
func parseClaims(payload []byte) (claims, error) {
	var c claims
	if !utf8.Valid(payload) || json.Unmarshal(payload, &c) != nil || !c.complete() {
		return claims{}, refuse(ErrInvalidToken, ReasonClaims)
	}
	granted, err := scopes.Parse(c.Scope)
	if err != nil || granted.Empty() {
		return claims{}, refuse(ErrInvalidToken, ReasonClaims)
	}
	c.granted = granted
	return c, nil
}

// complete reports whether every claim is there, and the actor is the client
// or, without a delegated user, the subject is.
func (c claims) complete() bool {
	if c.IssuedAt == nil || c.Expires == nil || c.NotBefore != nil || !identifier(c.ID) || !identifier(c.Subject) || !identifier(c.ClientID) {
		return false
	}
	if c.Actor == nil {
		return c.Subject == c.ClientID
	}
	return c.Actor.Subject == c.ClientID
}

// identifier reports whether s can be the id of a user or an application: 1 to
// 255 bytes of UTF-8 without control characters.
func identifier(s string) bool {
	return s != "" && len(s) <= 255 && utf8.ValidString(s) && strings.IndexFunc(s, unicode.IsControl) < 0
}

// inTime checks the times of a token: lived within what is ever issued, issued
// not in the future beyond the leeway, not expired, for which there is no
// leeway (RFC 7519 §4.1.4).
func (c claims) inTime(now int64) error {
	iat, exp := *c.IssuedAt, *c.Expires
	switch {
	case iat < 0 || exp < 0:
		return refuse(ErrInvalidToken, ReasonClaims)
	case exp <= iat || exp-iat > int64(MaxTokenTTL.Seconds()):
		return refuse(ErrInvalidToken, ReasonLifeTooLong)
	case iat > now+int64(leeway.Seconds()):
		return refuse(ErrInvalidToken, ReasonNotYetIssued)
	case exp <= now:
		return refuse(ErrInvalidToken, ReasonExpired)
	}
	return nil
}
