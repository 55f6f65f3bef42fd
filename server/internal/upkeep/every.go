package upkeep

import (
	"context"
	"sync"
	"time"
)

// Every does work again and again until ctx ends, the first time after the interval. Each time has a time-out of its
// own, so that work which hangs is done again. Errors go to report.
func Every(ctx context.Context, interval, atMost time.Duration, work func(context.Context) error, report func(error)) {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		within, cancel := context.WithTimeout(ctx, atMost)
		if err := work(within); err != nil && ctx.Err() == nil {
			report(err)
		}
		cancel()
	}
}

// repeatAfter is after how long the errors of one kind of work are reported again.
const repeatAfter = time.Minute

// Sparing returns a report that passes the first error on to another, and after that one a minute: with how many were
// left out since. It is safe for concurrent use.
func Sparing(now func() time.Time, report func(err error, omitted int)) func(error) {
	var mu sync.Mutex
	var last time.Time
	omitted := 0
	return func(err error) {
		mu.Lock()
		defer mu.Unlock()
		if at := now(); last.IsZero() || at.Sub(last) >= repeatAfter || at.Before(last) {
			report(err, omitted)
			last, omitted = at, 0
			return
		}
		omitted++
	}
}
