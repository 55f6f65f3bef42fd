package lease

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"sync"
	"time"
)

// Holder is a replica's side of the protocol. It is safe for concurrent use.
type Holder struct {
	store   Store
	now     func() time.Time
	id      string                                   // of this process and no other, before or after it
	version func(ctx context.Context) (int64, error) // of a database that tells of commits; nil for leases

	renewing sync.Mutex // held for a whole renewal
	term     int64      // of the last one
	read     int64      // the version before changes were last read

	mu       sync.Mutex
	joined   bool      // whether known is an epoch of the database
	known    int64     // all changes up to it were applied
	turn     uint64    // raised whenever something may have been forgotten
	running  bool      // whether Run was called and has not returned
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

// NewWatcher returns a holder for a database whose version changes with every commit of
// another connection, also of another process: it needs no lease. Before each answer from
// memory it asks for the version and, if that is another one, applies the changes.
func NewWatcher(store Store, version func(ctx context.Context) (int64, error)) *Holder {
	return &Holder{store: store, now: time.Now, version: version}
}

// Run renews the lease until ctx ends, and gives it up then, so that no command waits for it.
// It passes errors to report, unless that is nil, and tries again.
func (h *Holder) Run(ctx context.Context, report func(error)) {
	h.setRunning(true)
	defer h.setRunning(false)
	if h.version != nil {
		<-ctx.Done()
		return
	}
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

func (h *Holder) setRunning(running bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.running = running
}

// leave gives the lease up: first here, then in the database, where the last renewal may not
// have arrived.
func (h *Holder) leave(ctx context.Context) error {
	h.renewing.Lock()
	defer h.renewing.Unlock()
	h.doubt()
	ctx, cancel := context.WithTimeout(ctx, lookFor)
	defer cancel()
	if err := h.store.Remove(ctx, Row{Holder: h.id, Term: h.term}); err != nil {
		return fmt.Errorf("lease: leaving: %w", err)
	}
	return nil
}

// Await is the function Await, after which this replica obeys what was committed as well. A
// holder without leases waits for nothing: no replica answers without a look at the changes.
func (h *Holder) Await(ctx context.Context) error {
	if h.version != nil {
		return nil
	}
	if h.Running() && h.renewing.TryLock() { // if not, this lease is waited for like those of others
		_ = h.renewTwice(ctx, lookFor)
		h.renewing.Unlock()
	}
	return Await(ctx, h.store)
}

// Renew renews the lease once. If that brought changes it renews once more, so that those
// who made them wait no longer. It takes no longer than a lease. If it returns an error, the
// lease runs on to its end.
func (h *Holder) Renew(ctx context.Context) error {
	h.renewing.Lock()
	defer h.renewing.Unlock()
	return h.renewTwice(ctx, Length)
}

// renewTwice is Renew within a time, under the lock.
func (h *Holder) renewTwice(ctx context.Context, within time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, within)
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

// Listen has heard called, under locks, for every change that is applied; with Everything if it is
// not known which changes there were.
func (h *Holder) Listen(heard func(Change)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.memories = append(h.memories, listener(heard))
}

// listener implements forgetter.
type listener func(Change)

func (l listener) forget(change Change) { l(change) }

func (l listener) forgetAll() { l(Everything) }

// Question is a request that begins. All that it finds in memory obeys what had returned then.
type Question struct {
	at   time.Time
	good bool // what the holder believed
}

// Ask begins a question, and reports whether memory may answer it. Changes from before it are
// applied first, if there is no lease to tell that they were.
func (h *Holder) Ask(ctx context.Context) (Question, bool) {
	if h.version != nil {
		h.catchUp(ctx)
	}
	at := h.now() // a lease that is renewed later does not count for an entry that was read before
	h.mu.Lock()
	defer h.mu.Unlock()
	q := Question{at, h.good(at)}
	return q, q.good
}

// catchUp applies all changes that were committed before it was called, and believes for the
// moment, or does not if it cannot read them.
func (h *Holder) catchUp(ctx context.Context) {
	h.renewing.Lock()
	defer h.renewing.Unlock()
	if !h.Running() {
		return
	}
	version, err := h.version(ctx)
	if err == nil && h.read == version && h.isBelieved() {
		return
	}
	var news News
	if err == nil {
		news, err = h.store.Since(ctx, h.applied()) // of what is committed meanwhile, the next version tells again
	}
	if err != nil {
		h.doubt()
		return
	}
	h.apply(time.Time{}, news)
	h.read = version
}

// Running reports whether Run was called and has not returned.
func (h *Holder) Running() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.running
}

func (h *Holder) isBelieved() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.believed
}

// doubt ends the belief.
func (h *Holder) doubt() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.believed = false
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
	case !h.joined || news.Gap || news.Epoch < h.known || slices.Contains(news.Changes, Everything):
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
	if h.version != nil || !h.believed {
		return h.believed && h.running
	}
	age := max(at.Sub(h.begun), at.Round(0).Sub(h.begun.Round(0)))
	return age < Length-Margin
}
