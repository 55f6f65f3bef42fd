package lease

import (
	"context"
	"crypto/rand"
	"fmt"
	"sync"
	"time"
)

// Holder is a replica's side of the protocol. It is safe for concurrent use.
type Holder struct {
	store Store
	now   func() time.Time
	id    string // of this process and no other, before or after it

	renewing sync.Mutex // held for a whole renewal
	term     int64      // of the last one

	mu       sync.Mutex
	joined   bool      // whether known is an epoch of the database
	known    int64     // all changes up to it were applied
	turn     uint64    // raised whenever something may have been forgotten
	believed bool      // whether there is a lease; it may have ended
	begun    time.Time // when the lease began
	memories []forgetter
}

// forgetter is a [Memory] of any type. Its methods are called under the holder's lock.
type forgetter interface {
	forget(change Change)
	forgetAll()
}

// NewHolder returns a holder without a lease. Now is the clock, with a monotonic reading if
// it has one: time.Now outside of tests.
func NewHolder(store Store, now func() time.Time) *Holder {
	return &Holder{store: store, now: now, id: rand.Text()}
}

// Run renews the lease until ctx ends, and gives it up then, so that no command waits for it.
// It passes errors to report, unless that is nil, and tries again.
func (h *Holder) Run(ctx context.Context, report func(error)) {
	tick := time.NewTicker(Every)
	defer tick.Stop()
	for {
		if err := h.Renew(ctx); err != nil && ctx.Err() == nil && report != nil {
			report(err)
		}
		select {
		case <-ctx.Done():
			if err := h.leave(context.WithoutCancel(ctx)); err != nil && report != nil {
				report(err)
			}
			return
		case <-tick.C:
		}
	}
}

// leave gives the lease up: first here, then in the database, where the last renewal may not
// have arrived.
func (h *Holder) leave(ctx context.Context) error {
	h.renewing.Lock()
	defer h.renewing.Unlock()
	h.mu.Lock()
	h.believed = false
	h.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, lookFor)
	defer cancel()
	if err := h.store.Remove(ctx, Row{Holder: h.id, Term: h.term}); err != nil {
		return fmt.Errorf("lease: leaving: %w", err)
	}
	return nil
}

// Renew renews the lease once. If that brought changes it renews once more, so that those
// who made them wait no longer. It takes no longer than a lease. If it returns an error, the
// lease runs on to its end.
func (h *Holder) Renew(ctx context.Context) error {
	h.renewing.Lock()
	defer h.renewing.Unlock()
	ctx, cancel := context.WithTimeout(ctx, Length)
	defer cancel()
	moved, err := h.renew(ctx)
	if moved && err == nil {
		_, err = h.renew(ctx)
	}
	return err
}

// renew reports whether the epoch is another one than before.
func (h *Holder) renew(ctx context.Context) (moved bool, err error) {
	begun := h.now() // before anything is sent
	known := h.applied()
	h.term++
	if err := h.store.Hold(ctx, Row{Holder: h.id, Seen: known, Term: h.term}); err != nil {
		return false, fmt.Errorf("lease: writing: %w", err)
	}
	news, err := h.store.Since(ctx, known) // sees every commit from before the row was written
	if err != nil {
		return false, fmt.Errorf("lease: reading changes: %w", err)
	}
	return h.apply(begun, news), nil
}

// applied returns the epoch up to which all changes were applied.
func (h *Holder) applied() int64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.known
}

// apply forgets what changed and believes in the lease, as one step for every reader.
func (h *Holder) apply(begun time.Time, news News) (moved bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	moved = !h.joined || news.Epoch != h.known
	switch {
	case !h.joined || news.Gap || news.Epoch < h.known:
		h.turn++
		for _, m := range h.memories {
			m.forgetAll()
		}
	case moved:
		h.turn++
		h.forget(news.Changes)
	}
	h.joined, h.known, h.believed, h.begun = true, news.Epoch, true, begun
	return moved
}

func (h *Holder) forget(changes []Change) {
	for _, change := range changes {
		for _, m := range h.memories {
			m.forget(change)
		}
	}
}

// good reports whether the lease had not ended at a time. The wall clock counts what the
// monotonic one does not, such as the time for which the machine was suspended.
func (h *Holder) good(at time.Time) bool {
	age := max(at.Sub(h.begun), at.Round(0).Sub(h.begun.Round(0)))
	return h.believed && age < Length-Margin
}
