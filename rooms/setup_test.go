package rooms_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/matryer/is"
	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/rooms/roomsql"
	"github.com/anteroom-go/anteroom/server/database/dbtest"
)

// The callers of the rules, of whom bob has two addresses.
var (
	calendar = rooms.Source{Kind: "application", ID: "app_calendar", Name: "Calendar"}
	crm      = rooms.Source{Kind: "application", ID: "app_crm", Name: "CRM"}
	alice    = rooms.ForUser(calendar, "alice", "alice@example.com")
	bob      = rooms.ForUser(calendar, "bob", "bob@example.com", "bob@example.org")
	carol    = rooms.ForUser(calendar, "carol", "carol@example.com")
	dave     = rooms.ForUser(calendar, "dave", "dave@example.com")
	program  = rooms.ForProgram(calendar)
)

// through is the caller by another source, where it sees its user's rooms of all
// sources.
func through(caller rooms.Caller, source rooms.Source) rooms.Caller {
	caller.Source, caller.AllSources = source, true
	return caller
}

// parseAddress accepts what has one sign and no spaces, in any case.
func parseAddress(address string) (string, bool) {
	return strings.ToLower(address), strings.Count(address, "@") == 1 && !strings.ContainsAny(address, " \x00")
}

// newStores are stores on a new SQLite file.
func newStores(t testing.TB) rooms.Stores {
	t.Helper()
	return roomsql.New(dbtest.Open(t, dbtest.SQLite(t))).Stores()
}

// newService is a service on a new SQLite file, unless the configuration has
// stores.
func newService(t testing.TB, config rooms.Config) *rooms.Service {
	t.Helper()
	if config.Stores.Rooms == nil {
		config.Stores = newStores(t)
	}
	if config.ParseAddress == nil {
		config.ParseAddress = parseAddress
	}
	s, err := rooms.New(config)
	is.New(t).NoErr(err)
	return s
}

// service is a service on a database or a transaction of it.
func service(t *testing.T, db bun.IDB, config rooms.Config) *rooms.Service {
	t.Helper()
	config.Stores = roomsql.New(db).Stores()
	return newService(t, config)
}

// clock is a clock that stands until it is moved.
type clock struct{ at time.Time }

func newClock() *clock { return &clock{time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)} }

func (c *clock) now() time.Time { return c.at }

func (c *clock) move(by time.Duration) { c.at = c.at.Add(by) }

// made is a new room of the caller's.
func made(t testing.TB, s *rooms.Service, caller rooms.Caller, change rooms.Change) rooms.Room {
	t.Helper()
	is := is.New(t)
	room, created, err := s.Create(t.Context(), caller, change)
	is.NoErr(err)
	is.True(created)
	return room
}

// version is the condition that a room has one of the versions.
func version(versions ...int64) func(rooms.Room) bool {
	return func(room rooms.Room) bool { return slices.Contains(versions, room.Version) }
}

// unchanged asserts that a room is as it was.
func unchanged(t testing.TB, s *rooms.Service, room rooms.Room) {
	t.Helper()
	is := is.New(t)
	found, err := s.Retrieve(t.Context(), rooms.ForProgram(room.Source), room.ID)
	is.NoErr(err)
	is.Equal(found, room) // as it was
}

// total is how many rooms the calendar has.
func total(t testing.TB, s *rooms.Service) int {
	t.Helper()
	page, err := s.List(t.Context(), program, rooms.ListOptions{})
	is.New(t).NoErr(err)
	return page.Total
}

// faults are the fields that were refused, each with its code.
func faults(err error) (list []string) {
	var invalid *rooms.InvalidError
	if errors.As(err, &invalid) {
		for _, f := range invalid.Faults {
			list = append(list, f.Field+" "+f.Code)
		}
	}
	return list
}

// atOnce runs n calls side by side and returns their errors.
func atOnce(n int, call func(i int) error) []error {
	errs := make([]error, n)
	var wait sync.WaitGroup
	for i := range n {
		wait.Go(func() { errs[i] = call(i) })
	}
	wait.Wait()
	return errs
}

// writes counts updates, those of transactions too.
type writes struct {
	rooms.Store
	rooms.Transactor
	count *int
}

func (w writes) Update(ctx context.Context, view rooms.View, room rooms.Room, version int64) error {
	*w.count++
	return w.Store.Update(ctx, view, room, version)
}

func (w writes) InTx(ctx context.Context, do func(context.Context, rooms.Tx) error) error {
	return w.Transactor.InTx(ctx, func(ctx context.Context, tx rooms.Tx) error {
		tx.Rooms = writes{Store: tx.Rooms, count: w.count}
		return do(ctx, tx)
	})
}

// counted are new stores, and how many updates they have been asked for.
func counted(t testing.TB) (stores rooms.Stores, updates *int) {
	t.Helper()
	stores, updates = newStores(t), new(int)
	counting := writes{stores.Rooms, stores.Transactor, updates}
	stores.Rooms, stores.Transactor = counting, counting
	return stores, updates
}
