package jwt

import "time"

// Fault is what is wrong with a token of ours, a word for logs.
type Fault string

// The faults: of its form, and of the claims of a signed one.
const (
	Malformed    Fault = "token_malformed"
	BadHeader    Fault = "token_header"
	BadSignature Fault = "signature"
	BadClaims    Fault = "claims"
	Issuer       Fault = "issuer"
	Audience     Fault = "audience"
	LifeTooLong  Fault = "life_too_long"
	NotYetIssued Fault = "issued_in_the_future"
	Expired      Fault = "expired"
)

// Life bounds the times of a token.
type Life struct {
	Now     time.Time
	Longest time.Duration // from iat to exp
	Leeway  time.Duration // how far ahead the clock of another replica may be
}

// Fault returns why the claims are refused, or "". The token was issued here, for no
// longer than any is, not in the future beyond the leeway, and has not expired, for
// which there is no leeway (RFC 7519 §4.1.4).
func (c Claims) Fault(issuer, audience string, life Life) Fault {
	now, iat, exp := life.Now.Unix(), *c.IssuedAt, *c.Expires
	switch {
	case c.Issuer != issuer:
		return Issuer
	case c.Audience != audience:
		return Audience
	case exp <= iat || exp-iat > int64(life.Longest.Seconds()):
		return LifeTooLong
	case iat > now+int64(life.Leeway.Seconds()):
		return NotYetIssued
	case exp <= now:
		return Expired
	}
	return ""
}
