package migrate

import (
	"context"
	"fmt"
	"slices"

	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/delegation/by"
	"github.com/anteroom-go/anteroom/delegation/registry/audit"
	"github.com/anteroom-go/anteroom/server/database/schema"
)

// trailVersion is the version of the registry that brought the audit trail.
const trailVersion = 15

// recorded does the work of a migration, and records it in the audit trail: before it, so that nothing is done that
// cannot be recorded, or after it if it brings the trail. Of a new database there is nothing to tell.
func recorded(ctx context.Context, db *bun.DB, work func() error) error {
	sets, _ := schema.Check(ctx, db) // what it refuses was refused before
	if len(sets) == 0 {
		return work()
	}
	steps := []func() error{work, func() error { return record(ctx, db, sets) }}
	if sets[0].Applied >= trailVersion {
		slices.Reverse(steps)
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// record records from which version to which one each set is migrated.
func record(ctx context.Context, db *bun.DB, sets []schema.Set) error {
	change := audit.Change{Kind: audit.DatabaseMigrated, Before: audit.Values{}, After: audit.Values{}}
	for _, set := range sets {
		if set.Known > set.Applied {
			change.Before[set.Name], change.After[set.Name] = set.Applied, set.Known
		}
	}
	err := db.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
		return audit.Append(by.Server(ctx), tx, change)
	})
	if err != nil {
		return fmt.Errorf("migrating: %w", err)
	}
	return nil
}
