package rooms_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/rooms"
)

// staffed is a room of alice's with bob as a member and carol as an
// administrator.
func staffed(t testing.TB, s *rooms.Service, change rooms.Change) rooms.Room {
	t.Helper()
	room := made(t, s, alice, change)
	_, err := s.ReplaceAttendees(t.Context(), alice, room.ID, rooms.Invitees{List: []rooms.Invitee{
		{Address: "bob@example.com"}, {Address: "carol@example.com", Role: rooms.Administrator}}})
	is.New(t).NoErr(err)
	return room
}

// attendees are those of a room: in a staffed one alice, bob and carol.
func attendees(t testing.TB, s *rooms.Service, room rooms.Room) []rooms.Attendee {
	t.Helper()
	all, err := s.Attendees(t.Context(), rooms.ForProgram(room.Source), room.ID)
	is.New(t).NoErr(err)
	return all
}

// guests are those with a role in a room: the address, the role and the user.
func guests(t testing.TB, s *rooms.Service, room rooms.Room) (list []string) {
	t.Helper()
	for _, a := range attendees(t, s, room) {
		list = append(list, strings.TrimSpace(fmt.Sprintf("%s %s %s", a.Address, a.Role, a.UserID)))
	}
	return list
}

// invite gives an address a role in a room of alice's.
func invite(t testing.TB, s *rooms.Service, room rooms.Room, address string, role rooms.Role) rooms.Attendee {
	t.Helper()
	attendee, _, err := s.AddAttendee(t.Context(), alice, room.ID, rooms.Invitee{Address: address, Role: role})
	is.New(t).NoErr(err)
	return attendee
}

func TestWhoMayManageAttendees(t *testing.T) {
	callers := map[string]struct {
		caller       rooms.Caller
		read, change error
	}{
		"the owner":                    {alice, nil, nil},
		"the owner with a wider reach": {through(alice, crm), nil, nil},
		"an administrator":             {carol, nil, nil},
		"a program":                    {program, nil, nil},
		"a member":                     {bob, nil, rooms.ErrForbidden},
		"a stranger":                   {dave, rooms.ErrNotFound, rooms.ErrNotFound},
		"the owner by another source": {rooms.ForUser(crm, "alice", "alice@example.com"), rooms.ErrNotFound,
			rooms.ErrNotFound},
		"a program of another source": {rooms.ForProgram(crm), rooms.ErrNotFound, rooms.ErrNotFound},
		"the zero caller":             {rooms.Caller{}, rooms.ErrCaller, rooms.ErrCaller},
	}
	s := newService(t, rooms.Config{ParseAddress: parseAddress})
	for name, test := range callers {
		for operation, reads := range map[string]bool{"list": true, "find": true, "add": false, "change": false,
			"remove": false, "replace": false} {
			t.Run(name+"/"+operation, func(t *testing.T) {
				is := is.New(t)
				room := staffed(t, s, rooms.Change{})
				before, want := attendees(t, s, room), test.change
				if reads {
					want = test.read
				}
				is.True(errors.Is(manage(t, s, test.caller, room.ID, before[1].ID, operation), want))
				is.Equal(fmt.Sprint(attendees(t, s, room)) == fmt.Sprint(before), reads || // who may not change changes nothing
					want != nil)
			})
		}
	}
}

// manage does something with the attendees of a room.
func manage(t *testing.T, s *rooms.Service, caller rooms.Caller, id, attendeeID, operation string) (err error) {
	switch operation {
	case "list":
		_, err = s.Attendees(t.Context(), caller, id)
	case "find":
		_, err = s.Attendee(t.Context(), caller, id, attendeeID)
	case "add":
		_, _, err = s.AddAttendee(t.Context(), caller, id, rooms.Invitee{Address: "new@example.com"})
	case "change":
		_, err = s.ChangeAttendee(t.Context(), caller, id, attendeeID, rooms.Administrator)
	case "remove":
		err = s.RemoveAttendee(t.Context(), caller, id, attendeeID)
	case "replace":
		_, err = s.ReplaceAttendees(t.Context(), caller, id,
			rooms.Invitees{List: []rooms.Invitee{{Address: "carol@example.com", Role: rooms.Administrator}}})
	}
	return err
}

func TestRoomsAndAttendeesThatAreNotThere(t *testing.T) {
	s := newService(t, rooms.Config{ParseAddress: parseAddress})
	room, other, gone := staffed(t, s, rooms.Change{}), staffed(t, s, rooms.Change{}), staffed(t, s, rooms.Change{})
	here, elsewhere := attendees(t, s, room)[1].ID, attendees(t, s, other)[1].ID
	is.New(t).NoErr(s.Delete(t.Context(), alice, gone.ID, nil))
	tests := map[string]struct {
		room, attendee string
		operations     string
	}{
		"a malformed room":          {"x", here, "list find add change remove replace"},
		"an unknown room":           {uuid.NewString(), here, "list find add change remove replace"},
		"a deleted room":            {gone.ID, here, "list find add change remove replace"},
		"an unknown attendee":       {room.ID, "x", "find change remove"},
		"no attendee":               {room.ID, "", "find change remove"},
		"an attendee of another":    {room.ID, elsewhere, "find change remove"},
		"a user instead of an id":   {room.ID, "bob", "find change remove"},
		"an address instead of one": {room.ID, "bob@example.com", "find change remove"},
	}
	for name, test := range tests {
		for _, operation := range strings.Fields(test.operations) {
			t.Run(name+"/"+operation, func(t *testing.T) {
				is.New(t).True(errors.Is(manage(t, s, alice, test.room, test.attendee, operation), rooms.ErrNotFound))
			})
		}
	}
	is.New(t).Equal(guests(t, s, room),
		[]string{"alice@example.com owner alice", "bob@example.com member", "carol@example.com administrator"})
}

func TestAnAttendee(t *testing.T) {
	is := is.New(t)
	clock := newClock()
	s := newService(t, rooms.Config{ParseAddress: parseAddress, Now: clock.now})
	room := made(t, s, alice, rooms.Change{})
	added, isNew, err := s.AddAttendee(t.Context(), alice, room.ID, rooms.Invitee{Address: "BOB@Example.com"})
	is.NoErr(err)
	is.True(isNew)
	is.Equal(added, // canonical, a member, now
		rooms.Attendee{ID: added.ID, Address: "bob@example.com", Role: rooms.Member, CreatedAt: clock.at})
	one, err := s.Attendee(t.Context(), alice, room.ID, added.ID)
	is.NoErr(err)
	is.Equal(one, added) // as it was answered
	changed, err := s.ChangeAttendee(t.Context(), alice, room.ID, added.ID, rooms.Administrator)
	is.NoErr(err)
	added.Role = rooms.Administrator
	is.Equal(changed, added) // only the role is another
	_, err = s.Update(t.Context(), bob, room.ID, rooms.Change{Name: new("Bob's")}, nil)
	is.NoErr(err) // and counts at once
	changed, err = s.ChangeAttendee(t.Context(), bob, room.ID, added.ID, "")
	is.NoErr(err)
	is.Equal(changed.Role, rooms.Member) // no role is member
	is.NoErr(s.RemoveAttendee(t.Context(), alice, room.ID, added.ID))
	is.True(errors.Is(s.RemoveAttendee(t.Context(), alice, room.ID, added.ID), rooms.ErrNotFound)) // the second time
	_, err = s.Retrieve(t.Context(), bob, room.ID)
	is.True(errors.Is(err, rooms.ErrNotFound)) // who is removed does not see the room
	room, err = s.Retrieve(t.Context(), alice, room.ID)
	is.NoErr(err)
	is.Equal(room.Version, int64(2)) // attendees are no part of the room
}

func TestAddingAgain(t *testing.T) {
	tests := map[string]struct {
		before, again, after rooms.Role
	}{
		"the same":       {rooms.Member, rooms.Member, rooms.Member},
		"a higher one":   {rooms.Member, rooms.Administrator, rooms.Administrator},
		"a lower one":    {rooms.Administrator, rooms.Member, rooms.Administrator},
		"none, when low": {rooms.Member, "", rooms.Member},
		"none":           {rooms.Administrator, "", rooms.Administrator},
	}
	s := newService(t, rooms.Config{ParseAddress: parseAddress})
	for name, test := range tests {
		for _, address := range []string{"bob@example.com", "stranger@example.com"} {
			t.Run(name+" of "+address, func(t *testing.T) {
				is := is.New(t)
				room := made(t, s, alice, rooms.Change{})
				first := invite(t, s, room, address, test.before)
				again, added, err := s.AddAttendee(t.Context(), alice, room.ID,
					rooms.Invitee{Address: strings.ToUpper(address), Role: test.again})
				is.NoErr(err)
				is.True(!added) // they are there already
				first.Role = test.after
				is.Equal(again, first) // the same attendee, never with a lower role
				is.Equal(attendees(t, s, room)[1:], []rooms.Attendee{first})
			})
		}
	}
}
