package tables

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"
)

// The tables of goose, by which an installation is known.
const (
	RegistryVersions = "registry_migrations"
	RoomsVersions    = "rooms_migrations"
)

// ErrTwo means that the database holds the tables of this module twice: under the plain names, and under the default
// ones.
var ErrTwo = errors.New("the database holds two installations: name one of them, by the schema or the prefix of its tables")

// findFor is how long [Known] may take.
const findFor = 5 * time.Second

// Find returns the names that the tables of this module have in db: those that it carries, the plain ones or the
// default ones, whichever are there, or the default ones, if there are none yet. It returns [ErrTwo] if there are both.
func Find(ctx context.Context, db bun.IDB) (Names, error) {
	if names, carried := Of(db); carried {
		return names, nil
	}
	found, err := installations(ctx, db)
	switch {
	case err != nil:
		return Names{}, fmt.Errorf("looking for the tables of the database: %w", err)
	case len(found) > 1:
		return Names{}, ErrTwo
	case len(found) == 1:
		return found[0], nil
	}
	return DefaultOf(db), nil
}

// Known is [Find] for a constructor, which takes no context.
func Known(db bun.IDB) (Names, error) {
	ctx, cancel := context.WithTimeout(context.Background(), findFor)
	defer cancel()
	return Find(ctx, db)
}

// Carrying returns db with the names that [Find] returns. A transaction that carries none is returned as it is: the
// stores find its tables themselves.
func Carrying(ctx context.Context, db bun.IDB) (bun.IDB, error) {
	pool, ok := db.(*bun.DB)
	if !ok {
		return db, nil
	}
	names, err := Find(ctx, pool)
	return On(pool, names), err
}

// installations returns which of the plain and the default names there are. In PostgreSQL, the default schema may be
// on the search path.
func installations(ctx context.Context, db bun.IDB) (found []Names, err error) {
	standard, versions := DefaultOf(db), []string{RegistryVersions, RoomsVersions}
	var rows []struct {
		Name, Schema string
		Visible      bool
	}
	if db.Dialect().Name() == dialect.PG {
		err = db.NewRaw(`SELECT c.relname AS name, n.nspname AS schema, pg_catalog.pg_table_is_visible(c.oid) AS visible
			FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
			WHERE c.relname IN (?) AND c.relkind IN ('r', 'p')`, bun.List(versions)).Scan(ctx, &rows)
	} else {
		names := append(versions, standard.Table(RegistryVersions), standard.Table(RoomsVersions))
		err = db.NewRaw("SELECT name, '' AS schema, TRUE AS visible FROM sqlite_master WHERE type = 'table' AND name IN (?)",
			bun.List(names)).Scan(ctx, &rows)
	}
	for _, row := range rows {
		names := Names{}
		switch {
		case row.Schema == Default, !slices.Contains(versions, row.Name):
			names = standard
		case !row.Visible:
			continue
		}
		if !slices.Contains(found, names) {
			found = append(found, names)
		}
	}
	return found, err
}
