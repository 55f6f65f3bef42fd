package rooms_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/matryer/is"
	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/server/database/dbtest"
)

// day is a date as midnight UTC.
func day(t testing.TB, text string) time.Time {
	t.Helper()
	parsed, err := time.Parse(time.DateOnly, text)
	is.New(t).NoErr(err)
	return parsed
}

// told says statistics: the first day, the source, and what is counted, without
// the periods in which there is nothing.
func told(list []rooms.Statistic) (lines []string) {
	for _, s := range list {
		if s.Created+s.Deleted+s.Users > 0 {
			lines = append(lines, fmt.Sprintf("%s %s: %d created, %d deleted, %d users", s.Start.Format(time.DateOnly), s.Source.Name, s.Created, s.Deleted, s.Users))
		}
	}
	return lines
}

// history makes rooms of several users and sources on three days.
func history(t *testing.T, s *rooms.Service, clock *clock) {
	is := is.New(t)
	first := made(t, s, alice, rooms.Draft{})
	shared, lost := made(t, s, bob, rooms.Draft{}), made(t, s, bob, rooms.Draft{})
	made(t, s, program, rooms.Draft{})
	made(t, s, through(alice, rooms.Source{Kind: "application", ID: "app_crm", Name: "Old"}), rooms.Draft{})
	for _, room := range []rooms.Room{shared, lost} {
		attendee, _, err := s.AddAttendee(t.Context(), bob, room.ID, rooms.Invitee{Address: "alice@example.com"})
		is.NoErr(err)
		if room.ID == lost.ID {
			is.NoErr(s.RemoveAttendee(t.Context(), bob, room.ID, attendee.ID))
		}
	}
	clock.move(24 * time.Hour)
	made(t, s, through(alice, crm), rooms.Draft{})
	made(t, s, alice, rooms.Draft{})
	is.NoErr(s.Delete(t.Context(), alice, first.ID, nil))
	is.NoErr(s.Delete(t.Context(), bob, shared.ID, nil))
	clock.move(24 * time.Hour)
	made(t, s, rooms.Caller{User: "alice", Source: rooms.Source{Kind: "web"}}, rooms.Draft{})
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
		"another user":       {bob, []string{"2026-11-23 Calendar: 2 created, 0 deleted, 1 users", "2026-11-24 Calendar: 0 created, 1 deleted, 0 users"}},
		"a stranger":         {dave, nil},
		"a program":          {program, []string{"2026-11-23 Calendar: 4 created, 0 deleted, 2 users", "2026-11-24 Calendar: 1 created, 2 deleted, 1 users"}},
		"another source":     {through(alice, crm), []string{"2026-11-23 CRM: 1 created, 0 deleted, 1 users", "2026-11-24 CRM: 1 created, 0 deleted, 1 users"}},
		"an unknown source":  {rooms.Caller{Source: rooms.Source{Kind: "import"}}, nil},
		"a user of no rooms": {rooms.Caller{User: "bob", Source: crm}, nil},
	}
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		clock := newClock()
		s := service(t, db, rooms.Config{Now: clock.now, Directory: people})
		history(t, s, clock)
		for name, test := range tests {
			t.Run(name, func(t *testing.T) {
				is := is.New(t)
				got, err := s.Statistics(t.Context(), test.caller, rooms.StatisticsOptions{})
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
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		is := is.New(t)
		clock := newClock()
		s := service(t, db, rooms.Config{Now: clock.now, Directory: people})
		none, err := s.AllStatistics(t.Context(), rooms.StatisticsOptions{})
		is.NoErr(err)
		is.Equal(len(none), 0) // without any source
		history(t, s, clock)
		got, err := s.AllStatistics(t.Context(), rooms.StatisticsOptions{From: day(t, "2026-11-22")})
		is.NoErr(err)
		is.Equal(told(got), []string{
			"2026-11-23 Calendar: 4 created, 0 deleted, 2 users", "2026-11-23 CRM: 1 created, 0 deleted, 1 users",
			"2026-11-24 Calendar: 1 created, 2 deleted, 1 users", "2026-11-24 CRM: 1 created, 0 deleted, 1 users",
			"2026-11-25 : 1 created, 0 deleted, 1 users"}) // by day, then by source with its latest name
		is.Equal(len(got), 4*3) // every source in every period
		got, err = s.AllStatistics(t.Context(), rooms.StatisticsOptions{Interval: rooms.Month})
		is.NoErr(err)
		is.Equal(told(got), []string{"2026-11-01 Calendar: 5 created, 2 deleted, 2 users", "2026-11-01 CRM: 2 created, 0 deleted, 1 users",
			"2026-11-01 : 1 created, 0 deleted, 1 users"}) // users are counted once a period
	})
}

func TestStatisticsNeedAStoreAndACaller(t *testing.T) {
	is := is.New(t)
	store := newStore(t)
	s := newService(t, rooms.Config{Store: bare{store}})
	_, err := s.Statistics(t.Context(), alice, rooms.StatisticsOptions{})
	is.True(errors.Is(err, rooms.ErrUnsupported))
	_, err = s.AllStatistics(t.Context(), rooms.StatisticsOptions{})
	is.True(errors.Is(err, rooms.ErrUnsupported))
	_, err = newService(t, rooms.Config{Store: store}).Statistics(t.Context(), rooms.Caller{User: "alice"}, rooms.StatisticsOptions{})
	is.True(errors.Is(err, rooms.ErrCaller))
}
