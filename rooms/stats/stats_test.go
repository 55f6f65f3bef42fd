package stats_test

import (
	"errors"
	"testing"
	"time"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/rooms/stats"
)

// history makes rooms of several users and sources on three days.
func (e env) history(t *testing.T) {
	is := is.New(t)
	first := e.made(t, alice)
	shared, lost := e.made(t, bob), e.made(t, bob)
	e.made(t, program)
	e.made(t, through(alice, rooms.Source{Kind: "application", ID: "app_crm", Name: "Old"}))
	for _, room := range []rooms.Room{shared, lost} {
		guest := rooms.Invitee{Address: "alice@example.com", Role: rooms.Member}
		attendee, _, err := e.rooms.AddAttendee(t.Context(), bob, room.ID, guest)
		is.NoErr(err)
		if room.ID == lost.ID {
			is.NoErr(e.rooms.RemoveAttendee(t.Context(), bob, room.ID, attendee.ID))
		}
	}
	e.clock.move(24 * time.Hour)
	e.made(t, through(alice, crm))
	e.made(t, alice)
	is.NoErr(e.rooms.Delete(t.Context(), alice, first.ID, nil))
	is.NoErr(e.rooms.Delete(t.Context(), bob, shared.ID, nil))
	e.clock.move(24 * time.Hour)
	e.made(t, rooms.ForUser(rooms.Source{Kind: "web"}, "alice"))
}

func TestStatistics(t *testing.T) {
	tests := map[string]struct {
		caller rooms.Caller
		want   []string
	}{
		"a user": {alice, []string{
			"2026-11-23 Calendar: 2 created, 0 deleted, 2 users", "2026-11-24 Calendar: 1 created, 2 deleted, 1 users"}},
		"a user with a wider reach": {through(alice, calendar), []string{
			"2026-11-23 Calendar: 2 created, 0 deleted, 2 users", "2026-11-24 Calendar: 1 created, 2 deleted, 1 users"}},
		"another user": {bob, []string{
			"2026-11-23 Calendar: 2 created, 0 deleted, 1 users", "2026-11-24 Calendar: 0 created, 1 deleted, 0 users"}},
		"a stranger": {rooms.ForUser(calendar, "dave"), nil},
		"a program": {program, []string{
			"2026-11-23 Calendar: 4 created, 0 deleted, 2 users", "2026-11-24 Calendar: 1 created, 2 deleted, 1 users"}},
		"another source": {through(alice, crm), []string{
			"2026-11-23 CRM: 1 created, 0 deleted, 1 users", "2026-11-24 CRM: 1 created, 0 deleted, 1 users"}},
		"an unknown source":  {rooms.ForProgram(rooms.Source{Kind: "import"}), nil},
		"a user of no rooms": {rooms.ForUser(crm, "bob"), nil},
	}
	each(t, func(t *testing.T, e env) {
		e.history(t)
		for name, test := range tests {
			t.Run(name, func(t *testing.T) {
				is := is.New(t)
				got, err := e.Of(t.Context(), test.caller, stats.Options{})
				is.NoErr(err)
				is.Equal(told(got), test.want) // its own source, in which it has a role; what was deleted still counts
				is.Equal(len(got), 30)         // every period, whether or not there is anything
				for i, one := range got {
					is.Equal(one.Start, day(t, "2026-10-27").AddDate(0, 0, i)) // the oldest first
					is.Equal(one.Source, test.caller.Source)
				}
			})
		}
	})
}

func TestAllStatistics(t *testing.T) {
	each(t, func(t *testing.T, e env) {
		is := is.New(t)
		none, err := e.All(t.Context(), stats.Options{})
		is.NoErr(err)
		is.Equal(len(none), 0) // without any source
		e.history(t)
		got, err := e.All(t.Context(), stats.Options{From: day(t, "2026-11-22")})
		is.NoErr(err)
		is.Equal(told(got), []string{
			"2026-11-23 Calendar: 4 created, 0 deleted, 2 users", "2026-11-23 CRM: 1 created, 0 deleted, 1 users",
			"2026-11-24 Calendar: 1 created, 2 deleted, 1 users", "2026-11-24 CRM: 1 created, 0 deleted, 1 users",
			"2026-11-25 : 1 created, 0 deleted, 1 users"}) // by day, then by source with its latest name
		is.Equal(len(got), 4*3) // every source in every period
		got, err = e.All(t.Context(), stats.Options{Interval: stats.Month})
		is.NoErr(err)
		is.Equal(told(got), []string{
			"2026-11-01 Calendar: 5 created, 2 deleted, 2 users", "2026-11-01 CRM: 2 created, 0 deleted, 1 users",
			"2026-11-01 : 1 created, 0 deleted, 1 users"}) // users are counted once a period
	})
}

func TestTheIDAloneCountsTheRoomsOfTheID(t *testing.T) {
	each(t, func(t *testing.T, e env) {
		is := is.New(t)
		e.history(t)
		got, err := e.Of(t.Context(), rooms.ForUser(calendar, "alice"), stats.Options{})
		is.NoErr(err)
		is.Equal(told(got), []string{"2026-11-23 Calendar: 1 created, 0 deleted, 1 users",
			"2026-11-24 Calendar: 1 created, 1 deleted, 1 users"}) // without the address there is no role in the shared room
	})
}

func TestStatisticsNeedAStoreAndACaller(t *testing.T) {
	is := is.New(t)
	_, err := stats.New(stats.Config{})
	var missing *stats.ConfigError
	is.True(errors.As(err, &missing) && missing.Field == "Store" && missing.Problem == "is required")
	for _, caller := range []rooms.Caller{{}, {UserID: "alice"}, {Source: calendar}} {
		_, err = onSQLite(t).Of(t.Context(), caller, stats.Options{})
		is.True(errors.Is(err, rooms.ErrCaller)) // no user is not a program
	}
}

func TestCSV(t *testing.T) {
	is := is.New(t)
	list := []stats.Statistic{
		{Start: day(t, "2026-11-23"), Source: rooms.Source{Kind: "application", ID: "=1+1", Name: "A, \"B\""},
			Count: stats.Count{Created: 3, Deleted: 1, Users: 2}},
		{Start: day(t, "2026-11-24"), Source: rooms.Source{Kind: "web"}},
	}
	is.Equal(string(stats.CSV(list)), "period,source_kind,source_id,source_name,created,deleted,users\r\n"+
		"2026-11-23,application,'=1+1,\"A, \"\"B\"\"\",3,1,2\r\n2026-11-24,web,,,0,0,0\r\n") // no text is a formula
}
