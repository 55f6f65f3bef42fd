package delegation

import (
	"errors"
	"log/slog"
	"strings"

	"golang.org/x/net/idna"
)

// ErrEmail says that a text is not an e-mail address that [ParseEmail]
// accepts. It never repeats the text.
var ErrEmail = errors.New("delegation: not an acceptable e-mail address")

// Email is an e-mail address in its normalised form: ASCII, lower case. Two
// addresses name the same user only if they are equal; nothing is stripped
// from the local part. Make one with [ParseEmail].
type Email string

// ParseEmail reads an address from outside: strictly ASCII, a dot-atom
// (RFC 5322 §3.2.3, without % and !, which once routed mail elsewhere), one @,
// and a domain of at least two letter-digit-hyphen labels whose last is not a
// number. Lengths are those of RFC 5321 §4.5.3.1: 64 for the local part, 253
// for the domain, 254 in all. An internationalised domain must be in its xn--
// form. Anything else is [ErrEmail].
func ParseEmail(text string) (Email, error) {
	local, domain, found := strings.Cut(text, "@")
	if !found || len(text) > 254 || !dotAtom(local) {
		return "", ErrEmail
	}
	domain = lowerASCII(domain)
	if !hostname(domain) {
		return "", ErrEmail
	}
	return Email(lowerASCII(local) + "@" + domain), nil
}

// ParseConfiguredEmail reads an address that an operator wrote: as
// [ParseEmail], but the domain may be in Unicode and is converted to its xn--
// form. Never use it for input from outside: the conversion maps look-alikes.
func ParseConfiguredEmail(text string) (Email, error) {
	local, domain, found := strings.Cut(text, "@")
	if !found {
		return "", ErrEmail
	}
	ascii, err := idna.Lookup.ToASCII(domain)
	if err != nil {
		return "", ErrEmail
	}
	return ParseEmail(local + "@" + ascii)
}

// Domain returns the part after the @.
func (e Email) Domain() string {
	_, domain, _ := strings.Cut(string(e), "@")
	return domain
}

// LogValue keeps addresses out of logs.
func (e Email) LogValue() slog.Value { return slog.StringValue("[address]") }

// dotAtom reports whether s is an acceptable local part.
func dotAtom(s string) bool {
	if len(s) > 64 {
		return false
	}
	for atom := range strings.SplitSeq(s, ".") {
		if atom == "" || strings.IndexFunc(atom, notAtext) >= 0 {
			return false
		}
	}
	return true
}

func notAtext(r rune) bool {
	return !alphanumeric(r) && !strings.ContainsRune("#$&'*+-/=?^_`{|}~", r)
}

// hostname reports whether s is a lower-case DNS name of at least two labels
// that cannot be taken for an IPv4 address.
func hostname(s string) bool {
	labels := strings.Split(s, ".")
	if len(s) > 253 || len(labels) < 2 {
		return false
	}
	for _, label := range labels {
		if !ldhLabel(label) {
			return false
		}
	}
	return strings.Trim(labels[len(labels)-1], "0123456789") != ""
}

// ldhLabel reports whether s is a letter-digit-hyphen label (RFC 1123 §2.1).
func ldhLabel(s string) bool {
	if s == "" || len(s) > 63 || s[0] == '-' || s[len(s)-1] == '-' {
		return false
	}
	return strings.IndexFunc(s, func(r rune) bool { return !alphanumeric(r) && r != '-' }) < 0
}

func alphanumeric(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
}

// lowerASCII lowers A to Z and nothing else: strings.ToLower also maps the
// Kelvin sign to k.
func lowerASCII(s string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + ('a' - 'A')
		}
		return r
	}, s)
}
