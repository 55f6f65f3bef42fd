package registry

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/anteroom-go/anteroom/delegation"
)

// maxPolicy bounds the lists of a policy.
const maxPolicy = 1000

// validated returns the application in its canonical form, or says which value
// is not acceptable.
func (r *Registry) validated(app delegation.Application) (delegation.Application, error) {
	if app.Reach == "" {
		app.Reach = delegation.ReachOwn
	}
	if err := checkText("name", app.Name); err != nil {
		return app, err
	}
	if strings.TrimSpace(app.Name) == "" {
		return app, &InvalidError{"name", "must not be empty"}
	}
	if unknown := app.Scopes.Minus(r.config.Scopes); !unknown.Empty() {
		return app, &InvalidError{"scope", fmt.Sprintf("%q is not known; known scopes are %s", unknown, r.config.Scopes)}
	}
	if app.Reach != delegation.ReachOwn && app.Reach != delegation.ReachUser {
		return app, &InvalidError{"reach", "must be own or user"}
	}
	if app.TokenTTL != 0 {
		if err := delegation.CheckTokenTTL(app.TokenTTL); err != nil {
			return app, &InvalidError{"token_ttl", "is not acceptable: " + err.Error()}
		}
	}
	if err := checkKeys(app.Keys); err != nil {
		return app, err
	}
	return app, checkPolicy(app.Policy)
}

// checkKeys wants what ParseKeys accepts.
func checkKeys(keys []delegation.Key) error {
	if len(keys) == 0 {
		return nil
	}
	text, err := delegation.FormatKeys(keys)
	if err == nil {
		_, err = delegation.ParseKeys(text)
	}
	if err != nil {
		return &InvalidError{"jwks", "is not acceptable: " + err.Error()}
	}
	return nil
}

// checkPolicy wants every entry in the form that the parsers return: another
// one would match nobody.
func checkPolicy(policy delegation.Policy) error {
	if err := policy.Validate(); err != nil {
		return &InvalidError{"policy", "allows any user, and lists domains or addresses as well"}
	}
	if len(policy.Domains) > maxPolicy || len(policy.Emails) > maxPolicy {
		return &InvalidError{"policy", fmt.Sprintf("lists more than %d domains or addresses", maxPolicy)}
	}
	for _, domain := range policy.Domains {
		if parsed, err := delegation.ParseDomain(string(domain)); err != nil || parsed != domain {
			return &InvalidError{"domain", fmt.Sprintf("%q is not a domain in lower-case ASCII, such as example.com or *.example.com", string(domain))}
		}
	}
	for _, email := range policy.Emails {
		if parsed, err := delegation.ParseEmail(string(email)); err != nil || parsed != email {
			return &InvalidError{"email", fmt.Sprintf("%q is not an address in lower-case ASCII", string(email))}
		}
	}
	return nil
}

// checkText checks a text for people.
func checkText(field, text string) error {
	if !utf8.ValidString(text) || strings.IndexFunc(text, unprintable) >= 0 {
		return &InvalidError{field, "must be UTF-8 without control characters and line breaks"}
	}
	if utf8.RuneCountInString(text) > 255 {
		return &InvalidError{field, "has more than 255 characters"}
	}
	return nil
}

// unprintable is what package rooms does not accept in the name of a source.
func unprintable(r rune) bool {
	return unicode.IsControl(r) || r == '\u2028' || r == '\u2029'
}
