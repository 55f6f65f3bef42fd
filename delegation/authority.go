package delegation

import (
	"errors"
	"fmt"
	"time"

	"github.com/go-jose/go-jose/v4"
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
	// Issuer is the iss of tokens: the public URL of the server, without a
	// trailing slash. Required; compared byte for byte.
	Issuer string
	// Audience is the aud of tokens: the identifier of the API they are for.
	// Required; compared byte for byte.
	Audience string
	// RootKey gives the pepper of the client secrets. Required.
	RootKey RootKey
	// FormerRootKeys are those that RootKey replaced, until nothing depends on
	// them: secrets that were stored under them still work.
	FormerRootKeys []RootKey
	// Applications finds applications and their secrets. Required.
	Applications Applications
	// Users finds the users to act for; if it is a [Provisioner] too, it may
	// create them. Required.
	Users Users
	// Keys signs and verifies. Required.
	Keys Keys
	// Revocations remembers what is taken back: single tokens, and all tokens
	// of an application for a user. Nil means that tokens end when they expire,
	// or with their application or user.
	Revocations Revocations
	// Assertions remembers the assertions that applications used. Nil means
	// that applications cannot authenticate by assertions.
	Assertions Assertions
	// TokenTTL is the life of the tokens of applications without a life of
	// their own, from MinTokenTTL to MaxTokenTTL, in whole seconds. Zero means
	// DefaultTokenTTL.
	TokenTTL time.Duration
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	// OnEvent receives every decision on a token request, and what is worth
	// noting beside it. Nil means nobody listens.
	OnEvent OnEvent
}

// Authority decides who may act for whom. It holds no state of its own and is
// safe for concurrent use.
type Authority struct {
	config  Config
	peppers []Pepper // the first one stores, all compare
	mac     func(Pepper, string, Secret) []byte
	decoy   Key // signed nothing; see signedBy
}

// New returns an Authority. Every required field is checked: what is missing is
// an error, never a check that is left out.
func New(config Config) (*Authority, error) {
	if config.TokenTTL == 0 {
		config.TokenTTL = DefaultTokenTTL
	}
	if config.Now == nil {
		config.Now = time.Now
	}
	if err := config.validate(); err != nil {
		return nil, fmt.Errorf("delegation: %w", err)
	}
	peppers, err := config.peppers()
	if err != nil {
		return nil, err
	}
	decoy, err := GenerateKey(jose.ES256)
	if err != nil {
		return nil, err
	}
	return &Authority{config: config, peppers: peppers, mac: Pepper.MAC, decoy: decoy}, nil
}

// peppers returns those of all root keys, the present one first.
func (c Config) peppers() ([]Pepper, error) {
	var peppers []Pepper
	for _, key := range append([]RootKey{c.RootKey}, c.FormerRootKeys...) {
		pepper, err := key.Pepper()
		if err != nil {
			return nil, err
		}
		peppers = append(peppers, pepper)
	}
	return peppers, nil
}

func (c Config) validate() error {
	switch {
	case c.Issuer == "":
		return errors.New("Config.Issuer is required")
	case c.Audience == "":
		return errors.New("Config.Audience is required")
	case c.RootKey.IsZero():
		return errors.New("Config.RootKey is required")
	case c.Applications == nil:
		return errors.New("Config.Applications is required")
	case c.Users == nil:
		return errors.New("Config.Users is required")
	case c.Keys == nil:
		return errors.New("Config.Keys is required")
	}
	return CheckTokenTTL(c.TokenTTL)
}

// CheckTokenTTL returns an error unless ttl is from MinTokenTTL to MaxTokenTTL
// and whole seconds, the unit of the exp claim (RFC 7519 §2).
func CheckTokenTTL(ttl time.Duration) error {
	if ttl < MinTokenTTL || ttl > MaxTokenTTL || ttl%time.Second != 0 {
		return fmt.Errorf("a token's life is whole seconds from %v to %v, not %v", MinTokenTTL, MaxTokenTTL, ttl)
	}
	return nil
}
