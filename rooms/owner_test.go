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
			_, err := s.ReplaceAttendees(ctx, alice, id, []rooms.Invitee{{Address: "alice@example.com", Role: rooms.Owner}, {Address: "b@example.com", Role: rooms.Owner}})
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
	s := newService(t, rooms.Config{Directory: people})
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			room := staffed(t, s, rooms.Draft{})
			before := attendees(t, s, room)
			err := test.call(t.Context(), s, room.ID, before[0].ID, before[1].ID)
			is.True(err != nil)
			if test.fault != "" {
				is.Equal(faults(err), []string{test.fault})
			} else {
				is.True(errors.Is(err, test.err))
			}
			is.Equal(attendees(t, s, room), before) // nobody became owner, nobody ceased to be
		})
	}
}

func TestInvitingTheOwner(t *testing.T) {
	s := newService(t, rooms.Config{Directory: people})
	known, unknown := alice, alice
	known.Address = "alice@example.com"
	for name, caller := range map[string]rooms.Caller{"with an address": known, "without one": unknown} {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			room := made(t, s, caller, rooms.Draft{})
			owner := attendees(t, s, room)
			is.Equal(owner[0].Address, caller.Address) // by which attendees see who owns the room
			for _, role := range []rooms.Role{"", rooms.Member, rooms.Administrator, rooms.Owner} {
				same, added, err := s.AddAttendee(t.Context(), alice, room.ID, rooms.Invitee{Address: "Alice@example.com", Role: role})
				is.NoErr(err)
				is.True(!added)          // the owner is there already
				is.Equal(same, owner[0]) // and stays the owner
			}
			for _, role := range []rooms.Role{"", rooms.Administrator, rooms.Owner} {
				all, err := s.ReplaceAttendees(t.Context(), alice, room.ID, []rooms.Invitee{{Address: "alice@example.com", Role: role}})
				is.NoErr(err)
				is.Equal(all, owner) // invited
			}
			all, err := s.ReplaceAttendees(t.Context(), alice, room.ID, nil)
			is.NoErr(err)
			is.Equal(all, owner) // or not
		})
	}
}
