package server_test

import (
	"testing"
	"time"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/server"
)

func TestLimitersTakeFromAllOrNone(t *testing.T) {
	is := is.New(t)
	now := time.Now()
	limiters := server.NewLimiters(2)
	is.Equal(limiters.Take(now, 1, 2), time.Duration(0))
	is.Equal(limiters.Take(now, 1), time.Duration(0))
	is.Equal(limiters.Take(now, 1, 2), 30*time.Second) // the first has nothing left
	is.Equal(limiters.Take(now, 2), time.Duration(0))  // so nothing was taken from the second
	is.Equal(limiters.Take(now, 2), 30*time.Second)    // a refused one takes nothing either
	is.Equal(limiters.Take(now, 2), 30*time.Second)
}

// TestLimitersWait holds the promise of Retry-After for every kind of quota.
func TestLimitersWait(t *testing.T) {
	for quota := 1; quota <= 700; quota += 3 {
		is := is.New(t)
		now, limiters := time.Now(), server.NewLimiters(quota)
		for range quota {
			is.Equal(limiters.Take(now, 1), time.Duration(0)) // the whole quota at once
		}
		for range 5 {
			wait := limiters.Take(now, 1)
			is.True(wait > 0)
			is.True(limiters.Take(now.Add(wait-2), 1) > 0) // not a moment earlier
			now = now.Add(wait)
			is.Equal(limiters.Take(now, 1), time.Duration(0)) // who waited as long as was said is let through
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
			limiters := server.NewLimiters(3)
			for range 3 {
				limiters.Take(now, limited)
			}
			limiters.Take(now, nearly)
			limiters.Take(now, nearly)
			most := 0
			for key := range 3 * server.MaxLimiters {
				for range taken(key) {
					limiters.Take(now, key)
				}
				most = max(most, limiters.Known())
			}
			is.Equal(most, server.MaxLimiters)                     // the memory is bounded
			is.True(limiters.Take(now, limited) > 0)               // who is limited stays so
			is.Equal(limiters.Take(now, nearly), time.Duration(0)) // nobody is limited who was not
		})
	}
}

func TestLimitersForgetWhenAllAreLimited(t *testing.T) {
	is := is.New(t)
	now, limiters := time.Now(), server.NewLimiters(1)
	for key := range 2 * server.MaxLimiters {
		is.Equal(limiters.Take(now, key), time.Duration(0)) // newcomers do not pay for it
		is.True(limiters.Known() <= server.MaxLimiters)     // and the memory is bounded
	}
}
