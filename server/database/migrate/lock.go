package migrate

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/server/database/internal/filelock"
	"github.com/anteroom-go/anteroom/server/database/tables"
)

const (
	// lockID is the key of the PostgreSQL advisory lock: "anteroom" in ASCII.
	lockID = 0x616e7465726f6f6d
	// tryEvery is how often a lock is tried that another process holds, and
	// patience is how long that is not worth a log record.
	tryEvery = 100 * time.Millisecond
	patience = time.Second
)

// lock keeps other processes out while this one migrates.
func (m Migrator) lock(ctx context.Context, db *bun.DB, names tables.Names) (unlock func(), err error) {
	waits := func() {
		if m.Logger != nil {
			m.Logger.InfoContext(ctx, "waiting for another process that migrates the database")
		}
	}
	switch {
	case onPostgres(db) && db.Stats().MaxOpenConnections == 1:
		return nil, errors.New("a pool of one connection cannot migrate: one holds the lock while another one works")
	case onPostgres(db):
		return m.lockTransaction(ctx, db.DB, names.Lock(lockID), waits)
	}
	return m.lockBeside(ctx, db.DB, waits)
}

// end returns a channel that delivers when the patience ends.
func (m Migrator) end() (end <-chan time.Time, stop func() bool) {
	if m.Patience == 0 {
		return nil, func() bool { return false }
	}
	timer := time.NewTimer(m.Patience)
	return timer.C, timer.Stop
}

func (m Migrator) locked() error { return fmt.Errorf("%w, for %s now", ErrLocked, m.Patience) }

// lockTransaction takes an advisory lock that ends with a transaction, so that it
// holds behind a pooler that gives a connection away after each transaction. It
// tries the lock again and again instead of waiting in the database: those that
// wait would keep all connections of the pooler.
func (m Migrator) lockTransaction(ctx context.Context, db *sql.DB, key int64, waits func()) (
	unlock func(), err error) {
	tick := time.NewTicker(tryEvery)
	defer tick.Stop()
	late := time.NewTimer(patience)
	defer late.Stop()
	end, stop := m.end()
	defer stop()
	for {
		tx, err := tryLock(ctx, db, key)
		if err != nil {
			return nil, err
		}
		if tx != nil {
			return func() { _ = tx.Rollback() }, nil
		}
		select {
		case <-tick.C:
		case <-late.C:
			waits()
		case <-end:
			return nil, m.locked()
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// tryLock returns a transaction that holds the lock, or nil if another one does.
// The transaction may be idle for long.
func tryLock(ctx context.Context, db *sql.DB, key int64) (*sql.Tx, error) {
	tx, err := db.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelReadCommitted})
	if err != nil {
		return nil, err
	}
	var locked bool
	err = tx.QueryRowContext(ctx, `SELECT pg_try_advisory_xact_lock($1)
		FROM set_config('idle_in_transaction_session_timeout', '0', true)`, key).Scan(&locked)
	if err == nil && locked {
		return tx, nil
	}
	return nil, errors.Join(err, tx.Rollback())
}

// lockBeside locks a file beside the SQLite database, which has no lock that
// outlives a transaction. A database in memory has no file, and one process only.
func (m Migrator) lockBeside(ctx context.Context, db *sql.DB, waits func()) (unlock func(), err error) {
	var path string
	err = db.QueryRowContext(ctx, "SELECT file FROM pragma_database_list WHERE name = 'main'").Scan(&path)
	if err != nil {
		return nil, err
	}
	if path == "" {
		return func() {}, nil
	}
	if m.Patience == 0 {
		return filelock.Lock(ctx, path, waits)
	}
	within, cancel := context.WithTimeout(ctx, m.Patience)
	defer cancel()
	unlock, err = filelock.Lock(within, path, waits)
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		return nil, m.locked()
	}
	return unlock, err
}
