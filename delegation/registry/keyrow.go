package registry

import (
	"context"
	"crypto"
	"fmt"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/internal/jwk"
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

// generateKey makes a key whose id does not begin with a hyphen: operators give ids as arguments,
// where it would begin a flag.
func generateKey(alg jose.SignatureAlgorithm) (crypto.Signer, delegation.Key, error) {
	for {
		private, err := jwk.Generate(alg)
		if err != nil {
			return nil, delegation.Key{}, fmt.Errorf("registry: generating a signing key: %w", err)
		}
		key, err := delegation.NewKey(private)
		if err != nil || key.ID[0] != '-' {
			return private, key, err
		}
	}
}

// insertKey makes a key in the state, unless there is one in it by now.
func (r *Registry) insertKey(ctx context.Context, db bun.IDB, state KeyState) error {
	private, key, err := generateKey(r.config.Algorithm)
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
	created, err := affected(db.NewInsert().Model(&row).
		ModelTableExpr(r.sql("{signing_keys} AS k")).On("CONFLICT DO NOTHING").Exec(ctx))
	if err != nil {
		return fmt.Errorf("registry: inserting a signing key: %w", err)
	}
	if created {
		r.tell(ctx, delegation.Event{Kind: delegation.EventKeyCreated, KeyID: key.ID})
	}
	return nil
}
