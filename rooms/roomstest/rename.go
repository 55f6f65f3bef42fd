package roomstest

import (
	"testing"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/rooms"
)

func (h Host) renameEverywhere(t *testing.T, stores rooms.Stores) {
	is := is.New(t)
	room, second := h.insert(t, stores.Rooms, calendar, h.alice()), h.insert(t, stores.Rooms, crm, h.bob())
	gone := h.insert(t, stores.Rooms, calendar, h.alice())
	one, other := h.attendee(bobsAddress, rooms.Administrator), h.attendee(carolsAddress, rooms.Member)
	invite(t, stores, room, one, other)
	invite(t, stores, second, one)
	invite(t, stores, gone, one)
	is.NoErr(stores.Rooms.Delete(t.Context(), view(h.alice(), calendar), gone.ID, 1, at))
	is.NoErr(stores.Attendees.Rename(t.Context(), "unknown@example.com", "new@example.com"))
	is.NoErr(stores.Attendees.Rename(t.Context(), bobsAddress, bobsSecond))
	one.Address = bobsSecond
	sameAttendees(t, stores, room, *owner(h.alice()), one, other) // with the same id and role, and no other
	sameAttendees(t, stores, second, *owner(h.bob()), one)        // of every source
	for _, v := range []rooms.View{view(h.user(3), calendar, bobsSecond), everywhere(h.user(3), bobsSecond)} {
		sees(t, stores.Rooms, v, room, true)
		sees(t, stores.Rooms, v, gone, false)
	}
	sees(t, stores.Rooms, everywhere(h.user(3), bobsAddress), room, false) // the old address proves nothing
}

func (h Host) renameMerges(t *testing.T, stores rooms.Stores) {
	is := is.New(t)
	low, high := h.attendee(bobsAddress, rooms.Member), h.attendee(bobsSecond, rooms.Administrator)
	raised, lowered := low, high
	raised.Role, lowered.Role = rooms.Administrator, rooms.Member
	up, down := h.insert(t, stores.Rooms, calendar, h.alice()), h.insert(t, stores.Rooms, crm, h.alice())
	equal := h.insert(t, stores.Rooms, calendar, h.alice())
	invite(t, stores, up, low, high)
	invite(t, stores, down, raised, lowered)
	invite(t, stores, equal, low, lowered)
	is.NoErr(stores.Attendees.Rename(t.Context(), bobsAddress, bobsSecond))
	sameAttendees(t, stores, up, *owner(h.alice()), high) // the one with the higher role stays
	raised.Address = bobsSecond
	sameAttendees(t, stores, down, *owner(h.alice()), raised) // under the new address
	all, err := stores.Attendees.Attendees(t.Context(), equal.ID)
	is.NoErr(err)
	is.Equal(len(all), 2) // and of equals one
	is.Equal(all[1].Address, bobsSecond)
}

func (h Host) renameOwner(t *testing.T, stores rooms.Stores) {
	is := is.New(t)
	first := rooms.Attendee{ID: ownerID, UserID: h.alice(), Address: alicesAddress, Role: rooms.Owner, CreatedAt: at}
	alone, from, to := h.sample(calendar), h.sample(calendar), h.sample(calendar)
	for _, room := range []rooms.Room{alone, from, to} {
		is.NoErr(stores.Rooms.Insert(t.Context(), room, &first))
	}
	invite(t, stores, from, h.attendee("new@example.com", rooms.Administrator))
	invite(t, stores, to, h.attendee("old@example.com", rooms.Administrator))
	is.NoErr(stores.Attendees.Rename(t.Context(), "old@example.com", alicesAddress))
	sameAttendees(t, stores, to, first) // an owner stays an owner, and stands once
	is.NoErr(stores.Attendees.Rename(t.Context(), alicesAddress, "new@example.com"))
	first.Address = "new@example.com"
	for _, room := range []rooms.Room{alone, from, to} {
		sameAttendees(t, stores, room, first)
		sees(t, stores.Rooms, view(h.alice(), calendar), room, true)                   // by the same id
		sees(t, stores.Rooms, view(h.bob(), calendar, "new@example.com"), room, false) // and by no address
	}
}

func (h Host) forgetEverywhere(t *testing.T, stores rooms.Stores) {
	is := is.New(t)
	first := rooms.Attendee{ID: ownerID, UserID: h.alice(), Address: alicesAddress, Role: rooms.Owner, CreatedAt: at}
	room, second := h.sample(calendar), h.insert(t, stores.Rooms, crm, h.bob())
	is.NoErr(stores.Rooms.Insert(t.Context(), room, &first))
	one, other := h.attendee(bobsAddress, rooms.Administrator), h.attendee(carolsAddress, rooms.Member)
	invite(t, stores, room, one, other)
	invite(t, stores, second, one, h.attendee(alicesAddress, rooms.Member))
	for range 2 { // the second time changes nothing
		is.NoErr(stores.Attendees.Forget(t.Context(), bobsAddress))
		sameAttendees(t, stores, room, first, other)
		sees(t, stores.Rooms, everywhere(h.user(3), bobsAddress), room, false)
		sees(t, stores.Rooms, everywhere(h.user(3), bobsAddress), second, false) // of every source
	}
	is.NoErr(stores.Attendees.Forget(t.Context(), alicesAddress))
	first.Address = ""
	sameAttendees(t, stores, room, first, other) // an owner stays
	sameAttendees(t, stores, second, *owner(h.bob()))
	sees(t, stores.Rooms, view(h.alice(), calendar), room, true)
	is.NoErr(stores.Attendees.Forget(t.Context(), "unknown@example.com"))
}

// concurrentRenaming renames to and fro: no call fails, and no attendee is lost or
// doubled.
func (h Host) concurrentRenaming(t *testing.T, stores rooms.Stores) {
	is := is.New(t)
	var made []rooms.Room
	for i := range 6 {
		room := h.insert(t, stores.Rooms, calendar, h.alice())
		invite(t, stores, room, h.attendee([]string{bobsAddress, bobsSecond}[i%2], rooms.Member))
		made = append(made, room)
	}
	for _, err := range atOnce(8, func(i int) error {
		if i%2 == 0 {
			return stores.Attendees.Rename(t.Context(), bobsAddress, bobsSecond)
		}
		return stores.Attendees.Rename(t.Context(), bobsSecond, bobsAddress)
	}) {
		is.NoErr(err)
	}
	for _, room := range made {
		all, err := stores.Attendees.Attendees(t.Context(), room.ID)
		is.NoErr(err)
		is.Equal(len(all), 2) // the owner, and one of the two addresses
	}
}

// concurrentRenamingAndAddition adds an address to rooms while another is renamed
// to it: it stands in each room once.
func (h Host) concurrentRenamingAndAddition(t *testing.T, stores rooms.Stores) {
	is := is.New(t)
	s := service(t, stores)
	var made []rooms.Room
	for range 6 {
		room, _, err := s.Create(t.Context(), h.caller(), rooms.Change{})
		is.NoErr(err)
		invite(t, stores, room, h.attendee(bobsAddress, rooms.Administrator))
		made = append(made, room)
	}
	for _, err := range atOnce(1+len(made), func(i int) error {
		if i == 0 {
			return stores.Attendees.Rename(t.Context(), bobsAddress, bobsSecond)
		}
		_, _, err := s.AddAttendee(t.Context(), h.caller(), made[i-1].ID, rooms.Invitee{Address: bobsSecond})
		return err
	}) {
		is.NoErr(err)
	}
	for _, room := range made {
		all, err := stores.Attendees.Attendees(t.Context(), room.ID)
		is.NoErr(err)
		is.Equal(len(all), 2)                                                       // beside the owner one
		is.True(all[1].Address == bobsSecond && all[1].Role == rooms.Administrator) // with the higher role
	}
}
