package delegation

import (
	"context"
	"fmt"
	"time"
)

// Records keeps what the Authority learns when tokens are issued: which secrets are in use, and for whom applications
// act. It also knows the secrets that other products made. Implementations are safe for concurrent use. The
// conformance suite is delegationtest.Records.
type Records interface {
	// CheckImportedSecret reports whether the secret is the one of which the hash of another product is kept for the
	// application. Before it computes such a hash it calls admit, which may wait, and calls done when the hash is
	// computed. It returns the error of admit if there is one. As long as hashes of other products are kept, it does the
	// same work for client ids that have none, so that the time tells a caller nothing.
	CheckImportedSecret(ctx context.Context, clientID string, secret Secret,
		admit func(context.Context) (done func(), err error)) (bool, error)

	// RenewSecret replaces what is stored of a secret by mac, which is [RootKeys.MAC], and forgets the hash of another
	// product.
	RenewSecret(ctx context.Context, clientID, secretID string, mac []byte) error

	// SecretUsed notes that a secret was used. It does not wait for anything.
	SecretUsed(clientID, secretID string, at time.Time)

	// FirstUse reports whether the application acts for the user for the first time: of all calls with the same two ids
	// one returns true.
	FirstUse(ctx context.Context, clientID, userID string, at time.Time) (bool, error)
}

// importsSecrets reports whether secrets of other products can be checked.
func (a *Authority) importsSecrets() bool { return a.config.Records != nil && a.config.Admit != nil }

// matchesImported reports whether a secret of another product is the right one. It asks for the slow comparison
// whatever is known of the application.
func (a *Authority) matchesImported(ctx context.Context, p presented) (bool, error) {
	admit := func(ctx context.Context) (func(), error) { return a.config.Admit(ctx, p.ClientID, p.Origin) }
	match, err := a.config.Records.CheckImportedSecret(ctx, p.ClientID, p.ClientSecret, admit)
	if err != nil {
		return false, fmt.Errorf("delegation: checking an imported secret: %w", err)
	}
	unused := p.notFound == nil && p.stored.Imported && len(p.stored.MAC) == 0
	return match && unused, nil
}

// secretUsed follows a successful authentication by a secret: what is stored of it is brought up to date, and its use
// noted.
func (a *Authority) secretUsed(ctx context.Context, p presented) error {
	if records := a.config.Records; records != nil {
		if !p.present {
			mac := a.config.RootKeys.MAC(p.ClientID, p.ClientSecret)
			if err := records.RenewSecret(ctx, p.ClientID, p.secretID, mac); err != nil {
				return fmt.Errorf("delegation: renewing a secret: %w", err)
			}
		}
		records.SecretUsed(p.ClientID, p.secretID, a.config.Now())
	}
	if !p.stored.ExpiresAt.IsZero() {
		a.tell(ctx, Event{Kind: EventSecretExpiring, ClientID: p.ClientID, SecretID: p.secretID})
	}
	return nil
}

// firstUse tells of the first token that an application gets for a user.
func (a *Authority) firstUse(ctx context.Context, d draft) error {
	if a.config.Records == nil || !d.delegated() {
		return nil
	}
	first, err := a.config.Records.FirstUse(ctx, d.app.ClientID, d.user.ID, a.config.Now())
	if err != nil {
		return fmt.Errorf("delegation: noting the first use: %w", err)
	}
	if first {
		a.tell(ctx, Event{Kind: EventFirstUse, ClientID: d.app.ClientID, UserID: d.user.ID})
	}
	return nil
}
