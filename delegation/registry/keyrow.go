package registry

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/registry/audit"
	"github.com/anteroom-go/anteroom/delegation/registry/internal/recording"
	"github.com/anteroom-go/anteroom/delegation/registry/internal/rows"
	"github.com/anteroom-go/anteroom/delegation/registry/internal/sealing"
)

// keyRow is a signing key as SQL has it.
type keyRow struct {
	bun.BaseModel `bun:"table:signing_keys,alias:k"`

	KID         string    `bun:"kid,pk"`
	Algorithm   string    `bun:"algorithm"`
	State       KeyState  `bun:"state"`
	Sealed      string    `bun:"sealed"`
	CreatedAt   time.Time `bun:"created_at"`
	SignsAt     time.Time `bun:"signs_at,nullzero"`
	ActivatedAt time.Time `bun:"activated_at,nullzero"`
	RetiringAt  time.Time `bun:"retiring_at,nullzero"`
	RetiredAt   time.Time `bun:"retired_at,nullzero"`
}

// sealedKeys selects what is needed to open keys.
func (r *Registry) sealedKeys(db bun.IDB, rows *[]keyRow) *bun.SelectQuery {
	return db.NewSelect().Model(rows).ModelTableExpr(r.sql("{signing_keys} AS k")).Column("kid", "state", "sealed")
}

// insertKey makes a key in the state, unless there is one in it by now.
func (r *Registry) insertKey(ctx context.Context, tx *recording.Tx, state KeyState) error {
	private, key, err := sealing.Generate(r.config.Algorithm)
	if err != nil {
		return err
	}
	row := keyRow{KID: key.ID, Algorithm: string(key.Algorithm), State: state, CreatedAt: r.now()}
	if state == KeyActive {
		row.ActivatedAt = row.CreatedAt
	} else {
		row.SignsAt = row.CreatedAt.Add(r.config.PublishFor)
	}
	if row.Sealed, err = r.seal(key.ID, private); err != nil {
		return err
	}
	created, err := rows.Affected(tx.NewInsert().Model(&row).
		ModelTableExpr(r.sql("{signing_keys} AS k")).On("CONFLICT DO NOTHING").Exec(ctx))
	if err != nil {
		return fmt.Errorf("registry: inserting a signing key: %w", err)
	}
	if created {
		tx.Note(audit.Change{Kind: delegation.EventKeyCreated, Subject: key.ID,
			After: audit.Values{"algorithm": row.Algorithm, "state": row.State, "signs_at": recording.Time(row.SignsAt)}})
	}
	return nil
}
