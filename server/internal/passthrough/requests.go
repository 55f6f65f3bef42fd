package passthrough

import (
	"context"
	"time"

	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/rooms/once"
	"github.com/anteroom-go/anteroom/rooms/stats"
)

// Requests passes the calls of a [once.Store] on, and wraps the stores of its
// transactions.
type Requests struct{ To once.Store }

// Answer implements [once.Store].
func (r Requests) Answer(ctx context.Context, request once.Attempt,
	do func(ctx context.Context, tx rooms.Tx) ([]byte, error)) (once.Kept, error) {
	return r.To.Answer(ctx, request, func(ctx context.Context, tx rooms.Tx) ([]byte, error) {
		return do(ctx, rooms.Tx{Stores: Stores(tx.Stores), SQL: tx.SQL})
	})
}

// Forget implements [once.Store].
func (r Requests) Forget(ctx context.Context, now time.Time, limit int) (int, error) {
	return r.To.Forget(ctx, now, limit)
}

// Statistics passes the calls of a [stats.Store] on.
type Statistics struct{ To stats.Store }

// Sources implements [stats.Store].
func (s Statistics) Sources(ctx context.Context) ([]rooms.Source, error) { return s.To.Sources(ctx) }

// Count implements [stats.Store].
func (s Statistics) Count(ctx context.Context, view rooms.View, starts []time.Time, end time.Time,
) ([]stats.Count, error) {
	return s.To.Count(ctx, view, starts, end)
}
