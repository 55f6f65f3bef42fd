package registry

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/by"
	"github.com/anteroom-go/anteroom/delegation/dpop"
	"github.com/anteroom-go/anteroom/delegation/registry/audit"
	"github.com/anteroom-go/anteroom/delegation/registry/internal/recording"
	"github.com/anteroom-go/anteroom/delegation/registry/internal/rows"
)

// revokedTokenRow is a token that was ended before it expires.
type revokedTokenRow struct {
	bun.BaseModel `bun:"table:revoked_tokens,alias:t"`

	TokenID   string    `bun:"token_id,pk"`
	ExpiresAt time.Time `bun:"expires_at"`
}

// delegationRow is what is particular to one application and one user.
type delegationRow struct {
	bun.BaseModel `bun:"table:delegations,alias:d"`

	ClientID    string    `bun:"client_id,pk"`
	UserID      string    `bun:"user_id,pk"`
	Generation  int64     `bun:"generation"`
	OptedOut    bool      `bun:"opted_out"`
	FirstUsedAt time.Time `bun:"first_used_at,nullzero"`
}

// assertionRow is an assertion that was used.
type assertionRow struct {
	bun.BaseModel `bun:"table:used_assertions,alias:u"`

	ClientID    string    `bun:"client_id,pk"`
	AssertionID string    `bun:"assertion_id,pk"`
	ExpiresAt   time.Time `bun:"expires_at"`
}

// proofRow is a proof that was used.
type proofRow struct {
	bun.BaseModel `bun:"table:used_proofs,alias:p"`

	ProofID   string    `bun:"proof_id,pk"`
	ExpiresAt time.Time `bun:"expires_at"`
}

// RevokeToken implements [delegation.Applications]. It is recorded unless the application itself ends the token.
func (r *Registry) RevokeToken(ctx context.Context, clientID, tokenID string, until time.Time) error {
	row := revokedTokenRow{TokenID: tokenID, ExpiresAt: until.UTC()}
	return r.changes.Change(ctx, func(ctx context.Context, tx *recording.Tx) error {
		revoked, err := rows.Affected(tx.NewInsert().Model(&row).
			ModelTableExpr(r.sql("{revoked_tokens} AS t")).On("CONFLICT DO NOTHING").Exec(ctx))
		if err != nil {
			return fmt.Errorf("registry: revoking a token: %w", err)
		}
		if revoked && !by.IsApplication(ctx) {
			tx.Note(audit.Change{Kind: delegation.EventTokenRevoked, ClientID: clientID, Subject: tokenID})
		}
		return nil
	})
}

// RevokeDelegation implements [delegation.Applications].
func (r *Registry) RevokeDelegation(ctx context.Context, clientID, userID string) error {
	row := delegationRow{ClientID: clientID, UserID: userID, Generation: 1}
	return r.takeBack(ctx, row, delegation.EventTokenRevoked, "generation = d.generation + 1")
}

// SetOptOut notes whether a user does not want an application to act for them. It returns
// [delegation.ErrApplicationNotFound] if there is no such application.
func (r *Registry) SetOptOut(ctx context.Context, clientID, userID string, out bool) error {
	row := delegationRow{ClientID: clientID, UserID: userID, OptedOut: out}
	kind := audit.UserOptedIn
	if out {
		kind = audit.UserOptedOut
	}
	return r.takeBack(ctx, row, kind, "opted_out = EXCLUDED.opted_out")
}

// takeBack inserts a row for an application that there is, or changes the one that there is.
func (r *Registry) takeBack(ctx context.Context, row delegationRow, kind audit.Kind, change string) error {
	if !rows.Storable(row.ClientID) {
		return delegation.ErrApplicationNotFound
	}
	return r.changes.Change(ctx, func(ctx context.Context, tx *recording.Tx) error {
		found, err := tx.NewSelect().Model((*applicationRow)(nil)).
			ModelTableExpr(r.sql("{applications} AS a")).Where("client_id = ?", row.ClientID).Exists(ctx)
		if err == nil && !found {
			return delegation.ErrApplicationNotFound
		}
		if err == nil {
			_, err = tx.NewInsert().Model(&row).
				ModelTableExpr(r.sql("{delegations} AS d")).On("CONFLICT (client_id, user_id) DO UPDATE").Set(change).Exec(ctx)
		}
		if err != nil {
			return fmt.Errorf("registry: taking back a delegation: %w", err)
		}
		tx.Note(audit.Change{Kind: kind, ClientID: row.ClientID, UserID: row.UserID})
		return nil
	})
}

// forgetUses forgets for whom an application acted, and keeps what was taken back from it.
func (r *Registry) forgetUses(ctx context.Context, tx *recording.Tx, clientID string) error {
	_, err := tx.NewDelete().Model((*delegationRow)(nil)).
		ModelTableExpr(r.sql("{delegations} AS d")).
		Where("client_id = ? AND generation = 0 AND NOT opted_out", clientID).Exec(ctx)
	if err == nil {
		_, err = tx.NewUpdate().Model((*delegationRow)(nil)).
			ModelTableExpr(r.sql("{delegations} AS d")).Set("first_used_at = NULL").
			Where("client_id = ?", clientID).Exec(ctx)
	}
	if err != nil {
		return fmt.Errorf("registry: forgetting uses: %w", err)
	}
	return nil
}

// RevokeApplication ends all tokens of an application. It returns
// [delegation.ErrApplicationNotFound] if there is no such application.
func (r *Registry) RevokeApplication(ctx context.Context, clientID string) error {
	if !rows.Storable(clientID) {
		return delegation.ErrApplicationNotFound
	}
	return r.changes.Change(ctx, func(ctx context.Context, tx *recording.Tx) error {
		found, err := rows.Affected(tx.NewUpdate().Model((*applicationRow)(nil)).
			ModelTableExpr(r.sql("{applications} AS a")).Set("generation = generation + 1").
			Set("version = version + 1").Set("updated_at = ?", r.now()).Where("client_id = ?", clientID).Exec(ctx))
		if err != nil {
			return fmt.Errorf("registry: ending tokens: %w", err)
		}
		if !found {
			return delegation.ErrApplicationNotFound
		}
		tx.Note(audit.Change{Kind: delegation.EventTokenRevoked, ClientID: clientID})
		return nil
	})
}

// UseAssertion implements [delegation.Assertions].
func (r *Registry) UseAssertion(ctx context.Context, clientID, assertionID string, until time.Time) error {
	row := assertionRow{ClientID: clientID, AssertionID: assertionID, ExpiresAt: until.UTC()}
	first, err := rows.Affected(r.db.NewInsert().Model(&row).
		ModelTableExpr(r.sql("{used_assertions} AS u")).On("CONFLICT DO NOTHING").Exec(ctx))
	if err != nil {
		return fmt.Errorf("registry: noting an assertion: %w", err)
	}
	if !first {
		return delegation.ErrAssertionUsed
	}
	return nil
}

// UseProof implements [dpop.Uses].
func (r *Registry) UseProof(ctx context.Context, proofID string, until time.Time) error {
	row := proofRow{ProofID: proofID, ExpiresAt: until.UTC()}
	first, err := rows.Affected(r.db.NewInsert().Model(&row).
		ModelTableExpr(r.sql("{used_proofs} AS p")).On("CONFLICT DO NOTHING").Exec(ctx))
	if err != nil {
		return fmt.Errorf("registry: noting a proof: %w", err)
	}
	if !first {
		return dpop.ErrUsed
	}
	return nil
}
