package registry

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/anteroom-go/anteroom/delegation/by"
	"github.com/anteroom-go/anteroom/delegation/registry/audit"
	"github.com/anteroom-go/anteroom/delegation/registry/internal/recording"
	"github.com/anteroom-go/anteroom/delegation/registry/internal/rows"
	"github.com/anteroom-go/anteroom/delegation/registry/internal/uses"
)

// RenewSecret implements [delegation.Records].
func (r *Registry) RenewSecret(ctx context.Context, clientID, secretID string, mac []byte) error {
	if r.config.RootKeys.IsZero() {
		return ErrRootKeyRequired
	}
	row := secretRow{ClientID: clientID, SecretID: secretID, MAC: hex.EncodeToString(mac), RootKey: r.config.RootKeys.ID()}
	return r.changes.Change(by.Server(ctx), func(ctx context.Context, tx *recording.Tx) error {
		renewed, err := rows.Affected(tx.NewUpdate().Model(&row).ModelTableExpr(r.sql("{application_secrets} AS s")).
			Column("mac", "root_key", "imported_hash").WherePK().
			Where("mac <> ? OR root_key <> ? OR imported_hash <> ''", row.MAC, row.RootKey).Exec(ctx))
		if err != nil {
			return fmt.Errorf("registry: renewing a secret: %w", err)
		}
		if renewed {
			tx.Note(audit.Change{Kind: audit.SecretRenewed, ClientID: clientID, Subject: secretID,
				After: audit.Values{"root_key": row.RootKey}})
		}
		return nil
	})
}

// SecretUsed implements [delegation.Records]. [Registry.SaveUses] keeps what it notes.
func (r *Registry) SecretUsed(clientID, secretID string, at time.Time) {
	r.uses.Note(uses.Pair{clientID, secretID}, at)
}

// SaveUses keeps when secrets were last used, to the hour.
func (r *Registry) SaveUses(ctx context.Context) error {
	var errs []error
	for key, at := range r.uses.Take() {
		if err := r.saveUse(ctx, key, at); err != nil {
			errs = append(errs, err)
			r.uses.Again(key, at)
		}
	}
	return errors.Join(errs...)
}

func (r *Registry) saveUse(ctx context.Context, key uses.Pair, at time.Time) error {
	row := secretRow{ClientID: key[0], SecretID: key[1], LastUsedAt: at.UTC().Truncate(time.Microsecond)}
	_, err := r.db.NewUpdate().Model(&row).
		ModelTableExpr(r.sql("{application_secrets} AS s")).Column("last_used_at").WherePK().
		Where("last_used_at IS NULL OR last_used_at < ?", row.LastUsedAt).Exec(ctx)
	if err != nil {
		return fmt.Errorf("registry: noting the use of a secret: %w", err)
	}
	return nil
}

// FirstUse implements [delegation.Records].
func (r *Registry) FirstUse(ctx context.Context, clientID, userID string, at time.Time) (bool, error) {
	key := uses.Pair{clientID, userID}
	if r.uses.Knows(key) {
		return false, nil
	}
	row := delegationRow{ClientID: clientID, UserID: userID, FirstUsedAt: at.UTC().Truncate(time.Microsecond)}
	first, err := rows.Affected(r.db.NewInsert().Model(&row).
		ModelTableExpr(r.sql("{delegations} AS d")).On("CONFLICT (client_id, user_id) DO UPDATE").
		Set("first_used_at = EXCLUDED.first_used_at").Where("d.first_used_at IS NULL").Exec(ctx))
	if err != nil {
		return false, fmt.Errorf("registry: noting the first use for a user: %w", err)
	}
	r.uses.Learn(key)
	return first, nil
}
