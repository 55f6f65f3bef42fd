package registry

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/delegation"
)

// KeyInfo is a signing key as operators see it, without its private part.
type KeyInfo struct {
	ID        string
	Algorithm string
	State     KeyState
	// The times of its life, in UTC; zero if they have not come.
	CreatedAt, ActivatedAt, RetiringAt, RetiredAt time.Time
}

// SigningKeys returns all signing keys, the newest first.
func (r *Registry) SigningKeys(ctx context.Context) ([]KeyInfo, error) {
	var rows []struct {
		KID         string       `bun:"kid"`
		Algorithm   string       `bun:"algorithm"`
		State       KeyState     `bun:"state"`
		CreatedAt   bun.NullTime `bun:"created_at"`
		ActivatedAt bun.NullTime `bun:"activated_at"`
		RetiringAt  bun.NullTime `bun:"retiring_at"`
		RetiredAt   bun.NullTime `bun:"retired_at"`
	}
	err := r.db.NewRaw(`SELECT kid, algorithm, state, created_at, activated_at, retiring_at, retired_at FROM signing_keys
		ORDER BY created_at DESC, kid`).Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("registry: listing signing keys: %w", err)
	}
	list := make([]KeyInfo, len(rows))
	for i, row := range rows {
		list[i] = KeyInfo{ID: row.KID, Algorithm: row.Algorithm, State: row.State, CreatedAt: utc(row.CreatedAt),
			ActivatedAt: utc(row.ActivatedAt), RetiringAt: utc(row.RetiringAt), RetiredAt: utc(row.RetiredAt)}
	}
	return list, nil
}

// RotateKey makes the next signing key. It is published at once, and takes over
// as soon as every verifier can know it, a few minutes later, if a server runs
// then. If one is waiting already, nothing is made.
func (r *Registry) RotateKey(ctx context.Context) error {
	return r.insertKey(ctx, r.db, KeyPending)
}

// CompromiseKey ends a key at once: it neither signs nor verifies, is no longer
// published, and its private part is forgotten. If it signed, another takes over without waiting.
// ErrKeyNotFound.
func (r *Registry) CompromiseKey(ctx context.Context, kid string) error {
	if !storable(kid) {
		return ErrKeyNotFound
	}
	err := r.inTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		ended, err := affected(tx.ExecContext(ctx, `UPDATE signing_keys SET state = 'compromised', sealed = '', retired_at = ?
			WHERE kid = ? AND state <> 'compromised'`, r.now(), kid))
		if err != nil {
			return fmt.Errorf("registry: ending a signing key: %w", err)
		}
		if !ended {
			return ErrKeyNotFound
		}
		return r.ensureActive(ctx, tx)
	})
	if err == nil {
		r.tell(ctx, delegation.Event{Kind: delegation.EventKeyCompromised, KeyID: kid})
	}
	return err
}

// ensureActive sees to it that a key signs: the waiting one or a new one.
func (r *Registry) ensureActive(ctx context.Context, tx bun.Tx) error {
	_, err := tx.ExecContext(ctx, `UPDATE signing_keys SET state = 'active', activated_at = ?
		WHERE state = 'pending' AND NOT EXISTS (SELECT 1 FROM signing_keys WHERE state = 'active')`, r.now())
	if err != nil {
		return fmt.Errorf("registry: activating a signing key: %w", err)
	}
	var active bool
	if err := tx.NewRaw(`SELECT EXISTS (SELECT 1 FROM signing_keys WHERE state = 'active')`).Scan(ctx, &active); err != nil {
		return fmt.Errorf("registry: looking for a signing key: %w", err)
	}
	if active {
		return nil
	}
	return r.insertKey(ctx, tx, KeyActive)
}

// AdvanceKeys moves every key whose time has come to the next state of its life.
// Any number of processes may call it, at any time and at once: each move is
// made once.
func (r *Registry) AdvanceKeys(ctx context.Context) error {
	return errors.Join(r.retireKeys(ctx), r.activateKey(ctx), r.scheduleKey(ctx))
}

// retireKeys ends the publication of keys whose last token has expired, and
// forgets their private part.
func (r *Registry) retireKeys(ctx context.Context) error {
	now := r.now()
	var retired []string
	err := r.db.NewRaw(`UPDATE signing_keys SET state = 'retired', sealed = '', retired_at = ? WHERE state = 'retiring' AND retiring_at <= ?
		RETURNING kid`, now, now.Add(-retiringFor)).Scan(ctx, &retired)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("registry: retiring signing keys: %w", err)
	}
	for _, kid := range retired {
		r.tell(ctx, delegation.Event{Kind: delegation.EventKeyRetired, KeyID: kid})
	}
	return nil
}

// errMoved says that another process made the move.
var errMoved = errors.New("registry: moved by another process")

// activateKey lets the waiting key sign once every verifier can know it.
func (r *Registry) activateKey(ctx context.Context) error {
	now := r.now()
	var kid string
	err := r.db.NewRaw(`SELECT kid FROM signing_keys WHERE state = 'pending' AND created_at <= ?`, now.Add(-pendingFor)).Scan(ctx, &kid)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("registry: looking for a waiting key: %w", err)
	}
	err = r.inTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if _, err := tx.ExecContext(ctx, `UPDATE signing_keys SET state = 'retiring', retiring_at = ? WHERE state = 'active'`, now); err != nil {
			return fmt.Errorf("registry: relieving a signing key: %w", err)
		}
		moved, err := affected(tx.ExecContext(ctx, `UPDATE signing_keys SET state = 'active', activated_at = ?
			WHERE kid = ? AND state = 'pending'`, now, kid))
		if err == nil && !moved {
			err = errMoved
		}
		return err
	})
	if errors.Is(err, errMoved) {
		return nil
	}
	if err == nil {
		r.tell(ctx, delegation.Event{Kind: delegation.EventKeyActivated, KeyID: kid})
	}
	return err
}

// scheduleKey makes the next key in time before the active one has signed for
// long enough.
func (r *Registry) scheduleKey(ctx context.Context) error {
	if r.config.RotateEvery < 0 {
		return nil
	}
	var due bool
	err := r.db.NewRaw(`SELECT EXISTS (SELECT 1 FROM signing_keys WHERE state = 'active' AND activated_at <= ?)
		AND NOT EXISTS (SELECT 1 FROM signing_keys WHERE state = 'pending')`, r.now().Add(pendingFor-r.config.RotateEvery)).Scan(ctx, &due)
	if err != nil {
		return fmt.Errorf("registry: looking for a key that is due: %w", err)
	}
	if !due {
		return nil
	}
	return r.RotateKey(ctx)
}
