package delegation

import (
	"errors"
	"log/slog"
	"slices"
	"strings"

	"github.com/anteroom-go/anteroom/delegation/internal/address"
)

// ErrDomain means that a text is not a domain that [ParseDomain] accepts.
var ErrDomain = errors.New("delegation: not a domain name with at least two labels, or *. before one")

// Domain is one entry of a policy: a domain in lower-case ASCII ("example.com"), which stands for itself alone, or with
// a leading "*." ("*.example.com"), which stands for every domain below it but not for example.com itself. Make one
// with [ParseDomain].
type Domain string

// ParseDomain reads a domain that an operator wrote, never one from outside: Unicode is converted to the xn-- form, and
// the conversion maps look-alikes. It returns [ErrDomain] for everything else, among it single labels and *.com.
func ParseDomain(text string) (Domain, error) {
	if entry, ok := address.ParseEntry(text); ok {
		return Domain(entry), nil
	}
	return "", ErrDomain
}

// Policy names the users for whom an application may act. The zero Policy names none.
type Policy struct {
	// Any allows every address. It excludes the two lists.
	Any bool
	// Domains allows the addresses of these domains.
	Domains []Domain
	// PublicSuffixes accepts Domains such as *.co.uk, in which anyone may get an address.
	PublicSuffixes bool
	// Emails allows these addresses.
	Emails []Email
}

// Covers reports whether the application may act for the user with this address. The zero Email is covered by no
// policy.
func (p Policy) Covers(e Email) bool {
	if e == "" {
		return false
	}
	if p.Any || slices.Contains(p.Emails, e) {
		return true
	}
	domain := e.Domain()
	return slices.ContainsFunc(p.Domains, func(d Domain) bool { return address.Covers(string(d), domain) })
}

// ErrEmail means that a text is not an e-mail address that [ParseEmail] accepts. It never repeats the text.
var ErrEmail = errors.New("delegation: not an acceptable e-mail address")

// Email is an e-mail address. What [ParseEmail] returns is in the normal form, ASCII in lower case: two addresses in it
// name the same user only if they are equal, and nothing is stripped from the local part. The Authority passes
// addresses to directories in the normal form, and brings what they return into it.
type Email string

// ParseEmail reads an address from outside: strictly ASCII, a dot-atom (RFC 5322 §3.2.3, without % and !, which once
// routed mail elsewhere), one @, and a domain of at least two letter-digit-hyphen labels whose last is not a number.
// Lengths are those of RFC 5321 §4.5.3.1: 64 for the local part, 253 for the domain, 254 in all. An internationalised
// domain must be in its xn-- form. It returns [ErrEmail] for everything else.
func ParseEmail(text string) (Email, error) {
	email, ok := address.Parse(text)
	if !ok {
		return "", ErrEmail
	}
	return Email(email), nil
}

// Domain returns the part after the @.
func (e Email) Domain() string {
	_, domain, _ := strings.Cut(string(e), "@")
	return domain
}

// LogValue keeps addresses out of logs.
func (e Email) LogValue() slog.Value { return slog.StringValue("[address]") }
