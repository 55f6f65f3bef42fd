package readiness

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/registry"
	"github.com/anteroom-go/anteroom/server/database/health"
	"github.com/anteroom-go/anteroom/server/database/tables"
)

// The bounds within which a process counts as ready.
const (
	// maxSkew is how far the clocks of process and database may be apart.
	maxSkew = 5 * time.Second
	// leaseGrace is for how long no process may hold the lease of the clean-up, and
	// warmUp is how long a process runs before it is expected to have taken it.
	leaseGrace = 2 * time.Minute
	warmUp     = 4 * time.Minute
)

// Database checks a database, and what a process holds of it.
type Database struct {
	// DB has a pool of its own, so that checks do not wait for requests. Required.
	DB *bun.DB
	// Keys returns the keys that the process signs with, or nil as long as it has none.
	// Required.
	Keys func() delegation.Keys
	// Now is the clock; nil means time.Now.
	Now func() time.Time

	since time.Time   // when the process began
	file  os.FileInfo // of SQLite
	dir   string      // in which it is
	keys  keyWatch
}

// Prepare notes which file the database is, and returns the checks.
func (d *Database) Prepare(ctx context.Context) ([]Check, error) {
	if d.Now == nil {
		d.Now = time.Now
	}
	d.since = d.Now()
	checks := []Check{
		{"database", d.reachable},
		{"writable", d.writable},
		{"schema", d.schema},
		{"signing_key", d.signingKey},
		{"applications", d.applications},
		{"lease", d.lease},
	}
	if d.DB.Dialect().Name() == dialect.PG {
		return append(checks, Check{"clock", d.clock}), nil
	}
	path, err := d.path(ctx)
	if err != nil {
		return nil, fmt.Errorf("readiness: finding the database file: %w", err)
	}
	if d.file, err = os.Stat(path); err != nil {
		return nil, fmt.Errorf("readiness: finding the database file: %w", err)
	}
	d.dir = filepath.Dir(path)
	return append(checks, Check{"file", func(context.Context) error { return d.sameFile(path) }}), nil
}

func (d *Database) reachable(ctx context.Context) error { return health.Reachable(ctx, d.DB) }

// schema returns an error if the program cannot work on the schema. A newer one may
// bear it, so that a rolling upgrade takes no replica away.
func (d *Database) schema(ctx context.Context) error { return health.Schema(ctx, d.DB) }

// writable writes. On a full disk and on a standby it is the only way to know.
func (d *Database) writable(ctx context.Context) error {
	if d.file != nil {
		if err := hasRoom(d.dir); err != nil {
			return err
		}
	}
	conn, err := d.DB.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	if d.file != nil {
		if _, err := conn.ExecContext(ctx, "PRAGMA busy_timeout = 300"); err != nil {
			return err
		}
	}
	if err = health.Writable(ctx, conn); busy(err) {
		return nil // another connection is writing
	}
	return err
}

// busy reports whether SQLite refused to wait for another writer any longer.
func busy(err error) bool {
	var coded interface{ Code() int }
	return errors.As(err, &coded) && coded.Code()&0xff == 5 // SQLITE_BUSY
}

// path returns where SQLite has the database.
func (d *Database) path(ctx context.Context) (path string, err error) {
	err = d.DB.NewRaw("SELECT file FROM pragma_database_list WHERE name = 'main'").Scan(ctx, &path)
	return path, err
}

// sameFile returns an error if the path no longer leads to the file that is open.
func (d *Database) sameFile(path string) error {
	now, err := os.Stat(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return errors.New("the database file is gone")
	case err != nil:
		return err
	case !os.SameFile(d.file, now):
		return errors.New("the database file was replaced by another one")
	}
	return nil
}

// applications reads an application that there is not, as a request does.
func (d *Database) applications(ctx context.Context) error {
	reg, err := registry.New(registry.Config{DB: d.DB})
	if err != nil {
		return err
	}
	_, _, err = reg.Application(ctx, "readiness", "", "")
	if errors.Is(err, delegation.ErrApplicationNotFound) {
		return nil
	}
	return err
}

// lease returns an error if no process cleans up, unless this one has just begun.
func (d *Database) lease(ctx context.Context) error {
	var expires time.Time
	err := d.DB.NewSelect().TableExpr("?", tables.Table(d.DB, "leases")).Column("expires_at").
		Where("name = 'purge'").Scan(ctx, &expires)
	now := d.Now()
	switch {
	case err != nil && !errors.Is(err, sql.ErrNoRows):
		return err
	case now.Sub(d.since) < warmUp || now.Sub(expires) < leaseGrace:
		return nil
	case errors.Is(err, sql.ErrNoRows):
		return errors.New("no process has ever cleaned up")
	}
	return fmt.Errorf("no process has cleaned up for %s", now.Sub(expires).Truncate(time.Second))
}

// clock compares the clock with PostgreSQL's. SQLite has none of its own.
func (d *Database) clock(ctx context.Context) error {
	var theirs time.Time
	before := d.Now()
	if err := d.DB.NewRaw("SELECT clock_timestamp()").Scan(ctx, &theirs); err != nil {
		return err
	}
	after := d.Now()
	skew := before.Add(after.Sub(before) / 2).Sub(theirs)
	if skew.Abs() > maxSkew {
		return fmt.Errorf("the clock is %s ahead of the database's", skew.Truncate(time.Second))
	}
	return nil
}
