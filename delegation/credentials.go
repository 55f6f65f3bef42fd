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
	case credentials.Assertion != "" && secret != "":
		return Application{}, refuse(ErrInvalidRequest, ReasonCredentialsMalformed)
	case credentials.Assertion != "":
		return a.authenticateAssertion(ctx, credentials)
	case clientID == "" || secret == "":
		return Application{}, refuse(ErrInvalidClient, ReasonCredentialsMissing)
	case !credential(clientID) || !credential(string(secret)):
		return Application{}, refuse(ErrInvalidRequest, ReasonCredentialsMalformed)
	}
	return a.authenticateSecret(ctx, clientID, secret)
}

// authenticateSecret does the same work whatever is wrong: one look-up, one MAC,
// one comparison. Only what cannot be a secret of ours is refused at once, which
// tells the caller nothing about any application.
func (a *Authority) authenticateSecret(ctx context.Context, clientID string, secret Secret) (Application, error) {
	secretID, err := secret.ID()
	if err != nil {
		return Application{}, refuse(ErrInvalidClient, ReasonSecretMalformed)
	}
	app, stored, err := a.config.Applications.ApplicationSecret(ctx, clientID, secretID)
	if err != nil && !errors.Is(err, ErrApplicationNotFound) && !errors.Is(err, ErrSecretNotFound) {
		return Application{}, fmt.Errorf("delegation: finding the application: %w", err)
	}
	match := a.matches(clientID, secret, stored.MAC)
	if reason := a.credentialReason(app, stored, err, match); reason != "" {
		return app, refuse(ErrInvalidClient, reason)
	}
	return app, app.enabled()
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
// no row.
func (a *Authority) matches(clientID string, secret Secret, stored []byte) bool {
	if len(stored) != sha256.Size {
		stored = make([]byte, sha256.Size)
	}
	return subtle.ConstantTimeCompare(a.pepper.MAC(clientID, secret), stored) == 1
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
