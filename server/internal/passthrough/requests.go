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

// Reserve implements [once.Store].
func (r Requests) Reserve(ctx context.Context, id once.ID, fingerprint string, lease once.Lease,
) (once.Reservation, error) {
	return r.To.Reserve(ctx, id, fingerprint, lease)
}

// AnswerInTx implements [once.Store].
func (r Requests) AnswerInTx(ctx context.Context, id once.ID, holder string,
	do func(ctx context.Context, tx rooms.Tx) ([]byte, error)) error {
	return r.To.AnswerInTx(ctx, id, holder, func(ctx context.Context, tx rooms.Tx) ([]byte, error) {
		return do(ctx, rooms.Tx{Stores: Stores(tx.Stores), SQL: tx.SQL})
	})
}

// Answer implements [once.Store].
func (r Requests) Answer(ctx context.Context, id once.ID, holder string, answer []byte) error {
	return r.To.Answer(ctx, id, holder, answer)
}

// Release implements [once.Store].
func (r Requests) Release(ctx context.Context, id once.ID, holder string) error {
	return r.To.Release(ctx, id, holder)
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
