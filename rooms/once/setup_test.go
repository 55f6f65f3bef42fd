package once_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/matryer/is"
	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/rooms/once"
	"github.com/anteroom-go/anteroom/rooms/roomsql"
	"github.com/anteroom-go/anteroom/server/database/dbtest"
)

// The callers of the tests.
var (
	calendar = rooms.Source{Kind: "application", ID: "app_calendar", Name: "Calendar"}
	crm      = rooms.Source{Kind: "application", ID: "app_crm", Name: "CRM"}
	alice    = rooms.ForUser(calendar, "alice", "alice@example.com")
	bob      = rooms.ForUser(calendar, "bob")
	program  = rooms.ForProgram(calendar)
)

var request = once.Request{Route: "POST /rooms", Key: "key", Fingerprint: "print"}

// clock is a clock that stands still.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

func (c *clock) move(by time.Duration) { c.at = c.at.Add(by) }

// env is what a test works on.
type env struct {
	*once.Requests
	rooms *rooms.Service
	clock *clock
	db    *bun.DB
}

// on returns the environment of a database or a transaction.
func on(t testing.TB, db bun.IDB, c *clock, onEvent func(context.Context, rooms.Event) error) env {
	t.Helper()
	is := is.New(t)
	store := roomsql.New(db)
	parse := func(address string) (string, bool) { return address, true }
	service, err := rooms.New(rooms.Config{Stores: store.Stores(), Now: c.now, ParseAddress: parse, OnEvent: onEvent})
	is.NoErr(err)
	requests, err := once.New(once.Config{Store: store.Requests(), Service: service, Now: c.now})
	is.NoErr(err)
	e := env{Requests: requests, rooms: service, clock: c}
	e.db, _ = db.(*bun.DB)
	return e
}

// each runs a test on both databases.
func each(t *testing.T, run func(t *testing.T, e env)) {
	dbtest.Each(t, func(t *testing.T, db *bun.DB) { run(t, on(t, db, newClock(), nil)) })
}

func newClock() *clock { return &clock{time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)} }

type answering = func(ctx context.Context, service *rooms.Service) ([]byte, error)

// booking makes a room and answers with its id, or not, and with an error or none.
func booking(answer bool, err error) answering {
	return func(ctx context.Context, service *rooms.Service) ([]byte, error) {
		room, _, createErr := service.Create(ctx, alice, rooms.Change{})
		if !answer {
			return nil, errors.Join(createErr, err)
		}
		return []byte(room.ID), errors.Join(createErr, err)
	}
}

// never is for requests that must not be answered anew.
func never(context.Context, *rooms.Service) ([]byte, error) { return nil, errors.New("answered anew") }

// total returns how many rooms the source of the calendar has.
func (e env) total(t testing.TB) int {
	t.Helper()
	page, err := e.rooms.List(t.Context(), program, rooms.ListOptions{})
	is.New(t).NoErr(err)
	return page.Total
}

// atOnce runs calls side by side and returns their errors.
func atOnce(n int, call func(i int) error) []error {
	errs := make([]error, n)
	var wait sync.WaitGroup
	for i := range n {
		wait.Go(func() { errs[i] = call(i) })
	}
	wait.Wait()
	return errs
}
