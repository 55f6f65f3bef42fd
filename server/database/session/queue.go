package session

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// patience is how long a change waits for its turn.
const patience = 5 * time.Second

// ErrBusy means that a change has waited for its turn for too long, and that nothing was done.
var ErrBusy = errors.New("session: too many others change the database at the moment")

// queue lets so many in at a time, in the order in which they come. A nil queue lets all of them in.
type queue struct{ places chan struct{} }

func newQueue(places int) *queue { return &queue{make(chan struct{}, places)} }

// enter waits for a place. It returns the function that gives the place back. It returns [ErrBusy] if there is
// none for too long, and the error of ctx if that ends.
func (q *queue) enter(ctx context.Context) (leave func(), err error) {
	if q == nil {
		return func() {}, nil
	}
	leave = func() { <-q.places }
	select {
	case q.places <- struct{}{}:
		return leave, nil
	default:
	}
	late := time.NewTimer(patience)
	defer late.Stop()
	select {
	case q.places <- struct{}{}: // a channel serves those who wait in their order
		return leave, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-late.C:
		return nil, ErrBusy
	}
}

// turnstile is a pool whose statements wait for their turn. It implements [bun.IConn].
type turnstile struct {
	*sql.DB
	turns *queue
}

// ExecContext implements [bun.IConn].
func (t turnstile) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	leave, err := t.turns.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	return t.DB.ExecContext(ctx, query, args...)
}

// QueryContext implements [bun.IConn], for changes that return rows.
func (t turnstile) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	leave, err := t.turns.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	return t.DB.QueryContext(ctx, query, args...)
}
