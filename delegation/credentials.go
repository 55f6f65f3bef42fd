package delegation

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"strings"
)

// authenticate returns the active application whose credentials these are; with
// a refusal, the application that it is about, if there is one.
func (a *Authority) authenticate(ctx context.Context, credentials Credentials) (Application, error) {
	clientID, secret := credentials.ClientID, credentials.ClientSecret
	switch {
	case !credential(clientID) || !credential(string(secret)) || credentials.Assertion != "" && secret != "":
		return Application{}, refuse(ErrInvalidRequest, ReasonCredentialsMalformed)
	case credentials.Assertion != "":
		return a.authenticateAssertion(ctx, credentials)
	case clientID == "" || secret == "":
		return Application{}, refuse(ErrInvalidClient, ReasonCredentialsMissing)
	}
	return a.authenticateSecret(ctx, clientID, secret)
}

// authenticateSecret does the same work whatever is wrong: one look-up, one MAC
// for each root key, one comparison each. Only what looks like a secret of ours
// and cannot be one is refused at once, which tells the caller nothing about any
// application. Imported secrets alone may cost more, until they were used.
func (a *Authority) authenticateSecret(ctx context.Context, clientID string, secret Secret) (Application, error) {
	rowID, err := a.rowID(secret)
	if err != nil {
		return Application{}, refuse(ErrInvalidClient, ReasonSecretMalformed)
	}
	app, stored, err := a.config.Applications.ApplicationSecret(ctx, clientID, rowID)
	if err != nil && !errors.Is(err, ErrApplicationNotFound) && !errors.Is(err, ErrSecretNotFound) {
		return Application{}, fmt.Errorf("delegation: finding the application: %w", err)
	}
	current, match := a.matches(clientID, secret, stored.MAC)
	if !match && stored.Imported && app.Active {
		var failed error
		if match, failed = a.matchesImported(ctx, clientID, secret, stored); failed != nil {
			return Application{}, failed
		}
	}
	if reason := a.credentialReason(app, stored, err, match); reason != "" {
		return app, refuse(ErrInvalidClient, reason)
	}
	if err := app.enabled(); err != nil {
		return app, err
	}
	return app, a.used(ctx, app, stored, secret, current)
}

// rowID returns the id of the row that a presented secret is compared with: its
// own or, for a text that is none of ours, that of an imported secret, where
// there can be one. ErrSecretFormat.
func (a *Authority) rowID(secret Secret) (string, error) {
	if _, imports := a.config.Applications.(ImportChecker); imports && !strings.HasPrefix(string(secret), secretPrefix) {
		return ImportedSecretID, nil
	}
	return secret.ID()
}

// enabled refuses a disabled application.
func (app Application) enabled() error {
	if !app.Active {
		return refuse(ErrInvalidClient, ReasonApplicationDisabled)
	}
	return nil
}

// credential reports whether s consists of what RFC 6749 appendix A allows in
// client ids and secrets (printable ASCII), and is no longer than any of ours.
func credential(s string) bool {
	return len(s) <= 255 && strings.IndexFunc(s, func(r rune) bool { return r < ' ' || r > '~' }) < 0
}

// matches compares in constant time, with a MAC that nothing has if there is
// no row, and says whether the present root key made it.
func (a *Authority) matches(clientID string, secret Secret, stored []byte) (current, match bool) {
	if len(stored) != sha256.Size {
		stored = make([]byte, sha256.Size)
	}
	for i, pepper := range a.peppers {
		if subtle.ConstantTimeCompare(a.mac(pepper, clientID, secret), stored) == 1 {
			current, match = i == 0, true
		}
	}
	return current, match
}

// credentialReason says why the credentials are refused, or nothing.
func (a *Authority) credentialReason(app Application, stored StoredSecret, notFound error, match bool) Reason {
	unusable, usable := stored.usable(a.config.Now())
	switch {
	case errors.Is(notFound, ErrApplicationNotFound):
		return ReasonApplicationUnknown
	case errors.Is(notFound, ErrSecretNotFound):
		return ReasonSecretUnknown
	case !match:
		return ReasonSecretWrong
	case !usable:
		return unusable
	case len(app.Keys) > 0 && !app.SecretsToo:
		return ReasonSecretsRefused
	}
	return ""
}
