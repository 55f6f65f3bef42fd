// Package health asks a database whether an installation can work on it. It links no database driver. Each function
// is one question, returns in the time that its context leaves, and is meant for a pool of its own, so that it does not
// queue behind the requests that it is about.
package health

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"

	"github.com/anteroom-go/anteroom/delegation/registry/clock"
	"github.com/anteroom-go/anteroom/server/database/schema"
	"github.com/anteroom-go/anteroom/server/database/tables"
)

// ErrReadOnly means that the database answers, and takes no changes: it is a standby, was set read-only, or its file or
// directory cannot be written.
var ErrReadOnly = errors.New("the database is read-only")

// Reachable returns nil if the database answers. For a SQLite file that was deleted or replaced it returns an error.
func Reachable(ctx context.Context, db bun.IDB) error {
	var one int
	if err := db.NewRaw("SELECT 1").Scan(ctx, &one); err != nil {
		return fmt.Errorf("reaching the database: %w", err)
	}
	return nil
}

// Writable returns nil if the database takes a change: it makes one, to a row that nothing depends on, with everything
// that belongs to a commit. It returns [ErrReadOnly] if the database is known to take none, and another error if its
// disk is full, for instance.
func Writable(ctx context.Context, db bun.IDB) error {
	if err := readOnly(ctx, db); err != nil {
		return err
	}
	_, err := db.ExecContext(ctx, tables.SQL(db, `INSERT INTO {leases} (name, holder, expires_at) VALUES ('probe', ?, ?)
		ON CONFLICT (name) DO UPDATE SET holder = excluded.holder`),
		rand.Text(), time.Unix(0, 0).UTC()) // SQLite does not write what is the same already
	if err != nil {
		return fmt.Errorf("writing to the database: %w", err)
	}
	return nil
}

// readOnly asks PostgreSQL whether it takes changes.
func readOnly(ctx context.Context, db bun.IDB) error {
	if db.Dialect().Name() != dialect.PG {
		return nil
	}
	var standby, refuses bool
	err := db.QueryRowContext(ctx, "SELECT pg_is_in_recovery(), current_setting('transaction_read_only')::boolean").
		Scan(&standby, &refuses)
	switch {
	case err != nil:
		return fmt.Errorf("reaching the database: %w", err)
	case standby:
		return fmt.Errorf("%w: it is a standby", ErrReadOnly)
	case refuses:
		return fmt.Errorf("%w: transactions are read-only", ErrReadOnly)
	}
	return nil
}

// Schema returns nil if this program can work on the schema, see [schema.Check].
func Schema(ctx context.Context, db bun.IDB) error {
	_, err := schema.Check(ctx, db)
	return err
}

// Clock returns nil if now and the clock of PostgreSQL differ by less than [clock.Tolerance]; more is a [*clock.Error].
func Clock(ctx context.Context, db bun.IDB, now func() time.Time) error {
	return clock.Check(ctx, db, now)
}

// ActiveKey returns nil if a signing key of the database is active.
func ActiveKey(ctx context.Context, db bun.IDB) error {
	return exists(ctx, db, "SELECT 1 FROM {signing_keys} WHERE state = 'active' LIMIT 1", "no signing key is active")
}

// Applications returns nil if applications can be read, be there any or none.
func Applications(ctx context.Context, db bun.IDB) error {
	return exists(ctx, db, "SELECT 1 FROM {applications} LIMIT 1", "")
}

// exists returns an error if the query fails or, with a problem, if it returns no row.
func exists(ctx context.Context, db bun.IDB, query, problem string) error {
	var one int
	err := db.NewRaw(tables.SQL(db, query)).Scan(ctx, &one)
	switch {
	case errors.Is(err, sql.ErrNoRows) && problem != "":
		return errors.New(problem)
	case err == nil, errors.Is(err, sql.ErrNoRows):
		return nil
	}
	return fmt.Errorf("reading the database: %w", err)
}
