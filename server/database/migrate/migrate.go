package migrate

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"

	"github.com/anteroom-go/anteroom/delegation/registry"
	"github.com/anteroom-go/anteroom/rooms/roomsql"
	"github.com/anteroom-go/anteroom/server/database/schema"
	"github.com/anteroom-go/anteroom/server/database/session"
	"github.com/anteroom-go/anteroom/server/database/tables"
)

// Errors of [Check] and of [Migrator.Up].
var (
	ErrEmpty   = schema.ErrEmpty
	ErrForeign = schema.ErrForeign
	ErrOlder   = schema.ErrOlder
	ErrNewer   = schema.ErrNewer
	// ErrLocked means that another process has migrated the database for too long.
	ErrLocked = errors.New("another process is migrating the database")
)

// Migrator applies migrations. The zero Migrator is ready for use.
type Migrator struct {
	// Logger receives a record when another process has kept the Migrator
	// waiting for a second, and when the database is newer than this program.
	// Nil discards them.
	Logger *slog.Logger
	// Patience is how long the Migrator waits for another process that migrates
	// the database, before it returns [ErrLocked]. Zero means as long as the context
	// lasts. The work itself has no time-out.
	Patience time.Duration
	// Adopt lets Up create its tables in a SQLite file that belongs to another
	// program: to a host, beside its own.
	Adopt bool
}

// Up applies the migrations of packages registry and roomsql with the zero
// [Migrator].
func Up(ctx context.Context, db *bun.DB) error { return Migrator{}.Up(ctx, db) }

// Apply applies a host's migrations with the zero [Migrator].
func Apply(ctx context.Context, db *bun.DB, table string, files fs.FS) error {
	return Migrator{}.Apply(ctx, db, table, files)
}

// Check returns nil if this program can work on the schema of db without a migration, see [schema.Check]. It
// returns [ErrEmpty], [ErrForeign], or errors that are [ErrOlder] or [ErrNewer] and name the versions.
func Check(ctx context.Context, db bun.IDB) error {
	_, err := schema.Check(ctx, db)
	return err
}

// Up applies the migrations of packages registry and roomsql, each with a version
// table of its own. It looks at both before it begins, and ends at the first that
// fails. It returns [ErrNewer] if the database is newer than this program and does
// not bear it, and [ErrForeign] if it is another program's.
func (m Migrator) Up(ctx context.Context, db *bun.DB) error {
	if err := session.Check(ctx, db); err != nil {
		return fmt.Errorf("migrating: %w", err)
	}
	due, err := m.due(ctx, db)
	if err != nil || !due {
		return err
	}
	names, err := tables.Find(ctx, db)
	if err != nil {
		return err
	}
	sets, err := provided(db, names)
	if err != nil {
		return err
	}
	unlock, err := m.lock(ctx, db, names)
	if err != nil {
		return fmt.Errorf("migrating: %w", err)
	}
	defer unlock()
	if due, err = m.due(ctx, db); err != nil || !due { // another process may have migrated meanwhile
		return err
	}
	return recorded(ctx, db, func() error { return upInOrder(ctx, db, names, sets) })
}

// ownSet is one of our two sets of migrations.
type ownSet struct {
	table    string
	files    fs.FS
	provider *goose.Provider
}

// provided returns both sets with what applies them.
func provided(db *bun.DB, names tables.Names) (sets []ownSet, err error) {
	sets = ours(db, names)
	for i, set := range sets {
		if sets[i].provider, err = newProvider(db, set.table, set.files); err != nil {
			return nil, fmt.Errorf("migrating %s: %w", set.table, err)
		}
	}
	return sets, nil
}

// ours returns both sets, in the order in which they are applied.
func ours(db *bun.DB, names tables.Names) []ownSet {
	return []ownSet{
		{table: names.Table(schema.RegistryTable), files: names.FilesOn(db, registry.Migrations)},
		{table: names.Table(schema.RoomsTable), files: names.FilesOn(db, roomsql.Migrations)},
	}
}

// upInOrder applies what is pending of the sets.
func upInOrder(ctx context.Context, db *bun.DB, names tables.Names, sets []ownSet) error {
	if err := prepareSchema(ctx, db, names); err != nil {
		return fmt.Errorf("migrating: %w", err)
	}
	for _, set := range sets {
		if names.Schema != "" {
			break // it does not depend on the search path
		}
		if err := checkSchema(ctx, db, set.table); err != nil {
			return fmt.Errorf("migrating %s: %w", set.table, err)
		}
	}
	for _, set := range sets {
		if _, err := set.provider.Up(session.Silence(ctx, 0)); err != nil {
			return fmt.Errorf("migrating %s: %w", set.table, err)
		}
	}
	return nil
}

// due reports whether migrations are pending that may be applied.
func (m Migrator) due(ctx context.Context, db *bun.DB) (bool, error) {
	sets, err := schema.Check(ctx, db)
	switch {
	case errors.Is(err, ErrNewer): // also if the other set is older
		return false, err
	case errors.Is(err, ErrEmpty), errors.Is(err, ErrOlder), m.Adopt && errors.Is(err, ErrForeign):
		return true, nil
	case err == nil && schema.Newer(sets) && m.Logger != nil:
		m.Logger.WarnContext(ctx, "the database is newer than this program, and bears it until it is upgraded",
			"schema", fmt.Sprint(sets))
	}
	return false, err
}

// Apply applies the goose migrations in the directory "migrations" of files, and
// keeps their versions in the named table. Each one is one transaction with the
// note that it was applied. Processes that call Apply at once wait for each other
// until ctx ends; if nothing is pending, Apply only reads.
//
// It returns a [session.SettingError] if the sessions of db cannot be relied on,
// or would create tables in another schema than that of the existing ones.
func (m Migrator) Apply(ctx context.Context, db *bun.DB, table string, files fs.FS) error {
	if err := session.Check(ctx, db); err != nil {
		return fmt.Errorf("migrating %s: %w", table, err)
	}
	provider, err := newProvider(db, table, files)
	if err != nil {
		return fmt.Errorf("migrating %s: %w", table, err)
	}
	pending, err := anyPending(ctx, db, table, provider.ListSources())
	if err == nil && pending {
		err = m.apply(ctx, db, table, provider)
	}
	if err != nil {
		return fmt.Errorf("migrating %s: %w", table, err)
	}
	return nil
}

// apply applies what is pending under a lock. The lock surrounds all of goose,
// whose own locks leave out the look for pending migrations.
func (m Migrator) apply(ctx context.Context, db *bun.DB, table string, provider *goose.Provider) error {
	unlock, err := m.lock(ctx, db, tables.Names{})
	if err != nil {
		return err
	}
	defer unlock()
	if err := checkSchema(ctx, db, table); err != nil {
		return err
	}
	_, err = provider.Up(session.Silence(ctx, 0))
	return err
}

func newProvider(db *bun.DB, table string, files fs.FS) (*goose.Provider, error) {
	directory, err := fs.Sub(files, "migrations")
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(gooseDialect(db), db.DB, directory,
		goose.WithTableName(table), goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger()))
}

func gooseDialect(db *bun.DB) goose.Dialect {
	if onPostgres(db) {
		return goose.DialectPostgres
	}
	return goose.DialectSQLite3
}

func onPostgres(db *bun.DB) bool { return db.Dialect().Name() == dialect.PG }
