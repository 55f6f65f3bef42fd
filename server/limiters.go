package server

import (
	"cmp"
	"slices"
	"time"

	"golang.org/x/time/rate"
)

// maxLimiters is how many limiters of one quota are remembered: the memory is
// bounded, not the number of those who call.
const maxLimiters = 10_000

// limiters hold one quota for each of many keys. They are not safe for
// concurrent use.
type limiters[K comparable] struct {
	pace  rate.Limit // what is regained in a second
	quota int        // what may be taken at once
	known map[K]*rate.Limiter
}

func newLimiters[K comparable](pace rate.Limit, quota int) *limiters[K] {
	return &limiters[K]{pace: pace, quota: quota, known: map[K]*rate.Limiter{}}
}

// of finds the key's limiter, making room for it if need be.
func (l *limiters[K]) of(key K, now time.Time) *rate.Limiter {
	limiter, known := l.known[key]
	if known {
		return limiter
	}
	if len(l.known) >= maxLimiters {
		l.forget(now)
	}
	limiter = rate.NewLimiter(l.pace, l.quota)
	l.known[key] = limiter
	return limiter
}

// forget makes room. A forgotten key has its whole quota again, so those go that
// miss the least of it, and none that has nothing left while there are others. A
// quarter goes at a time, which makes looking at all of them cheap.
func (l *limiters[K]) forget(now time.Time) {
	type holder struct {
		key  K
		left float64
	}
	holders := make([]holder, 0, len(l.known))
	for key, limiter := range l.known {
		holders = append(holders, holder{key, limiter.TokensAt(now)})
	}
	slices.SortFunc(holders, func(a, b holder) int { return cmp.Compare(b.left, a.left) })
	n := len(holders) / 4
	if limited := slices.IndexFunc(holders, func(h holder) bool { return h.left < 1 }); limited > 0 {
		n = min(n, limited)
	}
	for _, h := range holders[:n] {
		delete(l.known, h.key)
	}
}

// take takes one from every limiter, or nothing from any: then it says how long
// to wait.
func take(now time.Time, limiters ...*rate.Limiter) (wait time.Duration) {
	taken := make([]*rate.Reservation, len(limiters))
	for i, limiter := range limiters {
		taken[i] = limiter.ReserveN(now, 1)
		wait = max(wait, taken[i].DelayFrom(now))
	}
	if wait > 0 {
		for _, one := range taken {
			one.CancelAt(now)
		}
	}
	return wait
}
