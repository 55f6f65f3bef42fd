package rooms_test

import (
	"context"
	"errors"
	"testing"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/rooms"
)

func TestTheOwnerStays(t *testing.T) {
	const invalid = "invalid_choice"
	tests := map[string]struct {
		call  func(ctx context.Context, s *rooms.Service, id, owner, bob string) error
		err   error
		fault string
	}{
		"granted by adding": {func(ctx context.Context, s *rooms.Service, id, _, _ string) error {
			_, _, err := s.AddAttendee(ctx, alice, id, rooms.Invitee{Address: "new@example.com", Role: rooms.Owner})
			return err
		}, nil, "role " + invalid},
		"granted to a member by adding": {func(ctx context.Context, s *rooms.Service, id, _, _ string) error {
			_, _, err := s.AddAttendee(ctx, alice, id, rooms.Invitee{Address: "bob@example.com", Role: rooms.Owner})
			return err
		}, nil, "role " + invalid},
		"granted to another address of the owner's": {func(ctx context.Context, s *rooms.Service, id, _, _ string) error {
			_, _, err := s.AddAttendee(ctx, alice, id, rooms.Invitee{Address: "alice@example.org", Role: rooms.Owner})
			return err
		}, nil, "role " + invalid},
		"granted by changing": {func(ctx context.Context, s *rooms.Service, id, _, bob string) error {
			_, err := s.ChangeAttendee(ctx, alice, id, bob, rooms.Owner)
			return err
		}, nil, "role " + invalid},
		"granted by replacing": {func(ctx context.Context, s *rooms.Service, id, _, _ string) error {
			_, err := s.ReplaceAttendees(ctx, alice, id,
				rooms.Invitees{List: []rooms.Invitee{{Address: "alice@example.com", Role: rooms.Owner},
					{Address: "b@example.com", Role: rooms.Owner}}})
			return err
		}, nil, "attendees.1.role " + invalid},
		"given to whom has it": {func(ctx context.Context, s *rooms.Service, id, owner, _ string) error {
			_, err := s.ChangeAttendee(ctx, alice, id, owner, rooms.Owner)
			return err
		}, nil, "role " + invalid},
		"changed": {func(ctx context.Context, s *rooms.Service, id, owner, _ string) error {
			_, err := s.ChangeAttendee(ctx, alice, id, owner, rooms.Administrator)
			return err
		}, rooms.ErrOwner, ""},
		"changed by an administrator": {func(ctx context.Context, s *rooms.Service, id, owner, _ string) error {
			_, err := s.ChangeAttendee(ctx, carol, id, owner, rooms.Member)
			return err
		}, rooms.ErrOwner, ""},
		"removed": {func(ctx context.Context, s *rooms.Service, id, owner, _ string) error {
			return s.RemoveAttendee(ctx, alice, id, owner)
		}, rooms.ErrOwner, ""},
		"removed by a program": {func(ctx context.Context, s *rooms.Service, id, owner, _ string) error {
			return s.RemoveAttendee(ctx, program, id, owner)
		}, rooms.ErrOwner, ""},
		"removed by a member": {func(ctx context.Context, s *rooms.Service, id, owner, _ string) error {
			return s.RemoveAttendee(ctx, bob, id, owner)
		}, rooms.ErrForbidden, ""},
	}
	s := newService(t, rooms.Config{ParseAddress: parseAddress})
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			room := staffed(t, s, rooms.Change{})
			before := attendees(t, s, room)
			err := test.call(t.Context(), s, room.ID, before[0].ID, before[1].ID)
			is.True(err != nil)
			if test.fault != "" {
				is.Equal(faults(err), []string{test.fault})
			} else {
				is.True(errors.Is(err, test.err))
			}
			is.Equal(attendees(t, s, room), before) // no one became owner, no one ceased to be
		})
	}
}

func TestInvitingTheOwner(t *testing.T) {
	is := is.New(t)
	s := newService(t, rooms.Config{})
	room := made(t, s, alice, rooms.Change{})
	owner := attendees(t, s, room)
	is.Equal(owner[0].Address, "alice@example.com") // by which attendees see who owns the room
	for _, role := range []rooms.Role{"", rooms.Member, rooms.Administrator, rooms.Owner} {
		same, added, err := s.AddAttendee(t.Context(), alice, room.ID,
			rooms.Invitee{Address: "Alice@example.com", Role: role})
		is.NoErr(err)
		is.True(!added)          // the owner is there already
		is.Equal(same, owner[0]) // and stays the owner
	}
	for _, role := range []rooms.Role{"", rooms.Administrator, rooms.Owner} {
		all, err := s.ReplaceAttendees(t.Context(), alice, room.ID,
			rooms.Invitees{List: []rooms.Invitee{{Address: "alice@example.com", Role: role}}})
		is.NoErr(err)
		is.Equal(all, owner) // invited
	}
	all, err := s.ReplaceAttendees(t.Context(), alice, room.ID, rooms.Invitees{})
	is.NoErr(err)
	is.Equal(all, owner) // or not
}

func TestInvitingAnOwnerWithoutAnAddress(t *testing.T) {
	is := is.New(t)
	s := newService(t, rooms.Config{})
	unknown := rooms.ForUser(calendar, "alice")
	room := made(t, s, unknown, rooms.Change{})
	is.Equal(guests(t, s, room), []string{"owner alice"})
	_, _, err := s.AddAttendee(t.Context(), unknown, room.ID,
		rooms.Invitee{Address: "alice@example.com", Role: rooms.Owner})
	is.Equal(faults(err), []string{"role invalid_choice"}) // no address is the owner's
	_, _, err = s.AddAttendee(t.Context(), unknown, room.ID, rooms.Invitee{Role: rooms.Owner})
	is.Equal(faults(err), []string{"email invalid_address", "role invalid_choice"}) // neither is an empty one
	invite(t, s, room, "alice@example.com", "")
	want := []string{"owner alice", "alice@example.com member"}
	is.Equal(guests(t, s, room), want)                   // so it is an attendee's
	is.NoErr(s.Delete(t.Context(), alice, room.ID, nil)) // and its holder is the owner all the same
}
