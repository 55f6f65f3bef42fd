// Package appflags are the flags by which operators set up an application.
package appflags

import (
	"errors"
	"time"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/rates"
	"github.com/anteroom-go/anteroom/scopes"
	"github.com/anteroom-go/anteroom/server/internal/flagvalue"
	"github.com/anteroom-go/anteroom/server/internal/usage"
)

// Flags are the settings of an application. Pointers tell what was given.
type Flags struct {
	Name        *string            `help:"Name, shown as the source of rooms." placeholder:"TEXT"`
	Scope       []string           `help:"Permitted action: rooms:list, rooms:retrieve, rooms:create, rooms:update, rooms:delete, rooms:attendees or stats:read. May be repeated, or list several." sep:"none" completion-predictor:"scopes" placeholder:"SCOPE"`
	Domain      []string           `help:"Domain of users it may act for: example.com, or *.example.com for what is below it. May be repeated." sep:"none" placeholder:"DOMAIN"`
	Email       []string           `help:"Address of a user it may act for. May be repeated." sep:"none" placeholder:"ADDRESS"`
	DelegateAny *bool              `help:"It may act for ANY user. Empties the lists of domains and addresses." negatable:""`
	Provision   *bool              `help:"Create users whom it names and who are not known yet, if they are covered." negatable:""`
	Reach       *string            `help:"Which rooms of its users it sees, changes and deletes: own, those it created itself, or user, all of them." placeholder:"own|user"`
	Undelegated *bool              `help:"It may also act for itself, without a user." negatable:""`
	Resource    *bool              `name:"resource-server" help:"It may introspect the tokens of all applications." negatable:""`
	JWKS        *flagvalue.JWKS    `name:"jwks" help:"File with its public keys, a JWK set: with those for ES256 or EdDSA it signs assertions instead of sending a secret. Empty removes them." placeholder:"FILE"`
	SecretsToo  *bool              `help:"Its secrets still work although it has keys." negatable:""`
	JWTBearer   *bool              `name:"jwt-bearer" help:"It may name the user in a signed assertion (the JWT bearer grant)." negatable:""`
	EndpointAud *bool              `name:"token-endpoint-audience" help:"Its assertions may also name the token endpoint as their audience, as Spring Security and Authlib do, not the issuer alone." negatable:""`
	DPoP        *bool              `name:"dpop" help:"No token of it is good without a proof that the sender holds its key (RFC 9449): it gets and uses no bearer tokens." negatable:""`
	Refusal     *int               `name:"refusal-status" help:"Status of every refusal to act for a user, whatever the reason, for clients that go by it: 400, 403, 404 or 422; 0 is the default, 400." placeholder:"STATUS"`
	RateLimits  *flagvalue.Limits  `name:"rate-limits" help:"Limits of its own, as serve --rate-limits has them; what is not named is as the server has it. Empty ends them." placeholder:"LIMITS"`
	TokenTTL    *flagvalue.Seconds `name:"token-ttl" help:"Life of its tokens, 60s to 1h; 0 is the server's default." placeholder:"DURATION"`

	Suffix *bool `name:"allow-public-suffix" help:"${suffix}" negatable:""`
}

// SuffixHelp is the help of a flag.
const SuffixHelp = "The domains given with it may be public suffixes, such as *.co.uk, in which ANYONE may " +
	"get an address."

// Apply sets in the application what the flags give.
func (f Flags) Apply(app *delegation.Application) error {
	f.applyPlain(app)
	if f.Scope != nil {
		granted, err := parseScopes(f.Scope)
		if err != nil {
			return err
		}
		app.Scopes = granted
	}
	return f.applyPolicy(&app.Policy)
}

// applyPlain sets what cannot be wrong.
func (f Flags) applyPlain(app *delegation.Application) {
	set(&app.Name, f.Name)
	set(&app.Provision, f.Provision)
	set(&app.Undelegated, f.Undelegated)
	set(&app.ResourceServer, f.Resource)
	set(&app.SecretsToo, f.SecretsToo)
	set(&app.JWTBearer, f.JWTBearer)
	set(&app.TokenEndpointAudience, f.EndpointAud)
	set(&app.DPoP, f.DPoP)
	set(&app.RefusalStatus, f.Refusal)
	set(&app.RateLimits, (*rates.Limits)(f.RateLimits))
	if f.JWKS != nil {
		app.Keys = f.JWKS.Keys
	}
	if f.Reach != nil {
		app.Reach = delegation.Reach(*f.Reach)
	}
	if f.TokenTTL != nil {
		app.TokenTTL = time.Duration(*f.TokenTTL)
	}
}

// applyPolicy replaces the lists that were given. Naming users ends "any"; "any"
// empties the lists. Public suffixes are accepted for the domains beside them only.
func (f Flags) applyPolicy(policy *delegation.Policy) error {
	if f.Domain != nil {
		domains, err := parseEach("--domain", flagvalue.Words(f.Domain), delegation.ParseDomain)
		if err != nil {
			return err
		}
		policy.Domains, policy.Any, policy.PublicSuffixes = domains, false, false
	}
	set(&policy.PublicSuffixes, f.Suffix)
	if f.Email != nil {
		emails, err := parseEach("--email", flagvalue.Words(f.Email), flagvalue.Address)
		if err != nil {
			return err
		}
		policy.Emails, policy.Any = emails, false
	}
	if f.DelegateAny == nil {
		return nil
	}
	if *f.DelegateAny && len(flagvalue.Words(f.Domain))+len(flagvalue.Words(f.Email)) > 0 {
		return usage.Errorf("--delegate-any excludes --domain and --email")
	}
	if *f.DelegateAny {
		*policy = delegation.Policy{}
	}
	policy.Any = *f.DelegateAny
	return nil
}

func parseScopes(values []string) (scopes.Set, error) {
	list, err := parseEach("--scope", flagvalue.Words(values), parseScope)
	return scopes.NewSet(list...), err
}

func parseScope(word string) (scopes.Scope, error) {
	if scope := scopes.Scope(word); scope.Valid() {
		return scope, nil
	}
	return "", errors.New("is not a scope")
}

// parseEach parses every word of a list flag.
func parseEach[T any](flag string, words []string, parse func(string) (T, error)) ([]T, error) {
	list := make([]T, 0, len(words))
	for _, word := range words {
		element, err := parse(word)
		if err != nil {
			return nil, usage.Errorf("%s: %q: %v", flag, word, err)
		}
		list = append(list, element)
	}
	return list, nil
}

// set changes the target if a flag was given.
func set[T any](target, value *T) {
	if value != nil {
		*target = *value
	}
}
