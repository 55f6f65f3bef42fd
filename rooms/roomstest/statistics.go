package roomstest

import (
	"testing"
	"time"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/rooms"
)

// Statistics checks an implementation of [rooms.StatisticsStore] against its
// contract. Open returns an empty [rooms.Store] that is one, for each rule.
func Statistics(t *testing.T, open func(t *testing.T) rooms.Store) {
	each(t, open, map[string]func(t *testing.T, store rooms.Store, statistics rooms.StatisticsStore){
		"sources are listed with their latest name": sourcesAreListed,
		"rooms count in the period of their time":   roomsAreCounted,
		"a user's rooms are counted for the user":   usersRoomsAreCounted,
		"nothing is counted as nothing":             nothingIsCounted,
	})
}

// made inserts a room of a source that was made at a time.
func made(t *testing.T, store rooms.Store, source rooms.Source, user string, when time.Time) rooms.Room {
	t.Helper()
	room := sample(source)
	room.CreatedAt = when
	somebody := owner(user)
	somebody.CreatedAt = when
	is.New(t).NoErr(store.Insert(t.Context(), room, somebody))
	return room
}

func sourcesAreListed(t *testing.T, store rooms.Store, statistics rooms.StatisticsStore) {
	is := is.New(t)
	web := rooms.Source{Kind: "web"}
	renamed := rooms.Source{Kind: calendar.Kind, ID: calendar.ID, Name: "Calendar 2"}
	made(t, store, renamed, alice, at.Add(time.Hour))
	made(t, store, calendar, alice, at)
	made(t, store, web, alice, at)
	gone := made(t, store, crm, bob, at)
	is.NoErr(store.Delete(t.Context(), view(bob, crm), gone.ID, at))
	sources, err := statistics.Sources(t.Context())
	is.NoErr(err)
	is.Equal(sources, []rooms.Source{renamed, crm, web}) // with the latest name, whether or not a room is left
}

func roomsAreCounted(t *testing.T, store rooms.Store, statistics rooms.StatisticsStore) {
	is := is.New(t)
	day := func(n int) time.Time { return at.AddDate(0, 0, n) }
	gone := made(t, store, calendar, alice, day(0)) // at the very beginning
	made(t, store, calendar, alice, day(1).Add(-time.Microsecond))
	made(t, store, calendar, bob, day(0).Add(time.Hour))
	made(t, store, calendar, "", day(0).Add(time.Hour))
	made(t, store, calendar, alice, day(1))
	made(t, store, calendar, alice, day(3))                        // at the end, which is outside
	made(t, store, calendar, alice, day(0).Add(-time.Microsecond)) // before the beginning
	made(t, store, crm, alice, day(0))                             // another source's
	is.NoErr(store.Delete(t.Context(), view(alice, calendar), gone.ID, day(2)))
	counts, err := statistics.Count(t.Context(), view("", calendar), []time.Time{day(0), day(1), day(2)}, day(3))
	is.NoErr(err)
	is.Equal(counts, []rooms.Count{{Created: 4, Users: 2}, {Created: 1, Users: 1}, {Deleted: 1}}) // deleted rooms were created, too
}

func usersRoomsAreCounted(t *testing.T, store rooms.Store, statistics rooms.StatisticsStore) {
	is := is.New(t)
	gone := made(t, store, calendar, alice, at)
	made(t, store, calendar, bob, at)
	made(t, store, calendar, "", at)
	made(t, store, crm, alice, at)
	is.NoErr(store.Delete(t.Context(), view(alice, calendar), gone.ID, at))
	counts, err := statistics.Count(t.Context(), view(alice, calendar), []time.Time{at}, at.Add(time.Hour))
	is.NoErr(err)
	is.Equal(counts, []rooms.Count{{Created: 1, Deleted: 1, Users: 1}}) // of this source, in which the user had a role
}

func nothingIsCounted(t *testing.T, store rooms.Store, statistics rooms.StatisticsStore) {
	is := is.New(t)
	sources, err := statistics.Sources(t.Context())
	is.NoErr(err)
	is.Equal(len(sources), 0)
	counts, err := statistics.Count(t.Context(), view("", calendar), []time.Time{at, at.Add(time.Hour)}, at.Add(2*time.Hour))
	is.NoErr(err)
	is.Equal(counts, make([]rooms.Count, 2)) // one count for each period
	var many []time.Time
	for i := range 366 {
		many = append(many, at.AddDate(0, 0, i))
	}
	counts, err = statistics.Count(t.Context(), view(alice, calendar), many, at.AddDate(0, 0, 366))
	is.NoErr(err)
	is.Equal(len(counts), 366) // as many as are asked for
}
