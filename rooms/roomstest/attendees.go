package roomstest

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/rooms"
)

// Attendees checks an implementation of [rooms.AttendeeStore] against its
// contract. Open returns empty stores for each rule, of which all are needed.
func Attendees(t *testing.T, open func(t *testing.T) rooms.Stores) { Host{}.Attendees(t, open) }

// Attendees is the suite of this name, with the host's ids.
func (h Host) Attendees(t *testing.T, open func(t *testing.T) rooms.Stores) {
	each(t, open, map[string]func(t *testing.T, stores rooms.Stores){
		"everyone is found, the owner first":              h.everyoneIsFound,
		"attendees are added, changed and removed":        h.attendeesChange,
		"changes are made as a whole":                     h.changesAreWhole,
		"a room without attendees, or not there":          h.noAttendees,
		"an attendee sees the room":                       h.attendeesSee,
		"an address that is not an attendee's sees none":  h.addressesKeepOff,
		"the highest of several roles counts, once":       h.highestRoleCounts,
		"rooms by id and by address are one list":         h.listsAreMerged,
		"filters apply to rooms by address":               h.filtersOfAddresses,
		"an attendee changes and ends what they see":      h.attendeesChangeRooms,
		"a deleted room is gone for its attendees":        h.deletedForAttendees,
		"the door knows roles":                            h.doorRoles,
		"the door opens for live rooms only":              h.doorOfGoneRooms,
		"an address is renamed in every room":             h.renameEverywhere,
		"two attendees become one by renaming":            h.renameMerges,
		"an owner's address is renamed":                   h.renameOwner,
		"an address is forgotten in every room":           h.forgetEverywhere,
		"concurrent addition through a service":           h.concurrentAddition,
		"concurrent replacement through a service":        h.concurrentReplacement,
		"concurrent renaming":                             h.concurrentRenaming,
		"concurrent renaming and addition of one address": h.concurrentRenamingAndAddition,
	})
}

// each checks rules, each with empty stores.
func each(t *testing.T, open func(t *testing.T) rooms.Stores,
	rules map[string]func(t *testing.T, stores rooms.Stores)) {
	t.Helper()
	for name, rule := range rules {
		t.Run(name, func(t *testing.T) { rule(t, open(t)) })
	}
}

// attendee is a new attendee.
func (h Host) attendee(address string, role rooms.Role) rooms.Attendee {
	return rooms.Attendee{ID: uuid.Must(uuid.NewV7()).String(), Address: address, Role: role, CreatedAt: at}
}

// invite adds attendees to a room.
func invite(t *testing.T, stores rooms.Stores, room rooms.Room, list ...rooms.Attendee) {
	t.Helper()
	is.New(t).NoErr(stores.Attendees.ChangeAttendees(t.Context(), room.ID, rooms.AttendeeChanges{Add: list}))
}

// sameAttendees asserts who has a role in a room.
func sameAttendees(t *testing.T, stores rooms.Stores, room rooms.Room, want ...rooms.Attendee) {
	t.Helper()
	is := is.New(t)
	got, err := stores.Attendees.Attendees(t.Context(), room.ID)
	is.NoErr(err)
	is.Equal(len(got), len(want)) // no one more, no one less
	for i := range want {
		is.True(got[i].CreatedAt.Equal(want[i].CreatedAt))
		got[i].CreatedAt = want[i].CreatedAt
		is.Equal(got[i], want[i]) // as they were added
	}
}

func (h Host) everyoneIsFound(t *testing.T, stores rooms.Stores) {
	room := h.sample(calendar)
	const last = "ffffffff-ffff-7fff-bfff-ffffffffffff"
	first := rooms.Attendee{ID: last, UserID: h.alice(), Address: alicesAddress, Role: rooms.Owner, CreatedAt: at}
	is.New(t).NoErr(stores.Rooms.Insert(t.Context(), room, &first))
	sameAttendees(t, stores, room, first) // with the address they were inserted with
	one, two := h.attendee(bobsAddress, rooms.Member), h.attendee("o'brien+?@example.com", rooms.Administrator)
	invite(t, stores, room, two, one)
	sameAttendees(t, stores, room, first, one, two) // in the order of ids
}

func (h Host) attendeesChange(t *testing.T, stores rooms.Stores) {
	is := is.New(t)
	room, other := h.insert(t, stores.Rooms, calendar, h.alice()), h.insert(t, stores.Rooms, calendar, h.alice())
	one, two := h.attendee(bobsAddress, rooms.Member), h.attendee(carolsAddress, rooms.Member)
	three, again := h.attendee("third@example.com", rooms.Administrator), h.attendee(carolsAddress, rooms.Administrator)
	invite(t, stores, room, one, two)
	invite(t, stores, other, one, two)
	raised := one
	raised.Role = rooms.Administrator
	is.NoErr(stores.Attendees.ChangeAttendees(t.Context(), room.ID, rooms.AttendeeChanges{
		Add: []rooms.Attendee{three, again}, Change: []rooms.Attendee{raised}, Remove: []rooms.Attendee{two}}))
	sameAttendees(t, stores, room, *owner(h.alice()), raised, three, // all of it; an address that was freed may come again
		again)
	sameAttendees(t, stores, other, *owner(h.alice()), one, two) // in this room only
	is.NoErr(stores.Attendees.ChangeAttendees(t.Context(), room.ID, rooms.AttendeeChanges{}))
	sameAttendees(t, stores, room, *owner(h.alice()), raised, three, again) // no changes change nothing
}

func (h Host) changesAreWhole(t *testing.T, stores rooms.Stores) {
	is := is.New(t)
	room := h.insert(t, stores.Rooms, calendar, h.alice())
	one, two := h.attendee(bobsAddress, rooms.Member), h.attendee(carolsAddress, rooms.Member)
	invite(t, stores, room, one, two)
	raised, twice := one, h.attendee("new@example.com", rooms.Member)
	raised.Role, twice.ID = rooms.Administrator, one.ID
	changes := rooms.AttendeeChanges{
		Change: []rooms.Attendee{raised}, Remove: []rooms.Attendee{two}, Add: []rooms.Attendee{twice}}
	is.True(stores.Attendees.ChangeAttendees(t.Context(), room.ID, changes) != nil) // an id is given once
	sameAttendees(t, stores, room, *owner(h.alice()), one, two)                     // and what failed left no trace
}

func (h Host) noAttendees(t *testing.T, stores rooms.Stores) {
	is := is.New(t)
	ownerless, gone := h.insert(t, stores.Rooms, calendar, ""), h.insert(t, stores.Rooms, calendar, h.alice())
	sameAttendees(t, stores, ownerless)
	is.NoErr(stores.Rooms.Delete(t.Context(), view(h.alice(), calendar), gone.ID, 1, at))
	sameAttendees(t, stores, gone) // no one has a role in a deleted room
	for _, id := range []string{gone.ID, h.newID()} {
		changes := rooms.AttendeeChanges{Add: []rooms.Attendee{h.attendee(bobsAddress, rooms.Member)}}
		err := stores.Attendees.ChangeAttendees(t.Context(), id, changes)
		is.True(errors.Is(err, rooms.ErrNotFound)) // nor gets one
	}
}

func (h Host) doorRoles(t *testing.T, stores rooms.Stores) {
	room := h.sample(calendar)
	first := rooms.Attendee{ID: ownerID, UserID: h.alice(), Address: alicesAddress, Role: rooms.Owner, CreatedAt: at}
	is.New(t).NoErr(stores.Rooms.Insert(t.Context(), room, &first))
	invite(t, stores, room, h.attendee(bobsAddress, rooms.Member), h.attendee(bobsSecond, rooms.Administrator))
	type doorTest struct {
		visitor rooms.Visitor
		want    rooms.Role
	}
	tests := map[string]doorTest{
		"the owner": {rooms.Visitor{UserID: h.alice()}, rooms.Owner},
		"the owner with their address": {rooms.Visitor{UserID: h.alice(), Addresses: []string{alicesAddress}},
			rooms.Owner},
		"the owner, who is an attendee too": {rooms.Visitor{UserID: h.alice(), Addresses: []string{bobsAddress}},
			rooms.Owner},
		"an attendee": {rooms.Visitor{UserID: h.bob(), Addresses: []string{bobsAddress}}, rooms.Member},
		"an attendee by the second address": {rooms.Visitor{UserID: h.bob(),
			Addresses: []string{"x@example.com", bobsAddress}}, rooms.Member},
		"an attendee by two": {rooms.Visitor{UserID: h.bob(), Addresses: []string{bobsAddress, bobsSecond}},
			rooms.Administrator},
		"an attendee without the address":       {rooms.Visitor{UserID: h.bob()}, ""},
		"another user with the owner's address": {rooms.Visitor{UserID: h.bob(), Addresses: []string{alicesAddress}}, ""},
		"a stranger":                            {rooms.Visitor{UserID: h.user(3), Addresses: []string{"u4@x.example"}}, ""},
		"not signed in":                         {rooms.Visitor{}, ""},
	}
	if h.anyUser() {
		crossed := rooms.Visitor{UserID: bobsAddress, Addresses: []string{h.alice()}}
		tests["an address for an id"] = doorTest{crossed, ""}
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			found, role, err := stores.Attendees.Door(t.Context(), room.Slug, test.visitor)
			is.NoErr(err)
			same(t, found, room)      // whichever source it has
			is.Equal(role, test.want) // the highest role counts
		})
	}
}

func (h Host) doorOfGoneRooms(t *testing.T, stores rooms.Stores) {
	is := is.New(t)
	room := h.insert(t, stores.Rooms, calendar, h.alice())
	is.NoErr(stores.Rooms.Delete(t.Context(), view(h.alice(), calendar), room.ID, 1, at))
	for _, slug := range []string{room.Slug, "zzz-zzzz-zzz", "", "%", strings.ToUpper(room.Slug)} {
		_, _, err := stores.Attendees.Door(t.Context(), slug, rooms.Visitor{UserID: h.alice()})
		is.True(errors.Is(err, rooms.ErrNotFound)) // deleted, absent, odd
	}
}

func (h Host) concurrentAddition(t *testing.T, stores rooms.Stores) {
	is := is.New(t)
	s := service(t, stores)
	room, _, err := s.Create(t.Context(), h.caller(), rooms.Change{})
	is.NoErr(err)
	added := make([]bool, 12)
	for _, err := range atOnce(len(added), func(i int) (err error) {
		_, added[i], err = s.AddAttendee(t.Context(), h.caller(), room.ID,
			rooms.Invitee{Address: fmt.Sprintf("u%d@example.com", i%4)})
		return err
	}) {
		is.NoErr(err)
	}
	news := 0
	for _, one := range added {
		if one {
			news++
		}
	}
	is.Equal(news, 4) // each is new once
	all, err := stores.Attendees.Attendees(t.Context(), room.ID)
	is.NoErr(err)
	is.Equal(len(all), 5) // and there once, beside the owner
}

func (h Host) concurrentReplacement(t *testing.T, stores rooms.Stores) {
	is := is.New(t)
	s := service(t, stores)
	room, _, err := s.Create(t.Context(), h.caller(), rooms.Change{})
	is.NoErr(err)
	for _, err := range atOnce(6, func(i int) error {
		_, err := s.ReplaceAttendees(t.Context(), h.caller(), room.ID, rooms.Invitees{List: []rooms.Invitee{
			{Address: fmt.Sprintf("a%d@example.com", i)}, {Address: fmt.Sprintf("b%d@example.com",
				i)}, {Address: "all@example.com"}}})
		return err
	}) {
		is.NoErr(err)
	}
	all, err := stores.Attendees.Attendees(t.Context(), room.ID)
	is.NoErr(err)
	is.Equal(len(all), 4)              // one set, not a mixture
	is.Equal(all[0].Role, rooms.Owner) // beside the owner
	sets := map[string]bool{}          // of which set those are
	for _, a := range all[1:] {
		if a.Address != "all@example.com" {
			sets[a.Address[1:2]] = true
		}
	}
	is.Equal(len(sets), 1)
}
