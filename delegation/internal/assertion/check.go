package assertion

import (
	"crypto/sha256"
	"encoding/hex"
	"math"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// How long assertions are good.
const (
	// Life is how long an assertion is good at most, from its iat or, without one, its
	// nbf. An exp beyond that is not waited for.
	Life = 5 * time.Minute
	// Leeway is how far ahead or behind the clock of an application may be.
	Leeway = 30 * time.Second
	// Memory is how far ahead exp may be without iat and nbf: until then the use of the
	// assertion is remembered.
	Memory = 24 * time.Hour
)

// Check decides whether an assertion of good form is good now, for one of the
// audiences: the issuer alone, unless an operator allowed more
// (draft-ietf-oauth-rfc7523bis §4). Until is when it stops being so, until which its use must be
// remembered.
func (a Assertion) Check(now time.Time, audiences []string) (until time.Time, fault Fault) {
	at, leeway := float64(now.Unix()), Leeway.Seconds()
	switch {
	case a.Audience == "" || !slices.Contains(audiences, a.Audience):
		return until, Audience
	case a.expires == nil:
		return until, NoExpiry
	case math.Floor(*a.expires) <= at:
		return until, Expired
	case later(a.issued, at+leeway) || later(a.notBefore, at+leeway):
		return until, Early
	}
	end, fault := a.end(at)
	if fault != "" {
		return until, fault
	}
	return time.Unix(int64(end), 0).UTC(), ""
}

// end returns when an assertion stops being good that is now, both in seconds.
func (a Assertion) end(now float64) (end float64, fault Fault) {
	end = math.Floor(*a.expires)
	start := a.issued
	if start == nil {
		start = a.notBefore
	}
	if start == nil && end > now+Memory.Seconds() {
		return 0, Endless
	}
	if start != nil {
		end = min(end, math.Floor(*start)+(Life+Leeway).Seconds())
	}
	if end <= now {
		return 0, Old
	}
	return end, ""
}

// Spellings returns the URL of an endpoint that answers with and without a slash at
// its end, in both spellings. There are none of an empty URL.
func Spellings(endpoint string) []string {
	bare := strings.TrimSuffix(endpoint, "/")
	if bare == "" {
		return nil
	}
	return []string{bare, bare + "/"}
}

// later reports whether there is a date, and it is after the seconds.
func later(date *float64, seconds float64) bool { return date != nil && math.Ceil(*date) > seconds }

// UseID returns what the use of the assertion is remembered by: the ID or, if that
// is longer than a directory keeps, its SHA-256.
func (a Assertion) UseID() string {
	if len(a.ID) <= 255 {
		return a.ID
	}
	sum := sha256.Sum256([]byte(a.ID))
	return "sha256:" + hex.EncodeToString(sum[:])
}

// identifier reports whether s can tell an assertion apart: UTF-8 without control
// characters.
func identifier(s string) bool {
	return s != "" && utf8.ValidString(s) && strings.IndexFunc(s, unicode.IsControl) < 0
}

// clientID reports whether s can be a client id (RFC 6749 appendix A.1).
func clientID(s string) bool {
	unprintable := func(r rune) bool { return r < ' ' || r > '~' }
	return s != "" && len(s) <= 255 && strings.IndexFunc(s, unprintable) < 0
}
