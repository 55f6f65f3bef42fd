//go:build linux

package stand

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// The pace of a worker.
const (
	pause        = 5 * time.Millisecond   // after an answer
	pauseRefused = 100 * time.Millisecond // after a refusal
)

// Load is a number of workers that create rooms, list them and get tokens, until
// they are stopped. Every create has a key of its own.
type Load struct {
	Client *Client
	Before *Tally // requests that began and ended before the fault
	During *Tally // the others, to the end of the fault and until it is over

	fault  atomic.Bool
	cancel context.CancelFunc
	wait   sync.WaitGroup

	mu           sync.Mutex
	acknowledged map[string]string // ids of rooms by key
	pending      map[string]bool   // keys of requests that were not granted
}

// StartLoad starts so many workers.
func StartLoad(ctx context.Context, client *Client, workers int) *Load {
	ctx, cancel := context.WithCancel(ctx)
	l := &Load{Client: client, Before: NewTally(), During: NewTally(), cancel: cancel,
		acknowledged: map[string]string{}, pending: map[string]bool{}}
	prefix := strconv.FormatInt(time.Now().UnixNano(), 36)
	for worker := range workers {
		l.wait.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
				l.step(ctx, worker+n, fmt.Sprintf("k%s-%d-%d", prefix, worker, n))
			}
		})
	}
	return l
}

// step sends one request and counts its answer.
func (l *Load) step(ctx context.Context, turn int, key string) {
	fault := l.fault.Load()
	var answer Answer
	switch turn % 4 {
	case 0:
		answer = l.Client.Token(ctx)
	case 1:
		answer = l.Client.List(ctx)
	default:
		answer = l.Create(ctx, key)
	}
	if ctx.Err() != nil {
		return // given up by us
	}
	if fault || l.fault.Load() {
		l.During.Add(answer, true)
	} else {
		l.Before.Add(answer, false)
	}
	if answer.OK() {
		wait(ctx, pause)
	} else {
		wait(ctx, pauseRefused)
	}
}

// Create creates a room and notes whether that was acknowledged.
func (l *Load) Create(ctx context.Context, key string) Answer {
	answer := l.Client.Create(ctx, key)
	l.mu.Lock()
	defer l.mu.Unlock()
	if answer.OK() && answer.ID != "" {
		l.acknowledged[key] = answer.ID
		delete(l.pending, key)
	} else {
		l.pending[key] = true
	}
	return answer
}

// wait waits for the time, or until ctx ends.
func wait(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// Fault makes the load count its answers as those during a fault.
func (l *Load) Fault() { l.fault.Store(true) }

// Stop ends the workers.
func (l *Load) Stop() {
	l.cancel()
	l.wait.Wait()
}

// Acknowledged returns the ids of rooms by key.
func (l *Load) Acknowledged() map[string]string {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := make(map[string]string, len(l.acknowledged))
	for key, id := range l.acknowledged {
		all[key] = id
	}
	return all
}

// Settle sends the requests again that were not granted, as a stock client does,
// until each is, or until the limit. It returns how many there were, and how long the
// last one took.
func (l *Load) Settle(ctx context.Context, limit time.Duration) (n int, longest time.Duration, err error) {
	l.mu.Lock()
	keys := make(chan string, len(l.pending))
	for key := range l.pending {
		keys <- key
	}
	n = len(l.pending)
	l.mu.Unlock()
	close(keys)
	began := time.Now()
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			for key := range keys {
				failed := l.settle(ctx, key)
				mu.Lock()
				longest = max(longest, time.Since(began))
				if failed != nil && err == nil {
					err = failed
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return n, longest, err
}

// settle sends one request until it is granted.
func (l *Load) settle(ctx context.Context, key string) error {
	var last Answer
	for ctx.Err() == nil {
		answer := l.Create(ctx, key)
		switch {
		case answer.OK():
			return nil
		case answer.Status == 401:
			_ = l.Client.Token(ctx) // tried again below
		case ctx.Err() == nil:
			last = answer
		}
		wait(ctx, pauseRefused)
	}
	return fmt.Errorf("a request that was sent again is not granted: %d %s (Retry-After %s)",
		last.Status, last.Code, last.RetryAfter)
}
