// Package upkeep does what a database needs between requests, and learns when it must not be used any more.
package upkeep

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync/atomic"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"

	"github.com/anteroom-go/anteroom/server/database/schema"
)

const (
	// every is how often the database is looked after, and atMost how long that may take.
	every  = time.Second
	atMost = 2 * time.Second
	// largeLog is the size of SQLite's write-ahead log, in bytes, from which it is written back as a whole,
	// and hugeLog the one from which it is reported that this does not succeed.
	largeLog = 16 << 20
	hugeLog  = 16 * largeLog
)

// Database looks after one database, its zero value after none. It is safe for concurrent use.
type Database struct {
	db      bun.IDB
	log     string // the path of SQLite's write-ahead log, or empty
	refusal atomic.Pointer[error]
}

// Of returns the upkeep of a database. It returns an error if the schema does not bear this program.
func Of(ctx context.Context, db bun.IDB) (*Database, error) {
	d := &Database{db: db}
	if err := schema.Bears(ctx, db); err != nil {
		return nil, err
	}
	if db.Dialect().Name() == dialect.SQLite {
		var path string
		err := db.NewRaw("SELECT file FROM pragma_database_list WHERE name = 'main'").Scan(ctx, &path)
		if err != nil {
			return nil, fmt.Errorf("looking for the database file: %w", err)
		}
		if path != "" {
			d.log = path + "-wal"
		}
	}
	return d, nil
}

// Refusal returns why the database must not be used, or nil.
func (d *Database) Refusal() error {
	if refusal := d.refusal.Load(); refusal != nil {
		return *refusal
	}
	return nil
}

// Run looks after the database until ctx ends. It passes errors to report.
func (d *Database) Run(ctx context.Context, report func(error)) {
	if d.db == nil {
		return
	}
	Every(ctx, every, atMost, d.Work, report)
}

// Work is one round of Run.
func (d *Database) Work(ctx context.Context) error {
	return errors.Join(d.judge(ctx), d.shorten(ctx))
}

// judge finds out whether the schema still bears this program: another one may have migrated the database. What
// cannot be found out stays as it was.
func (d *Database) judge(ctx context.Context) error {
	err := schema.Bears(ctx, d.db)
	switch {
	case errors.Is(err, schema.ErrNewer):
		d.refusal.Store(&err)
	case err == nil:
		d.refusal.Store(nil)
	}
	return err
}

// shorten writes SQLite's log back into the database when it has become large. SQLite does so by itself, but starts
// a new log only when no one reads the old one, which a busy server never finds.
func (d *Database) shorten(ctx context.Context) error {
	if size, err := d.logSize(); err != nil || size < largeLog {
		return err
	}
	if _, err := d.db.ExecContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)"); err != nil {
		return fmt.Errorf("writing the log of the database back: %w", err)
	}
	size, err := d.logSize()
	if err == nil && size > hugeLog {
		err = fmt.Errorf("the log of the database has %d MB: something reads and does not end", size>>20)
	}
	return err
}

// logSize returns the size of the log, or zero if there is none.
func (d *Database) logSize() (int64, error) {
	if d.log == "" {
		return 0, nil
	}
	info, err := os.Stat(d.log)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}
