package server

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/remember"
	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/rooms/pins"
	"github.com/anteroom-go/anteroom/server/internal/clientaddr"
	"github.com/anteroom-go/anteroom/server/internal/cors"
	"github.com/anteroom-go/anteroom/server/internal/identity"
	"github.com/anteroom-go/anteroom/server/internal/invite"
	"github.com/anteroom-go/anteroom/server/internal/places"
	"github.com/anteroom-go/anteroom/server/internal/telephone"
)

// ConfigError is what is wrong with one field of [Config].
type ConfigError struct {
	// Field is the path of the field, such as Telephony.Number.
	Field string
	// Problem continues a sentence that begins with the field.
	Problem string
}

// Error returns the sentence.
func (e *ConfigError) Error() string { return "server: Config." + e.Field + " " + e.Problem }

// configErrors are what is wrong, one error for each field.
type configErrors []error

func (e *configErrors) add(wrong bool, field, problem string) {
	known := slices.ContainsFunc(*e, func(err error) bool {
		var one *ConfigError
		return errors.As(err, &one) && one.Field == field
	})
	if wrong && !known {
		*e = append(*e, &ConfigError{field, problem})
	}
}

// fieldName returns what a field of a domain package's configuration is called here.
func fieldName(field string) string {
	names := map[string]string{"Issuer": "URL", "Audience": "URL", "Algorithm": "SigningAlgorithm",
		"RotateEvery": "KeyRotation", "PublishFor": "KeyPublication", "KeepAudit": "AuditRetention",
		"PINLength":    "Telephony.PINLength",
		"Applications": "DB", "Users": "DB"} // which stands for every contract that is missing
	if name, known := names[field]; known {
		return name
	}
	return strings.Replace(field, "Stores.", "Rooms.", 1)
}

// translated returns the errors with those of a domain package, under the names that its fields have here.
func (e configErrors) translated(err error) configErrors {
	switch err := err.(type) {
	case nil:
	case interface{ Unwrap() []error }:
		for _, one := range err.Unwrap() {
			e = e.translated(one)
		}
	case interface{ Unwrap() error }:
		e = e.translated(err.Unwrap())
	case *delegation.ConfigError:
		told := err.Field == "Keys" && len(e) > 0 // they are not read then, see fill
		e.add(!told, fieldName(err.Field), err.Problem)
	case *pins.ConfigError:
		e.add(true, "Telephony.PINLength", err.Problem)
	case *rooms.ConfigError:
		told := err.Field == "Stores.Rooms" && len(e) > 0 // see check
		e.add(!told, fieldName(err.Field), err.Problem)
	default:
		e = append(e, fmt.Errorf("server: %w", err))
	}
	return e
}

// complete returns the configuration with its defaults, and what is wrong with it.
func (c Config) complete() (Config, configErrors) {
	var wrong configErrors
	c.URL = wrong.publicURL("URL", c.URL)
	if c.RoomURL == "" {
		c.RoomURL = c.URL
	} else if _, err := places.NewJoinLinks(c.RoomURL); err != nil {
		wrong.add(true, "RoomURL", err.Error())
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
	wrong.check(c)
	wrong.telephony(c.Telephony)
	if c.Applications != nil && c.RememberApplications > 0 {
		c.Applications = remember.Applications(c.Applications, c.RememberApplications, c.Now)
	}
	if c.Users != nil && c.RememberUsers > 0 {
		c.Users = remember.Users(c.Users, c.RememberUsers, c.Now)
	}
	return c, wrong
}

// check adds what is wrong with fields that no domain package checks, or that it would check too late.
func (e *configErrors) check(c Config) {
	e.add(!places.IsPath(c.BasePath), "BasePath", "must be a path such as /external-api/v1.0")
	e.add(c.RootKeys.IsZero(), "RootKeys", "are required")
	e.add(c.DB == nil && (c.Applications == nil || c.Users == nil || c.Keys == nil || !c.ownRooms()),
		"DB", "is required, or all of Applications, Users, Keys and Rooms")
	e.add(c.ownRooms() && c.Rooms.Rooms == nil, "Rooms.Rooms", "is required beside other stores of rooms")
	e.add(c.Applications != nil && c.Proofs == nil && (c.DPoPRequired || c.DPoPNonces), "Proofs",
		"is required by DPoPRequired and DPoPNonces")
	e.add(c.RememberApplications < 0 || c.Applications == nil && c.RememberApplications > 0, "RememberApplications",
		"must be positive, beside Applications")
	e.add(c.RememberUsers < 0 || c.Users == nil && c.RememberUsers > 0, "RememberUsers", "must be positive, beside Users")
	if problem := clientaddr.Problem(c.TrustedProxies); problem != "" {
		e.add(true, "TrustedProxies", problem)
	}
	if err := c.RateLimits.Check(); err != nil {
		e.add(true, "RateLimits", err.Error())
	}
	e.seams(c)
}

// seams adds what is wrong with what a host puts beside the API.
func (e *configErrors) seams(c Config) {
	if problem := identity.Problem(c.methods()); problem != "" {
		e.add(true, "Authenticators", problem)
	}
	if _, err := cors.ParseOrigins(c.CORSOrigins); err != nil {
		e.add(true, "CORSOrigins", err.Error())
	}
	var texts *invite.TextsError
	if _, err := invite.ReadTexts(c.Invitations.Templates, c.Invitations.Languages); errors.As(err, &texts) {
		e.add(true, "Invitations."+texts.Field, texts.Problem)
	}
}

func (e *configErrors) telephony(t Telephony) {
	for _, problem := range slices.Concat(telephone.Problems(t.Number, t.Country, t.PINLength),
		telephone.MoreProblems(t.Number, t.Language, t.SIPGateway)) {
		e.add(true, "Telephony."+problem.Field, problem.Text)
	}
}

// publicURL returns a base URL without its trailing slash, or empty if it is wrong.
func (e *configErrors) publicURL(field, text string) string {
	url, err := places.PublicURL(text)
	if err != nil {
		e.add(true, field, err.Error())
	}
	return url
}
