// Package migrate brings the schema of an open database up to date. It links no
// database driver, so that a host with a driver of its own can use it.
package migrate

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"

	"github.com/anteroom-go/anteroom/delegation/registry"
	"github.com/anteroom-go/anteroom/rooms/roomsql"
	"github.com/anteroom-go/anteroom/server/database/internal/filelock"
)

// lockID is the key of the PostgreSQL advisory lock: "anteroom" in ASCII.
const lockID = 0x616e7465726f6f6d

// Up applies the migrations of packages registry and roomsql, each with a version
// table of its own. Processes that call it at once wait for each other; every
// migration is one transaction with the note that it was applied.
func Up(ctx context.Context, db *bun.DB) error {
	return errors.Join(
		Apply(ctx, db, "registry_migrations", registry.Migrations),
		Apply(ctx, db, "rooms_migrations", roomsql.Migrations),
	)
}

// Apply applies the goose migrations in the directory "migrations" of files,
// and keeps their versions in the named table.
func Apply(ctx context.Context, db *bun.DB, table string, files fs.FS) (err error) {
	unlock, err := lock(ctx, db)
	if err != nil {
		return fmt.Errorf("migrating: %w", err)
	}
	defer func() { err = errors.Join(err, unlock()) }()
	directory, err := fs.Sub(files, "migrations")
	if err != nil {
		return fmt.Errorf("migrating: %w", err)
	}
	provider, err := goose.NewProvider(gooseDialect(db), db.DB, directory,
		goose.WithTableName(table), goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger()))
	if err != nil {
		return fmt.Errorf("migrating %s: %w", table, err)
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrating %s: %w", table, err)
	}
	return nil
}

func gooseDialect(db *bun.DB) goose.Dialect {
	if db.Dialect().Name() == dialect.PG {
		return goose.DialectPostgres
	}
	return goose.DialectSQLite3
}

// lock keeps other processes out while one migrates. The lock surrounds all of
// goose, whose own locks leave out the look for pending migrations.
func lock(ctx context.Context, db *bun.DB) (unlock func() error, err error) {
	if db.Dialect().Name() == dialect.PG {
		return lockSession(ctx, db.DB)
	}
	return lockBeside(ctx, db.DB)
}

// lockSession takes an advisory lock on a connection of its own. It waits in
// the database rather than polling, and ends with the connection.
func lockSession(ctx context.Context, db *sql.DB) (unlock func() error, err error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := conn.ExecContext(ctx, "SELECT pg_advisory_lock($1)", int64(lockID)); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return func() error {
		_, err := conn.ExecContext(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock($1)", int64(lockID))
		return errors.Join(err, conn.Close())
	}, nil
}

// lockBeside locks a file beside the SQLite database, which has no lock that
// outlives a transaction.
func lockBeside(ctx context.Context, db *sql.DB) (unlock func() error, err error) {
	var path string
	err = db.QueryRowContext(ctx, "SELECT file FROM pragma_database_list WHERE name = 'main'").Scan(&path)
	if err != nil {
		return nil, err
	}
	release, err := filelock.Lock(ctx, path+".lock")
	if err != nil {
		return nil, err
	}
	return func() error { release(); return nil }, nil
}
