package migrate

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"

	"github.com/pressly/goose/v3"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"

	"github.com/anteroom-go/anteroom/delegation/registry"
	"github.com/anteroom-go/anteroom/rooms/roomsql"
	"github.com/anteroom-go/anteroom/server/database/session"
)

// The version tables of our own migrations. Package session recognizes our tables by
// them.
const (
	registryTable = "registry_migrations"
	roomsTable    = "rooms_migrations"
)

// Migrator applies migrations. The zero Migrator is ready for use.
type Migrator struct {
	// Logger receives a record when another process has kept the Migrator
	// waiting for a second. Nil discards it.
	Logger *slog.Logger
}

// Up applies the migrations of packages registry and roomsql with the zero
// [Migrator].
func Up(ctx context.Context, db *bun.DB) error { return Migrator{}.Up(ctx, db) }

// Apply applies a host's migrations with the zero [Migrator].
func Apply(ctx context.Context, db *bun.DB, table string, files fs.FS) error {
	return Migrator{}.Apply(ctx, db, table, files)
}

// Up applies the migrations of packages registry and roomsql, each with a version
// table of its own.
func (m Migrator) Up(ctx context.Context, db *bun.DB) error {
	return errors.Join(
		m.Apply(ctx, db, registryTable, registry.Migrations),
		m.Apply(ctx, db, roomsTable, roomsql.Migrations),
	)
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
	unlock, err := m.lock(ctx, db)
	if err != nil {
		return err
	}
	defer unlock()
	if err := checkSchema(ctx, db, table); err != nil {
		return err
	}
	_, err = provider.Up(ctx)
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
