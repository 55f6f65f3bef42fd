// Package ratestest checks what package rates demands of a host's contract.
//
//	ratestest.Counter(t, open(t, address))
package ratestest

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/delegation/rates"
)

// Counter checks a [rates.Counter]. It takes from buckets of client ids that begin
// with ratestest, which nothing may have been taken from within the last minute.
func Counter(t *testing.T, counter rates.Counter) {
	t.Helper()
	for name, check := range map[string]func(*testing.T, rates.Counter){
		"takes from all buckets or from none": takesFromAllOrNone,
		"keeps buckets apart":                 keepsBucketsApart,
		"gives back over the minute":          givesBack,
		"lets no more through at once":        letsNoMoreThrough,
		"has room for the greatest quota":     hasRoom,
	} {
		t.Run(name, func(t *testing.T) { check(t, counter) })
	}
}

// bucket returns a bucket of the application itself.
func bucket(clientID string, quota int) rates.Bucket {
	return rates.Bucket{Class: rates.Reads, ClientID: "ratestest " + clientID, Quota: quota}
}

// of returns the bucket of a user.
func of(userID string, b rates.Bucket) rates.Bucket {
	b.UserID = userID
	return b
}

// take takes from the buckets.
func take(t *testing.T, counter rates.Counter, buckets ...rates.Bucket) rates.Taken {
	t.Helper()
	is := is.New(t)
	taken, err := counter.Take(t.Context(), buckets)
	is.NoErr(err)
	is.Equal(len(taken.Left), len(buckets)) // what is left of each, in their order
	return taken
}

// about reports whether a number is what was expected, as far as some seconds of a
// minute went by meanwhile.
func about(got, want, quota float64) bool { return got >= want && got <= want+quota/6 }

func takesFromAllOrNone(t *testing.T, counter rates.Counter) {
	is := is.New(t)
	app := bucket("all", 3)
	alice, bob := of("alice", bucket("all", 1)), of("bob", bucket("all", 1))
	first := take(t, counter, app, alice)
	is.Equal(first.Wait, time.Duration(0))
	is.True(about(first.Left[0], 2, 3) && about(first.Left[1], 0, 1)) // one from each
	for range 3 {
		refused := take(t, counter, app, alice)
		is.True(refused.Wait > 30*time.Second && refused.Wait <= time.Minute) // until there is one again
		is.True(about(refused.Left[0], 2, 3) && about(refused.Left[1], 0, 1)) // nothing was taken, from either
	}
	is.Equal(take(t, counter, app, bob).Wait, time.Duration(0)) // so there is enough for another user
	is.True(about(take(t, counter, app).Left[0], 0, 3))
}

func keepsBucketsApart(t *testing.T, counter rates.Counter) {
	is := is.New(t)
	app := bucket("apart", 1)
	is.Equal(take(t, counter, app).Wait, time.Duration(0))
	is.True(take(t, counter, app).Wait > 0)
	write, larger := app, bucket("apart", 2)
	write.Class = rates.Writes
	for _, other := range []rates.Bucket{write, larger, bucket("other", 1), of("alice", app), bucket("apart}", 1)} {
		is.Equal(take(t, counter, other).Wait, time.Duration(0)) // a bucket that is not known is full
	}
}

func givesBack(t *testing.T, counter rates.Counter) {
	is := is.New(t)
	fast := bucket("back", 60_000) // one comes back each millisecond
	var wait time.Duration
	slow := of("alice", bucket("back", 6_000))
	for wait == 0 && t.Context().Err() == nil {
		wait = take(t, counter, fast, slow).Wait
	}
	is.True(wait > 0 && wait <= 20*time.Millisecond) // the user's came to its end, and comes back soon
	timer := time.NewTimer(wait + 10*time.Millisecond)
	defer timer.Stop()
	<-timer.C
	is.Equal(take(t, counter, fast, slow).Wait, time.Duration(0)) // who waited is let through
}

func letsNoMoreThrough(t *testing.T, counter rates.Counter) {
	is := is.New(t)
	var through atomic.Int64
	var wait sync.WaitGroup
	for range 40 {
		wait.Go(func() {
			taken, err := counter.Take(context.WithoutCancel(t.Context()), []rates.Bucket{bucket("at once", 10)})
			if err == nil && taken.Wait == 0 {
				through.Add(1)
			}
		})
	}
	wait.Wait()
	is.True(through.Load() >= 10 && through.Load() <= 15) // the quota, and what came back meanwhile
}

func hasRoom(t *testing.T, counter rates.Counter) {
	is := is.New(t)
	taken := take(t, counter, bucket("greatest", 999_999_999))
	is.Equal(taken.Wait, time.Duration(0))
	is.True(taken.Left[0] > 999_999_000) // a great number loses nothing
}
