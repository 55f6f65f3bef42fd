package session

import (
	"context"
	"database/sql"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"

	"github.com/anteroom-go/anteroom/server/database/native"
)

// attempts is how often a transaction is tried, and firstPause is how long the
// pause after the first time is at most; each further one is twice as long.
const (
	attempts   = 5
	firstPause = 10 * time.Millisecond
)

// Shared returns db for the requests of many, which do not crowd each other out.
//
// On PostgreSQL, its RunInTx runs a transaction again that was given up for
// another one (a deadlock or a serialization failure), five times at most. The
// function that RunInTx runs may therefore run several times, each time in a new
// transaction, of which only the last one is committed.
//
// On SQLite, which has one writer at a time, changes and transactions wait for
// their turn: first come, first served, and for five seconds at most. Then they
// return [ErrBusy]. BeginTx does not wait for a turn.
//
// A host's transaction is returned as it is: only the host can run it again.
func Shared(db bun.IDB) bun.IDB {
	pool, ok := db.(*bun.DB)
	switch {
	case !ok:
		return db
	case pool.Dialect().Name() == dialect.SQLite:
		return shared{pool, newQueue(1)}
	}
	return shared{pool, nil}
}

// Sparing returns what [Shared] returned with a bound to changes and transactions:
// on PostgreSQL they have all connections of the pool but some, which are left for
// everything else whatever they wait for. They wait for their turn as on SQLite,
// and return [ErrBusy] after five seconds. Anything else is returned as it is.
func Sparing(db bun.IDB, left int) bun.IDB {
	all, ok := db.(shared)
	if !ok || all.turns != nil || all.Stats().MaxOpenConnections == 0 {
		return db
	}
	return shared{all.DB, newQueue(max(1, all.Stats().MaxOpenConnections-left))}
}

// shared is a pool with a queue for changes, or without one.
type shared struct {
	*bun.DB
	turns *queue
}

var _ native.Queued = shared{} // the compiler checks the contract

// Pool implements [native.Queued].
func (s shared) Pool() *bun.DB { return s.DB }

// Change implements [native.Queued].
func (s shared) Change(ctx context.Context, do func(pool *bun.DB) error) error {
	return s.inTurn(ctx, func() error { return do(s.DB) })
}

// RunInTx implements [bun.IDB].
func (s shared) RunInTx(
	ctx context.Context, opts *sql.TxOptions, do func(ctx context.Context, tx bun.Tx) error,
) error {
	return s.inTurn(ctx, func() error { return s.DB.RunInTx(ctx, opts, do) })
}

// inTurn makes a change when it is its turn, and again if it was given up.
func (s shared) inTurn(ctx context.Context, change func() error) error {
	leave, err := s.turns.enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	pause := firstPause
	for attempt := 1; ; attempt++ {
		err := change()
		if attempt == attempts || !givenUp(err) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(rand.N(pause)):
		}
		pause *= 2
	}
}

// ExecContext implements [bun.IDB].
func (s shared) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	leave, err := s.turns.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	return s.DB.ExecContext(ctx, query, args...)
}

// NewInsert implements [bun.IDB].
func (s shared) NewInsert() *bun.InsertQuery {
	if s.turns == nil {
		return s.DB.NewInsert()
	}
	return s.DB.NewInsert().Conn(turnstile{s.DB.DB, s.turns})
}

// NewUpdate implements [bun.IDB].
func (s shared) NewUpdate() *bun.UpdateQuery {
	if s.turns == nil {
		return s.DB.NewUpdate()
	}
	return s.DB.NewUpdate().Conn(turnstile{s.DB.DB, s.turns})
}

// NewDelete implements [bun.IDB].
func (s shared) NewDelete() *bun.DeleteQuery {
	if s.turns == nil {
		return s.DB.NewDelete()
	}
	return s.DB.NewDelete().Conn(turnstile{s.DB.DB, s.turns})
}

// givenUp reports whether PostgreSQL rolled a transaction back so that another
// one could go on. Its drivers report the SQLSTATE in one of two ways.
func givenUp(err error) bool {
	var state string
	var stated interface{ SQLState() string }
	var fielded interface{ Field(byte) string }
	switch {
	case errors.As(err, &stated):
		state = stated.SQLState()
	case errors.As(err, &fielded):
		state = fielded.Field('C')
	}
	return state == "40001" || state == "40P01"
}
