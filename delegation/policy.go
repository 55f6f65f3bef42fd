package delegation

import (
	"errors"
	"slices"
	"strings"

	"golang.org/x/net/idna"
)

// Errors of policies that an operator wrote.
var (
	ErrDomain = errors.New("delegation: not a domain name with at least two labels, or *. before one")
	ErrPolicy = errors.New("delegation: a policy that allows any address lists neither domains nor addresses")
)

// Domain is one entry of a policy: a domain in lower-case ASCII
// ("example.com"), which stands for itself alone, or with a leading "*."
// ("*.example.com"), which stands for every domain below it but not for
// example.com itself. Make one with [ParseDomain].
type Domain string

// ParseDomain reads a domain that an operator wrote. Unicode is accepted and
// converted to the xn-- form. Single labels and *.com are refused with
// [ErrDomain].
func ParseDomain(text string) (Domain, error) {
	name, wild := strings.CutPrefix(text, "*.")
	ascii, err := idna.Lookup.ToASCII(name)
	if err != nil || !hostname(ascii) {
		return "", ErrDomain
	}
	if wild {
		return Domain("*." + ascii), nil
	}
	return Domain(ascii), nil
}

// covers reports whether an address in the domain name is meant.
func (d Domain) covers(name string) bool {
	if suffix, wild := strings.CutPrefix(string(d), "*"); wild {
		return len(suffix) > 1 && len(name) > len(suffix) && strings.HasSuffix(name, suffix)
	}
	return d != "" && string(d) == name
}

// Policy says which users an application may act for. The zero Policy says:
// nobody.
type Policy struct {
	// Any allows every address. It excludes the two lists.
	Any bool
	// Domains allows the addresses of these domains.
	Domains []Domain
	// Emails allows these addresses.
	Emails []Email
}

// Kind names the policy in one word: none, domains, emails or any; a policy
// with both lists is domains+emails.
func (p Policy) Kind() string {
	switch {
	case p.Any:
		return "any"
	case len(p.Domains) > 0 && len(p.Emails) > 0:
		return "domains+emails"
	case len(p.Domains) > 0:
		return "domains"
	case len(p.Emails) > 0:
		return "emails"
	}
	return "none"
}

// Validate returns [ErrPolicy] for a policy that contradicts itself.
func (p Policy) Validate() error {
	if p.Any && len(p.Domains)+len(p.Emails) > 0 {
		return ErrPolicy
	}
	return nil
}

// Covers reports whether the application may act for the user with this
// address. The zero Email is covered by no policy.
func (p Policy) Covers(e Email) bool {
	if e == "" {
		return false
	}
	if p.Any || slices.Contains(p.Emails, e) {
		return true
	}
	domain := e.Domain()
	return slices.ContainsFunc(p.Domains, func(d Domain) bool { return d.covers(domain) })
}
