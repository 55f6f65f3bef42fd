package rooms_test

import (
	"testing"
	"time"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/rooms"
)

func TestExpiry(t *testing.T) {
	clock := newClock()
	at := func(year int, zone int) time.Time {
		return time.Date(year, 12, 31, 23, 30, 0, 0, time.FixedZone("", zone*3600))
	}
	tests := map[string]struct {
		at    time.Time
		fault string
	}{
		"in an hour":                      {clock.at.Add(time.Hour), ""},
		"in an hour, elsewhere":           {clock.at.Add(time.Hour).In(time.FixedZone("", -7*3600)), ""},
		"in a microsecond":                {clock.at.Add(time.Microsecond), ""},
		"in less":                         {clock.at.Add(time.Microsecond - 1), "expires_at not_in_future"},
		"now":                             {clock.at, "expires_at not_in_future"},
		"an hour ago":                     {clock.at.Add(-time.Hour), "expires_at not_in_future"},
		"before Christ":                   {at(-44, 0), "expires_at invalid_time"},
		"the last year":                   {at(9999, 0), ""},
		"the last year, by another clock": {at(9999, 1), ""},
		"a year later":                    {at(10000, 0), "expires_at invalid_time"},
		"a year later in UTC":             {at(9999, -1), "expires_at invalid_time"},
		"never":                           {time.Time{}, ""},
		"never, elsewhere":                {time.Time{}.In(time.FixedZone("", 3600)), ""},
	}
	s := newService(t, rooms.Config{Now: clock.now})
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			kept := made(t, s, alice, rooms.Change{ExpiresAt: new(clock.at.Add(time.Minute))})
			room, _, err := s.Create(t.Context(), alice, rooms.Change{ExpiresAt: new(test.at)})
			changed, changeErr := s.Update(t.Context(), alice, kept.ID, rooms.Change{ExpiresAt: &test.at}, nil)
			if test.fault != "" {
				is.Equal(faults(err), []string{test.fault})
				is.Equal(faults(changeErr), []string{test.fault}) // the same rules for a change
				unchanged(t, s, kept)
				return
			}
			is.NoErr(err)
			is.NoErr(changeErr)
			is.Equal(room.ExpiresAt, test.at.UTC()) // in UTC
			is.Equal(changed.ExpiresAt, test.at.UTC())
			unchanged(t, s, room)
		})
	}
}

func TestExpiryOverTime(t *testing.T) {
	is := is.New(t)
	clock := newClock()
	s := newService(t, rooms.Config{Now: clock.now})
	end := clock.at.Add(time.Hour + 123456789)
	room := made(t, s, alice, rooms.Change{ExpiresAt: new(end)})
	is.Equal(room.ExpiresAt, clock.at.Add(time.Hour+123456000)) // microseconds
	clock.move(48 * time.Hour)
	room, err := s.Update(t.Context(), alice, room.ID,
		rooms.Change{Name: new("New"), ExpiresAt: new(end.In(time.FixedZone("", 3600)))}, nil)
	is.NoErr(err) // who sends back what is past changes something else
	is.True(room.Expired(clock.at) && room.Name == "New")
	_, err = s.Update(t.Context(), alice, room.ID, rooms.Change{ExpiresAt: new(end.Add(time.Hour))}, nil)
	is.Equal(faults(err), []string{"expires_at not_in_future"}) // but not to another past
	found, err := s.Retrieve(t.Context(), alice, room.ID)
	is.NoErr(err) // what has expired is still there for those who manage it
	is.Equal(found, room)
	room, err = s.Update(t.Context(), alice, room.ID, rooms.Change{ExpiresAt: new(clock.at.Add(time.Minute))}, nil)
	is.NoErr(err)
	is.True(!room.Expired(clock.at)) // and may be extended
	room, err = s.Update(t.Context(), alice, room.ID, rooms.Change{ExpiresAt: new(time.Time{})}, nil)
	is.NoErr(err)
	is.True(room.ExpiresAt.IsZero() && !room.Expired(clock.at.AddDate(9000, 0, 0))) // for ever, too
}
