package roomstest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/rooms"
)

// Attendees checks an implementation of [rooms.AttendeeStore] against its
// contract. Open returns an empty [rooms.Store] that is one, for each rule.
func Attendees(t *testing.T, open func(t *testing.T) rooms.Store) {
	each(t, open, map[string]func(t *testing.T, store rooms.Store, people rooms.AttendeeStore){
		"everybody is found, the owner first":            everybodyIsFound,
		"attendees are added, changed and removed":       attendeesChange,
		"a room without attendees, or not there":         noAttendees,
		"an attendee sees the room":                      attendeesSee,
		"somebody pending sees nothing, and then does":   activation,
		"activation keeps to the address and the living": activationKeepsOff,
		"the door knows roles":                           doorRoles,
		"the door opens for live rooms only":             doorOfGoneRooms,
		"concurrent addition through a service":          concurrentAddition,
		"concurrent replacement through a service":       concurrentReplacement,
	})
}

// attendee is somebody new: a user, or pending under an address, or both.
func attendee(user, address string, role rooms.Role) rooms.Attendee {
	return rooms.Attendee{ID: uuid.Must(uuid.NewV7()).String(), UserID: user, Address: address, Role: role, CreatedAt: at}
}

// invite adds people to a room.
func invite(t *testing.T, people rooms.AttendeeStore, room rooms.Room, list ...rooms.Attendee) {
	t.Helper()
	is.New(t).NoErr(people.ChangeAttendees(t.Context(), room.ID, rooms.AttendeeChanges{Add: list}))
}

// sameAttendees asserts who has a role in a room.
func sameAttendees(t *testing.T, people rooms.AttendeeStore, room rooms.Room, want ...rooms.Attendee) {
	t.Helper()
	is := is.New(t)
	got, err := people.Attendees(t.Context(), room.ID)
	is.NoErr(err)
	is.Equal(len(got), len(want)) // nobody more, nobody less
	for i := range want {
		is.True(got[i].CreatedAt.Equal(want[i].CreatedAt))
		got[i].CreatedAt = want[i].CreatedAt
		is.Equal(got[i], want[i]) // as they were added
	}
}

func everybodyIsFound(t *testing.T, store rooms.Store, people rooms.AttendeeStore) {
	room := sample(calendar)
	first := rooms.Attendee{ID: "zzz", UserID: alice, Address: "alice@example.com", Role: rooms.Owner, CreatedAt: at}
	is.New(t).NoErr(store.Insert(t.Context(), room, first))
	sameAttendees(t, people, room, first) // with the address they were inserted with
	member, pending := attendee(bob, "bob@example.com", rooms.Member), attendee("", "o'brien+?@example.com", rooms.Administrator)
	invite(t, people, room, pending, member)
	sameAttendees(t, people, room, first, member, pending) // in the order of ids
}

func attendeesChange(t *testing.T, store rooms.Store, people rooms.AttendeeStore) {
	is := is.New(t)
	room, other := insert(t, store, calendar, alice), insert(t, store, calendar, alice)
	one, two, three := attendee(bob, "b@example.com", rooms.Member), attendee("", "c@example.com", rooms.Member), attendee("u3", "", rooms.Administrator)
	invite(t, people, room, one, two)
	invite(t, people, other, one)
	raised := one
	raised.Role = rooms.Administrator
	again := attendee("", "c@example.com", rooms.Administrator)
	is.NoErr(people.ChangeAttendees(t.Context(), room.ID, rooms.AttendeeChanges{
		Add: []rooms.Attendee{three, again}, Change: []rooms.Attendee{raised}, Remove: []rooms.Attendee{two}}))
	sameAttendees(t, people, room, owner(alice), raised, three, again) // all of it, and an address that was freed may come again
	sameAttendees(t, people, other, owner(alice), one)                 // in this room only
	is.True(people.ChangeAttendees(t.Context(), room.ID, rooms.AttendeeChanges{
		Remove: []rooms.Attendee{three}, Add: []rooms.Attendee{attendee(bob, "new@example.com", rooms.Member)}}) != nil) // nobody is there twice
	sameAttendees(t, people, room, owner(alice), raised, three, again) // and what failed left no trace
	is.NoErr(people.ChangeAttendees(t.Context(), room.ID, rooms.AttendeeChanges{}))
	again.UserID = bob
	is.NoErr(people.ChangeAttendees(t.Context(), room.ID, rooms.AttendeeChanges{Activate: []rooms.Attendee{again}}))
	pending := again
	pending.UserID = ""
	sameAttendees(t, people, room, owner(alice), raised, three, pending) // a user who has a role stays with that
	is.NoErr(people.ChangeAttendees(t.Context(), room.ID, rooms.AttendeeChanges{Remove: []rooms.Attendee{raised}, Activate: []rooms.Attendee{again}}))
	sameAttendees(t, people, room, owner(alice), three, again) // until it is gone
	sameAttendees(t, people, other, owner(alice), one)         // in this room only
}

func noAttendees(t *testing.T, store rooms.Store, people rooms.AttendeeStore) {
	is := is.New(t)
	ownerless, gone := insert(t, store, calendar, ""), insert(t, store, calendar, alice)
	sameAttendees(t, people, ownerless)
	is.NoErr(store.Delete(t.Context(), view(alice, calendar), gone.ID, at))
	sameAttendees(t, people, gone) // nobody has a role in a deleted room
	for _, id := range []string{gone.ID, uuid.NewString()} {
		err := people.ChangeAttendees(t.Context(), id, rooms.AttendeeChanges{Add: []rooms.Attendee{attendee(bob, "", rooms.Member)}})
		is.True(errors.Is(err, rooms.ErrNotFound)) // nor gets one
	}
}

func attendeesSee(t *testing.T, store rooms.Store, people rooms.AttendeeStore) {
	is := is.New(t)
	room := insert(t, store, calendar, alice)
	guest := attendee(bob, "bob@example.com", rooms.Member)
	invite(t, people, room, guest)
	sees(t, store, view(bob, calendar), room, true) // as any room of theirs
	sees(t, store, view(bob, crm), room, false)     // from its source
	sees(t, store, rooms.View{User: bob, AllSources: true}, room, true)
	_, role, err := store.Find(t.Context(), view(bob, calendar), room.ID)
	is.NoErr(err)
	is.Equal(role, rooms.Member)
	is.NoErr(people.ChangeAttendees(t.Context(), room.ID, rooms.AttendeeChanges{Remove: []rooms.Attendee{guest}}))
	sees(t, store, view(bob, calendar), room, false) // and not any more
}

func activation(t *testing.T, store rooms.Store, people rooms.AttendeeStore) {
	is := is.New(t)
	room, second := insert(t, store, calendar, alice), insert(t, store, crm, alice)
	pending := attendee("", "bob@example.com", rooms.Administrator)
	invite(t, people, room, pending)
	invite(t, people, second, pending)
	sees(t, store, view(bob, calendar), room, false)
	sees(t, store, view("", calendar), room, true)
	is.NoErr(people.Activate(t.Context(), "bob@example.com", bob))
	sees(t, store, view(bob, calendar), room, true) // in every room
	sees(t, store, view(bob, crm), second, true)    // of every source
	active := pending
	active.UserID = bob
	sameAttendees(t, people, room, owner(alice), active) // with the same id and role
	is.NoErr(people.Activate(t.Context(), "bob@example.com", "somebody else"))
	sameAttendees(t, people, room, owner(alice), active) // who is active stays
}

func activationKeepsOff(t *testing.T, store rooms.Store, people rooms.AttendeeStore) {
	is := is.New(t)
	room, gone := insert(t, store, calendar, alice), insert(t, store, calendar, alice)
	other, second := attendee("", "other@example.com", rooms.Member), attendee("", "alice.second@example.com", rooms.Member)
	invite(t, people, room, other, second)
	invite(t, people, gone, attendee("", "bob@example.com", rooms.Member))
	is.NoErr(store.Delete(t.Context(), view(alice, calendar), gone.ID, at))
	is.NoErr(people.Activate(t.Context(), "bob@example.com", bob))
	is.NoErr(people.Activate(t.Context(), "alice.second@example.com", alice))
	sameAttendees(t, people, room, owner(alice), other, second) // other addresses, and users who have a role already, are left alone
	sees(t, store, rooms.View{User: bob, AllSources: true}, gone, false)
}

func doorRoles(t *testing.T, store rooms.Store, people rooms.AttendeeStore) {
	room := insert(t, store, calendar, alice)
	known, pending := attendee(bob, "bob@example.com", rooms.Member), attendee("", "pending@example.com", rooms.Administrator)
	invite(t, people, room, known, pending)
	tests := map[string]struct {
		user, address string
		want          rooms.Attendee
	}{
		"the owner":                        {alice, "", owner(alice)},
		"a user":                           {bob, "", known},
		"pending":                          {"u4", "pending@example.com", pending},
		"a user with a pending role above": {bob, "pending@example.com", pending},
		"a user with a pending role below": {alice, "pending@example.com", owner(alice)},
		"a stranger":                       {"u4", "u4@example.com", rooms.Attendee{}},
		"an address that is a user's":      {"u4", "bob@example.com", rooms.Attendee{}},
		"nobody":                           {"", "", rooms.Attendee{}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			found, who, err := people.Door(t.Context(), room.Slug, test.user, test.address)
			is.NoErr(err)
			same(t, found, room) // whichever source it has
			is.True(who.CreatedAt.Equal(test.want.CreatedAt))
			who.CreatedAt = test.want.CreatedAt
			is.Equal(who, test.want) // the highest role counts
		})
	}
}

func doorOfGoneRooms(t *testing.T, store rooms.Store, people rooms.AttendeeStore) {
	is := is.New(t)
	room := insert(t, store, calendar, alice)
	is.NoErr(store.Delete(t.Context(), view(alice, calendar), room.ID, at))
	for _, slug := range []string{room.Slug, "zzz-zzzz-zzz", "", "%", strings.ToUpper(room.Slug)} {
		_, _, err := people.Door(t.Context(), slug, alice, "")
		is.True(errors.Is(err, rooms.ErrNotFound)) // deleted, absent, odd
	}
}

// anybody is a directory in which nobody is a user.
type anybody struct{}

// CanonicalAddress implements rooms.Directory.
func (anybody) CanonicalAddress(address string) (string, bool) { return address, true }

// UserIDs implements rooms.Directory.
func (anybody) UserIDs(context.Context, []string) (map[string]string, error) { return nil, nil }

// hosting is a service that knows addresses, with a room of alice's.
func hosting(t *testing.T, store rooms.Store) (*rooms.Service, rooms.Room) {
	t.Helper()
	is := is.New(t)
	if _, ok := store.(rooms.Transactor); !ok {
		t.Skip("without transactions concurrent changes may miss each other")
	}
	s, err := rooms.New(rooms.Config{Store: store, Directory: anybody{}})
	is.NoErr(err)
	room, _, err := s.Create(t.Context(), caller, rooms.Draft{})
	is.NoErr(err)
	return s, room
}

func concurrentAddition(t *testing.T, store rooms.Store, people rooms.AttendeeStore) {
	is := is.New(t)
	s, room := hosting(t, store)
	added := make([]bool, 12)
	for _, err := range atOnce(len(added), func(i int) (err error) {
		_, added[i], err = s.AddAttendee(t.Context(), caller, room.ID, rooms.Invitee{Address: fmt.Sprintf("u%d@example.com", i%4)})
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
	all, err := people.Attendees(t.Context(), room.ID)
	is.NoErr(err)
	is.Equal(len(all), 5) // and there once, beside the owner
}

func concurrentReplacement(t *testing.T, store rooms.Store, people rooms.AttendeeStore) {
	is := is.New(t)
	s, room := hosting(t, store)
	for _, err := range atOnce(6, func(i int) error {
		_, err := s.ReplaceAttendees(t.Context(), caller, room.ID, []rooms.Invitee{
			{Address: fmt.Sprintf("a%d@example.com", i)}, {Address: fmt.Sprintf("b%d@example.com", i)}, {Address: "all@example.com"}})
		return err
	}) {
		is.NoErr(err)
	}
	all, err := people.Attendees(t.Context(), room.ID)
	is.NoErr(err)
	is.Equal(len(all), 4)              // one set, not a mixture
	is.Equal(all[0].Role, rooms.Owner) // beside the owner
	var sets = map[string]bool{}       // of which set those are
	for _, a := range all[1:] {
		if a.Address != "all@example.com" {
			sets[a.Address[1:2]] = true
		}
	}
	is.Equal(len(sets), 1)
}
