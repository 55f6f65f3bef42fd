package stats_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/matryer/is"
	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/rooms/roomsql"
	"github.com/anteroom-go/anteroom/rooms/stats"
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

// through returns the caller through another source, with the widest reach.
func through(caller rooms.Caller, source rooms.Source) rooms.Caller {
	caller.Source, caller.AllSources = source, true
	return caller
}

// clock is a clock that stands still.
type clock struct{ at time.Time }

func newClock() *clock { return &clock{time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)} }

func (c *clock) now() time.Time { return c.at }

func (c *clock) move(by time.Duration) { c.at = c.at.Add(by) }

// env is what a test works on.
type env struct {
	*stats.Statistics
	rooms *rooms.Service
	clock *clock
}

func on(t testing.TB, db bun.IDB) env {
	t.Helper()
	is := is.New(t)
	c, store := newClock(), roomsql.New(db)
	parse := func(address string) (string, bool) { return address, true }
	service, err := rooms.New(rooms.Config{Stores: store.Stores(), Now: c.now, ParseAddress: parse})
	is.NoErr(err)
	statistics, err := stats.New(stats.Config{Store: store, Now: c.now})
	is.NoErr(err)
	return env{statistics, service, c}
}

// onSQLite returns an environment for rules that no database makes a difference to.
func onSQLite(t testing.TB) env {
	t.Helper()
	return on(t, dbtest.Open(t, dbtest.SQLite(t)))
}

// each runs a test on both databases.
func each(t *testing.T, run func(t *testing.T, e env)) {
	dbtest.Each(t, func(t *testing.T, db *bun.DB) { run(t, on(t, db)) })
}

// made returns a new room of the caller's.
func (e env) made(t testing.TB, caller rooms.Caller) rooms.Room {
	t.Helper()
	room, _, err := e.rooms.Create(t.Context(), caller, rooms.Change{})
	is.New(t).NoErr(err)
	return room
}

// faults returns the fields and codes of an [*rooms.InvalidError].
func faults(err error) (list []string) {
	var invalid *rooms.InvalidError
	if errors.As(err, &invalid) {
		for _, f := range invalid.Faults {
			list = append(list, f.Field+" "+f.Code)
		}
	}
	return list
}

// day is a date as midnight UTC.
func day(t testing.TB, text string) time.Time {
	t.Helper()
	parsed, err := time.Parse(time.DateOnly, text)
	is.New(t).NoErr(err)
	return parsed
}

// told returns statistics as lines: the first day, the source, and what is counted, without
// the periods in which there is nothing.
func told(list []stats.Statistic) (lines []string) {
	for _, s := range list {
		if s.Created+s.Deleted+s.Users > 0 {
			lines = append(lines, fmt.Sprintf("%s %s: %d created, %d deleted, %d users",
				s.Start.Format(time.DateOnly), s.Source.Name, s.Created, s.Deleted, s.Users))
		}
	}
	return lines
}

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	location, err := stats.Zone(name)
	is.New(t).NoErr(err)
	return location
}
