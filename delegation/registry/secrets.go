package registry

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/delegation"
)

// MaxSecrets is how many usable secrets an application may have at a time.
const MaxSecrets = 10

// secretRow is a secret as SQL has it.
type secretRow struct {
	SecretID   string       `bun:"secret_id"`
	MAC        string       `bun:"mac"`
	Label      string       `bun:"label"`
	SecretAt   bun.NullTime `bun:"secret_created_at"`
	ExpiresAt  bun.NullTime `bun:"expires_at"`
	DisabledAt bun.NullTime `bun:"disabled_at"`
	LastUsedAt bun.NullTime `bun:"last_used_at"`
}

const secretColumns = `s.secret_id, s.mac, s.label, s.created_at AS secret_created_at, s.expires_at, s.disabled_at`

func (row secretRow) secret() (delegation.StoredSecret, error) {
	mac, err := hex.DecodeString(row.MAC)
	if err != nil {
		return delegation.StoredSecret{}, fmt.Errorf("registry: reading a secret: %w", err)
	}
	return delegation.StoredSecret{
		ID: row.SecretID, MAC: mac, Label: row.Label, Disabled: !row.DisabledAt.IsZero(), Imported: row.SecretID == delegation.ImportedSecretID,
		ExpiresAt: utc(row.ExpiresAt), CreatedAt: utc(row.SecretAt), LastUsedAt: utc(row.LastUsedAt),
	}, nil
}

// utc keeps the zero time zero.
func utc(t bun.NullTime) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return t.Time.UTC()
}

// ApplicationSecret implements [delegation.Applications].
func (r *Registry) ApplicationSecret(ctx context.Context, clientID, secretID string) (delegation.Application, delegation.StoredSecret, error) {
	var row struct {
		applicationRow `bun:",extend"`
		secretRow      `bun:",extend"`
	}
	none := delegation.StoredSecret{}
	if !storable(clientID) {
		return delegation.Application{}, none, delegation.ErrApplicationNotFound
	}
	err := r.db.NewRaw(`SELECT `+applicationColumns+`, `+secretColumns+` FROM applications AS a
		LEFT JOIN application_secrets AS s ON s.client_id = a.client_id AND s.secret_id = ?
		WHERE a.client_id = ?`, sought(secretID), clientID).Scan(ctx, &row)
	if errors.Is(err, sql.ErrNoRows) {
		return delegation.Application{}, none, delegation.ErrApplicationNotFound
	}
	if err != nil {
		return delegation.Application{}, none, fmt.Errorf("registry: finding a secret: %w", err)
	}
	app, err := row.application(r.now())
	if err != nil {
		return delegation.Application{}, none, err
	}
	if row.SecretID == "" {
		return app, none, delegation.ErrSecretNotFound
	}
	stored, err := row.secret()
	return app, stored, err
}

// Secrets returns the secrets of an application, the oldest first.
// [delegation.ErrApplicationNotFound].
func (r *Registry) Secrets(ctx context.Context, clientID string) ([]delegation.StoredSecret, error) {
	if _, err := r.application(ctx, r.db, clientID); err != nil {
		return nil, err
	}
	return r.secrets(ctx, r.db, clientID)
}

func (r *Registry) secrets(ctx context.Context, db bun.IDB, clientID string) ([]delegation.StoredSecret, error) {
	var rows []secretRow
	err := db.NewRaw(`SELECT `+secretColumns+`, s.last_used_at FROM application_secrets AS s WHERE s.client_id = ?
		ORDER BY s.created_at, s.secret_id`, clientID).Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("registry: listing secrets: %w", err)
	}
	list := make([]delegation.StoredSecret, len(rows))
	for i, row := range rows {
		if list[i], err = row.secret(); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// AddSecret gives an application one more secret, which is never seen again.
// The zero expiry means never. [*InvalidError], ErrTooManySecrets,
// ErrRootKeyRequired, ErrRootKeyMismatch, [delegation.ErrApplicationNotFound].
func (r *Registry) AddSecret(ctx context.Context, clientID, label string, expiresAt time.Time) (delegation.StoredSecret, delegation.Secret, error) {
	return r.addSecret(ctx, clientID, label, expiresAt, func(context.Context, bun.Tx) error { return nil })
}

// RotateSecret gives an application a new secret, and ends every other one
// after the overlap at the latest: at once if it is zero. Errors as AddSecret.
func (r *Registry) RotateSecret(ctx context.Context, clientID, label string, overlap time.Duration) (delegation.StoredSecret, delegation.Secret, error) {
	if overlap < 0 {
		return delegation.StoredSecret{}, "", &InvalidError{"overlap", "must not be negative"}
	}
	end := r.now().Add(overlap)
	return r.addSecret(ctx, clientID, label, time.Time{}, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE application_secrets SET expires_at = ?
			WHERE client_id = ? AND (expires_at IS NULL OR expires_at > ?)`, end, clientID, end)
		if err != nil {
			return fmt.Errorf("registry: ending secrets: %w", err)
		}
		return nil
	})
}

// addSecret adds a secret after before, in one transaction. Raising the
// application's version first makes concurrent calls wait for each other, so
// that together they keep to the limit.
func (r *Registry) addSecret(ctx context.Context, clientID, label string, expiresAt time.Time, before func(context.Context, bun.Tx) error) (stored delegation.StoredSecret, secret delegation.Secret, err error) {
	if err := checkText("label", label); err != nil {
		return stored, "", err
	}
	expiresAt = expiresAt.Truncate(time.Microsecond)
	if !expiresAt.IsZero() && !expiresAt.After(r.now()) {
		return stored, "", &InvalidError{"expires", "must be in the future"}
	}
	if !storable(clientID) {
		return stored, "", delegation.ErrApplicationNotFound
	}
	err = r.inTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		result, err := tx.ExecContext(ctx, `UPDATE applications SET version = version + 1 WHERE client_id = ?`, clientID)
		if found, err := affected(result, err); err != nil {
			return fmt.Errorf("registry: adding a secret: %w", err)
		} else if !found {
			return delegation.ErrApplicationNotFound
		}
		if err := before(ctx, tx); err != nil {
			return err
		}
		if err := r.roomForSecret(ctx, tx, clientID); err != nil {
			return err
		}
		stored, secret, err = r.insertSecret(ctx, tx, clientID, label, expiresAt)
		return err
	})
	if err != nil {
		return delegation.StoredSecret{}, "", err
	}
	return stored, secret, nil
}

// roomForSecret returns ErrTooManySecrets if no more usable secret may be added.
func (r *Registry) roomForSecret(ctx context.Context, tx bun.Tx, clientID string) error {
	all, err := r.secrets(ctx, tx, clientID)
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

func (r *Registry) insertSecret(ctx context.Context, tx bun.Tx, clientID, label string, expiresAt time.Time) (stored delegation.StoredSecret, secret delegation.Secret, err error) {
	pepper, rootKeyID, err := r.pepper()
	if err != nil {
		return stored, "", err
	}
	if err := r.checkRootKey(ctx, tx); err != nil {
		return stored, "", err
	}
	if secret, err = delegation.NewSecret(r.config.Random); err != nil {
		return stored, "", err
	}
	stored = delegation.StoredSecret{MAC: pepper.MAC(clientID, secret), Label: label, ExpiresAt: expiresAt.UTC(), CreatedAt: r.now()}
	if expiresAt.IsZero() {
		stored.ExpiresAt = time.Time{}
	}
	if stored.ID, err = secret.ID(); err != nil {
		return stored, "", err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO application_secrets (client_id, secret_id, mac, root_key, label, created_at, expires_at)
		VALUES (?, ?, ?, ?, ?, ?, ?)`,
		clientID, stored.ID, hex.EncodeToString(stored.MAC), rootKeyID, label, stored.CreatedAt, bun.NullTime{Time: stored.ExpiresAt})
	if err != nil {
		return stored, "", fmt.Errorf("registry: inserting a secret: %w", err)
	}
	return stored, secret, nil
}

// DisableSecret ends a secret for good. [delegation.ErrApplicationNotFound],
// [delegation.ErrSecretNotFound].
func (r *Registry) DisableSecret(ctx context.Context, clientID, secretID string) error {
	if _, err := r.application(ctx, r.db, clientID); err != nil {
		return err
	}
	if !storable(secretID) {
		return delegation.ErrSecretNotFound
	}
	result, err := r.db.ExecContext(ctx, `UPDATE application_secrets SET disabled_at = COALESCE(disabled_at, ?)
		WHERE client_id = ? AND secret_id = ?`, r.now(), clientID, secretID)
	found, err := affected(result, err)
	if err != nil {
		return fmt.Errorf("registry: disabling a secret: %w", err)
	}
	if !found {
		return delegation.ErrSecretNotFound
	}
	return nil
}
