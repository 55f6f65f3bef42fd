package rooms_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/matryer/is"
	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/server/database/dbtest"
)

func TestFaultsOfInvitees(t *testing.T) {
	tests := map[string]struct {
		invitees []rooms.Invitee
		want     []string
	}{
		"no address":       {[]rooms.Invitee{{}}, []string{"email invalid_address"}},
		"no plain address": {[]rooms.Invitee{{Address: "Bob <bob@example.com>"}}, []string{"email invalid_address"}},
		"NUL":              {[]rooms.Invitee{{Address: "bob\x00@example.com"}}, []string{"email invalid_address"}},
		"an unknown role":  {[]rooms.Invitee{{Address: "bob@example.com", Role: "host"}}, []string{"role invalid_choice"}},
		"a role in capitals": {[]rooms.Invitee{{Address: "bob@example.com", Role: "Member"}},
			[]string{"role invalid_choice"}},
		"both": {[]rooms.Invitee{{Address: "bob", Role: "host"}},
			[]string{"email invalid_address", "role invalid_choice"}},
		"the fourth": {append(invitees(3), rooms.Invitee{Address: "x"}),
			[]string{"attendees.3.email invalid_address"}},
		"a role of the third": {append(invitees(2), rooms.Invitee{Address: "x@example.com", Role: "x"}),
			[]string{"attendees.2.role invalid_choice"}},
		"an address twice": {append(invitees(2), invitees(1)...), []string{"attendees.2.email duplicate"}},
		"in other letters": {append(invitees(2), rooms.Invitee{Address: "U1@EXAMPLE.com"}),
			[]string{"attendees.2.email duplicate"}},
		"three times": {append(invitees(1), append(invitees(1), invitees(1)...)...),
			[]string{"attendees.1.email duplicate", "attendees.2.email duplicate"}},
		"everything": {[]rooms.Invitee{{Address: "x"}, {Address: "a@example.com", Role: "x"}, {Address: "a@example.com"}},
			[]string{"attendees.0.email invalid_address", "attendees.1.role invalid_choice", "attendees.2.email duplicate"}},
		"too many": {invitees(501), []string{"attendees too_many"}},
	}
	s := newService(t, rooms.Config{ParseAddress: parseAddress})
	room := staffed(t, s, rooms.Change{})
	before := attendees(t, s, room)
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			var err error
			if len(test.invitees) == 1 {
				_, _, err = s.AddAttendee(t.Context(), alice, room.ID, test.invitees[0])
			} else {
				_, err = s.ReplaceAttendees(t.Context(), alice, room.ID, rooms.Invitees{List: test.invitees})
			}
			is.Equal(faults(err), test.want)        // every fault, by its field
			is.Equal(attendees(t, s, room), before) // refused as a whole
		})
	}
	_, err := s.ChangeAttendee(t.Context(), alice, room.ID, before[1].ID, "host")
	is.New(t).Equal(faults(err), []string{"role invalid_choice"})
}

// invitees are n addresses.
func invitees(n int) []rooms.Invitee {
	list := make([]rooms.Invitee, n)
	for i := range list {
		list[i].Address = fmt.Sprintf("u%d@example.com", i)
	}
	return list
}

func TestAtMost500Attendees(t *testing.T) {
	is := is.New(t)
	s := newService(t, rooms.Config{ParseAddress: parseAddress})
	room := staffed(t, s, rooms.Change{})
	all, err := s.ReplaceAttendees(t.Context(), alice, room.ID, rooms.Invitees{List: invitees(500)})
	is.NoErr(err)
	is.Equal(len(all), 501) // besides the owner
	_, _, err = s.AddAttendee(t.Context(), alice, room.ID, rooms.Invitee{Address: "new@example.com"})
	is.Equal(faults(err), []string{"email too_many"})
	for _, there := range []string{"u7@example.com", "alice@example.com"} {
		_, added, err := s.AddAttendee(t.Context(), alice, room.ID, rooms.Invitee{Address: there, Role: rooms.Administrator})
		is.NoErr(err)
		is.True(!added) // who is there already needs no place
	}
	is.NoErr(s.RemoveAttendee(t.Context(), alice, room.ID, all[1].ID))
	_, added, err := s.AddAttendee(t.Context(), alice, room.ID, rooms.Invitee{Address: "new@example.com"})
	is.NoErr(err)
	is.True(added) // a place became free
	is.Equal(len(attendees(t, s, room)), 501)
}

func TestAFullRoomCanBeSentBack(t *testing.T) {
	is := is.New(t)
	s := newService(t, rooms.Config{ParseAddress: parseAddress})
	room := staffed(t, s, rooms.Change{})
	owner := rooms.Invitee{Address: "alice@example.com", Role: rooms.Owner}
	all, err := s.ReplaceAttendees(t.Context(), alice, room.ID, rooms.Invitees{List: append(invitees(500), owner)})
	is.NoErr(err)
	is.Equal(len(all), 501) // the owner needs no place
	for _, list := range [][]rooms.Invitee{append(invitees(501), owner),
		append(invitees(500), rooms.Invitee{Address: "new@example.com"})} {
		_, err = s.ReplaceAttendees(t.Context(), alice, room.ID, rooms.Invitees{List: list})
		is.Equal(faults(err), []string{"attendees too_many"})
	}
	_, err = s.ReplaceAttendees(t.Context(), alice, room.ID,
		rooms.Invitees{List: append(invitees(500), rooms.Invitee{Address: "new@example.com", Role: rooms.Owner})})
	is.Equal(faults(err), []string{"attendees.500.role invalid_choice"}) // nor does another get one by that
}

func TestConcurrentAdditionOfTheLast(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		is := is.New(t)
		s := service(t, db, rooms.Config{ParseAddress: parseAddress})
		room := staffed(t, s, rooms.Change{})
		_, err := s.ReplaceAttendees(t.Context(), alice, room.ID, rooms.Invitees{List: invitees(499)})
		is.NoErr(err)
		added := 0
		for _, err := range atOnce(4, func(i int) error {
			_, _, err := s.AddAttendee(t.Context(), alice, room.ID, rooms.Invitee{Address: fmt.Sprintf("last%d@example.com", i)})
			return err
		}) {
			if err == nil {
				added++
				continue
			}
			is.Equal(faults(err), []string{"email too_many"})
		}
		is.Equal(added, 1) // one place is for one
		is.Equal(len(attendees(t, s, room)), 501)
	})
}

func TestReplacing(t *testing.T) {
	is := is.New(t)
	s := newService(t, rooms.Config{ParseAddress: parseAddress})
	room := staffed(t, s, rooms.Change{})
	before := attendees(t, s, room)
	all, err := s.ReplaceAttendees(t.Context(), carol, room.ID, rooms.Invitees{List: []rooms.Invitee{
		{Address: "new@example.com", Role: rooms.Administrator}, {Address: "Carol@example.com"}}})
	is.NoErr(err)
	is.Equal(guests(t, s, room), // these and no one else
		[]string{"alice@example.com owner alice", "carol@example.com member", "new@example.com administrator"})
	is.Equal(all, // as it was answered
		attendees(t, s, room))
	is.Equal(all[1].ID, // who was there keeps their id
		before[2].ID)
	is.Equal(all[1].CreatedAt, // and since when
		before[2].CreatedAt)
	_, err = s.ReplaceAttendees(t.Context(), carol, room.ID, rooms.Invitees{})
	is.True(errors.Is(err, rooms.ErrForbidden)) // a role that is lost does not count any more
	all, err = s.ReplaceAttendees(t.Context(), alice, room.ID,
		rooms.Invitees{List: []rooms.Invitee{{Address: "bob@example.com"}}})
	is.NoErr(err)
	is.True(all[1].ID != before[1].ID) // who comes back is new
	demoted, err := s.ReplaceAttendees(t.Context(), program, room.ID, rooms.Invitees{List: []rooms.Invitee{}})
	is.NoErr(err)
	is.Equal(demoted, before[:1]) // only the owner
}

func TestAdministratorsMayGiveUpTheirRole(t *testing.T) {
	gives := map[string]func(t *testing.T, s *rooms.Service, room rooms.Room) error{
		"by removing themselves": func(t *testing.T, s *rooms.Service, room rooms.Room) error {
			return s.RemoveAttendee(t.Context(), carol, room.ID, attendees(t, s, room)[2].ID)
		},
		"by a set without themselves": func(t *testing.T, s *rooms.Service, room rooms.Room) error {
			all, err := s.ReplaceAttendees(t.Context(), carol, room.ID,
				rooms.Invitees{List: []rooms.Invitee{{Address: "bob@example.com"}}})
			if err == nil && len(all) != 2 {
				return errors.New("not the set")
			}
			return err
		},
	}
	s := newService(t, rooms.Config{ParseAddress: parseAddress})
	for name, give := range gives {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			room := staffed(t, s, rooms.Change{})
			is.NoErr(give(t, s, room)) // is done, and answered as done
			is.Equal(guests(t, s, room), []string{"alice@example.com owner alice", "bob@example.com member"})
			_, err := s.Retrieve(t.Context(), carol, room.ID)
			is.True(errors.Is(err, rooms.ErrNotFound)) // from then on it counts
		})
	}
}
