package roomstest

import (
	"errors"
	"testing"
	"time"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/rooms/stats"
)

// Statistics checks an implementation of [stats.Store] against its contract. Open
// returns an empty one for each rule, and the stores of the rooms that it counts;
// without Attendees there are no rules on those.
func Statistics(t *testing.T, open func(t *testing.T) (stats.Store, rooms.Stores)) {
	Host{}.Statistics(t, open)
}

// Statistics is the suite of this name, with the host's ids.
func (h Host) Statistics(t *testing.T, open func(t *testing.T) (stats.Store, rooms.Stores)) {
	rules := map[string]func(t *testing.T, statistics stats.Store, stores rooms.Stores){
		"sources are listed with their latest name": h.sourcesAreListed,
		"rooms count in the period of their time":   h.roomsAreCounted,
		"a user's rooms are counted for the user":   h.usersRoomsAreCounted,
		"nothing is counted as nothing":             h.nothingIsCounted,
		"attendees count by any of their addresses": h.attendeesRoomsAreCounted,
		"a view that is not valid is refused":       h.invalidViewsAreNotCounted,
	}
	for name, rule := range rules {
		t.Run(name, func(t *testing.T) {
			statistics, stores := open(t)
			rule(t, statistics, stores)
		})
	}
}

// made inserts a room of a source that was made at a time.
func (h Host) made(t *testing.T, store rooms.Store, source rooms.Source, user string, when time.Time) rooms.Room {
	t.Helper()
	room := h.sample(source)
	room.CreatedAt = when
	first := owner(user)
	if first != nil {
		first.CreatedAt = when
	}
	is.New(t).NoErr(store.Insert(t.Context(), room, first))
	return room
}

func (h Host) sourcesAreListed(t *testing.T, statistics stats.Store, stores rooms.Stores) {
	is, store := is.New(t), stores.Rooms
	web := rooms.Source{Kind: "web"}
	renamed := rooms.Source{Kind: calendar.Kind, ID: calendar.ID, Name: "Calendar 2"}
	h.made(t, store, renamed, h.alice(), at.Add(time.Hour))
	h.made(t, store, calendar, h.alice(), at)
	h.made(t, store, web, h.alice(), at)
	gone := h.made(t, store, crm, h.bob(), at)
	is.NoErr(store.Delete(t.Context(), view(h.bob(), crm), gone.ID, gone.Version, at))
	sources, err := statistics.Sources(t.Context())
	is.NoErr(err)
	is.Equal(sources, []rooms.Source{renamed, crm, web}) // with the latest name, whether or not a room is left
}

func (h Host) roomsAreCounted(t *testing.T, statistics stats.Store, stores rooms.Stores) {
	is, store := is.New(t), stores.Rooms
	day := func(n int) time.Time { return at.AddDate(0, 0, n) }
	gone := h.made(t, store, calendar, h.alice(), day(0)) // at the very beginning
	h.made(t, store, calendar, h.alice(), day(1).Add(-time.Microsecond))
	h.made(t, store, calendar, h.bob(), day(0).Add(time.Hour))
	h.made(t, store, calendar, "", day(0).Add(time.Hour))
	h.made(t, store, calendar, h.alice(), day(1))
	h.made(t, store, calendar, h.alice(), day(3))                        // at the end, which is outside
	h.made(t, store, calendar, h.alice(), day(0).Add(-time.Microsecond)) // before the beginning
	h.made(t, store, crm, h.alice(), day(0))                             // another source's
	is.NoErr(store.Delete(t.Context(), view(h.alice(), calendar), gone.ID, gone.Version, day(2)))
	counts, err := statistics.Count(t.Context(), view("", calendar), []time.Time{day(0), day(1), day(2)}, day(3))
	is.NoErr(err)
	want := []stats.Count{{Created: 4, Users: 2}, {Created: 1, Users: 1}, {Deleted: 1}}
	is.Equal(counts, want) // deleted rooms were created, too
}

func (h Host) usersRoomsAreCounted(t *testing.T, statistics stats.Store, stores rooms.Stores) {
	is, store := is.New(t), stores.Rooms
	gone := h.made(t, store, calendar, h.alice(), at)
	h.made(t, store, calendar, h.bob(), at)
	h.made(t, store, calendar, "", at)
	h.made(t, store, crm, h.alice(), at)
	is.NoErr(store.Delete(t.Context(), view(h.alice(), calendar), gone.ID, gone.Version, at))
	counts, err := statistics.Count(t.Context(), view(h.alice(), calendar), []time.Time{at}, at.Add(time.Hour))
	is.NoErr(err)
	is.Equal(counts, []stats.Count{{Created: 1, Deleted: 1, Users: 1}}) // of this source, in which the user had a role
}

func (h Host) nothingIsCounted(t *testing.T, statistics stats.Store, _ rooms.Stores) {
	is := is.New(t)
	sources, err := statistics.Sources(t.Context())
	is.NoErr(err)
	is.Equal(len(sources), 0)
	starts := []time.Time{at, at.Add(time.Hour)}
	counts, err := statistics.Count(t.Context(), view("", calendar), starts, at.Add(2*time.Hour))
	is.NoErr(err)
	is.Equal(counts, make([]stats.Count, 2)) // one count for each period
	var many []time.Time
	for i := range 366 {
		many = append(many, at.AddDate(0, 0, i))
	}
	counts, err = statistics.Count(t.Context(), view(h.alice(), calendar), many, at.AddDate(0, 0, 366))
	is.NoErr(err)
	is.Equal(len(counts), 366) // as many as are asked for
}

func (h Host) attendeesRoomsAreCounted(t *testing.T, statistics stats.Store, stores rooms.Stores) {
	if stores.Attendees == nil {
		return
	}
	is, store := is.New(t), stores.Rooms
	gone, both := h.made(t, store, calendar, h.alice(), at), h.made(t, store, calendar, h.bob(), at)
	left := h.made(t, store, calendar, h.alice(), at)
	guest := h.attendee(bobsAddress, rooms.Member)
	invite(t, stores, gone, h.attendee(bobsSecond, rooms.Member))
	invite(t, stores, both, guest, h.attendee(bobsSecond, rooms.Member))
	invite(t, stores, left, guest)
	invite(t, stores, h.made(t, store, crm, h.alice(), at), guest)
	is.NoErr(store.Delete(t.Context(), view(h.alice(), calendar), gone.ID, gone.Version, at))
	leaving := rooms.AttendeeChanges{Remove: []rooms.Attendee{guest}}
	is.NoErr(stores.Attendees.ChangeAttendees(t.Context(), left.ID, leaving))
	wide := view(h.user(2), crm, bobsSecond)
	wide.AllSources = true
	tests := map[string]struct {
		view rooms.View
		want stats.Count
	}{
		"by id":          {view(h.bob(), calendar), stats.Count{Created: 1, Users: 1}},
		"by one address": {view(h.user(2), calendar, bobsSecond), stats.Count{Created: 2, Deleted: 1, Users: 2}},
		"by all, each once": {view(h.bob(), calendar, bobsAddress, bobsSecond),
			stats.Count{Created: 2, Deleted: 1, Users: 2}},
		"by another's":        {view(h.user(2), calendar, carolsAddress), stats.Count{}},
		"through the source":  {view(h.user(2), crm, bobsAddress), stats.Count{Created: 1, Users: 1}},
		"of this source only": {wide, stats.Count{}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			counts, err := statistics.Count(t.Context(), test.view, []time.Time{at}, at.Add(time.Hour))
			is.NoErr(err)
			is.Equal(counts, []stats.Count{test.want}) // who left a room does not have it any more
		})
	}
}

func (h Host) invalidViewsAreNotCounted(t *testing.T, statistics stats.Store, _ rooms.Stores) {
	for _, v := range []rooms.View{{}, {Program: true}, {UserID: h.alice(), Program: true, SourceKind: "web"}} {
		_, err := statistics.Count(t.Context(), v, []time.Time{at}, at.Add(time.Hour))
		is.New(t).True(errors.Is(err, rooms.ErrView)) // no view shows everything by mistake
	}
}
