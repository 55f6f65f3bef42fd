package silence

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"
)

// pause is how long after an attempt in vain everyone is refused at once: who queues behind others then does not
// wait for an attempt after the other.
const pause = time.Second

// ErrSilent means that the database did not answer a moment ago, nor the one who tried it again since.
var ErrSilent = errors.New("the database does not answer")

// Door lets callers through to a database. While it is known to be silent one of them tries it at a time, and the
// others share the outcome: they neither wait for one another nor all for the database. It is safe for
// concurrent use.
type Door struct {
	mu      sync.Mutex
	silent  bool
	attempt *attempt // in progress, or nil
	failed  *attempt // the last one, if it was in vain
	until   time.Time
}

// attempt is one caller's try, and its outcome once done is closed.
type attempt struct {
	done chan struct{}
	err  error
}

// Silent notes that the database has fallen silent.
func (d *Door) Silent() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.silent = true
}

// IsSilent reports whether the database was silent when it was last asked.
func (d *Door) IsSilent() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.silent
}

// Through connects by usual, or by short if the database is known to be silent and this caller tries it. It
// returns [ErrSilent] if another caller tried in vain.
func (d *Door) Through(ctx context.Context, usual, short func(context.Context) error) error {
	own, other := d.begin()
	switch {
	case own != nil:
		own.err = short(ctx)
		d.end(own)
		return own.err
	case other != nil:
		if err := other.wait(ctx); err != nil {
			return err
		}
	}
	err := usual(ctx)
	if timedOut(err) && ctx.Err() == nil {
		d.Silent()
	}
	return err
}

// begin returns the attempt that the caller has to make, or the one to wait for, or neither.
func (d *Door) begin() (own, other *attempt) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.silent {
		return nil, nil
	}
	switch {
	case d.attempt != nil:
		return nil, d.attempt
	case d.failed != nil && time.Now().Before(d.until):
		return nil, d.failed
	}
	d.attempt = &attempt{done: make(chan struct{})}
	return d.attempt, nil
}

// end publishes the outcome. Whoever refuses a connection is not silent.
func (d *Door) end(own *attempt) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.silent, d.attempt, d.failed = timedOut(own.err), nil, nil
	if d.silent {
		d.failed, d.until = own, time.Now().Add(pause)
	}
	close(own.done)
}

func (a *attempt) wait(ctx context.Context) error {
	select {
	case <-a.done:
	case <-ctx.Done():
		return ctx.Err()
	}
	if a.err != nil {
		return fmt.Errorf("%w: %w", ErrSilent, a.err)
	}
	return nil
}

func timedOut(err error) bool {
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded) || os.IsTimeout(err)
}
