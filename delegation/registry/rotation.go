package registry

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/by"
	"github.com/anteroom-go/anteroom/delegation/registry/audit"
	"github.com/anteroom-go/anteroom/delegation/registry/clock"
	"github.com/anteroom-go/anteroom/delegation/registry/internal/recording"
	"github.com/anteroom-go/anteroom/delegation/registry/internal/rows"
)

// KeyInfo is a signing key as operators see it, without its private part.
type KeyInfo struct {
	ID        string
	Algorithm string
	State     KeyState
	// CreatedAt is when it was made and published, SignsAt when it is going to sign, while it is pending.
	CreatedAt, SignsAt time.Time
	// The other times of its life, in UTC; zero if they have not come.
	ActivatedAt, RetiringAt, RetiredAt time.Time
}

// SigningKeys returns all signing keys, the newest first.
func (r *Registry) SigningKeys(ctx context.Context) ([]KeyInfo, error) {
	var found []keyRow
	err := r.db.NewSelect().Model(&found).ModelTableExpr(r.sql("{signing_keys} AS k")).
		ExcludeColumn("sealed").Order("k.created_at DESC", "k.kid").Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("registry: listing signing keys: %w", err)
	}
	list := make([]KeyInfo, len(found))
	for i, row := range found {
		list[i] = KeyInfo{ID: row.KID, Algorithm: row.Algorithm, State: row.State, CreatedAt: rows.UTC(row.CreatedAt),
			SignsAt: r.signsAt(row), ActivatedAt: rows.UTC(row.ActivatedAt),
			RetiringAt: rows.UTC(row.RetiringAt), RetiredAt: rows.UTC(row.RetiredAt)}
	}
	return list, nil
}

// RotateKey makes the next signing key. It is published at once, and takes over after
// Config.PublishFor, if a server runs then. If one is waiting already, no other is made, and that one
// takes over no later than it would have with this PublishFor.
func (r *Registry) RotateKey(ctx context.Context) error {
	return r.changes.Change(ctx, func(ctx context.Context, tx *recording.Tx) error {
		if err := r.insertKey(ctx, tx, KeyPending); err != nil {
			return err
		}
		row, err := r.waitingKey(ctx, tx)
		if err != nil || row.KID == "" {
			return err
		}
		return r.hasten(ctx, tx, row)
	})
}

// hasten has a waiting key sign no later than with the present PublishFor.
func (r *Registry) hasten(ctx context.Context, tx *recording.Tx, row keyRow) error {
	early := row.CreatedAt.Add(r.config.PublishFor).UTC()
	if !early.Before(r.signsAt(row)) {
		return nil
	}
	sooner, err := rows.Affected(tx.NewUpdate().Model(&keyRow{SignsAt: early}).
		ModelTableExpr(r.sql("{signing_keys} AS k")).Column("signs_at").
		Where("kid = ? AND state = 'pending' AND (signs_at IS NULL OR signs_at > ?)", row.KID, early).Exec(ctx))
	if err != nil {
		return fmt.Errorf("registry: bringing a signing key forward: %w", err)
	}
	if sooner {
		tx.Note(audit.Change{Kind: audit.KeyHastened, Subject: row.KID, Before: audit.Values{"signs_at": r.signsAt(row)},
			After: audit.Values{"signs_at": early}})
	}
	return nil
}

// waitingKey returns the key that waits to sign, without its private part, or the zero row.
func (r *Registry) waitingKey(ctx context.Context, db bun.IDB) (row keyRow, err error) {
	err = db.NewSelect().Model(&row).ModelTableExpr(r.sql("{signing_keys} AS k")).
		ExcludeColumn("sealed").Where("k.state = 'pending'").Scan(ctx)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return keyRow{}, fmt.Errorf("registry: looking for a waiting key: %w", err)
	}
	return row, nil
}

// signsAt returns when a waiting key begins to sign; the zero time of every other key.
func (r *Registry) signsAt(row keyRow) time.Time {
	switch {
	case row.State != KeyPending:
		return time.Time{}
	case row.SignsAt.IsZero():
		return rows.UTC(row.CreatedAt.Add(r.config.PublishFor))
	}
	return rows.UTC(row.SignsAt)
}

// CompromiseKey ends a key at once: it neither signs nor verifies, is no longer published, and its
// private part is forgotten. If it signed, another takes over without waiting. It returns
// ErrKeyNotFound if there is no such key that has not ended.
func (r *Registry) CompromiseKey(ctx context.Context, kid string) error {
	if !rows.Storable(kid) {
		return ErrKeyNotFound
	}
	return r.changes.Change(ctx, func(ctx context.Context, tx *recording.Tx) error {
		row := keyRow{State: KeyCompromised, RetiredAt: r.now()}
		ended, err := rows.Affected(tx.NewUpdate().Model(&row).
			ModelTableExpr(r.sql("{signing_keys} AS k")).Column("state", "sealed", "retired_at").
			Where("kid = ? AND state <> ?", kid, KeyCompromised).Exec(ctx))
		if err != nil {
			return fmt.Errorf("registry: ending a signing key: %w", err)
		}
		if !ended {
			return ErrKeyNotFound
		}
		tx.Note(audit.Change{Kind: delegation.EventKeyCompromised, Subject: kid})
		return r.ensureActive(ctx, tx)
	})
}

// ensureActive sees to it that a key signs: the waiting one or a new one.
func (r *Registry) ensureActive(ctx context.Context, tx *recording.Tx) error {
	var relieving []string
	row := keyRow{State: KeyActive, ActivatedAt: r.now()}
	err := tx.NewUpdate().Model(&row).ModelTableExpr(r.sql("{signing_keys} AS k")).
		Column("state", "activated_at").Where("state = ?", KeyPending).
		Where(r.sql("NOT EXISTS (SELECT 1 FROM {signing_keys} AS other WHERE other.state = 'active')")).
		Returning("kid").Scan(ctx, &relieving)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("registry: activating a signing key: %w", err)
	}
	for _, kid := range relieving {
		tx.Note(audit.Change{Kind: delegation.EventKeyActivated, Subject: kid})
	}
	active, err := tx.NewSelect().Model((*keyRow)(nil)).
		ModelTableExpr(r.sql("{signing_keys} AS k")).Where("k.state = 'active'").Exists(ctx)
	if err != nil {
		return fmt.Errorf("registry: looking for a signing key: %w", err)
	}
	if active {
		return nil
	}
	return r.insertKey(ctx, tx, KeyActive)
}

// AdvanceKeys moves every key whose time has come to the next state of its life. Any number of
// processes may call it, at any time and at once: each move is made once.
func (r *Registry) AdvanceKeys(ctx context.Context) error {
	ctx = by.Server(ctx)
	return errors.Join(r.mendKeys(ctx), r.retireKeys(ctx), r.activateKey(ctx), r.scheduleKey(ctx))
}

// tendKeys advances keys, unless this clock cannot be right.
func (r *Registry) tendKeys(ctx context.Context) error {
	if err := clock.Check(ctx, r.db, r.config.Now); err != nil {
		return fmt.Errorf("registry: no signing key moves on: %w", err)
	}
	return r.AdvanceKeys(ctx)
}

// mendKeys sets times that lie in the future to the present. A clock that was ahead left them behind, and
// the key would stay in its state until they come.
func (r *Registry) mendKeys(ctx context.Context) error {
	now := r.now()
	var ahead []keyRow
	err := r.db.NewSelect().Model(&ahead).
		ModelTableExpr(r.sql("{signing_keys} AS k")).
		ExcludeColumn("sealed").Where("k.state IN ('active', 'pending', 'retiring')").
		Where("k.created_at > ?0 OR k.activated_at > ?0 OR k.retiring_at > ?0", now.Add(clock.Tolerance)).Scan(ctx)
	if err != nil {
		return fmt.Errorf("registry: looking for times in the future: %w", err)
	}
	for _, row := range ahead {
		if err := r.mendKey(ctx, row, now); err != nil {
			return err
		}
	}
	return nil
}

// mendKey sets the times of a key that lie in the future to the present.
func (r *Registry) mendKey(ctx context.Context, row keyRow, now time.Time) error {
	return r.changes.Change(ctx, func(ctx context.Context, tx *recording.Tx) error {
		mended, err := rows.Affected(tx.NewUpdate().Model((*keyRow)(nil)).
			ModelTableExpr(r.sql("{signing_keys} AS k")).
			Set("created_at = CASE WHEN created_at > ?0 THEN ?0 ELSE created_at END", now).
			Set("signs_at = CASE WHEN created_at > ? THEN ? ELSE signs_at END", now, now.Add(r.config.PublishFor)).
			Set("activated_at = CASE WHEN activated_at > ?0 THEN ?0 ELSE activated_at END", now).
			Set("retiring_at = CASE WHEN retiring_at > ?0 THEN ?0 ELSE retiring_at END", now).
			Where("kid = ? AND state = ?", row.KID, row.State).Exec(ctx))
		if err != nil {
			return fmt.Errorf("registry: mending the times of a signing key: %w", err)
		}
		if mended {
			tx.Note(audit.Change{Kind: delegation.EventKeyMended, Subject: row.KID,
				Before: audit.Values{"created_at": recording.Time(row.CreatedAt), "signs_at": recording.Time(row.SignsAt),
					"activated_at": recording.Time(row.ActivatedAt), "retiring_at": recording.Time(row.RetiringAt)}})
		}
		return nil
	})
}

// retireKeys ends the publication of keys whose last token has expired, and forgets their private part.
func (r *Registry) retireKeys(ctx context.Context) error {
	now := r.now()
	row := keyRow{State: KeyRetired, RetiredAt: now}
	return r.changes.Change(ctx, func(ctx context.Context, tx *recording.Tx) error {
		var retired []string
		err := tx.NewUpdate().Model(&row).ModelTableExpr(r.sql("{signing_keys} AS k")).
			Column("state", "sealed", "retired_at").
			Where("state = 'retiring' AND retiring_at <= ?", now.Add(-retiringFor)).Returning("kid").Scan(ctx, &retired)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("registry: retiring signing keys: %w", err)
		}
		for _, kid := range retired {
			tx.Note(audit.Change{Kind: delegation.EventKeyRetired, Subject: kid})
		}
		return nil
	})
}

// errMoved means that another process made the move.
var errMoved = errors.New("registry: moved by another process")

// activateKey lets the waiting key sign when its time has come. The time stands in the database, so
// that processes of another configuration do not differ about it.
func (r *Registry) activateKey(ctx context.Context) error {
	now := r.now()
	row, err := r.waitingKey(ctx, r.db)
	if err != nil || row.KID == "" || now.Before(r.signsAt(row)) {
		return err
	}
	err = r.changes.Change(ctx, func(ctx context.Context, tx *recording.Tx) error {
		return r.relieve(ctx, tx, row.KID, now)
	})
	if errors.Is(err, errMoved) {
		return nil
	}
	return err
}

// relieve lets a waiting key sign instead of the active one.
func (r *Registry) relieve(ctx context.Context, tx *recording.Tx, kid string, now time.Time) error {
	_, err := tx.NewUpdate().Model(&keyRow{State: KeyRetiring, RetiringAt: now}).
		ModelTableExpr(r.sql("{signing_keys} AS k")).Column("state", "retiring_at").
		Where("state = 'active'").Exec(ctx)
	if err != nil {
		return fmt.Errorf("registry: relieving a signing key: %w", err)
	}
	moved, err := rows.Affected(tx.NewUpdate().Model(&keyRow{State: KeyActive, ActivatedAt: now}).
		ModelTableExpr(r.sql("{signing_keys} AS k")).
		Column("state", "activated_at").Where("kid = ? AND state = 'pending'", kid).Exec(ctx))
	if err != nil {
		return fmt.Errorf("registry: activating a signing key: %w", err)
	}
	if !moved {
		return errMoved
	}
	tx.Note(audit.Change{Kind: delegation.EventKeyActivated, Subject: kid})
	return nil
}

// scheduleKey makes the next key in time before the active one has signed for long enough.
func (r *Registry) scheduleKey(ctx context.Context) error {
	if r.config.RotateEvery < 0 {
		return nil
	}
	due, err := r.db.NewSelect().Model((*keyRow)(nil)).ModelTableExpr(r.sql("{signing_keys} AS k")).
		Where("k.state = 'active' AND k.activated_at <= ?", r.now().Add(r.config.PublishFor-r.config.RotateEvery)).
		Where(r.sql("NOT EXISTS (SELECT 1 FROM {signing_keys} AS other WHERE other.state = 'pending')")).Exists(ctx)
	if err != nil {
		return fmt.Errorf("registry: looking for a key that is due: %w", err)
	}
	if !due {
		return nil
	}
	return r.RotateKey(ctx)
}
