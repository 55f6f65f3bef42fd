package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/rooms"
)

// DefaultBasePath is where the external API lives if [Config] says nothing.
const DefaultBasePath = "/external-api/v1.0"

// Config configures a [Server].
type Config struct {
	// URL is the public base URL: the issuer of tokens and the start of every
	// link. Absolute, http or https, without query or fragment; a trailing
	// slash is dropped. If it has a path, the server answers below that path.
	// Required. Nothing in a request can change it.
	URL string
	// RoomURL is the base of join links: RoomURL/slug. Empty means URL.
	RoomURL string
	// BasePath is the path of the external API below URL. Empty means
	// DefaultBasePath.
	BasePath string

	// RootKeys are the secrets of the deployment. The present one seals; those
	// that it replaced open what they sealed, which is then sealed anew. Required.
	RootKeys delegation.RootKeys
	// DB is the migrated database behind every contract that is nil below.
	// Required unless all four are given.
	DB bun.IDB
	// Applications, Users, Keys and Rooms replace what would be kept in DB.
	Applications delegation.Applications
	Users        delegation.Users
	Keys         delegation.Keys
	Rooms        rooms.Store
	// Records and Assertions belong to Applications: if that is replaced, nil
	// means that uses are not kept and imported secrets are refused, and that
	// applications authenticate by secrets only.
	Records    delegation.Records
	Assertions delegation.Assertions
	// Provisioner belongs to Users: if that is replaced, nil means that unknown
	// users are not created.
	Provisioner delegation.Provisioner

	// TokenTTL is the life of tokens, one minute to one hour in whole seconds.
	// Zero means ten minutes.
	TokenTTL time.Duration
	// AllowPublic allows rooms that anyone with the link may enter.
	AllowPublic bool
	// DefaultAccessLevel is the level of rooms created without one. Empty
	// means rooms.Trusted.
	DefaultAccessLevel rooms.AccessLevel
	// Configuration validates the configuration of rooms. Nil means
	// rooms.DefaultSchema.
	Configuration rooms.Schema
	// SigningAlgorithm is what new signing keys in DB are for: ES256, EdDSA or
	// RS256. Empty means ES256.
	SigningAlgorithm jose.SignatureAlgorithm
	// KeyRotation is how long a signing key in DB signs before the next one
	// takes over while Run runs, at least an hour. Zero means ninety days, less
	// than zero never.
	KeyRotation time.Duration
	// Telephony lets people dial in. The zero value is off.
	Telephony Telephony

	// RateLimits limit each application, and each of its users. The zero value
	// has the defaults; each Server counts for itself.
	RateLimits RateLimits

	// Logger receives one record for each request, without queries, secrets,
	// tokens, PINs and addresses. Nil discards.
	Logger *slog.Logger
	// OnEvent receives every decision and change: tokens issued and refused,
	// users provisioned, signing keys. Each is also one record of the Logger,
	// with the message "audit". Nil means that only the log has them.
	OnEvent func(ctx context.Context, event delegation.Event)
	// OnRoomEvent receives every change of a room made through the API, inside
	// its transaction if Rooms has them. Nil means that they are dropped.
	OnRoomEvent rooms.OnEvent
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// Telephony says how rooms are reached by telephone.
type Telephony struct {
	// Number is dialled, in E.164 form ("+33901020304"). Empty means off.
	Number string
	// Country is the number's country, ISO 3166-1 alpha-2 ("FR"). Required
	// with Number.
	Country string
	// PINLength is the length of the PINs of rooms, 6 to 12. Zero means 10.
	PINLength int
}

// complete returns the configuration with its defaults, or says what is wrong
// with it.
func (c Config) complete() (Config, error) {
	var err, roomErr error
	c.URL, err = publicURL(c.URL)
	if c.RoomURL == "" {
		c.RoomURL = c.URL
	} else {
		c.RoomURL, roomErr = publicURL(c.RoomURL)
	}
	c.BasePath = strings.TrimRight(c.BasePath, "/")
	if c.BasePath == "" {
		c.BasePath = DefaultBasePath
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Telephony.Number != "" && c.Telephony.PINLength == 0 {
		c.Telephony.PINLength = 10
	}
	return c, errors.Join(field("Config.URL", err), field("Config.RoomURL", roomErr), c.validate())
}

func (c Config) validate() error {
	var problems []error
	if !plainPath(c.BasePath) {
		problems = append(problems, errors.New("Config.BasePath must be a path such as /external-api/v1.0"))
	}
	if c.RootKeys.IsZero() {
		problems = append(problems, errors.New("Config.RootKeys is required"))
	}
	if c.DB == nil && (c.Applications == nil || c.Users == nil || c.Keys == nil || c.Rooms == nil) {
		problems = append(problems, errors.New("Config.DB is required, or all of Applications, Users, Keys and Rooms"))
	}
	if c.TokenTTL != 0 && (c.TokenTTL < delegation.MinTokenTTL || c.TokenTTL > delegation.MaxTokenTTL || c.TokenTTL%time.Second != 0) {
		problems = append(problems, fmt.Errorf("Config.TokenTTL must be whole seconds from %v to %v, not %v",
			delegation.MinTokenTTL, delegation.MaxTokenTTL, c.TokenTTL))
	}
	return errors.Join(append(problems, c.Telephony.validate(), c.RateLimits.validate())...)
}

func (t Telephony) validate() error {
	switch {
	case t.Number == "" && (t.Country != "" || t.PINLength != 0):
		return errors.New("Config.Telephony.Number is required with a country or a PIN length")
	case t.Number == "":
		return nil
	case !e164(t.Number):
		return errors.New("Config.Telephony.Number must be in E.164 form, such as +33901020304")
	case !consists(t.Country, 2, 2, upper):
		return errors.New("Config.Telephony.Country must be two capital letters (ISO 3166-1), such as FR")
	case t.PINLength < 6 || t.PINLength > 12:
		return errors.New("Config.Telephony.PINLength must be from 6 to 12")
	}
	return nil
}

// publicURL checks a base URL and drops its trailing slash.
func publicURL(text string) (string, error) {
	if text == "" {
		return "", errors.New("is required")
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil ||
		u.RawQuery != "" || u.ForceQuery || strings.Contains(text, "#") {
		return "", errors.New("must be an absolute http or https URL without user, query and fragment")
	}
	path := strings.TrimRight(u.EscapedPath(), "/")
	if path != "" && !plainPath(path) {
		return "", errors.New("has a path with characters that would have to be escaped")
	}
	return u.Scheme + "://" + u.Host + path, nil
}

// Alphabets, for consists.
const (
	upper  = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	digits = "0123456789"
	plain  = upper + "abcdefghijklmnopqrstuvwxyz" + digits + "._-"
)

// consists reports whether text has from least to most bytes, all of them in the
// alphabet.
func consists(text string, least, most int, alphabet string) bool {
	other := func(r rune) bool { return !strings.ContainsRune(alphabet, r) }
	return len(text) >= least && len(text) <= most && strings.IndexFunc(text, other) < 0
}

// e164 reports whether text is an international telephone number (ITU-T E.164):
// a plus sign and 7 to 15 digits, the first of which is not zero.
func e164(text string) bool {
	number, plus := strings.CutPrefix(text, "+")
	return plus && consists(number, 7, 15, digits) && number[0] != '0'
}

// plainPath reports whether every segment of a path can stand in a URL and in
// the router as it is.
func plainPath(path string) bool {
	segments := strings.Split(path, "/")
	if segments[0] != "" || len(segments) < 2 {
		return false
	}
	for _, segment := range segments[1:] {
		if !consists(segment, 1, 255, plain+"~") || segment == "." || segment == ".." {
			return false
		}
	}
	return true
}

// field names the field that an error is about.
func field(name string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s %w", name, err)
}
