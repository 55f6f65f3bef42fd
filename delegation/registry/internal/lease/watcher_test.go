package lease_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/delegation/registry/internal/lease"
)

// told is a database that tells of commits, of other things than authority as well.
type told struct {
	*database
	commits int64
	away    bool
}

var errAway = errors.New("away")

func (d *told) version(context.Context) (int64, error) {
	if d.away {
		return 0, errAway
	}
	return d.epoch + d.commits, nil
}

// watched returns a watcher that runs, with a memory of three entries, and what ends it.
func watched(t *testing.T, d *told) (holder *lease.Holder, memory *lease.Memory[string], end func()) {
	t.Helper()
	is := is.New(t)
	holder = lease.NewWatcher(d, d.version)
	memory, err := lease.NewMemory[string](holder, 3)
	is.NoErr(err)
	_, good := holder.Ask(t.Context())
	is.True(!good) // it does not run
	ctx, cancel := context.WithCancel(t.Context())
	go holder.Run(ctx, nil)
	synctest.Wait()
	_, good = holder.Ask(t.Context())
	is.True(good)
	for _, key := range []string{"a", "b", "c"} {
		memory.Keep(holder.Fill(), key, "value of "+key, of(key))
	}
	return holder, memory, func() { cancel(); synctest.Wait() }
}

// TestWatcher: without a lease, every question obeys what was committed before it.
func TestWatcher(t *testing.T) {
	for name, test := range map[string]func(*is.I, *told, *lease.Holder, *lease.Memory[string]){
		"a change is obeyed at once": func(is *is.I, d *told, h *lease.Holder, m *lease.Memory[string]) {
			d.commit("b")
			is.Equal(finds(h, m, "a", "b", "c"), 2)
			is.Equal(finds(h, m, "b"), 0)
		},
		"other commits change nothing": func(is *is.I, d *told, h *lease.Holder, m *lease.Memory[string]) {
			d.commits += 3
			is.Equal(finds(h, m, "a", "b", "c"), 3)
		},
		"a fill from before a change is forgotten": func(is *is.I, d *told, h *lease.Holder, m *lease.Memory[string]) {
			fill := h.Fill()
			d.commit("a") // after the value was read, and before it is kept
			m.Keep(fill, "a", "value of a", of("a"))
			is.Equal(finds(h, m, "a"), 0)
		},
		"a fill from before a change that was applied is dropped": func(is *is.I, d *told, h *lease.Holder,
			m *lease.Memory[string]) {
			fill := h.Fill()
			d.commit("a")
			is.Equal(finds(h, m, "a"), 0)
			m.Keep(fill, "a", "value of a", of("a"))
			is.Equal(finds(h, m, "a"), 0)
		},
		"no database, no answer": func(is *is.I, d *told, h *lease.Holder, m *lease.Memory[string]) {
			d.away = true
			is.Equal(finds(h, m, "a", "b", "c"), 0)
			d.away = false
			is.Equal(finds(h, m, "a", "b", "c"), 3) // nothing was changed
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := &told{database: newDatabase()}
				holder, memory, end := watched(t, d)
				test(is.New(t), d, holder, memory)
				end()
				is.New(t).Equal(finds(holder, memory, "a", "b", "c"), 0) // it has stopped
			})
		})
	}
}
