package roomstest

import (
	"errors"
	"slices"
	"testing"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/rooms"
)

// roleOf returns the role that a view finds in a room.
func roleOf(t *testing.T, stores rooms.Stores, v rooms.View, room rooms.Room) rooms.Role {
	t.Helper()
	_, role, err := stores.Rooms.Find(t.Context(), v, room.ID)
	is.New(t).NoErr(err)
	return role
}

func attendeesSee(t *testing.T, stores rooms.Stores) {
	is := is.New(t)
	room := insert(t, stores.Rooms, calendar, alice)
	guest := attendee(bobsAddress, rooms.Member)
	invite(t, stores, room, guest)
	for _, v := range []rooms.View{
		view(bob, calendar, bobsAddress), everywhere(bob, bobsAddress), view("an account that is new", calendar, bobsAddress),
		view(bob, calendar, "other@example.com", bobsAddress, bobsSecond), // by one of several
	} {
		sees(t, stores.Rooms, v, room, true)
		is.Equal(roleOf(t, stores, v, room), rooms.Member)
	}
	sees(t, stores.Rooms, view(bob, crm, bobsAddress), room, false) // from its source
	is.NoErr(stores.Attendees.ChangeAttendees(t.Context(), room.ID,
		rooms.AttendeeChanges{Remove: []rooms.Attendee{guest}}))
	sees(t, stores.Rooms, view(bob, calendar, bobsAddress), room, false) // and no longer
	sees(t, stores.Rooms, everywhere(bob, bobsAddress), room, false)
}

func addressesKeepOff(t *testing.T, stores rooms.Stores) {
	room := sample(calendar)
	first := rooms.Attendee{ID: "owner", UserID: alice, Address: alicesAddress, Role: rooms.Owner, CreatedAt: at}
	is.New(t).NoErr(stores.Rooms.Insert(t.Context(), room, &first))
	invite(t, stores, room, attendee(bobsAddress, rooms.Member))
	for name, v := range map[string]rooms.View{
		"a user without the address":            view(bob, calendar),
		"a user with another":                   view(bob, calendar, bobsSecond),
		"an address in capitals":                view(bob, calendar, "BOB@example.com"),
		"a pattern":                             view(bob, calendar, "%", "bob@%"),
		"an id that is an address":              view(bobsAddress, calendar),
		"another user with the owner's address": view(bob, calendar, alicesAddress),
		"that of all sources":                   everywhere(bob, alicesAddress),
	} {
		t.Run(name, func(t *testing.T) { sees(t, stores.Rooms, v, room, false) })
	}
}

func highestRoleCounts(t *testing.T, stores rooms.Stores) {
	is := is.New(t)
	room := insert(t, stores.Rooms, calendar, alice)
	invite(t, stores, room, attendee(bobsAddress, rooms.Member), attendee(bobsSecond, rooms.Administrator),
		attendee(alicesAddress, rooms.Member))
	tests := map[rooms.Role][]rooms.View{
		rooms.Owner: {view(alice, calendar, alicesAddress), view(alice, calendar, alicesAddress, bobsSecond),
			everywhere(alice, alicesAddress)},
		rooms.Administrator: {view(bob, calendar, bobsAddress, bobsSecond), view(bob, calendar, bobsSecond, bobsAddress),
			everywhere(bob, bobsAddress, bobsSecond)},
		rooms.Member: {view(bob, calendar, alicesAddress, bobsAddress)},
	}
	for role, views := range tests {
		for _, v := range views {
			is.Equal(roleOf(t, stores, v, room), role)
			sees(t, stores.Rooms, v, room, true)
			is.Equal(ids(t, stores.Rooms, v, rooms.Query{Limit: 100}), []string{room.ID}) // listed once and counted once
		}
	}
}

// mixed makes rooms that alice sees by her id, by one and by two addresses, with
// others between them, and returns the ids of hers, the oldest first.
func mixed(t *testing.T, stores rooms.Stores) (made []string) {
	t.Helper()
	for i := range 8 {
		by := []string{alice, bob}[i%2]
		room := insert(t, stores.Rooms, calendar, by)
		switch i % 4 {
		case 0:
			invite(t, stores, room, attendee("second@example.com", rooms.Member))
		case 1:
			invite(t, stores, room, attendee(alicesAddress, rooms.Member))
		case 3:
			invite(t, stores, room, attendee(alicesAddress, rooms.Member), attendee("second@example.com", rooms.Administrator))
		}
		made = append(made, room.ID)
		insert(t, stores.Rooms, calendar, bob)
		invite(t, stores, insert(t, stores.Rooms, crm, alice), attendee(alicesAddress, rooms.Member))
	}
	return made
}

func listsAreMerged(t *testing.T, stores rooms.Stores) {
	is := is.New(t)
	made := mixed(t, stores)
	newest := slices.Clone(made)
	slices.Reverse(newest)
	v := view(alice, calendar, alicesAddress, "second@example.com")
	is.Equal(ids(t, stores.Rooms, v, rooms.Query{Limit: 100}), newest)                  // each once, in one order
	is.Equal(ids(t, stores.Rooms, v, rooms.Query{Limit: 100, OldestFirst: true}), made) // in either direction
	for offset := range made {
		page, total, err := stores.Rooms.List(t.Context(), v, rooms.Query{Limit: 3, Offset: offset})
		is.NoErr(err)
		is.Equal(total, 8) // counted once
		is.Equal(len(page), min(3, 8-offset))
		for i, room := range page {
			is.Equal(room.ID, newest[offset+i]) // cut without a gap
		}
		is.Equal(ids(t, stores.Rooms, v, rooms.Query{Limit: 3, After: newest[offset]}), newest[offset+1:min(offset+4, 8)])
		is.Equal(ids(t, stores.Rooms, v, rooms.Query{Limit: 3, After: made[offset], OldestFirst: true}),
			made[offset+1:min(offset+4, 8)])
	}
	is.Equal(len(ids(t, stores.Rooms, everywhere(alice, alicesAddress, "second@example.com"), // of both sources
		rooms.Query{Limit: 100})), 16)
	is.Equal(len(ids(t, stores.Rooms, view(alice, calendar), rooms.Query{Limit: 100})), // by her id only
		4)
	is.Equal(len(ids(t, stores.Rooms, view("u4", calendar, alicesAddress), // by one address only
		rooms.Query{Limit: 100})), 4)
	_, total, err := stores.Rooms.List(t.Context(), v, rooms.Query{Limit: 3, Offset: 1 << 40})
	is.NoErr(err)
	is.Equal(total, 8) // beyond the end they are counted still
}

func filtersOfAddresses(t *testing.T, stores rooms.Stores) {
	is := is.New(t)
	mixed(t, stores)
	room, other := insert(t, stores.Rooms, calendar, bob), insert(t, stores.Rooms, calendar, bob)
	invite(t, stores, room, attendee(alicesAddress, rooms.Member), attendee("second@example.com", rooms.Member))
	changed := room
	changed.AccessLevel, changed.UpdatedAt, changed.Version = rooms.Trusted, at.AddDate(0, 0, 1), 2
	for _, v := range []rooms.View{view(alice, calendar, alicesAddress, "second@example.com"),
		everywhere(alice, alicesAddress)} {
		for _, filter := range []rooms.Filter{{Slug: room.Slug}, {ExternalIDs: []string{room.ExternalID, other.ExternalID}}} {
			is.Equal(ids(t, stores.Rooms, v, rooms.Query{Filter: filter, Limit: 100}), []string{room.ID})
		}
		is.Equal(len(ids(t, stores.Rooms, v, // never a room of others
			rooms.Query{Filter: rooms.Filter{Slug: other.Slug}, Limit: 100})), 0)
	}
	is.NoErr(stores.Rooms.Update(t.Context(), view(bob, calendar), changed, 1))
	for _, v := range []rooms.View{view(alice, calendar, alicesAddress, "second@example.com"),
		everywhere(alice, alicesAddress)} {
		for _, filter := range []rooms.Filter{{AccessLevel: rooms.Trusted}, {UpdatedAfter: at}} {
			is.Equal(ids(t, stores.Rooms, v, rooms.Query{Filter: filter, Limit: 100}), []string{room.ID})
		}
		is.Equal(len(ids(t, stores.Rooms, v, rooms.Query{Filter: rooms.Filter{CreatedAfter: at}, Limit: 100})), 0)
	}
}

func attendeesChangeRooms(t *testing.T, stores rooms.Stores) {
	is := is.New(t)
	room := insert(t, stores.Rooms, calendar, alice)
	invite(t, stores, room, attendee(bobsAddress, rooms.Member))
	changed := room
	changed.Name, changed.Version = "New", 2
	for _, v := range []rooms.View{view(bob, calendar), view(bob, calendar, bobsSecond), view(bob, crm, bobsAddress)} {
		is.True(errors.Is(stores.Rooms.Update(t.Context(), v, changed, 1), // who does not see it does not change it
			rooms.ErrConflict))
		is.True(errors.Is(stores.Rooms.Delete(t.Context(), v, room.ID, 1, at), rooms.ErrConflict))
	}
	is.NoErr(stores.Rooms.Update(t.Context(), view(bob, calendar, bobsSecond, bobsAddress), // roles are the service's
		changed, 1))
	is.NoErr(stores.Rooms.Delete(t.Context(), everywhere(bob, bobsAddress), room.ID, 2, at))
	sees(t, stores.Rooms, view(alice, calendar), room, false)
}

func deletedForAttendees(t *testing.T, stores rooms.Stores) {
	room := insert(t, stores.Rooms, calendar, alice)
	invite(t, stores, room, attendee(bobsAddress, rooms.Member))
	is.New(t).NoErr(stores.Rooms.Delete(t.Context(), view(alice, calendar), room.ID, 1, at))
	for _, v := range []rooms.View{view(bob, calendar, bobsAddress), everywhere(bob, bobsAddress),
		view(alice, calendar, bobsAddress)} {
		sees(t, stores.Rooms, v, room, false)
	}
}
