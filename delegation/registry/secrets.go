package registry

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/internal/setting"
	"github.com/anteroom-go/anteroom/delegation/registry/audit"
	"github.com/anteroom-go/anteroom/delegation/registry/internal/recording"
	"github.com/anteroom-go/anteroom/delegation/registry/internal/rows"
)

// MaxSecrets is how many usable secrets an application may have at a time.
const MaxSecrets = 10

// Secrets returns the secrets of an application, the oldest first. It returns
// [delegation.ErrApplicationNotFound] if there is no such application.
func (r *Registry) Secrets(ctx context.Context, clientID string) ([]delegation.StoredSecret, error) {
	if _, err := r.application(ctx, r.db, clientID); err != nil {
		return nil, err
	}
	return r.secretsOf(ctx, r.db, clientID)
}

func (r *Registry) secretsOf(ctx context.Context, db bun.IDB, clientID string) ([]delegation.StoredSecret, error) {
	var rows []secretRow
	err := db.NewSelect().Model(&rows).
		ModelTableExpr(r.sql("{application_secrets} AS s")).
		Where("s.client_id = ?", clientID).Order("s.created_at", "s.secret_id").Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("registry: listing secrets: %w", err)
	}
	list := make([]delegation.StoredSecret, len(rows))
	for i, row := range rows {
		if list[i], err = row.Secret(); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// AddSecret gives an application one more secret, which is never seen again. The zero expiry means
// never. It returns a [*ConfigError] for "Label" and "Expires", ErrTooManySecrets,
// ErrRootKeyRequired, ErrRootKeyMismatch, and [delegation.ErrApplicationNotFound].
func (r *Registry) AddSecret(ctx context.Context, clientID, label string, expiresAt time.Time) (
	delegation.StoredSecret, delegation.Secret, error) {
	return r.addSecret(ctx, clientID, label, expiresAt, func(context.Context, *recording.Tx) error { return nil })
}

// RotateSecret gives an application a new secret, and ends every other one after the overlap at the latest: at once if
// it is zero. It returns a [*ConfigError] for "Overlap", and what AddSecret returns.
func (r *Registry) RotateSecret(ctx context.Context, clientID, label string, overlap time.Duration) (
	delegation.StoredSecret, delegation.Secret, error) {
	if overlap < 0 {
		return delegation.StoredSecret{}, "", &ConfigError{Field: "Overlap", Problem: "must not be negative"}
	}
	end := r.now().Add(overlap)
	return r.addSecret(ctx, clientID, label, time.Time{}, func(ctx context.Context, tx *recording.Tx) error {
		_, err := tx.NewUpdate().Model(&secretRow{ExpiresAt: end}).
			ModelTableExpr(r.sql("{application_secrets} AS s")).Column("expires_at").
			Where("client_id = ? AND (expires_at IS NULL OR expires_at > ?)", clientID, end).Exec(ctx)
		if err != nil {
			return fmt.Errorf("registry: ending secrets: %w", err)
		}
		tx.Note(audit.Change{Kind: audit.SecretRotated, ClientID: clientID, After: audit.Values{"others_expire_at": end}})
		return nil
	})
}

// addSecret adds a secret after before, in one transaction.
func (r *Registry) addSecret(ctx context.Context, clientID, label string, expiresAt time.Time,
	before func(context.Context, *recording.Tx) error) (
	stored delegation.StoredSecret, secret delegation.Secret, err error) {
	expiresAt = rows.UTC(expiresAt.Truncate(time.Microsecond))
	if err := r.checkSecret(label, expiresAt); err != nil {
		return delegation.StoredSecret{}, "", err
	}
	secret = delegation.NewSecret()
	err = r.changes.Change(ctx, func(ctx context.Context, tx *recording.Tx) error {
		if err := r.lockApplication(ctx, tx, clientID); err != nil {
			return err
		}
		if err := before(ctx, tx); err != nil {
			return err
		}
		if err := r.checkCount(ctx, tx, clientID); err != nil {
			return err
		}
		stored, err = r.insertSecret(ctx, tx, clientID, secret, label, expiresAt)
		return err
	})
	if err != nil {
		return delegation.StoredSecret{}, "", err
	}
	return stored, secret, nil
}

func (r *Registry) checkSecret(label string, expiresAt time.Time) error {
	var faults []error
	if problem := setting.Label(label); problem != "" {
		faults = append(faults, &ConfigError{Field: "Label", Problem: problem})
	}
	if !expiresAt.IsZero() && !expiresAt.After(r.now()) {
		faults = append(faults, &ConfigError{Field: "Expires", Problem: "must be in the future"})
	}
	return errors.Join(faults...)
}

// lockApplication makes concurrent transactions about one application wait for each other, by raising its version.
func (r *Registry) lockApplication(ctx context.Context, tx *recording.Tx, clientID string) error {
	if !rows.Storable(clientID) {
		return delegation.ErrApplicationNotFound
	}
	found, err := rows.Affected(tx.NewUpdate().Model((*applicationRow)(nil)).
		ModelTableExpr(r.sql("{applications} AS a")).Set("version = version + 1").
		Where("client_id = ?", clientID).Exec(ctx))
	if err != nil {
		return fmt.Errorf("registry: locking an application: %w", err)
	}
	if !found {
		return delegation.ErrApplicationNotFound
	}
	return nil
}

// checkCount returns ErrTooManySecrets if no more usable secret may be added.
func (r *Registry) checkCount(ctx context.Context, tx *recording.Tx, clientID string) error {
	all, err := r.secretsOf(ctx, tx, clientID)
	if err != nil {
		return err
	}
	usable, now := 0, r.now()
	for _, s := range all {
		if !s.Disabled && (s.ExpiresAt.IsZero() || s.ExpiresAt.After(now)) {
			usable++
		}
	}
	if usable >= MaxSecrets {
		return ErrTooManySecrets
	}
	return nil
}

func (r *Registry) insertSecret(ctx context.Context, tx *recording.Tx, clientID string, secret delegation.Secret,
	label string, expiresAt time.Time) (delegation.StoredSecret, error) {
	if err := r.checkRootKeys(ctx, tx); err != nil {
		return delegation.StoredSecret{}, err
	}
	id, err := secret.ID()
	if err != nil {
		return delegation.StoredSecret{}, err
	}
	row := secretRow{ClientID: clientID, SecretID: id, MAC: hex.EncodeToString(r.config.RootKeys.MAC(clientID, secret)),
		RootKey: r.config.RootKeys.ID(), Label: label, CreatedAt: r.now(), ExpiresAt: expiresAt}
	if err := r.insertSecretRow(ctx, tx, row); err != nil {
		return delegation.StoredSecret{}, err
	}
	tx.Note(audit.Change{Kind: audit.SecretAdded, ClientID: clientID, Subject: id,
		After: audit.Values{"label": label, "expires_at": recording.Time(expiresAt)}})
	return row.Secret()
}

func (r *Registry) insertSecretRow(ctx context.Context, tx *recording.Tx, row secretRow) error {
	if _, err := tx.NewInsert().Model(&row).
		ModelTableExpr(r.sql("{application_secrets} AS s")).Exec(ctx); err != nil {
		return fmt.Errorf("registry: inserting a secret: %w", err)
	}
	return nil
}

// DisableSecret ends a secret for good. It returns [delegation.ErrApplicationNotFound] or
// [delegation.ErrSecretNotFound] if there is none.
func (r *Registry) DisableSecret(ctx context.Context, clientID, secretID string) error {
	if _, err := r.application(ctx, r.db, clientID); err != nil {
		return err
	}
	return r.changes.Change(ctx, func(ctx context.Context, tx *recording.Tx) error {
		disabled, err := rows.Affected(tx.NewUpdate().Model((*secretRow)(nil)).
			ModelTableExpr(r.sql("{application_secrets} AS s")).Set("disabled_at = ?", r.now()).
			Where("client_id = ? AND secret_id = ? AND disabled_at IS NULL", clientID, rows.OrEmpty(secretID)).Exec(ctx))
		if err != nil {
			return fmt.Errorf("registry: disabling a secret: %w", err)
		}
		if disabled {
			tx.Note(audit.Change{Kind: audit.SecretDisabled, ClientID: clientID, Subject: secretID})
			return nil
		}
		there, err := tx.NewSelect().Model((*secretRow)(nil)).
			ModelTableExpr(r.sql("{application_secrets} AS s")).
			Where("client_id = ? AND secret_id = ?", clientID, rows.OrEmpty(secretID)).Exists(ctx)
		if err == nil && !there {
			err = delegation.ErrSecretNotFound
		}
		return err
	})
}
