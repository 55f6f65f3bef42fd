package delegation

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/anteroom-go/anteroom/delegation/internal/secretform"
)

// Credentials are how an application proves who it is.
type Credentials struct {
	// ClientID may be empty with an Assertion, which names the application.
	ClientID     string
	ClientSecret Secret
	// Assertion is a JWT that the application signed about itself instead
	// (RFC 7523 §2.2). It excludes ClientSecret.
	Assertion string
}

// authenticate returns the active application whose credentials these are.
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

// credential reports whether s consists of what RFC 6749 appendix A allows in
// client ids and secrets (printable ASCII), and is no longer than any of ours.
func credential(s string) bool {
	return len(s) <= 255 && strings.IndexFunc(s, func(r rune) bool { return r < ' ' || r > '~' }) < 0
}

// presented is a secret that an application sent, and what is known of it.
type presented struct {
	clientID, secretID string
	secret             Secret
	app                Application
	stored             StoredSecret
	notFound           error // ErrApplicationNotFound or ErrSecretNotFound
	match              bool  // it is the secret of which something is stored
	present            bool  // its MAC is under the present root key
}

// authenticateSecret does the same work whatever is wrong: one look-up, one MAC
// for each root key, one comparison each. A text that looks like a secret made
// here and cannot be one is refused at once, which tells the caller nothing
// about any application. Imported secrets alone may cost more, until they are
// used.
func (a *Authority) authenticateSecret(ctx context.Context, clientID string, secret Secret) (Application, error) {
	secretID, err := a.secretID(secret)
	if err != nil {
		return Application{}, refuse(ErrInvalidClient, ReasonSecretMalformed)
	}
	p, err := a.compare(ctx, presented{clientID: clientID, secretID: secretID, secret: secret})
	if err != nil {
		return Application{}, err
	}
	switch reason := a.secretReason(p); {
	case reason == ReasonApplicationUnknown || reason == ReasonApplicationMismatch:
		return Application{}, refuse(ErrInvalidClient, reason)
	case reason != "":
		return Application{}, p.app.refuse(ErrInvalidClient, reason)
	}
	return p.app, a.secretUsed(ctx, p)
}

// secretID returns the id of the row with which a secret is compared: its own
// or, for a text that was not made here, that of an imported secret, if such
// secrets can be checked.
func (a *Authority) secretID(secret Secret) (string, error) {
	if a.config.Records != nil && !strings.HasPrefix(string(secret), secretform.Prefix) {
		return ImportedSecretID, nil
	}
	return secret.ID()
}

// compare finds what is stored of a secret, and compares it.
func (a *Authority) compare(ctx context.Context, p presented) (presented, error) {
	p.app, p.stored, p.notFound = a.config.Applications.ApplicationSecret(ctx, p.clientID, p.secretID)
	if p.notFound != nil && !errors.Is(p.notFound, ErrApplicationNotFound) && !errors.Is(p.notFound, ErrSecretNotFound) {
		return presented{}, fmt.Errorf("delegation: finding the application: %w", p.notFound)
	}
	p.present, p.match = a.config.RootKeys.Matches(p.clientID, p.secret, p.stored.MAC)
	if p.match || p.notFound != nil {
		return p, nil
	}
	var err error
	p.match, err = a.matchesImported(ctx, p)
	return p, err
}

// secretReason returns why a secret is refused, or "".
func (a *Authority) secretReason(p presented) Reason {
	unusable := p.stored.unusable(a.config.Now())
	switch {
	case errors.Is(p.notFound, ErrApplicationNotFound):
		return ReasonApplicationUnknown
	case p.app.ClientID != p.clientID:
		return ReasonApplicationMismatch
	case errors.Is(p.notFound, ErrSecretNotFound):
		return ReasonSecretUnknown
	case p.stored.ID != p.secretID:
		return ReasonSecretMismatch
	case !p.match:
		return ReasonSecretWrong
	case unusable != "":
		return unusable
	case len(p.app.Keys) > 0 && !p.app.SecretsToo:
		return ReasonSecretsRefused
	case !p.app.Active:
		return ReasonApplicationDisabled
	}
	return ""
}

// application returns the application with a client id. It refuses with refusal
// if there is none.
func (a *Authority) application(ctx context.Context, clientID string, refusal error) (Application, error) {
	app, _, err := a.config.Applications.Application(ctx, clientID, "", "")
	switch {
	case errors.Is(err, ErrApplicationNotFound):
		return Application{}, refuse(refusal, ReasonApplicationUnknown)
	case err != nil:
		return Application{}, fmt.Errorf("delegation: finding the application: %w", err)
	case app.ClientID != clientID:
		return Application{}, refuse(refusal, ReasonApplicationMismatch)
	}
	return app, nil
}
