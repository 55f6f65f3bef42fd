package quota_test

import (
	"testing"
	"time"

	"github.com/matryer/is"
	"golang.org/x/time/rate"

	"github.com/anteroom-go/anteroom/server/internal/quota"
)

// newLimiters returns limiters of a quota a minute.
func newLimiters(n int) *quota.Limiters[int] { return quota.NewLimiters[int](n, time.Minute) }

// take takes one from the limiters of all keys, or returns how long to wait.
func take(limiters *quota.Limiters[int], now time.Time, keys ...int) time.Duration {
	found := make([]*rate.Limiter, len(keys))
	for i, key := range keys {
		found[i] = limiters.Of(key, now)
	}
	return quota.Take(now, found...)
}

func TestLimitersTakeFromAllOrNone(t *testing.T) {
	is := is.New(t)
	now := time.Now()
	limiters := newLimiters(2)
	is.Equal(take(limiters, now, 1, 2), time.Duration(0))
	is.Equal(take(limiters, now, 1), time.Duration(0))
	is.Equal(take(limiters, now, 1, 2), 30*time.Second) // the first has nothing left
	is.Equal(take(limiters, now, 2), time.Duration(0))  // so nothing was taken from the second
	is.Equal(take(limiters, now, 2), 30*time.Second)    // a refused one takes nothing either
	is.Equal(take(limiters, now, 2), 30*time.Second)
}

// TestLimitersWait holds the promise of Retry-After for every kind of quota.
func TestLimitersWait(t *testing.T) {
	for most := 1; most <= 700; most += 3 {
		is := is.New(t)
		now, limiters := time.Now(), newLimiters(most)
		for range most {
			is.Equal(take(limiters, now, 1), time.Duration(0)) // the whole quota at once
		}
		for range 5 {
			wait := take(limiters, now, 1)
			is.True(wait > 0)
			is.True(take(limiters, now.Add(wait-2), 1) > 0) // not a moment earlier
			now = now.Add(wait)
			is.Equal(take(limiters, now, 1), time.Duration(0)) // who waited as long as was said is let through
		}
	}
}

func TestLimitersForget(t *testing.T) {
	const limited, nearly = -1, -2
	now := time.Now()
	tests := map[string]func(key int) int{
		"while the others have most left":      func(int) int { return 1 },
		"while the others have some left":      func(int) int { return 2 },
		"while a fifth of the others has none": func(key int) int { return 2 + max(0, key%5-3) },
	}
	for name, taken := range tests {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			limiters := newLimiters(3)
			for range 3 {
				take(limiters, now, limited)
			}
			take(limiters, now, nearly)
			take(limiters, now, nearly)
			most := 0
			for key := range 3 * quota.MaxLimiters {
				for range taken(key) {
					take(limiters, now, key)
				}
				most = max(most, limiters.Known())
			}
			is.Equal(most, quota.MaxLimiters)                       // the memory is bounded
			is.True(take(limiters, now, limited) > 0)               // who is limited stays so
			is.Equal(take(limiters, now, nearly), time.Duration(0)) // no caller is limited who was not
		})
	}
}

func TestLimitersForgetWhenAllAreLimited(t *testing.T) {
	is := is.New(t)
	now, limiters := time.Now(), newLimiters(1)
	for key := range 2 * quota.MaxLimiters {
		is.Equal(take(limiters, now, key), time.Duration(0)) // newcomers do not pay for it
		is.True(limiters.Known() <= quota.MaxLimiters)       // and the memory is bounded
	}
}
