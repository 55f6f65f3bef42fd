package delegation

import (
	"context"
	"fmt"
	"time"
)

// The contracts below are what [Applications] may implement as well. The
// Authority does without them what it can.

// ImportChecker checks secrets that another product made, by the hashes that it
// brought along. Without it such secrets do not work.
type ImportChecker interface {
	// CheckImportedSecret reports whether the secret is the one of which a
	// foreign hash is kept for the application. It may take long, and waits
	// while too many others do.
	CheckImportedSecret(ctx context.Context, clientID string, secret Secret) (bool, error)
}

// SecretRenewer replaces what is stored of a secret when it is used: the hash of
// an imported one, or a MAC under a former root key.
type SecretRenewer interface {
	// RenewSecret keeps mac, which is [Pepper.MAC] under the present root key,
	// and forgets a foreign hash.
	RenewSecret(ctx context.Context, clientID, secretID string, mac []byte) error
}

// UseRecorder remembers which secrets are in use and for whom applications have
// acted.
type UseRecorder interface {
	// SecretUsed notes that a secret was used. It does not wait for anything.
	SecretUsed(clientID, secretID string, at time.Time)

	// FirstUse reports whether it is the first time that the application acts
	// for the user: of all calls with the same two ids one is told so.
	FirstUse(ctx context.Context, clientID, userID string, at time.Time) (bool, error)
}

// matchesImported asks for the slow comparison with a foreign hash, for a secret
// that could be used.
func (a *Authority) matchesImported(ctx context.Context, clientID string, secret Secret, stored StoredSecret) (bool, error) {
	checker, ok := a.config.Applications.(ImportChecker)
	if _, usable := stored.usable(a.config.Now()); !ok || !usable || len(stored.MAC) > 0 {
		return false, nil
	}
	match, err := checker.CheckImportedSecret(ctx, clientID, secret)
	if err != nil {
		return false, fmt.Errorf("delegation: checking an imported secret: %w", err)
	}
	return match, nil
}

// used follows a successful authentication by a secret: what is stored of it is
// brought up to date, and its use noted.
func (a *Authority) used(ctx context.Context, app Application, stored StoredSecret, secret Secret, current bool) error {
	if renewer, ok := a.config.Applications.(SecretRenewer); ok && !current {
		if err := renewer.RenewSecret(ctx, app.ClientID, stored.ID, a.mac(a.peppers[0], app.ClientID, secret)); err != nil {
			return fmt.Errorf("delegation: renewing a secret: %w", err)
		}
	}
	if recorder, ok := a.config.Applications.(UseRecorder); ok {
		recorder.SecretUsed(app.ClientID, stored.ID, a.config.Now())
	}
	if !stored.ExpiresAt.IsZero() {
		a.tell(ctx, Event{Kind: EventSecretExpiring, ClientID: app.ClientID, SecretID: stored.ID})
	}
	return nil
}

// firstUse reports when an application gets its first token for a user.
func (a *Authority) firstUse(ctx context.Context, token Token) error {
	recorder, ok := a.config.Applications.(UseRecorder)
	if !ok || !token.Delegated {
		return nil
	}
	first, err := recorder.FirstUse(ctx, token.Application.ClientID, token.User.ID, a.config.Now())
	if err != nil {
		return fmt.Errorf("delegation: noting the first use: %w", err)
	}
	if first {
		a.tell(ctx, Event{Kind: EventFirstUse, ClientID: token.Application.ClientID, UserID: token.User.ID})
	}
	return nil
}
