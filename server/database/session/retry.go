package session

import (
	"context"
	"database/sql"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"
)

// attempts is how often a transaction is tried, and firstPause is how long the
// pause after the first time is at most; each further one is twice as long.
const (
	attempts   = 5
	firstPause = 10 * time.Millisecond
)

// Retrying returns db with a RunInTx that runs a transaction again if PostgreSQL
// gave it up for another one (a deadlock or a serialization failure), five times
// at most. The function that RunInTx runs may therefore run several times, each
// time in a new transaction, of which only the last one is committed.
//
// A host's transaction is returned as it is: only the host can run it again. So
// is SQLite, where writers wait for each other when they begin.
func Retrying(db bun.IDB) bun.IDB {
	if pool, ok := db.(*bun.DB); ok && pool.Dialect().Name() == dialect.PG {
		return retrying{pool}
	}
	return db
}

type retrying struct{ *bun.DB }

// RunInTx implements [bun.IDB].
func (r retrying) RunInTx(
	ctx context.Context, opts *sql.TxOptions, do func(ctx context.Context, tx bun.Tx) error,
) error {
	pause := firstPause
	for attempt := 1; ; attempt++ {
		err := r.DB.RunInTx(ctx, opts, do)
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
