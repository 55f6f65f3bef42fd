// Package usage says what is wrong with how a command was called, in terms of its flags.
package usage

import (
	"errors"
	"fmt"
	"strings"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/server"
)

// Error is an error in how a command was called.
type Error struct{ text string }

// Error returns the text.
func (e *Error) Error() string { return e.text }

// Errorf returns an [Error] with a text as fmt.Sprintf makes it.
func Errorf(format string, args ...any) error { return &Error{fmt.Sprintf(format, args...)} }

// FieldFlags names the flag, or the argument, by which an operator sets a field that a
// configuration error names: of an application, of an argument of the registry, or of the
// configuration of a server or one of its parts.
func FieldFlags() map[string]string {
	return map[string]string{
		"ClientID": "--client-id", "Name": "--name", "Scopes": "--scope", "Reach": "--reach", "Keys": "--jwks",
		"Policy": "--delegate-any", "Policy.Domains": "--domain", "Policy.Emails": "--email", "TokenTTL": "--token-ttl",
		"SecretHash": "--import-secret-hash", "Label": "--label", "Expires": "--expires", "Overlap": "--overlap",
		"Email": "<email>", "PublicSuffixes": "--allow-public-suffix",

		"DB": "--database", "RootKeys": "--root-key-file", "Issuer": "--url", "Audience": "--url",
		"Algorithm": "--signing-algorithm", "RotateEvery": "--key-rotation",
		"RefusalStatus": "--refusal-status", "PublishFor": "--key-publication",

		"URL": "--url", "RoomURL": "--room-url", "BasePath": "--base-path", "DefaultAccessLevel": "--default-access-level",
		"AllowPublic":  "--allow-public",
		"DPoPRequired": "--dpop-required", "DPoPNonces": "--dpop-nonces",
		"SigningAlgorithm": "--signing-algorithm", "KeyRotation": "--key-rotation",
		"KeyPublication": "--key-publication", "KeepAudit": "--audit-retention",
		"AuditRetention": "--audit-retention", "RateLimits": "--rate-limits", "RateCounter": "--rate-limits-store",
		"TrustedProxies": "--trusted-proxies", "CORSOrigins": "--cors-origin",
		"Telephony.Number": "--telephony-number", "Telephony.Country": "--telephony-country",
		"Telephony.Language": "--telephony-language", "Telephony.SIPGateway": "--sip-gateway", "Google": "--google",
		"Telephony.PINLength": "--pin-length", "PINLength": "--pin-length",
	}
}

// InFlags returns the configuration errors in err as one error in terms of flags. It returns nil if
// there are none.
func InFlags(err error) error {
	var problems []string
	flags := FieldFlags()
	others := strings.NewReplacer("AllowPublic", flags["AllowPublic"], "PublicSuffixes", flags["PublicSuffixes"])
	for _, fault := range ConfigErrors(err) {
		name, known := flags[fault.Field]
		if !known {
			name = fault.Field
		}
		problems = append(problems, name+" "+others.Replace(fault.Problem))
	}
	if problems == nil {
		return nil
	}
	return Errorf("%s", strings.Join(problems, "; "))
}

// ConfigErrors returns every configuration error that was joined or wrapped into err.
func ConfigErrors(err error) []*delegation.ConfigError {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var all []*delegation.ConfigError
		for _, one := range joined.Unwrap() {
			all = append(all, ConfigErrors(one)...)
		}
		return all
	}
	switch err := err.(type) {
	case nil:
		return nil
	case *delegation.ConfigError:
		return []*delegation.ConfigError{err}
	case *server.ConfigError:
		return []*delegation.ConfigError{{Field: err.Field, Problem: err.Problem}}
	}
	return ConfigErrors(errors.Unwrap(err))
}
