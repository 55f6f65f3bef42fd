package rooms_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/matryer/is"
	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/server/database/dbtest"
)

// are is the condition that the attendees have these addresses, in their order.
func are(addresses ...string) func([]rooms.Attendee) bool {
	return func(all []rooms.Attendee) bool {
		var found []string
		for _, a := range all {
			found = append(found, strings.TrimSuffix(a.Address, "@example.com"))
		}
		return strings.Join(found, " ") == strings.Join(addresses, " ")
	}
}

func TestConditionsOnAttendees(t *testing.T) {
	calls := map[string]func(s *rooms.Service, room rooms.Room, bobs string) error{
		"add": func(s *rooms.Service, room rooms.Room, _ string) error {
			_, _, err := s.AddAttendee(t.Context(), alice, room.ID, rooms.Invitee{Address: "erin@example.com"})
			return err
		},
		"change": func(s *rooms.Service, room rooms.Room, bobs string) error {
			_, err := s.ChangeAttendee(t.Context(), alice, room.ID, bobs, rooms.Administrator)
			return err
		},
		"remove": func(s *rooms.Service, room rooms.Room, bobs string) error {
			return s.RemoveAttendee(t.Context(), alice, room.ID, bobs)
		},
		"replace": func(s *rooms.Service, room rooms.Room, _ string) error {
			_, err := s.ReplaceAttendees(t.Context(), alice, room.ID, rooms.Invitees{})
			return err
		},
	}
	s := newService(t, rooms.Config{ParseAddress: parseAddress})
	for name, call := range calls {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			room := staffed(t, s, rooms.Change{})
			before := attendees(t, s, room)
			is.True(errors.Is(call(s.If(are("alice", "bob")), room, before[1].ID), rooms.ErrVersion))
			is.Equal(attendees(t, s, room), before) // nothing happened
			concerned := are("alice", "bob", "carol")
			if name == "change" || name == "remove" {
				concerned = are("bob")
			}
			is.NoErr(call(s.If(concerned), room, before[1].ID)) // it gets those that the call is about
			is.True(len(guests(t, s, room)) != 3 || attendees(t, s, room)[1] != before[1])
		})
	}
	t.Run("what is there needs no condition", func(t *testing.T) {
		is := is.New(t)
		room := staffed(t, s, rooms.Change{})
		never := s.If(func([]rooms.Attendee) bool { return false })
		_, added, err := never.AddAttendee(t.Context(), alice, room.ID, rooms.Invitee{Address: "bob@example.com"})
		is.NoErr(err)
		is.Equal(added, false)
		_, err = never.ChangeAttendee(t.Context(), alice, room.ID, attendees(t, s, room)[1].ID, rooms.Member)
		is.NoErr(err) // as when the answer to the first attempt was lost
		_, err = never.ReplaceAttendees(t.Context(), alice, room.ID, rooms.Invitees{List: []rooms.Invitee{
			{Address: "bob@example.com"}, {Address: "carol@example.com", Role: rooms.Administrator}}})
		is.NoErr(err)
	})
	t.Run("other refusals come first", func(t *testing.T) {
		is := is.New(t)
		room := staffed(t, s, rooms.Change{})
		never := s.If(func([]rooms.Attendee) bool { return false })
		is.True(errors.Is(never.RemoveAttendee(t.Context(), alice, room.ID, "x"), rooms.ErrNoAttendee))
		is.True(errors.Is(never.RemoveAttendee(t.Context(), alice, room.ID, attendees(t, s, room)[0].ID), rooms.ErrOwner))
		is.True(errors.Is(never.RemoveAttendee(t.Context(), bob, room.ID, "x"), rooms.ErrForbidden))
		is.True(errors.Is(never.RemoveAttendee(t.Context(), dave, room.ID, "x"), rooms.ErrNotFound))
	})
}

func TestOneOfManyConditionalChangesOfAttendeesWins(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		s := service(t, db, rooms.Config{ParseAddress: parseAddress})
		room := made(t, s, alice, rooms.Change{})
		const callers = 8
		errs := make(chan error, callers)
		for i := range callers {
			go func() {
				_, _, err := s.If(are("alice")).AddAttendee(t.Context(), alice, room.ID,
					rooms.Invitee{Address: string(rune('a'+i)) + "@example.com"})
				errs <- err
			}()
		}
		won := 0
		for range callers {
			err := <-errs
			is.New(t).True(err == nil || errors.Is(err, rooms.ErrVersion))
			if err == nil {
				won++
			}
		}
		is.New(t).Equal(won, 1) // the condition is asked for where no other change comes between
		is.New(t).Equal(len(guests(t, s, room)), 2)
	})
}
