package registry

import (
	"context"
	"fmt"
	"time"

	"github.com/anteroom-go/anteroom/delegation"
)

// Status implements [delegation.Revocations], in one query.
func (r *Registry) Status(ctx context.Context, clientID, userID, tokenID string) (delegation.Status, error) {
	var row struct {
		Generation int64 `bun:"generation"`
		OptedOut   bool  `bun:"opted_out"`
		Revoked    bool  `bun:"revoked"`
	}
	if !storable(clientID) || userID != "" && !storable(userID) || tokenID != "" && !storable(tokenID) {
		return delegation.Status{}, nil // nothing was ever kept of these
	}
	err := r.db.NewRaw(`SELECT COALESCE(d.generation, 0) AS generation, COALESCE(d.opted_out, FALSE) AS opted_out,
		EXISTS (SELECT 1 FROM revoked_tokens WHERE token_id = ?) AS revoked
		FROM (SELECT 1 AS one) AS o LEFT JOIN delegations AS d ON d.client_id = ? AND d.user_id = ?`,
		tokenID, clientID, userID).Scan(ctx, &row)
	if err != nil {
		return delegation.Status{}, fmt.Errorf("registry: looking for revocations: %w", err)
	}
	return delegation.Status{Generation: row.Generation, OptedOut: row.OptedOut, Revoked: row.Revoked}, nil
}

// RevokeToken implements [delegation.Revocations].
func (r *Registry) RevokeToken(ctx context.Context, tokenID string, until time.Time) error {
	_, err := r.db.ExecContext(ctx, `INSERT INTO revoked_tokens (token_id, expires_at) VALUES (?, ?) ON CONFLICT DO NOTHING`,
		tokenID, until.UTC())
	if err != nil {
		return fmt.Errorf("registry: revoking a token: %w", err)
	}
	return nil
}

// RevokeDelegation implements [delegation.Revocations].
// [delegation.ErrApplicationNotFound].
func (r *Registry) RevokeDelegation(ctx context.Context, clientID, userID string) error {
	if _, err := r.application(ctx, r.db, clientID); err != nil {
		return err
	}
	_, err := r.db.ExecContext(ctx, `INSERT INTO delegations (client_id, user_id, generation) VALUES (?, ?, 1)
		ON CONFLICT (client_id, user_id) DO UPDATE SET generation = delegations.generation + 1`, clientID, userID)
	if err != nil {
		return fmt.Errorf("registry: ending a delegation: %w", err)
	}
	return nil
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
	return nil
}

// SetOptOut notes that a user does not want an application to act for them, or
// does again. [delegation.ErrApplicationNotFound].
func (r *Registry) SetOptOut(ctx context.Context, clientID, userID string, out bool) error {
	if _, err := r.application(ctx, r.db, clientID); err != nil {
		return err
	}
	_, err := r.db.ExecContext(ctx, `INSERT INTO delegations (client_id, user_id, opted_out) VALUES (?, ?, ?)
		ON CONFLICT (client_id, user_id) DO UPDATE SET opted_out = excluded.opted_out`, clientID, userID, out)
	if err != nil {
		return fmt.Errorf("registry: noting an opt-out: %w", err)
	}
	return nil
}

// purgeBatch is how many rows one statement removes, so that none holds locks
// for long.
const purgeBatch = 1000

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

// Purge forgets revocations of tokens and uses of assertions that have expired,
// in small batches. Any number of processes may call it; what one removes the
// others do not find.
func (r *Registry) Purge(ctx context.Context) error {
	for _, statement := range []string{
		`DELETE FROM revoked_tokens WHERE token_id IN
			(SELECT token_id FROM revoked_tokens WHERE expires_at < ? ORDER BY expires_at LIMIT ?)`,
		`DELETE FROM used_assertions WHERE (client_id, assertion_id) IN
			(SELECT client_id, assertion_id FROM used_assertions WHERE expires_at < ? ORDER BY expires_at LIMIT ?)`,
	} {
		if err := r.purge(ctx, statement); err != nil {
			return fmt.Errorf("registry: forgetting what has expired: %w", err)
		}
	}
	return nil
}

// purge runs a statement until it finds less than a batch.
func (r *Registry) purge(ctx context.Context, statement string) error {
	for {
		result, err := r.db.ExecContext(ctx, statement, r.now().Add(-time.Minute), purgeBatch)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n < purgeBatch {
			return err
		}
	}
}
