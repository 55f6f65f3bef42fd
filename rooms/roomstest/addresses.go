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

func (h Host) attendeesSee(t *testing.T, stores rooms.Stores) {
	is := is.New(t)
	room := h.insert(t, stores.Rooms, calendar, h.alice())
	guest := h.attendee(bobsAddress, rooms.Member)
	invite(t, stores, room, guest)
	for _, v := range []rooms.View{
		view(h.bob(), calendar, bobsAddress), everywhere(h.bob(), bobsAddress), view(h.user(4), calendar, bobsAddress),
		view(h.bob(), calendar, "other@example.com", bobsAddress, bobsSecond), // by one of several
	} {
		sees(t, stores.Rooms, v, room, true)
		is.Equal(roleOf(t, stores, v, room), rooms.Member)
	}
	sees(t, stores.Rooms, view(h.bob(), crm, bobsAddress), room, false) // from its source
	is.NoErr(stores.Attendees.ChangeAttendees(t.Context(), room.ID,
		rooms.AttendeeChanges{Remove: []rooms.Attendee{guest}}))
	sees(t, stores.Rooms, view(h.bob(), calendar, bobsAddress), room, false) // and no longer
	sees(t, stores.Rooms, everywhere(h.bob(), bobsAddress), room, false)
}

func (h Host) addressesKeepOff(t *testing.T, stores rooms.Stores) {
	room := h.sample(calendar)
	first := rooms.Attendee{ID: ownerID, UserID: h.alice(), Address: alicesAddress, Role: rooms.Owner, CreatedAt: at}
	is.New(t).NoErr(stores.Rooms.Insert(t.Context(), room, &first))
	invite(t, stores, room, h.attendee(bobsAddress, rooms.Member))
	views := map[string]rooms.View{
		"a user without the address":            view(h.bob(), calendar),
		"a user with another":                   view(h.bob(), calendar, bobsSecond),
		"an address in capitals":                view(h.bob(), calendar, "BOB@example.com"),
		"a pattern":                             view(h.bob(), calendar, "%", "bob@%"),
		"another user with the owner's address": view(h.bob(), calendar, alicesAddress),
		"that of all sources":                   everywhere(h.bob(), alicesAddress),
	}
	if h.anyUser() {
		views["an id that is an address"] = view(bobsAddress, calendar)
	}
	for name, v := range views {
		t.Run(name, func(t *testing.T) { sees(t, stores.Rooms, v, room, false) })
	}
}

func (h Host) highestRoleCounts(t *testing.T, stores rooms.Stores) {
	is := is.New(t)
	room := h.insert(t, stores.Rooms, calendar, h.alice())
	invite(t, stores, room, h.attendee(bobsAddress, rooms.Member), h.attendee(bobsSecond, rooms.Administrator),
		h.attendee(alicesAddress, rooms.Member))
	tests := map[rooms.Role][]rooms.View{
		rooms.Owner: {view(h.alice(), calendar, alicesAddress), view(h.alice(), calendar, alicesAddress, bobsSecond),
			everywhere(h.alice(), alicesAddress)},
		rooms.Administrator: {view(h.bob(), calendar, bobsAddress, bobsSecond),
			view(h.bob(), calendar, bobsSecond, bobsAddress),
			everywhere(h.bob(), bobsAddress, bobsSecond)},
		rooms.Member: {view(h.bob(), calendar, alicesAddress, bobsAddress)},
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
func (h Host) mixed(t *testing.T, stores rooms.Stores) (made []string) {
	t.Helper()
	for i := range 8 {
		by := []string{h.alice(), h.bob()}[i%2]
		room := h.insert(t, stores.Rooms, calendar, by)
		switch i % 4 {
		case 0:
			invite(t, stores, room, h.attendee("second@example.com", rooms.Member))
		case 1:
			invite(t, stores, room, h.attendee(alicesAddress, rooms.Member))
		case 3:
			invite(t, stores, room, h.attendee(alicesAddress, rooms.Member),
				h.attendee("second@example.com", rooms.Administrator))
		}
		made = append(made, room.ID)
		h.insert(t, stores.Rooms, calendar, h.bob())
		invite(t, stores, h.insert(t, stores.Rooms, crm, h.alice()), h.attendee(alicesAddress, rooms.Member))
	}
	return made
}

func (h Host) listsAreMerged(t *testing.T, stores rooms.Stores) {
	is := is.New(t)
	made := h.mixed(t, stores)
	newest := slices.Clone(made)
	slices.Reverse(newest)
	v := view(h.alice(), calendar, alicesAddress, "second@example.com")
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
	is.Equal(len(ids(t, stores.Rooms, everywhere(h.alice(), alicesAddress, "second@example.com"), // of both sources
		rooms.Query{Limit: 100})), 16)
	is.Equal(len(ids(t, stores.Rooms, view(h.alice(), calendar), rooms.Query{Limit: 100})), // by her id only
		4)
	is.Equal(len(ids(t, stores.Rooms, view(h.user(3), calendar, alicesAddress), // by one address only
		rooms.Query{Limit: 100})), 4)
	_, total, err := stores.Rooms.List(t.Context(), v, rooms.Query{Limit: 3, Offset: 1 << 40})
	is.NoErr(err)
	is.Equal(total, 8) // beyond the end they are counted still
}

func (h Host) filtersOfAddresses(t *testing.T, stores rooms.Stores) {
	is := is.New(t)
	h.mixed(t, stores)
	room, other := h.insert(t, stores.Rooms, calendar, h.bob()), h.insert(t, stores.Rooms, calendar, h.bob())
	invite(t, stores, room, h.attendee(alicesAddress, rooms.Member), h.attendee("second@example.com", rooms.Member))
	changed := room
	changed.AccessLevel, changed.UpdatedAt, changed.Version = rooms.Trusted, at.AddDate(0, 0, 1), 2
	for _, v := range []rooms.View{view(h.alice(), calendar, alicesAddress, "second@example.com"),
		everywhere(h.alice(), alicesAddress)} {
		for _, filter := range []rooms.Filter{{Slug: room.Slug}, {ExternalIDs: []string{room.ExternalID, other.ExternalID}}} {
			is.Equal(ids(t, stores.Rooms, v, rooms.Query{Filter: filter, Limit: 100}), []string{room.ID})
		}
		is.Equal(len(ids(t, stores.Rooms, v, // never a room of others
			rooms.Query{Filter: rooms.Filter{Slug: other.Slug}, Limit: 100})), 0)
	}
	is.NoErr(stores.Rooms.Update(t.Context(), view(h.bob(), calendar), changed, 1))
	for _, v := range []rooms.View{view(h.alice(), calendar, alicesAddress, "second@example.com"),
		everywhere(h.alice(), alicesAddress)} {
		for _, filter := range []rooms.Filter{{AccessLevel: rooms.Trusted}, {UpdatedAfter: at}} {
			is.Equal(ids(t, stores.Rooms, v, rooms.Query{Filter: filter, Limit: 100}), []string{room.ID})
		}
		is.Equal(len(ids(t, stores.Rooms, v, rooms.Query{Filter: rooms.Filter{CreatedAfter: at}, Limit: 100})), 0)
	}
}

func (h Host) attendeesChangeRooms(t *testing.T, stores rooms.Stores) {
	is := is.New(t)
	room := h.insert(t, stores.Rooms, calendar, h.alice())
	invite(t, stores, room, h.attendee(bobsAddress, rooms.Member))
	changed := room
	changed.Name, changed.Version = "New", 2
	for _, v := range []rooms.View{view(h.bob(), calendar), view(h.bob(), calendar, bobsSecond),
		view(h.bob(), crm, bobsAddress)} {
		is.True(errors.Is(stores.Rooms.Update(t.Context(), v, changed, 1), // who does not see it does not change it
			rooms.ErrConflict))
		is.True(errors.Is(stores.Rooms.Delete(t.Context(), v, room.ID, 1, at), rooms.ErrConflict))
	}
	is.NoErr(stores.Rooms.Update(t.Context(), view(h.bob(), calendar, bobsSecond, bobsAddress), // roles are the service's
		changed, 1))
	is.NoErr(stores.Rooms.Delete(t.Context(), everywhere(h.bob(), bobsAddress), room.ID, 2, at))
	sees(t, stores.Rooms, view(h.alice(), calendar), room, false)
}

func (h Host) deletedForAttendees(t *testing.T, stores rooms.Stores) {
	room := h.insert(t, stores.Rooms, calendar, h.alice())
	invite(t, stores, room, h.attendee(bobsAddress, rooms.Member))
	is.New(t).NoErr(stores.Rooms.Delete(t.Context(), view(h.alice(), calendar), room.ID, 1, at))
	for _, v := range []rooms.View{view(h.bob(), calendar, bobsAddress), everywhere(h.bob(), bobsAddress),
		view(h.alice(), calendar, bobsAddress)} {
		sees(t, stores.Rooms, v, room, false)
	}
}
