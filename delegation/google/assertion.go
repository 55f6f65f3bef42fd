package google

import (
	"bytes"
	"encoding/base64"
	"math"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-jose/go-jose/v4/json" // strict: no name twice, none in another case
)

// Fault is the first thing that is wrong with an assertion, a word for logs. It is empty if nothing
// is.
type Fault string

// The faults of assertions.
const (
	Malformed  Fault = "google_assertion_malformed"       // not three parts of base64url
	TooLong    Fault = "google_assertion_too_long"        // more than MaxLength
	Header     Fault = "google_assertion_header"          // no JSON object with alg, typ and kid alone
	Claims     Fault = "google_assertion_claims"          // no JSON object, or a claim of another type
	Issuer     Fault = "google_assertion_issuer"          // iss can be no client id
	NoSubject  Fault = "google_assertion_without_subject" // sub is missing, or the application itself
	Subject    Fault = "google_assertion_subject"         // prn is another user than sub
	Wanted     Fault = "google_assertion_audience"        // aud is not one of this server's
	NoTimes    Fault = "google_assertion_times"           // exp or iat is missing
	Expired    Fault = "google_assertion_expired"         // exp has come
	Early      Fault = "google_assertion_early"           // iat has not come
	TooLongFor Fault = "google_assertion_life"            // exp is more than Life after iat
	Signature  Fault = "google_assertion_signature"       // no key of the application signed it
	NoScope    Fault = "google_assertion_without_scope"   // the scope claim is missing or empty
	Unknown    Fault = "google_scope_unknown"             // the scope claim has a word that is not one of Scopes
	NotHeld    Fault = "google_scopes_not_granted"        // none of the actions for which it asks is granted
)

// Text returns the fault as a sentence, for the application as for operators: all of them but Signature are of
// its own input.
func (f Fault) Text() string { return texts()[f] }

func texts() map[Fault]string {
	return map[Fault]string{
		Malformed:  "The assertion is not a JWT: three parts of base64url with dots between them.",
		TooLong:    "The assertion has more than 8192 bytes.",
		Header:     "The header of the assertion must be a JSON object with alg RS256, typ JWT, kid and nothing else.",
		Claims:     "The payload of the assertion must be a JSON object in UTF-8, with texts and numbers as claims.",
		Issuer:     "The iss of the assertion must be the client id, which is client_email in the key file.",
		NoSubject:  "The assertion names no user: set the subject (sub) to the e-mail address of the user to act for.",
		Subject:    "The prn and the sub of the assertion name different users.",
		Wanted:     "The aud of the assertion must be token_uri of the key file, the issuer, or " + Audience + ".",
		NoTimes:    "The assertion must have an iat and an exp.",
		Expired:    "The exp of the assertion has passed.",
		Early:      "The iat of the assertion has not come; check the clocks.",
		TooLongFor: "The exp of the assertion must be at most an hour after its iat.",
		Signature:  "No key of the application signed the assertion.",
		NoScope:    "The assertion asks for no scope: it must have a scope claim.",
		Unknown:    "The scope claim of the assertion has a scope that is not known here.",
		NotHeld:    "The scope claim of the assertion asks for nothing that is granted to the application.",
	}
}

// The bounds of assertions.
const (
	// MaxLength is the longest text that is looked at, in bytes.
	MaxLength = 8192
	// Life is how long an assertion is good at most, from its iat to its exp.
	Life = time.Hour
	// Leeway is how far ahead the clock of an application may be.
	Leeway = 30 * time.Second
)

// Audience is the audience that the libraries for Python, Java and Node write, wherever they send the
// assertion.
const Audience = "https://oauth2.googleapis.com/token"

// Assertion is a JWT that an application signed, of which nothing is believed yet.
type Assertion struct {
	// Issuer is the client id of the application, Subject the address of the user.
	Issuer, Subject string
	// Scope is the scope claim: words that are separated by single spaces.
	Scope string
	// KeyID is the kid; empty without one.
	KeyID string

	audience          string
	expires, issued   *float64
	signed, signature []byte
}

// header and claims are what assertions hold. Other claims are ignored; other members of the
// header are not, as they could change what the signature means.
type header struct {
	Algorithm string `json:"alg"`
	Type      string `json:"typ"`
	KeyID     string `json:"kid"`
}

type claims struct {
	Issuer    string   `json:"iss"`
	Subject   string   `json:"sub"`
	Principal string   `json:"prn"` // an earlier name of sub, which one library writes beside it
	Audience  string   `json:"aud"`
	Scope     string   `json:"scope"`
	Expires   *float64 `json:"exp"`
	Issued    *float64 `json:"iat"`
}

// Parse reads an assertion. With a fault it returns as much as could be read, of which the Issuer is
// one that may be looked up or empty.
func Parse(text string) (Assertion, Fault) {
	parts := strings.Split(text, ".")
	switch {
	case len(text) > MaxLength:
		return Assertion{}, TooLong
	case len(parts) != 3:
		return Assertion{}, Malformed
	}
	var decoded [3][]byte
	for i, part := range parts {
		var ok bool
		if decoded[i], ok = decode(part); !ok {
			return Assertion{}, Malformed
		}
	}
	a := Assertion{signed: []byte(parts[0] + "." + parts[1]), signature: decoded[2]}
	second := a.readClaims(decoded[1])
	if fault := a.readHeader(decoded[0]); fault != "" {
		return a, fault
	}
	return a, second
}

// decode reads base64url (RFC 7515 §2) in the only way to write its bytes.
func decode(part string) ([]byte, bool) {
	decoded, err := base64.RawURLEncoding.Strict().DecodeString(part)
	return decoded, err == nil && part != "" && !strings.ContainsAny(part, "\r\n")
}

func (a *Assertion) readHeader(text []byte) Fault {
	var h header
	var members map[string]json.RawMessage
	if !utf8.Valid(text) || json.Unmarshal(text, &members) != nil || json.Unmarshal(text, &h) != nil {
		return Header
	}
	for name := range members {
		if !slices.Contains([]string{"alg", "typ", "kid"}, name) {
			return Header
		}
	}
	if h.Algorithm != "RS256" || h.Type != "" && !strings.EqualFold(h.Type, "JWT") {
		return Header
	}
	a.KeyID = h.KeyID
	return ""
}

func (a *Assertion) readClaims(text []byte) Fault {
	var c claims
	if !utf8.Valid(text) || !bytes.HasPrefix(bytes.TrimSpace(text), []byte("{")) || json.Unmarshal(text, &c) != nil {
		return Claims
	}
	if !isClientID(c.Issuer) {
		return Issuer
	}
	a.Issuer, a.Subject, a.Scope = c.Issuer, c.Subject, strings.Join(strings.Fields(c.Scope), " ")
	a.audience, a.expires, a.issued = c.Audience, c.Expires, c.Issued
	switch {
	case c.Subject == "" || c.Subject == c.Issuer: // it is the application's own, not a user's
		return NoSubject
	case c.Principal != "" && c.Principal != c.Subject:
		return Subject
	case c.Expires == nil || c.Issued == nil:
		return NoTimes
	}
	return ""
}

// isClientID reports whether s can be a client id (RFC 6749 appendix A.1).
func isClientID(s string) bool {
	unprintable := func(r rune) bool { return r < ' ' || r > '~' }
	return s != "" && len(s) <= 255 && strings.IndexFunc(s, unprintable) < 0
}

// check decides whether an assertion of good form is good now, for one of the audiences or
// [Audience].
func (a Assertion) check(now time.Time, audiences []string) Fault {
	at := float64(now.Unix())
	switch {
	case a.audience == "" || a.audience != Audience && !slices.Contains(audiences, a.audience):
		return Wanted
	case math.Floor(*a.expires) <= at:
		return Expired
	case math.Ceil(*a.issued) > at+Leeway.Seconds():
		return Early
	case *a.expires-*a.issued > Life.Seconds():
		return TooLongFor
	}
	return ""
}
