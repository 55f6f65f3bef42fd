package delegation

import (
	"errors"

	"github.com/anteroom-go/anteroom/delegation/internal/jwk"
	"github.com/anteroom-go/anteroom/delegation/internal/setting"
)

// Validate checks the settings of an application. It returns a [*ConfigError] for every field that is not acceptable,
// joined by errors.Join, and nil if all are. The scopes are checked by their form alone: which of them exist is for the
// directory to decide.
func (app Application) Validate() error {
	var faults []error
	for _, check := range []struct{ field, problem string }{
		{"ClientID", setting.ClientID(app.ClientID)},
		{"Name", setting.Name(app.Name)},
		{"Scopes", setting.Scopes(app.Scopes)},
		{"Policy", setting.Users(app.Policy.Any, len(app.Policy.Domains), len(app.Policy.Emails))},
		{"Policy.Domains", setting.Domains(app.Policy.Domains, app.Policy.PublicSuffixes, ParseDomain)},
		{"Policy.Emails", setting.List(app.Policy.Emails, ParseEmail, "an address")},
		{"Reach", setting.Reach(app.Reach, ReachOwn, ReachUser)},
		{"Keys", jwk.Problem(app.Keys)},
		{"RefusalStatus", setting.RefusalStatus(app.RefusalStatus)},
		{"TokenTTL", setting.Life(app.TokenTTL, MinTokenTTL, MaxTokenTTL)},
		{"RateLimits", setting.RateLimits(app.RateLimits)},
	} {
		if check.problem != "" {
			faults = append(faults, &ConfigError{check.field, check.problem})
		}
	}
	return errors.Join(faults...)
}
