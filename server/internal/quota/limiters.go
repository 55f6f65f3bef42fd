package quota

import (
	"cmp"
	"slices"
	"time"

	"golang.org/x/time/rate"
)

// MaxLimiters is how many limiters of one quota are remembered. It bounds the
// memory, not the number of callers.
const MaxLimiters = 10_000

// Limiters hold one quota for each of many keys. They are not safe for
// concurrent use.
type Limiters[K comparable] struct {
	pace  rate.Limit // what is regained in a second
	quota int        // what may be taken at once
	known map[K]*rate.Limiter
}

// NewLimiters returns limiters of a quota for every interval.
func NewLimiters[K comparable](quota int, interval time.Duration) *Limiters[K] {
	return &Limiters[K]{pace: pace(quota, interval), quota: quota, known: map[K]*rate.Limiter{}}
}

// pace is how much of a quota is regained in a second.
func pace(quota int, interval time.Duration) rate.Limit {
	return rate.Limit(float64(quota) / interval.Seconds())
}

// Known returns how many limiters are remembered.
func (l *Limiters[K]) Known() int { return len(l.known) }

// Of returns the limiter of a key. It forgets others if there are too many.
func (l *Limiters[K]) Of(key K, now time.Time) *rate.Limiter {
	limiter, known := l.known[key]
	if known {
		return limiter
	}
	if len(l.known) >= MaxLimiters {
		l.forget(now)
	}
	limiter = rate.NewLimiter(l.pace, l.quota)
	l.known[key] = limiter
	return limiter
}

// forget removes a quarter of the limiters, which makes looking at all of them
// cheap. A key whose limiter is removed has its whole quota again. Therefore those
// are removed that have the most left, and a limiter that has nothing left only
// if none of the others has.
func (l *Limiters[K]) forget(now time.Time) {
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

// Take takes one from every limiter and returns zero, or it takes nothing and
// returns how long to wait.
func Take(now time.Time, limiters ...*rate.Limiter) (wait time.Duration) {
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
