// Package freshness keeps a copy of something from becoming old without notice.
package freshness

import (
	"context"
	"sync/atomic"
	"time"
)

// Config configures a [Watch]. Every field is required.
type Config struct {
	// Limit is how old the copy may become.
	Limit time.Duration
	// Patience is how long [Watch.Ensure] waits for a copy that is too old to be renewed.
	Patience time.Duration
	// Now is the clock.
	Now func() time.Time
	// Renew renews the copy. One goroutine at a time calls it.
	Renew func(ctx context.Context) error
	// Changed is called when the copy has become too old, and when it has been renewed after that.
	Changed func(ctx context.Context, tooOld bool)
}

// Watch knows how old a copy is, and renews it. It is safe for concurrent use.
type Watch struct {
	config  Config
	turn    chan struct{}           // held by the one who renews
	renewed atomic.Pointer[renewal] // the last one that succeeded
	expired atomic.Int64            // how often the copy was declared too old
	tooOld  atomic.Bool             // as Changed was told
}

// renewal is when a renewal began, and what expired was then.
type renewal struct {
	began   time.Time
	expired int64
}

// New returns a watch of a copy that was never made.
func New(config Config) *Watch {
	return &Watch{config: config, turn: make(chan struct{}, 1)}
}

// Fresh reports whether the copy is younger than the limit. A copy from the future is not: the clock
// was set back since, and its age is not known.
func (w *Watch) Fresh() bool {
	renewed := w.renewed.Load()
	if renewed == nil || renewed.expired != w.expired.Load() {
		return false
	}
	age := w.config.Now().Sub(renewed.began)
	return age >= 0 && age <= w.config.Limit
}

// Renewed returns when the last renewal that succeeded began, or zero.
func (w *Watch) Renewed() time.Time {
	if renewed := w.renewed.Load(); renewed != nil {
		return renewed.began
	}
	return time.Time{}
}

// Renew renews the copy, after those who do so already. It returns their error of Config.Renew, or that
// of ctx.
func (w *Watch) Renew(ctx context.Context) error {
	return w.renew(ctx, func() bool { return false })
}

// Ensure returns nil if the copy is fresh, or can be renewed within the patience. Of many callers one
// renews it, the others wait for that.
func (w *Watch) Ensure(ctx context.Context) error {
	if w.Fresh() {
		return nil
	}
	within, cancel := context.WithTimeout(ctx, w.config.Patience)
	defer cancel()
	err := w.renew(within, w.Fresh)
	if err != nil && ctx.Err() == nil { // a caller who left finds nothing out
		w.Judge(ctx)
	}
	return err
}

// EnsureSince returns nil if the copy was made, or can be made within the patience, by a renewal that
// began no earlier than at.
func (w *Watch) EnsureSince(ctx context.Context, at time.Time) error {
	within, cancel := context.WithTimeout(ctx, w.config.Patience)
	defer cancel()
	return w.renew(within, func() bool { return !w.Renewed().Before(at) })
}

// Expire makes the copy too old at once, also one that is being made.
func (w *Watch) Expire() { w.expired.Add(1) }

// Judge tells Config.Changed if the copy has become too old.
func (w *Watch) Judge(ctx context.Context) {
	if !w.Fresh() && w.tooOld.CompareAndSwap(false, true) {
		w.config.Changed(ctx, true)
	}
}

// renew renews the copy when it is this caller's turn, unless that is not needed any more.
func (w *Watch) renew(ctx context.Context, done func() bool) error {
	select {
	case w.turn <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-w.turn }()
	if done() {
		return nil
	}
	for {
		made := &renewal{w.config.Now(), w.expired.Load()}
		if err := w.config.Renew(ctx); err != nil {
			return err
		}
		w.renewed.Store(made)
		if made.expired == w.expired.Load() {
			break
		}
	} // once more, if it expired meanwhile
	if w.tooOld.CompareAndSwap(true, false) {
		w.config.Changed(ctx, false)
	}
	return nil
}
