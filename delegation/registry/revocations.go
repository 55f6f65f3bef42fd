package registry

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/delegation"
)

// Status implements [delegation.Revocations], in one query.
func (r *Registry) Status(ctx context.Context, clientID, userID, tokenID string) (delegation.Status, error) {
	var row struct {
		Generation int64 `bun:"generation"`
		OptedOut   bool  `bun:"opted_out"`
		Revoked    bool  `bun:"revoked"`
	}
	err := r.db.NewRaw(`SELECT COALESCE(d.generation, 0) AS generation, COALESCE(d.opted_out, FALSE) AS opted_out,
		EXISTS (SELECT 1 FROM revoked_tokens WHERE token_id = ?) AS revoked
		FROM (SELECT 1 AS one) AS o LEFT JOIN delegations AS d ON d.client_id = ? AND d.user_id = ?`,
		sought(tokenID), sought(clientID), sought(userID)).Scan(ctx, &row)
	if err != nil {
		return delegation.Status{}, fmt.Errorf("registry: looking for revocations: %w", err)
	}
	return delegation.Status{Generation: row.Generation, OptedOut: row.OptedOut, Revoked: row.Revoked}, nil
}

// RevokeToken implements [delegation.Revocations].
func (r *Registry) RevokeToken(ctx context.Context, clientID, tokenID string, until time.Time) error {
	until = until.UTC()
	return r.inTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE applications SET revoked_until = ?
			WHERE client_id = ? AND (revoked_until IS NULL OR revoked_until < ?)`, until, clientID, until)
		if err == nil {
			_, err = tx.ExecContext(ctx, `INSERT INTO revoked_tokens (token_id, expires_at) VALUES (?, ?) ON CONFLICT DO NOTHING`,
				tokenID, until)
		}
		if err != nil {
			return fmt.Errorf("registry: revoking a token: %w", err)
		}
		return nil
	})
}

// RevokeDelegation implements [delegation.Revocations].
// [delegation.ErrApplicationNotFound].
func (r *Registry) RevokeDelegation(ctx context.Context, clientID, userID string) error {
	err := r.takeBack(ctx, clientID, `INSERT INTO delegations (client_id, user_id, generation) VALUES (?, ?, 1)
		ON CONFLICT (client_id, user_id) DO UPDATE SET generation = delegations.generation + 1`, clientID, userID)
	if err == nil {
		r.tell(ctx, delegation.Event{Kind: delegation.EventTokenRevoked, ClientID: clientID, UserID: userID})
	}
	return err
}

// takeBack runs a statement that takes something back from an application for
// one user, and notes that there is something.
func (r *Registry) takeBack(ctx context.Context, clientID, statement string, args ...any) error {
	if !storable(clientID) {
		return delegation.ErrApplicationNotFound
	}
	return r.inTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		found, err := affected(tx.ExecContext(ctx, `UPDATE applications SET taken_back = TRUE WHERE client_id = ?`, clientID))
		if err == nil && !found {
			return delegation.ErrApplicationNotFound
		}
		if err == nil {
			_, err = tx.ExecContext(ctx, statement, args...)
		}
		if err != nil {
			return fmt.Errorf("registry: taking back a delegation: %w", err)
		}
		return nil
	})
}

// RevokeApplication ends all tokens of an application.
// [delegation.ErrApplicationNotFound].
func (r *Registry) RevokeApplication(ctx context.Context, clientID string) error {
	if !storable(clientID) {
		return delegation.ErrApplicationNotFound
	}
	found, err := affected(r.db.ExecContext(ctx, `UPDATE applications SET generation = generation + 1, version = version + 1, updated_at = ?
		WHERE client_id = ?`, r.now(), clientID))
	if err != nil {
		return fmt.Errorf("registry: ending tokens: %w", err)
	}
	if !found {
		return delegation.ErrApplicationNotFound
	}
	r.tell(ctx, delegation.Event{Kind: delegation.EventTokenRevoked, ClientID: clientID})
	return nil
}

// SetOptOut notes that a user does not want an application to act for them, or
// does again. [delegation.ErrApplicationNotFound].
func (r *Registry) SetOptOut(ctx context.Context, clientID, userID string, out bool) error {
	return r.takeBack(ctx, clientID, `INSERT INTO delegations (client_id, user_id, opted_out) VALUES (?, ?, ?)
		ON CONFLICT (client_id, user_id) DO UPDATE SET opted_out = excluded.opted_out`, clientID, userID, out)
}

// UseAssertion implements [delegation.Assertions].
func (r *Registry) UseAssertion(ctx context.Context, clientID, assertionID string, until time.Time) error {
	first, err := affected(r.db.ExecContext(ctx, `INSERT INTO used_assertions (client_id, assertion_id, expires_at) VALUES (?, ?, ?)
		ON CONFLICT DO NOTHING`, clientID, assertionID, until.UTC()))
	if err != nil {
		return fmt.Errorf("registry: noting an assertion: %w", err)
	}
	if !first {
		return delegation.ErrAssertionUsed
	}
	return nil
}
