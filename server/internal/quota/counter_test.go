package quota_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/delegation/rates"
	"github.com/anteroom-go/anteroom/delegation/rates/ratestest"
	"github.com/anteroom-go/anteroom/server/internal/quota"
)

func TestMemory(t *testing.T) { ratestest.Counter(t, quota.NewMemory(time.Now)) }

func TestSharedPassesOn(t *testing.T) {
	ratestest.Counter(t, quota.NewShared(quota.NewMemory(time.Now), time.Now, slog.New(slog.DiscardHandler)))
}

// brittle is a counter that may be away.
type brittle struct {
	rates.Counter
	err   error
	asked int
}

func (b *brittle) Take(ctx context.Context, buckets []rates.Bucket) (rates.Taken, error) {
	b.asked++
	if b.err != nil {
		return rates.Taken{}, b.err
	}
	return b.Counter.Take(ctx, buckets)
}

func TestSharedCountsForItselfMeanwhile(t *testing.T) {
	is := is.New(t)
	now, log := time.Unix(1e9, 0), new(strings.Builder)
	clock := func() time.Time { return now }
	to := &brittle{Counter: quota.NewMemory(clock)}
	shared := quota.NewShared(to, clock, slog.New(slog.NewTextHandler(log, nil)))
	left := func() float64 {
		taken, err := shared.Take(t.Context(), []rates.Bucket{{Class: rates.Reads, ClientID: "app", Quota: 10}})
		is.NoErr(err) // a request is never refused because the counter is away
		return taken.Left[0]
	}
	is.Equal(left(), 9.0)
	to.err = errors.New("refused" + strings.Repeat("x", 9000))
	is.Equal(left(), 9.0) // the limits of this server, of which nothing was used
	is.Equal(left(), 8.0)
	is.Equal(to.asked, 2) // the counter that failed is left alone
	now = now.Add(2 * time.Second)
	left()
	is.Equal(to.asked, 3)                                     // for a second
	is.Equal(strings.Count(log.String(), "\n"), 1)            // one record for the change
	is.True(strings.Contains(log.String(), "are not shared")) // which tells of it
	is.True(len(log.String()) < 1000)                         // in bounds
	to.err = nil
	now = now.Add(2 * time.Second)
	is.True(left() < 9) // the shared quota again, of which one was used
	left()
	is.Equal(to.asked, 5)
	is.Equal(strings.Count(log.String(), "\n"), 2)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	to.err = ctx.Err()
	_, err := shared.Take(ctx, []rates.Bucket{{Class: rates.Reads, ClientID: "app", Quota: 10}})
	is.NoErr(err)
	is.Equal(strings.Count(log.String(), "\n"), 2) // a caller who left is no failure
}

func TestLimitsInForce(t *testing.T) {
	server := rates.Limits{Reads: rates.Quota{Application: 10, User: 5}, Concurrent: 2}
	const servers = `"reads-application";r=9;t=54, "reads-user";r=4;t=48`
	none, reads := rates.Limits{Off: true}, rates.Quota{Application: 20, User: 1}
	tests := map[string]struct {
		server, own rates.Limits
		want        string
		places      int // 0 is no limit
	}{
		"the server's": {server, rates.Limits{}, servers, 2},
		"the application's": {server, rates.Limits{Reads: reads, Concurrent: 1},
			`"reads-application";r=19;t=57, "reads-user";r=0;t=60`, 1},
		"of other classes": {server, rates.Limits{Tokens: 1}, servers, 2},
		"half of them": {server, rates.Limits{Reads: rates.Quota{User: 1}},
			`"reads-application";r=9;t=54, "reads-user";r=0;t=60`, 2},
		"none for the application": {server, none, "", 0},
		"none":                     {none, rates.Limits{}, "", 0},
		"none but the application's": {none, rates.Limits{Reads: rates.Quota{Application: 20}, Concurrent: 1},
			`"reads-application";r=19;t=57`, 1},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			now := time.Now()
			meters := quota.NewMeters(test.server, quota.NewMemory(func() time.Time { return now }))
			holder := quota.Holder{ClientID: "app", UserID: "alice", Own: test.own}
			usage, err := meters.Count(t.Context(), rates.Reads, holder)
			is.NoErr(err)
			is.Equal(usage.String(), test.want)
			places := 0
			for ; places < 10; places++ {
				if _, entered := meters.Enter(holder); !entered {
					break
				}
			}
			is.Equal(places%10, test.places)
		})
	}
}

func TestPlaces(t *testing.T) {
	is := is.New(t)
	places := quota.NewPlaces()
	first, entered := places.Enter("app", 2)
	is.True(entered)
	second, entered := places.Enter("app", 2)
	is.True(entered)
	refused, entered := places.Enter("app", 2)
	is.True(!entered) // all are taken
	refused()
	_, entered = places.Enter("app", 2)
	is.True(!entered) // who was refused gives nothing back
	_, entered = places.Enter("other", 1)
	is.True(entered) // another application has its own
	first()
	first() // a place is given back once
	_, entered = places.Enter("app", 2)
	is.True(entered)
	_, entered = places.Enter("app", 2)
	is.True(!entered)
	second()
	_, entered = places.Enter("app", 2)
	is.True(entered)
}
