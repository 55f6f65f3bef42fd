package schema

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"

	"github.com/anteroom-go/anteroom/delegation/registry"
	"github.com/anteroom-go/anteroom/rooms/roomsql"
	"github.com/anteroom-go/anteroom/server/database/tables"
)

const floorsTable = "schema_floors"

// ApplicationID marks SQLite files of this module in their header: "Ante" in ASCII.
const ApplicationID = 0x416e7465

// tablesOf returns which of our tables are in db under these names, and, on SQLite, how many tables there are in a file
// without any installation.
func tablesOf(ctx context.Context, db bun.IDB, names tables.Names) (there map[string]bool, all int, err error) {
	query := db.NewRaw("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!'")
	if db.Dialect().Name() == dialect.PG {
		query = db.NewRaw(`SELECT c.relname FROM pg_catalog.pg_class AS c
			JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
			WHERE c.relkind IN ('r', 'p') AND c.relname IN (?)
				AND CASE WHEN ?1 = '' THEN pg_catalog.pg_table_is_visible(c.oid) ELSE n.nspname = ?1 END`,
			bun.List([]string{names.Bare(RegistryTable), names.Bare(RoomsTable), names.Bare(floorsTable)}), names.Schema)
	}
	var found []string
	err = query.Scan(ctx, &found)
	there, all = map[string]bool{}, len(found)
	for _, name := range found {
		if strings.HasSuffix(name, RegistryTable) || strings.HasSuffix(name, RoomsTable) {
			all = 0 // another installation of this module: not another program's
		}
		if name, ours := strings.CutPrefix(name, names.Prefix); ours {
			there[name] = true
		}
	}
	return there, all, err
}

// emptyOrForeign tells a database that has none of our version tables from one that is another program's.
func emptyOrForeign(ctx context.Context, db bun.IDB, others int) error {
	if db.Dialect().Name() == dialect.PG {
		return ErrEmpty
	}
	var id int64
	if err := db.NewRaw("SELECT application_id FROM pragma_application_id").Scan(ctx, &id); err != nil {
		return fmt.Errorf("reading the schema of the database: %w", err)
	}
	switch {
	case id != 0 && id != ApplicationID:
		return fmt.Errorf("%w: its application_id is %d", ErrForeign, id)
	case id == 0 && others > 0:
		return fmt.Errorf("%w: it holds %d tables, and none that Anteroom migrates", ErrForeign, others)
	}
	return ErrEmpty
}

// read returns the sets as both sides have them.
func read(ctx context.Context, db bun.IDB, names tables.Names, there map[string]bool) ([]Set, error) {
	floors := map[string]int64{}
	if there[floorsTable] {
		var err error
		if floors, err = floorsOf(ctx, db); err != nil {
			return nil, err
		}
	}
	sets, versioned := known(), []string{RegistryTable, RoomsTable}
	sources := [][]int64{versions(registry.Migrations), versions(roomsql.Migrations)}
	for i := range sets {
		var applied []int64
		if there[versioned[i]] {
			if err := db.NewRaw("SELECT version_id FROM ?", bun.Safe(names.Table(versioned[i]))).Scan(ctx, &applied); err != nil {
				return nil, err
			}
		}
		sets[i].Applied, sets[i].Floor = slices.Max(append(applied, 0)), floors[sets[i].Name]
		sets[i].missing = slices.ContainsFunc(sources[i], func(v int64) bool { return !slices.Contains(applied, v) })
	}
	return sets, nil
}

// floorsOf returns the floor of each set.
func floorsOf(ctx context.Context, db bun.IDB) (map[string]int64, error) {
	var rows []struct {
		Name  string
		Floor int64
	}
	names, err := tables.Find(ctx, db)
	if err != nil {
		return nil, err
	}
	if err := db.NewRaw(names.SQL("SELECT name, floor FROM {schema_floors}")).Scan(ctx, &rows); err != nil {
		return nil, err
	}
	floors := map[string]int64{}
	for _, row := range rows {
		floors[row.Name] = row.Floor
	}
	return floors, nil
}
