// Package latest holds the result of work that may hang. However many ask for it,
// one goroutine does the work at a time, and no one waits for longer than they have
// patience:
//
//	value := latest.New(readDisk, time.Second, 15*time.Second)
//	free, ok := value.Get()
//
// What it is for is to look at a database that may be silent, from requests that
// anyone may send: they cannot make it do more work than it bears.
package latest

import (
	"context"
	"sync"
	"time"
)

// Value is the latest result of work. It is safe for concurrent use.
type Value[T any] struct {
	work           func(context.Context) T
	patience, keep time.Duration

	mu   sync.Mutex
	last *run[T]
}

// run is one run of the work.
type run[T any] struct {
	began  time.Time
	done   chan struct{} // closed when result is there
	result T
}

// New returns a value. The context of the work ends shortly before patience is
// over, and a result is kept until keep has passed since the work began.
func New[T any](work func(context.Context) T, patience, keep time.Duration) *Value[T] {
	return &Value[T]{work: work, patience: patience, keep: keep}
}

// Get returns the result of a run that began less than keep ago, or waits for the
// one that is under way. It returns false if there is none after patience.
func (v *Value[T]) Get() (T, bool) {
	r := v.current()
	timer := time.NewTimer(v.patience)
	defer timer.Stop()
	select {
	case <-r.done:
		return r.result, true
	case <-timer.C:
		var none T
		return none, false
	}
}

// current returns the run to wait for. It begins one if the last one has ended and
// is too old.
func (v *Value[T]) current() *run[T] {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.last != nil && (!v.last.ended() || time.Since(v.last.began) < v.keep) {
		return v.last
	}
	r := &run[T]{began: time.Now(), done: make(chan struct{})}
	v.last = r
	go func() {
		defer close(r.done)
		ctx, cancel := context.WithTimeout(context.Background(), v.patience*9/10)
		defer cancel()
		r.result = v.work(ctx)
	}()
	return r
}

func (r *run[T]) ended() bool {
	select {
	case <-r.done:
		return true
	default:
		return false
	}
}
