package server

import (
	"time"

	"golang.org/x/time/rate"
)

// MaxLimiters is how many limiters are remembered.
const MaxLimiters = maxLimiters

// Limiters is a set of limiters as tests see it.
type Limiters struct{ all *limiters[int] }

// NewLimiters returns limiters of a quota a minute.
func NewLimiters(quota int) Limiters {
	return Limiters{newLimiters[int](rate.Limit(float64(quota)/60), quota)}
}

// Take takes one from the limiters of all keys, or says how long to wait.
func (l Limiters) Take(now time.Time, keys ...int) time.Duration {
	found := make([]*rate.Limiter, len(keys))
	for i, key := range keys {
		found[i] = l.all.of(key, now)
	}
	return take(now, found...)
}

// Known is how many limiters are remembered now.
func (l Limiters) Known() int { return len(l.all.known) }
