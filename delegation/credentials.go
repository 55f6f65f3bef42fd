package delegation

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/anteroom-go/anteroom/delegation/internal/assertion"
	"github.com/anteroom-go/anteroom/delegation/internal/recall"
	"github.com/anteroom-go/anteroom/delegation/internal/secretform"
)

// Credentials are how an application proves who it is.
type Credentials struct {
	// ClientID may be empty with an Assertion, which names the application.
	ClientID     string
	ClientSecret Secret
	// Assertion is a JWT that the application signed about itself instead (RFC 7523 §2.2). It excludes ClientSecret.
	Assertion string
	// Otherwise is another reading of what was sent, which is tried if this one is not good: clients may or may not
	// encode what they send by HTTP Basic (RFC 6749 §2.3.1). Nil means that there is none.
	Otherwise *Credentials
	// Origin is where the request comes from, such as a network. It is passed to Config.Admit, and decides nothing else.
	Origin string
}

// ClaimedID returns the client id that the credentials claim, of which nothing is verified: the ClientID or, without
// one, the iss of the Assertion. It is for counting, never for a decision. It is empty if there is none that could be
// one.
func (c Credentials) ClaimedID() string {
	id := c.ClientID
	if id == "" {
		s, _ := assertion.Parse(c.Assertion)
		id = s.Issuer
	}
	if !secretform.Sendable(id) {
		return ""
	}
	return id
}

// authenticate returns the active application whose credentials these are. What is tried depends on what was sent
// alone, whatever is wrong with it. Of two refusals it returns the one that names an application.
func (a *Authority) authenticate(ctx context.Context, credentials Credentials) (Application, error) {
	app, err := a.authenticateOnce(ctx, credentials)
	if credentials.Otherwise == nil || !errors.Is(err, ErrInvalidClient) {
		return app, err
	}
	app, second := a.authenticateOnce(ctx, *credentials.Otherwise)
	if last := (*Refusal)(nil); errors.As(second, &last) && last.ClientID == "" {
		return Application{}, err
	}
	return app, second
}

func (a *Authority) authenticateOnce(ctx context.Context, credentials Credentials) (Application, error) {
	clientID, secret := credentials.ClientID, credentials.ClientSecret
	switch {
	case !secretform.Sendable(clientID), !secretform.Sendable(string(secret)), credentials.Assertion != "" && secret != "":
		return Application{}, refuse(ErrInvalidRequest, ReasonCredentialsMalformed)
	case credentials.Assertion != "":
		return a.authenticateAssertion(ctx, credentials)
	case clientID == "" || secret == "":
		return Application{}, refuse(ErrInvalidClient, ReasonCredentialsMissing)
	}
	app, ok := recall.Try(ctx, a.quick, func(quick *Authority) (Application, error) {
		return quick.authenticateSecret(ctx, credentials)
	})
	if ok {
		return app, nil
	}
	return a.authenticateSecret(ctx, credentials)
}

// presented is a secret that an application sent, and what is known of it.
type presented struct {
	Credentials
	secretID string
	stored   StoredSecret
	notFound error // ErrApplicationNotFound or ErrSecretNotFound
	match    bool  // it is the secret of which something is stored
	present  bool  // its MAC is under the present root key
}

// authenticateSecret does the same work whatever is wrong: one look-up of the same shape, one MAC for each root key,
// one comparison each. A secret of another form than ours costs one comparison more, which depends on the client id
// as little as [Records] can make it. Only after a right secret is the application itself read, whose policy and keys
// may be large. A text that looks like a secret made here and cannot be one is refused at once, which tells the
// caller nothing about any application.
func (a *Authority) authenticateSecret(ctx context.Context, credentials Credentials) (Application, error) {
	secretID, err := a.secretID(credentials.ClientSecret)
	if err != nil {
		return Application{}, refuse(ErrInvalidClient, ReasonSecretMalformed)
	}
	p, err := a.compare(ctx, presented{Credentials: credentials, secretID: secretID})
	if err != nil {
		return Application{}, err
	}
	if reason := a.secretReason(p); reason != "" {
		return Application{}, p.refuse(reason)
	}
	app, err := a.application(ctx, p.ClientID, ErrInvalidClient)
	if err != nil {
		return Application{}, err
	}
	p.stored.ApplicationActive, p.stored.ApplicationRefuses = app.Active, len(app.Keys) > 0 && !app.SecretsToo
	if reason := a.secretReason(p); reason != "" { // the application was changed in this moment
		return Application{}, app.refuse(ErrInvalidClient, reason)
	}
	return app, a.secretUsed(ctx, p)
}

// refuse returns a refusal that names the application, if there is one.
func (p presented) refuse(reason Reason) error {
	refusal := &Refusal{Err: ErrInvalidClient, Reason: reason, ClientID: p.ClientID}
	if reason == ReasonApplicationUnknown || reason == ReasonApplicationMismatch {
		refusal.ClientID = ""
	}
	return refusal
}

// secretID returns the id of the row with which a secret is compared: its own or, for a text that was not made here,
// that of an imported secret, if such secrets can be checked.
func (a *Authority) secretID(secret Secret) (string, error) {
	if a.importsSecrets() && !strings.HasPrefix(string(secret), secretform.Prefix) {
		return ImportedSecretID, nil
	}
	return secret.ID()
}

// compare finds what is stored of a secret, and compares it.
func (a *Authority) compare(ctx context.Context, p presented) (presented, error) {
	p.stored, p.notFound = a.config.Applications.ApplicationSecret(ctx, p.ClientID, p.secretID)
	if p.notFound != nil && !errors.Is(p.notFound, ErrApplicationNotFound) && !errors.Is(p.notFound, ErrSecretNotFound) {
		return presented{}, fmt.Errorf("delegation: finding a secret: %w", p.notFound)
	}
	p.present, p.match = a.config.RootKeys.Matches(p.ClientID, p.ClientSecret, p.stored.MAC)
	if p.match || p.secretID != ImportedSecretID || a.recalls {
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
	case errors.Is(p.notFound, ErrSecretNotFound):
		return ReasonSecretUnknown
	case p.stored.ClientID != p.ClientID:
		return ReasonApplicationMismatch
	case p.stored.ID != p.secretID:
		return ReasonSecretMismatch
	case !p.match:
		return ReasonSecretWrong
	}
	return unusable
}

// application returns the application with a client id. It refuses with refusal if there is none.
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
