package registry

import (
	"context"
	"crypto"
	"errors"
	"fmt"

	"github.com/anteroom-go/anteroom/delegation/internal/keyseal"
	"github.com/anteroom-go/anteroom/delegation/registry/audit"
	"github.com/anteroom-go/anteroom/delegation/registry/internal/recording"
	"github.com/anteroom-go/anteroom/delegation/registry/internal/rows"
	"github.com/anteroom-go/anteroom/delegation/registry/internal/sealing"
)

// seal writes a private key under the present root key.
func (r *Registry) seal(kid string, private crypto.Signer) (string, error) {
	if r.config.RootKeys.IsZero() {
		return "", ErrRootKeyRequired
	}
	return sealing.Seal(r.config.RootKeys, kid, private)
}

// unseal reads what seal wrote under one of the root keys. Present reports whether that was the
// present one. It returns ErrRootKeyMismatch if none of them opens it.
func (r *Registry) unseal(kid, sealed string) (private crypto.Signer, present bool, err error) {
	if r.config.RootKeys.IsZero() {
		return nil, false, ErrRootKeyRequired
	}
	private, present, err = sealing.Open(r.config.RootKeys, kid, sealed)
	if errors.Is(err, keyseal.ErrMismatch) {
		err = ErrRootKeyMismatch
	}
	return private, present, err
}

// checkRootKeys returns ErrRootKeyMismatch if a signing key is active that the root keys do not
// open: every server would refuse a secret made under another root key than theirs, without a
// reason that an operator could find. It returns ErrRootKeyRequired without root keys.
func (r *Registry) checkRootKeys(ctx context.Context, tx *recording.Tx) error {
	if r.config.RootKeys.IsZero() {
		return ErrRootKeyRequired
	}
	var active []keyRow
	if err := r.sealedKeys(tx, &active).Where("k.state = 'active'").Scan(ctx); err != nil {
		return fmt.Errorf("registry: reading the signing key: %w", err)
	}
	for _, row := range active {
		if _, _, err := r.unseal(row.KID, row.Sealed); err != nil {
			return err
		}
	}
	return nil
}

// Reseal seals every signing key that a former root key sealed with the present one, and returns
// how many there were. Running servers do so by themselves.
func (r *Registry) Reseal(ctx context.Context) (resealed int, err error) {
	var rows []keyRow
	if err := r.sealedKeys(r.db, &rows).Where("k.sealed <> ''").Scan(ctx); err != nil {
		return 0, fmt.Errorf("registry: reading the signing keys: %w", err)
	}
	for _, row := range rows {
		changed, err := r.reseal(ctx, row)
		if err != nil {
			return resealed, err
		}
		if changed {
			resealed++
		}
	}
	return resealed, nil
}

func (r *Registry) reseal(ctx context.Context, row keyRow) (changed bool, err error) {
	private, present, err := r.unseal(row.KID, row.Sealed)
	if err != nil || present {
		return false, err
	}
	sealed, err := r.seal(row.KID, private)
	if err != nil {
		return false, err
	}
	err = r.changes.Change(ctx, func(ctx context.Context, tx *recording.Tx) (err error) {
		changed, err = rows.Affected(tx.NewUpdate().Model(&keyRow{Sealed: sealed}).
			ModelTableExpr(r.sql("{signing_keys} AS k")).Column("sealed").
			Where("kid = ? AND sealed = ?", row.KID, row.Sealed).Exec(ctx))
		if err != nil {
			return fmt.Errorf("registry: sealing a signing key anew: %w", err)
		}
		if changed {
			tx.Note(audit.Change{Kind: audit.KeyResealed, Subject: row.KID,
				After: audit.Values{"root_key": r.config.RootKeys.ID()}})
		}
		return nil
	})
	return changed, err
}

// SecretsUnderFormerKeys counts the usable secrets that were not used since the root key was replaced, and need a
// former one to work. Imported secrets that were never used need none. It returns ErrRootKeyRequired without root keys.
func (r *Registry) SecretsUnderFormerKeys(ctx context.Context) (int, error) {
	if r.config.RootKeys.IsZero() {
		return 0, ErrRootKeyRequired
	}
	n, err := r.db.NewSelect().Model((*secretRow)(nil)).ModelTableExpr(r.sql("{application_secrets} AS s")).
		Where("s.root_key <> ? AND s.mac <> '' AND s.disabled_at IS NULL", r.config.RootKeys.ID()).
		Where("s.expires_at IS NULL OR s.expires_at > ?", r.now()).Count(ctx)
	if err != nil {
		return 0, fmt.Errorf("registry: counting secrets: %w", err)
	}
	return int(n), nil
}
