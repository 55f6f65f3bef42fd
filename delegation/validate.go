package delegation

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/anteroom-go/anteroom/delegation/rates"
)

// maxPolicy bounds the lists of a policy.
const maxPolicy = 1000

// Validate checks the settings of an application. It returns a [*ConfigError]
// for every field that is not acceptable, joined by errors.Join, and nil if all
// are. The scopes are checked by their form alone: which of them exist is for
// the directory to decide.
func (app Application) Validate() error {
	var faults []error
	for _, check := range []struct{ field, problem string }{
		{"ClientID", clientIDProblem(app.ClientID)},
		{"Name", nameProblem(app.Name)},
		{"Scopes", app.scopesProblem()},
		{"Policy", app.Policy.problem()},
		{"Policy.Domains", listProblem(app.Policy.Domains, ParseDomain, "a domain, such as example.com or *.example.com")},
		{"Policy.Emails", listProblem(app.Policy.Emails, ParseEmail, "an address")},
		{"Reach", app.Reach.problem()},
		{"Keys", keysProblem(app.Keys)},
		{"TokenTTL", app.lifeProblem()},
		{"RateLimits", app.rateLimitsProblem()},
	} {
		if check.problem != "" {
			faults = append(faults, &ConfigError{check.field, check.problem})
		}
	}
	return errors.Join(faults...)
}

// clientIDProblem demands an id that can be sent (RFC 6749 appendix A.1) and
// given as an argument of a command.
func clientIDProblem(id string) string {
	unprintable := func(r rune) bool { return r <= ' ' || r > '~' }
	if id == "" || len(id) > 255 || id[0] == '-' || strings.IndexFunc(id, unprintable) >= 0 {
		return "must be 1 to 255 printable ASCII characters without spaces, and not begin with a hyphen"
	}
	return ""
}

func nameProblem(name string) string {
	lineBreak := func(r rune) bool { return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' }
	switch {
	case strings.TrimSpace(name) == "":
		return "must not be empty"
	case !utf8.ValidString(name) || strings.IndexFunc(name, lineBreak) >= 0:
		return "must be UTF-8 without control characters and line breaks"
	case utf8.RuneCountInString(name) > 255:
		return "has more than 255 characters"
	}
	return ""
}

// rateLimitsProblem demands limits that a directory can keep as a text: a quota has
// both of its numbers.
func (app Application) rateLimitsProblem() string {
	text := app.RateLimits.String()
	if _, err := rates.Parse(text); text != "" && err != nil {
		return "have a part that cannot be kept: " + err.Error()
	}
	return ""
}

func (app Application) scopesProblem() string {
	for _, scope := range app.Scopes.List() {
		if !scope.Valid() {
			return fmt.Sprintf("%q is not a scope", string(scope))
		}
	}
	return ""
}

func (p Policy) problem() string {
	switch {
	case p.Any && len(p.Domains)+len(p.Emails) > 0:
		return "allows any user, and lists domains or addresses as well"
	case len(p.Domains) > maxPolicy || len(p.Emails) > maxPolicy:
		return fmt.Sprintf("lists more than %d domains or addresses", maxPolicy)
	}
	return ""
}

// listProblem demands the form that the parser returns: an entry in another
// form would cover no user.
func listProblem[T ~string](list []T, parse func(string) (T, error), what string) string {
	for _, entry := range list {
		if parsed, err := parse(string(entry)); err != nil || parsed != entry {
			return fmt.Sprintf("%q is not %s in lower-case ASCII", string(entry), what)
		}
	}
	return ""
}

func (r Reach) problem() string {
	if r != "" && r != ReachOwn && r != ReachUser {
		return "must be own or user"
	}
	return ""
}

// keysProblem demands what [ParseKeys] accepts.
func keysProblem(keys []Key) string {
	if len(keys) == 0 {
		return ""
	}
	jwks, err := json.Marshal(map[string][]Key{"keys": keys})
	if err == nil {
		_, err = ParseKeys(jwks)
	}
	if err != nil {
		return "are not one to ten different public keys for ES256 or EdDSA"
	}
	return ""
}

func (app Application) lifeProblem() string {
	if app.TokenTTL == 0 {
		return ""
	}
	return tokenTTLProblem(app.TokenTTL)
}

// tokenTTLProblem demands whole seconds, the unit of the exp claim (RFC 7519
// §2), within the bounds.
func tokenTTLProblem(ttl time.Duration) string {
	if ttl < MinTokenTTL || ttl > MaxTokenTTL || ttl%time.Second != 0 {
		return fmt.Sprintf("must be whole seconds from %v to %v, not %v", MinTokenTTL, MaxTokenTTL, ttl)
	}
	return ""
}
