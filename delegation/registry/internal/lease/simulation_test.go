package lease_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/delegation/registry/internal/lease"
)

// database is what a [lease.Store] keeps, behind a network that delays and loses.
type database struct {
	mu       sync.Mutex
	epoch    int64
	changes  []lease.Change // that of epoch n is at n-1
	rows     map[string]lease.Row
	versions map[string]int64 // what the changes are of: the epoch of the last one, by key
	random   *rand.Rand
	lossy    bool
}

var errLost = errors.New("lost")

// do runs a statement after a delay, or not at all, or, if it writes, after its sender has given
// it up.
func (d *database) do(ctx context.Context, writes bool, statement func()) error {
	d.mu.Lock()
	there, back, luck := d.delay(), d.delay(), d.random.IntN(100)
	d.mu.Unlock()
	run := func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		statement()
	}
	if d.lossy && luck < 5 {
		return sleep(ctx, there, errLost)
	}
	if d.lossy && writes && luck < 15 {
		time.AfterFunc(10*there, run)
		return sleep(ctx, there, errLost)
	}
	if err := sleep(ctx, there, nil); err != nil {
		return err
	}
	run()
	return sleep(ctx, back, nil)
}

func (d *database) delay() time.Duration {
	delay := time.Duration(d.random.IntN(5_000)) * time.Microsecond
	if d.lossy && d.random.IntN(4) == 0 {
		delay *= 200
	}
	return delay
}

func sleep(ctx context.Context, d time.Duration, err error) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return err
	}
}

func (d *database) Hold(ctx context.Context, row lease.Row) error {
	return d.do(ctx, true, func() {
		if old, found := d.rows[row.Holder]; !found || old.Term < row.Term {
			d.rows[row.Holder] = row
		}
	})
}

func (d *database) Since(ctx context.Context, epoch int64) (news lease.News, err error) {
	err = d.do(ctx, false, func() {
		news = lease.News{Epoch: d.epoch, Changes: append([]lease.Change(nil), d.changes[epoch:]...)}
	})
	return news, err
}

func (d *database) Rows(ctx context.Context) (epoch int64, rows []lease.Row, err error) {
	err = d.do(ctx, false, func() {
		epoch = d.epoch
		for _, row := range d.rows {
			rows = append(rows, row)
		}
	})
	return epoch, rows, err
}

func (d *database) Remove(ctx context.Context, row lease.Row) error {
	return d.do(ctx, true, func() {
		if d.rows[row.Holder].Term <= row.Term {
			delete(d.rows, row.Holder)
		}
	})
}

// link is a replica's way to the database for renewals, which is cut for four seconds of ten.
type link struct {
	*database
	joined time.Time
}

func (l link) Hold(ctx context.Context, row lease.Row) error {
	if l.lossy && time.Since(l.joined)%(10*time.Second) > 6*time.Second {
		<-ctx.Done()
		return ctx.Err()
	}
	return l.database.Hold(ctx, row)
}

// commit takes away what a key has, and returns the epoch.
func (d *database) commit(key string) int64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.epoch++
	d.changes = append(d.changes, lease.Change{Kind: "key", Key: key})
	d.versions[key] = d.epoch
	return d.epoch
}

// world is a database with replicas and commands, and what every request may expect.
type world struct {
	*database
	t *testing.T

	expect  sync.Mutex
	floors  map[string]int64 // the greatest epoch of a command that has returned, by key
	answers struct{ memory, database, disobeyed int }
}

// request answers from memory or from the database, and is held against what had returned
// when it began.
func (w *world) request(ctx context.Context, holder *lease.Holder, memory *lease.Memory[int64], key string) {
	w.expect.Lock()
	floor := w.floors[key]
	w.expect.Unlock()
	q, _ := holder.Ask(ctx)
	version, found := memory.Find(q, key)
	if !found {
		fill := holder.Fill()
		if w.do(ctx, false, func() { version = w.versions[key] }) != nil {
			return // 503
		}
		memory.Keep(fill, key, version, lease.Change{Kind: "key", Key: key})
	}
	w.expect.Lock()
	defer w.expect.Unlock()
	if found {
		w.answers.memory++
	} else {
		w.answers.database++
	}
	if version < floor {
		w.answers.disobeyed++
	}
}

// command takes something away and waits, and returns how long that took.
func (w *world) command(ctx context.Context, key string) time.Duration {
	epoch := w.commit(key)
	begun := time.Now()
	if lease.Await(ctx, w.database) != nil {
		return 0
	}
	w.expect.Lock()
	defer w.expect.Unlock()
	w.floors[key] = max(w.floors[key], epoch)
	return time.Since(begun)
}

// drifting is a clock that runs by a factor of the right one, and cannot step.
func drifting(factor float64) func() time.Time {
	zero := time.Now()
	return func() time.Time { return zero.Add(time.Duration(float64(time.Since(zero)) * factor)) }
}

// play lets replicas and commands run for a time, and returns the longest that a command took.
func (w *world) play(length time.Duration, clock float64) (longest time.Duration) {
	ctx, cancel := context.WithTimeout(w.t.Context(), length)
	defer cancel()
	var all sync.WaitGroup
	for r := range 3 {
		all.Go(func() { w.replica(ctx, rand.New(rand.NewPCG(uint64(r), 7)), drifting(clock)) })
	}
	for c := range 2 {
		random := rand.New(rand.NewPCG(uint64(c), 8))
		all.Go(func() {
			for sleep(ctx, time.Duration(random.IntN(2_000))*time.Millisecond, nil) == nil {
				took := w.command(ctx, keyOf(random))
				w.expect.Lock()
				longest = max(longest, took)
				w.expect.Unlock()
			}
		})
	}
	all.Wait()
	return longest
}

func keyOf(random *rand.Rand) string { return fmt.Sprint(random.IntN(3)) }

// replica renews its lease and answers, and begins anew now and then.
func (w *world) replica(ctx context.Context, random *rand.Rand, now func() time.Time) {
	for ctx.Err() == nil {
		holder := lease.NewHolder(link{w.database, time.Now()}, now)
		memory, err := lease.NewMemory[int64](holder, 2+random.IntN(2)) // of three keys: with two, entries make room
		if err != nil {
			w.t.Error(err)
			return
		}
		life, end := context.WithTimeout(ctx, time.Duration(5+random.IntN(60))*time.Second)
		var all sync.WaitGroup
		all.Go(func() { holder.Run(life, nil) })
		for range 4 {
			pace := rand.New(rand.NewPCG(random.Uint64(), 9))
			all.Go(func() {
				for sleep(life, time.Duration(1+pace.IntN(40))*time.Millisecond, nil) == nil {
					w.request(life, holder, memory, keyOf(pace))
				}
			})
		}
		all.Wait()
		end()
	}
}

// TestSimulation: on time that is not real, the code does what the model does, with clocks as
// wrong as they may be; with clocks that are wrong by more, the test sees it.
func TestSimulation(t *testing.T) {
	for _, c := range []struct {
		name  string
		lossy bool
		clock float64 // of the replicas; the commands' is right
		obeys bool
	}{
		{name: "quiet", clock: 1, obeys: true},
		{name: "losses", lossy: true, clock: 1, obeys: true},
		{name: "losses and slow clocks", lossy: true, clock: 0.91, obeys: true},
		{name: "losses and clocks that are wrong", lossy: true, clock: 0.5},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				is := is.New(t)
				w := &world{t: t, floors: map[string]int64{}, database: newDatabase()}
				w.lossy = c.lossy
				longest := w.play(10*time.Minute, c.clock)
				t.Logf("%+v, %d changes, a command took %s at most", w.answers, w.epoch, longest)
				is.Equal(w.answers.disobeyed == 0, c.obeys) // what has returned is obeyed, by right clocks
				is.True(w.answers.memory > 1_000)           // memory answers
				is.True(w.epoch > 100)                      // there was something to obey
				is.True(longest < 2*time.Second)            // no command waits for longer
			})
		})
	}
}
