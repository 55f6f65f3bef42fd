package schema

import (
	"context"
	"fmt"
	"slices"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"

	"github.com/anteroom-go/anteroom/delegation/registry"
	"github.com/anteroom-go/anteroom/rooms/roomsql"
)

const floorsTable = "schema_floors"

// ApplicationID marks SQLite files of this module in their header: "Ante" in ASCII.
const ApplicationID = 0x416e7465

// tables returns our tables that a name means in db and, on SQLite, all others too.
func tables(ctx context.Context, db bun.IDB) (map[string]bool, error) {
	query := "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!'"
	if db.Dialect().Name() == dialect.PG {
		query = fmt.Sprintf(`SELECT name FROM (VALUES ('%s'), ('%s'), ('%s')) AS ours (name)
			WHERE to_regclass(name) IS NOT NULL`, RegistryTable, RoomsTable, floorsTable)
	}
	var names []string
	err := db.NewRaw(query).Scan(ctx, &names)
	there := map[string]bool{}
	for _, name := range names {
		there[name] = true
	}
	return there, err
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
func read(ctx context.Context, db bun.IDB, there map[string]bool) ([]Set, error) {
	floors := map[string]int64{}
	if there[floorsTable] {
		var err error
		if floors, err = floorsOf(ctx, db); err != nil {
			return nil, err
		}
	}
	sets, tables := known(), []string{RegistryTable, RoomsTable}
	sources := [][]int64{versions(registry.Migrations), versions(roomsql.Migrations)}
	for i := range sets {
		var applied []int64
		if there[tables[i]] {
			if err := db.NewRaw("SELECT version_id FROM ?", bun.Ident(tables[i])).Scan(ctx, &applied); err != nil {
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
	if err := db.NewRaw("SELECT name, floor FROM "+floorsTable).Scan(ctx, &rows); err != nil {
		return nil, err
	}
	floors := map[string]int64{}
	for _, row := range rows {
		floors[row.Name] = row.Floor
	}
	return floors, nil
}
