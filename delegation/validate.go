package delegation

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/anteroom-go/anteroom/delegation/internal/address"
	"github.com/anteroom-go/anteroom/delegation/internal/setting"
)

// maxPolicy bounds the lists of a policy.
const maxPolicy = 1000

// Validate checks the settings of an application. It returns a [*ConfigError] for every field that
// is not acceptable, joined by errors.Join, and nil if all are. The scopes are checked by their
// form alone: which of them exist is for the directory to decide.
func (app Application) Validate() error {
	var faults []error
	for _, check := range []struct{ field, problem string }{
		{"ClientID", setting.ClientID(app.ClientID)},
		{"Name", setting.Name(app.Name)},
		{"Scopes", app.scopesProblem()},
		{"Policy", app.Policy.problem()},
		{"Policy.Domains", app.Policy.domainsProblem()},
		{"Policy.Emails", setting.List(app.Policy.Emails, ParseEmail, "an address")},
		{"Reach", app.Reach.problem()},
		{"Keys", keysProblem(app.Keys)},
		{"RefusalStatus", setting.RefusalStatus(app.RefusalStatus)},
		{"TokenTTL", app.lifeProblem()},
		{"RateLimits", setting.RateLimits(app.RateLimits)},
	} {
		if check.problem != "" {
			faults = append(faults, &ConfigError{check.field, check.problem})
		}
	}
	return errors.Join(faults...)
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

// domainsProblem demands domains whose owners decide who has an address in them.
func (p Policy) domainsProblem() string {
	public := slices.IndexFunc(p.Domains, func(d Domain) bool { return address.Public(string(d)) })
	if public >= 0 && !p.PublicSuffixes {
		return fmt.Sprintf("%q is a public suffix, in which anyone may get an address; it needs PublicSuffixes",
			string(p.Domains[public]))
	}
	return setting.List(p.Domains, ParseDomain, "a domain, such as example.com or *.example.com")
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
	var left []error
	if err == nil {
		_, left, err = ParseKeys(jwks)
	}
	if err != nil || len(left) > 0 {
		return "are not one to ten different public keys for ES256 or EdDSA"
	}
	return ""
}

func (app Application) lifeProblem() string {
	if app.TokenTTL == 0 {
		return ""
	}
	return setting.Seconds(app.TokenTTL, MinTokenTTL, MaxTokenTTL)
}
