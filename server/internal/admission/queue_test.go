package admission_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/server/internal/admission"
)

// yard is a queue with one slot, and who got it, in order. It works within
// synctest.Test alone.
type yard struct {
	queue *admission.Queue
	mu    sync.Mutex
	order []string
	full  []string
	leave func() // of the one who has the slot
}

func newYard() *yard { return &yard{queue: admission.NewQueue(1, time.Now)} }

// come lets a client come from an origin, and returns when it has the slot, waits
// or is sent away.
func (y *yard) come(ctx context.Context, client, origin string) {
	go func() {
		leave, admitted := y.queue.Enter(ctx, client, origin)
		y.mu.Lock()
		defer y.mu.Unlock()
		if !admitted {
			y.full = append(y.full, client+"@"+origin)
			return
		}
		y.order, y.leave = append(y.order, client+"@"+origin), leave
	}()
	synctest.Wait()
}

// done lets the one go who has the slot, n times.
func (y *yard) done(n int) {
	for range n {
		y.leave()
		synctest.Wait()
	}
}

// TestQueueTakesTurns lets 150 connections send one client id.
func TestQueueTakesTurns(t *testing.T) {
	for name, origin := range map[string]func(i int) string{
		"from one network":      func(int) string { return "net" },
		"from as many networks": func(i int) string { return fmt.Sprint("net", i) },
		"from a few networks":   func(i int) string { return fmt.Sprint("net", i%5) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				is := is.New(t)
				y := newYard()
				for i := range 150 {
					y.come(t.Context(), "attacked", origin(i))
				}
				is.True(len(y.full) >= 150-admission.MaxWaiting-1) // the queue is bounded, and answers at once
				y.come(t.Context(), "other", "elsewhere")
				y.done(1)
				is.Equal(y.order[1], "other@elsewhere") // another client is next
				y.come(t.Context(), "other", "net")
				y.done(1)
				y.come(t.Context(), "other", "net")
				y.done(2)
				is.True(slices.Contains(y.order, "other@net")) // and they take turns
				for range 8 {
					y.done(1)
				}
				y.come(t.Context(), "attacked", "home")
				y.done(admission.MaxWaiting)
				is.True(slices.Contains(y.order, "attacked@home")) // as does the client itself, from elsewhere
			})
		})
	}
}

func TestQueueSharesByOrigin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		y := newYard()
		for i := range 150 {
			y.come(t.Context(), fmt.Sprint("invented", i), "attacker")
		}
		y.done(3)
		y.come(t.Context(), "imported", "home")
		y.done(1)
		is.Equal(y.order[4], "imported@home") // a full queue makes room for who had less
		is.Equal(len(y.full), 150-admission.MaxWaiting-1)
		y.done(2)
		y.come(t.Context(), "another", "home")
		y.done(1)
		is.Equal(y.order[7], "another@home") // many client ids from one origin wait for each other
	})
}

func TestQueueIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		y := newYard()
		for range 1 + admission.MaxWaitingInLane {
			y.come(t.Context(), "client", "net")
		}
		is.Equal(len(y.full), 0)
		y.come(t.Context(), "client", "net")
		is.Equal(len(y.full), 1) // one client from one origin has a few places
		for i := range 200 {
			y.come(t.Context(), fmt.Sprint(i), fmt.Sprint(i))
		}
		is.Equal(len(y.full), 1+200+admission.MaxWaitingInLane-admission.MaxWaiting) // and all together have some
		y.done(1 + admission.MaxWaiting)
		is.Equal(len(y.order), 1+admission.MaxWaiting) // who waits gets a slot
	})
}

func TestQueueOneSlotForALane(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		y := &yard{queue: admission.NewQueue(2, time.Now)}
		y.come(t.Context(), "a", "net")
		first := y.leave
		y.come(t.Context(), "a", "net")
		is.Equal(len(y.order), 1) // a slot is free, but the client has one
		y.come(t.Context(), "b", "net")
		is.Equal(y.order, []string{"a@net", "b@net"})
		first()
		first() // a second time gives nothing
		synctest.Wait()
		y.come(t.Context(), "c", "net")
		is.Equal(y.order, []string{"a@net", "b@net", "a@net"})
	})
}

func TestQueueWhoLeavesGivesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		y := newYard()
		y.come(t.Context(), "a", "net")
		ctx, cancel := context.WithCancel(t.Context())
		for i := range admission.MaxWaiting {
			y.come(ctx, fmt.Sprint(i), fmt.Sprint(i))
		}
		cancel()
		synctest.Wait()
		is.Equal(len(y.full), admission.MaxWaiting)
		for i := range admission.MaxWaiting {
			y.come(t.Context(), fmt.Sprint(i), fmt.Sprint(i))
		}
		is.Equal(len(y.full), admission.MaxWaiting) // their places are free
		y.done(1 + admission.MaxWaiting)
		is.Equal(len(y.order), 1+admission.MaxWaiting) // and no slot was lost
	})
}

func TestSharesPass(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := is.New(t)
		now := time.Now()
		y := &yard{queue: admission.NewQueue(1, func() time.Time { return now })}
		for range 3 {
			y.come(t.Context(), "busy", "net")
			y.done(1)
		}
		now = now.Add(3 * time.Minute)
		y.come(t.Context(), "x", "y")
		y.come(t.Context(), "busy", "net")
		y.come(t.Context(), "new", "other")
		y.done(1)
		is.Equal(y.order[4], "busy@net") // what was long ago does not count
	})
}
