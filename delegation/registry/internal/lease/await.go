package lease

import (
	"context"
	"fmt"
	"time"
)

// Await returns when every replica obeys what was committed before it was called: as soon as
// all rows have the newest epoch, and Length later at the latest, which is enough by itself
// and needs no answer of the database. It returns within two seconds. It returns an error
// only if ctx ends before; the change is made then, and obeyed a little later.
func Await(ctx context.Context, store Store) error {
	epoch, first, err := look(ctx, store, lookFor)
	if err == nil && seen(first, epoch) {
		return nil
	}
	// The time begins after the look, so that no lease of its rows is good at the end.
	waiting, cancel := context.WithTimeout(ctx, Length)
	defer cancel()
	poll := time.NewTicker(pollEvery)
	defer poll.Stop()
	for {
		select {
		case <-waiting.Done():
			if err := ctx.Err(); err != nil {
				return fmt.Errorf("lease: waiting for replicas: %w", err)
			}
			bury(ctx, store, first, epoch)
			return nil
		case <-poll.C:
		}
		if newest, rows, err := look(waiting, store, Length); err == nil && seen(rows, newest) {
			return nil
		}
	}
}

// look reads the newest epoch and the rows, for a bounded time.
func look(ctx context.Context, store Store, atMost time.Duration) (int64, []Row, error) {
	ctx, cancel := context.WithTimeout(ctx, atMost)
	defer cancel()
	return store.Rows(ctx)
}

// seen reports whether all rows have an epoch.
func seen(rows []Row, epoch int64) bool {
	for _, row := range rows {
		if row.Seen < epoch {
			return false
		}
	}
	return true
}

// bury removes the rows of replicas that did not renew their lease for its whole length, so
// that no other command waits for them. What it does not manage the next command does: an
// error is no reason to report of a change that is obeyed that it failed.
func bury(ctx context.Context, store Store, first []Row, epoch int64) {
	ctx, cancel := context.WithTimeout(ctx, lookFor)
	defer cancel()
	for _, row := range first {
		if row.Seen < epoch && store.Remove(ctx, row) != nil {
			return
		}
	}
}
