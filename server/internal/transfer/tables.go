package transfer

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"
)

// table is one that is copied.
type table struct {
	name    string
	columns []column
}

// names returns the names of the columns.
func (t table) names() []bun.Ident {
	names := make([]bun.Ident, len(t.columns))
	for i, column := range t.columns {
		names[i] = bun.Ident(column.name)
	}
	return names
}

type column struct {
	name string
	kind kind
}

// The tables that hold the version of the schema, which migrations fill, and those to
// which others refer, which come before all others.
func versionTables() []string { return []string{"registry_migrations", "rooms_migrations"} }
func filledTables() []string  { return append(versionTables(), "schema_floors") }
func parentTables() []string  { return []string{"applications", "rooms"} }

// compared returns the tables to copy, in an order in which each row finds those to
// which it refers.
func compared(ctx context.Context, source, target bun.Tx) ([]table, error) {
	for _, name := range versionTables() {
		if err := sameVersion(ctx, source, target, name); err != nil {
			return nil, err
		}
	}
	there, err := tables(ctx, source)
	if err != nil {
		return nil, err
	}
	here, err := tables(ctx, target)
	if err != nil {
		return nil, err
	}
	if a, b := shape(there), shape(here); a != b {
		return nil, fmt.Errorf("%w: it has %s, and not %s", ErrSchema, a, b)
	}
	for _, t := range here {
		rows, err := target.NewSelect().TableExpr("?", bun.Ident(t.name)).ColumnExpr("1").Limit(1).Count(ctx)
		if err != nil {
			return nil, err
		}
		if rows > 0 {
			return nil, fmt.Errorf("%w: there are rows in %s", ErrNotEmpty, t.name)
		}
	}
	return here, nil
}

// sameVersion compares what a version table holds.
func sameVersion(ctx context.Context, source, target bun.Tx, name string) error {
	var there, here []int64
	for tx, versions := range map[*bun.Tx]*[]int64{&source: &there, &target: &here} {
		err := tx.NewSelect().TableExpr("?", bun.Ident(name)).ColumnExpr("DISTINCT version_id").Where("version_id > 0").
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

// The tables of the schema that comes first on the search path, and their columns.
const (
	postgresColumns = `SELECT c.table_name, c.column_name, c.data_type FROM information_schema.columns AS c
		JOIN information_schema.tables AS t ON t.table_schema = c.table_schema AND t.table_name = c.table_name
		WHERE c.table_schema = current_schema() AND t.table_type = 'BASE TABLE'`
	sqliteColumns = `SELECT t.name AS table_name, c.name AS column_name, c.type AS data_type
		FROM sqlite_schema AS t, pragma_table_info(t.name) AS c WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite%'`
)

// tables returns the tables of a database but those that migrations fill.
func tables(ctx context.Context, tx bun.Tx) (list []table, err error) {
	statement := sqliteColumns
	if tx.Dialect().Name() == dialect.PG {
		statement = postgresColumns
	}
	var rows []struct{ TableName, ColumnName, DataType string }
	if err := tx.NewRaw(statement).Scan(ctx, &rows); err != nil {
		return nil, err
	}
	columns := map[string][]column{}
	for _, row := range rows {
		columns[row.TableName] = append(columns[row.TableName], column{row.ColumnName, kindOf(row.DataType)})
	}
	for name, of := range columns {
		if slices.Contains(filledTables(), name) {
			continue
		}
		slices.SortFunc(of, func(a, b column) int { return strings.Compare(a.name, b.name) })
		list = append(list, table{name, of})
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
			names[i] = c.name
		}
		parts = append(parts, t.name+" ("+strings.Join(names, ", ")+")")
	}
	return strings.Join(parts, "; ")
}
