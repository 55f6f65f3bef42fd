package delegation

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/anteroom-go/anteroom/delegation/dpop"
	"github.com/anteroom-go/anteroom/delegation/google"
	"github.com/anteroom-go/anteroom/delegation/internal/setting"
	"github.com/anteroom-go/anteroom/delegation/internal/verified"
	"github.com/anteroom-go/anteroom/delegation/rates"
)

// The life of tokens.
const (
	MinTokenTTL     = time.Minute
	DefaultTokenTTL = 10 * time.Minute
	MaxTokenTTL     = time.Hour
)

// leeway is how far ahead the clock of another replica may be.
const leeway = 30 * time.Second

// Config configures an [Authority].
type Config struct {
	// Issuer is the iss of tokens: the public URL of the server, without a trailing slash. Required; compared byte for
	// byte.
	Issuer string
	// Audience is the aud of tokens: the identifier of the API they are for. Required; compared byte for byte.
	Audience string
	// TokenEndpoint is the URL of the token endpoint, which applications with TokenEndpointAudience may name as the
	// audience of their assertions, with and without a slash at its end. Empty means that none may.
	TokenEndpoint string
	// RootKeys compare client secrets with what is stored of them. Required.
	RootKeys RootKeys
	// Applications finds applications, their secrets and what was taken back from them. Required.
	Applications Applications
	// Users finds the users for whom applications act. Required.
	Users Users
	// Memory is what is remembered of Applications and Users and obeys them nevertheless: what is taken back is
	// forgotten before an operator is told that it is. It is asked first. Unless that is enough to say yes, everything
	// is looked up as without it, so that the time of a refusal tells no more. Begin begins a request, and reports
	// whether memory may answer it. The contracts get its context; they return the not-found errors for what they do
	// not remember. Nil means those beside it.
	Memory struct {
		Begin        func(ctx context.Context) (context.Context, bool)
		Applications Applications
		Users        Users
	}
	// Keys signs and verifies. Required.
	Keys Keys
	// Records keeps uses of secrets and first uses, renews what is stored of secrets, and checks secrets of other
	// products. Nil means that none of this happens: imported secrets are refused.
	Records Records
	// Admit lets a comparison begin that costs much more than a request: the check of an imported secret. It waits for
	// its turn, or returns an error, which the Authority wraps. Done is called when the comparison has ended. The client
	// id and the origin are those of the [Credentials], of which nothing is proved yet. Nil means that imported secrets
	// are refused.
	Admit func(ctx context.Context, clientID, origin string) (done func(), err error)
	// Assertions remembers the assertions that applications used. Nil means that assertions are refused.
	Assertions Assertions
	// GoogleKeys finds the keys of programs for Google's services, see package google. Nil means that their assertions
	// are refused as all others signed by RS256.
	GoogleKeys google.Keys
	// Proofs checks the proofs that bind tokens to keys. Nil means that requests with a proof are refused.
	Proofs *dpop.Verifier
	// DPoPRequired treats every application as one with DPoP.
	DPoPRequired bool
	// Provisioner creates users. Nil means that the unknown users of applications with Provision are refused.
	Provisioner Provisioner
	// TokenTTL is the life of the tokens of applications without a life of their own, from MinTokenTTL to MaxTokenTTL,
	// in whole seconds. Zero means DefaultTokenTTL.
	TokenTTL time.Duration
	// Charge counts a request of an application that has proved who it is, before the work behind it is done: as
	// [rates.Tokens], and as [rates.Creates] before a user is created. An error ends the request and is returned as it
	// is; nothing is signed, revoked or created then. Nil means that requests are not counted.
	Charge func(ctx context.Context, app Application, class rates.Class) error
	// Signing is called before a token is signed. It returns a function that is called with the outcome. Nil means that
	// signing is not observed.
	Signing func(ctx context.Context) (end func(err error))
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	// OnEvent receives every decision on a token request, in the request and after the decision. It must not wait for
	// long. Nil means that events are dropped.
	OnEvent func(ctx context.Context, event Event)
}

// ConfigError names a field that is not acceptable: of a configuration or of an [Application].
type ConfigError struct {
	// Field is the name of the field in its struct, with a dot before the field of a field: "TokenTTL",
	// "Policy.Domains".
	Field string
	// Problem continues a sentence that begins with the field: "is required". It may repeat what an operator wrote,
	// never a secret.
	Problem string
}

func (e *ConfigError) Error() string { return e.Field + " " + e.Problem }

// Authority decides who may act for whom. It is safe for concurrent use.
type Authority struct {
	config   Config
	decoy    Key // signed nothing; see signedBy
	verified *verified.Memory[*KeySet]
	quick    *Authority       // decides by memory
	recalls  bool             // whether this is the one that does
	google   *google.Verifier // takes nothing without GoogleKeys
}

// New returns an Authority. It returns a [*ConfigError] for every field that is missing or not acceptable, joined by
// errors.Join.
func New(config Config) (*Authority, error) {
	if config.TokenTTL == 0 {
		config.TokenTTL = DefaultTokenTTL
	}
	if config.Now == nil {
		config.Now = time.Now
	}
	if config.Charge == nil {
		config.Charge = func(context.Context, Application, rates.Class) error { return nil }
	}
	if config.Signing == nil {
		config.Signing = func(context.Context) func(error) { return func(error) {} }
	}
	if err := config.validate(); err != nil {
		return nil, fmt.Errorf("delegation: %w", err)
	}
	decoy, err := GenerateKey(jose.ES256)
	if err != nil {
		return nil, err
	}
	quick := &Authority{config: config, decoy: decoy, recalls: true}
	quick.config.Provisioner = nil // it creates no one
	quick.config.Applications = cmp.Or(config.Memory.Applications, config.Applications)
	quick.config.Users = cmp.Or(config.Memory.Users, config.Users)
	a := &Authority{config: config, decoy: decoy, verified: verified.New[*KeySet](), quick: quick}
	a.google, err = google.New(config.GoogleKeys)
	return a, err
}

func (c Config) validate() error {
	var faults []error
	for _, required := range []struct {
		field   string
		missing bool
	}{
		{"Issuer", c.Issuer == ""},
		{"Audience", c.Audience == ""},
		{"RootKeys", c.RootKeys.IsZero()},
		{"Applications", c.Applications == nil},
		{"Users", c.Users == nil},
		{"Keys", c.Keys == nil},
	} {
		if required.missing {
			faults = append(faults, &ConfigError{required.field, "is required"})
		}
	}
	if problem := setting.Seconds(c.TokenTTL, MinTokenTTL, MaxTokenTTL); problem != "" {
		faults = append(faults, &ConfigError{"TokenTTL", problem})
	}
	return errors.Join(faults...)
}

// keySet returns the present keys.
func (a *Authority) keySet(ctx context.Context) (*KeySet, error) {
	keys, err := a.config.Keys.KeySet(ctx)
	if err == nil && keys == nil {
		err = errors.New("there are none")
	}
	if err != nil {
		return nil, fmt.Errorf("delegation: reading the keys: %w", err)
	}
	return keys, nil
}
