package lease_test

import (
	"context"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/delegation/registry/internal/lease"
)

// gaps is a database that has forgotten its changes.
type gaps struct{ *database }

func (g gaps) Since(ctx context.Context, epoch int64) (lease.News, error) {
	news, err := g.database.Since(ctx, epoch)
	return lease.News{Epoch: news.Epoch, Gap: true}, err
}

func newDatabase() *database {
	return &database{rows: map[string]lease.Row{}, versions: map[string]int64{}, random: rand.New(rand.NewPCG(1, 2))}
}

// of is what a value depends on.
func of(key string) lease.Change { return lease.Change{Kind: "key", Key: key} }

// remembered returns a memory of three entries, a, b and c, under a good lease.
func remembered(t *testing.T, store lease.Store, now func() time.Time) (*lease.Holder, *lease.Memory[string]) {
	t.Helper()
	is := is.New(t)
	holder := lease.NewHolder(store, now)
	memory, err := lease.NewMemory[string](holder, 3)
	is.NoErr(err)
	is.NoErr(holder.Renew(t.Context()))
	for _, key := range []string{"a", "b", "c"} {
		is.Equal(finds(holder, memory, key), 0) // nothing is found that was not kept
		memory.Keep(holder.Fill(), key, "value of "+key, of(key), of("everyone"))
	}
	return holder, memory
}

func finds(holder *lease.Holder, memory *lease.Memory[string], keys ...string) (found int) {
	for _, key := range keys {
		q, _ := holder.Ask(context.Background())
		if value, ok := memory.Find(q, key); ok && value == "value of "+key {
			found++
		}
	}
	return found
}

func TestMemory(t *testing.T) {
	for name, test := range map[string]func(*testing.T, *is.I){
		"a change is forgotten by its key": func(t *testing.T, is *is.I) {
			d := newDatabase()
			holder, memory := remembered(t, d, time.Now)
			d.commit("b")
			is.Equal(finds(holder, memory, "a", "b", "c"), 3) // the lease is good, no command has returned
			is.NoErr(holder.Renew(t.Context()))
			is.Equal(finds(holder, memory, "a", "c"), 2) // the others stay
			is.Equal(finds(holder, memory, "b"), 0)
			d.commit("everyone")
			is.NoErr(holder.Renew(t.Context()))
			is.Equal(memory.Len(), 0) // all that depends on it
		},
		"a gap is everything": func(t *testing.T, is *is.I) {
			holder, memory := remembered(t, gaps{newDatabase()}, time.Now)
			is.NoErr(holder.Renew(t.Context()))
			is.Equal(memory.Len(), 0)
		},
		"an epoch that went back is everything": func(t *testing.T, is *is.I) {
			d := newDatabase()
			d.commit("x")
			holder, memory := remembered(t, d, time.Now)
			d.epoch = 0
			is.NoErr(holder.Renew(t.Context()))
			is.Equal(memory.Len(), 0)
		},
		"it is bounded": func(t *testing.T, is *is.I) {
			holder, memory := remembered(t, newDatabase(), time.Now)
			memory.Keep(holder.Fill(), "d", "value of d")
			is.Equal(memory.Len(), 3)
			is.Equal(finds(holder, memory, "a", "d"), 1) // the one that was not used for longest made room
		},
		"no lease, no answer": func(t *testing.T, is *is.I) {
			holder, memory := remembered(t, newDatabase(), time.Now)
			time.AfterFunc(lease.Length-lease.Margin, func() { is.Equal(finds(holder, memory, "a", "b", "c"), 0) })
			time.AfterFunc(lease.Length-2*lease.Margin, func() { is.Equal(finds(holder, memory, "a", "b", "c"), 3) })
			is.True(sleep(t.Context(), 2*lease.Length, nil) == nil)
		},
		"a machine that was suspended has no lease": func(t *testing.T, is *is.I) {
			var suspended time.Duration
			now := func() time.Time { // the monotonic clock stood still, the wall clock did not
				at := time.Now()
				if suspended > 0 {
					return at.Round(0).Add(suspended)
				}
				return at
			}
			holder, memory := remembered(t, newDatabase(), now)
			suspended = time.Minute
			is.Equal(finds(holder, memory, "a", "b", "c"), 0)
		},
		"who stops leaves": func(t *testing.T, is *is.I) {
			d := newDatabase()
			holder, memory := remembered(t, d, time.Now)
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			holder.Run(ctx, nil)
			is.Equal(finds(holder, memory, "a", "b", "c"), 0) // nothing renews the lease any more
			is.Equal(len(d.rows), 0)                          // no command waits for it
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { test(t, is.New(t)) })
		})
	}
}

// TestAwait: a command that is interrupted returns an error, because it cannot tell that it is
// obeyed.
func TestAwait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		d := newDatabase()
		is.NoErr(lease.Await(t.Context(), d)) // there is no replica
		remembered(t, d, time.Now)
		d.commit("a")
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		is.True(lease.Await(ctx, d) != nil)
		is.NoErr(lease.Await(t.Context(), d)) // after the lease has ended
		is.Equal(len(d.rows), 0)              // no other command waits for it
		_, err := lease.NewMemory[string](lease.NewHolder(d, time.Now), 0)
		is.True(err != nil) // a memory is bounded
	})
}
