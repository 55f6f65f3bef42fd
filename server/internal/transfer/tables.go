package transfer

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/server/database/tables"
	"github.com/anteroom-go/anteroom/server/internal/transfer/columns"
)

// table is one that is copied.
type table struct {
	name    string
	columns []columns.Column
}

// The tables that hold the version of the schema; those that are not copied, since migrations fill them, or what
// they hold is of one database or counted again; and those to which others refer, which come before all others.
func versionTables() []string { return []string{"registry_migrations", "rooms_migrations"} }
func filledTables() []string {
	return append(versionTables(), "schema_floors", "authority_epoch", "authority_changes", "authority_leases",
		"room_statistics", "room_tally_heads", "room_tallies")
}
func parentTables() []string { return []string{"applications", "rooms"} }

// compared returns the tables to copy, in an order in which each row finds those to
// which it refers.
func compared(ctx context.Context, source, target bun.Tx) ([]table, error) {
	for _, name := range versionTables() {
		if err := sameVersion(ctx, source, target, name); err != nil {
			return nil, err
		}
	}
	there, err := tablesOf(ctx, source)
	if err != nil {
		return nil, err
	}
	here, err := tablesOf(ctx, target)
	if err != nil {
		return nil, err
	}
	if a, b := shape(there), shape(here); a != b {
		return nil, fmt.Errorf("%w: it has %s, and not %s", ErrSchema, a, b)
	}
	return here, empty(ctx, target, here)
}

// empty returns [ErrNotEmpty] if there are rows in one of the tables.
func empty(ctx context.Context, target bun.Tx, all []table) error {
	for _, t := range all {
		rows, err := target.NewSelect().TableExpr("?", tables.Table(target, t.name)).ColumnExpr("1").Limit(1).Count(ctx)
		if err != nil {
			return err
		}
		if rows > 0 {
			return fmt.Errorf("%w: there are rows in %s", ErrNotEmpty, t.name)
		}
	}
	return nil
}

// sameVersion compares what a version table holds.
func sameVersion(ctx context.Context, source, target bun.Tx, name string) error {
	var there, here []int64
	for tx, versions := range map[*bun.Tx]*[]int64{&source: &there, &target: &here} {
		err := tx.NewSelect().TableExpr("?", tables.Table(tx, name)).
			ColumnExpr("DISTINCT version_id").Where("version_id > 0").
			Order("version_id").Scan(ctx, versions)
		if err != nil {
			return fmt.Errorf("%w: %w (see: anteroom migrate)", ErrSchema, err)
		}
	}
	if !slices.Equal(there, here) {
		return fmt.Errorf("%w: %s has the migrations %v, and not %v (see: anteroom migrate)", ErrSchema, name, there, here)
	}
	return nil
}

// tablesOf returns the tables of a database but those that migrations fill.
func tablesOf(ctx context.Context, tx bun.Tx) (list []table, err error) {
	all, err := columns.Of(ctx, tx)
	if err != nil {
		return nil, err
	}
	for name, of := range all {
		if !slices.Contains(filledTables(), name) {
			list = append(list, table{name, of})
		}
	}
	slices.SortFunc(list, func(a, b table) int {
		return cmp.Or(cmp.Compare(rank(a.name), rank(b.name)), strings.Compare(a.name, b.name))
	})
	return list, nil
}

// rank is the place of a table in the order.
func rank(name string) int {
	parents := parentTables()
	if i := slices.Index(parents, name); i >= 0 {
		return i
	}
	return len(parents)
}

// shape describes tables, to compare them.
func shape(list []table) string {
	var parts []string
	for _, t := range list {
		names := make([]string, len(t.columns))
		for i, c := range t.columns {
			names[i] = c.Name
		}
		parts = append(parts, t.name+" ("+strings.Join(names, ", ")+")")
	}
	return strings.Join(parts, "; ")
}
