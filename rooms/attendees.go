package rooms

import (
	"cmp"
	"context"
)

// Attendees returns everyone with a role in a room that the caller sees, the owner first.
func (s *Service) Attendees(ctx context.Context, caller Caller, id string) ([]Attendee, error) {
	if err := s.requireAttendees(ctx, caller); err != nil {
		return nil, err
	}
	room, _, err := s.find(ctx, caller, id)
	if err != nil {
		return nil, err
	}
	return s.config.Stores.Attendees.Attendees(ctx, room.ID)
}

// Attendee returns one of the attendees. It returns [ErrNoAttendee] if the room has none
// with the id.
func (s *Service) Attendee(ctx context.Context, caller Caller, id, attendeeID string) (Attendee, error) {
	all, err := s.Attendees(ctx, caller, id)
	if err != nil {
		return Attendee{}, err
	}
	return guestList(all).byID(attendeeID)
}

// AddAttendee gives an address a role in a room of which the caller is owner or
// administrator, and reports whether the address had none before. A higher role that it has
// already is kept; the owner's address stays the owner's. It returns an [*InvalidError]
// with every fault of the fields "email" and "role".
func (s *Service) AddAttendee(
	ctx context.Context, caller Caller, id string, invitee Invitee,
) (attendee Attendee, added bool, err error) {
	faults := invitee.faults.clone()
	wanted := s.newAttendees([]Invitee{invitee}, &faults, ofInvitee)
	_, err = s.manage(ctx, caller, id, &faults, func(all guestList) (changes AttendeeChanges, err error) {
		all.checkOwners(wanted, &faults, ofInvitee)
		changes, attendee = all.with(wanted[0], &faults)
		added = len(changes.Add) > 0
		return changes, cmp.Or(faults.Err(), s.guard(changes, all))
	})
	if err != nil {
		return Attendee{}, false, err
	}
	return attendee, added, nil
}

// with returns the changes that give an address its role, and its attendee then.
func (l guestList) with(wanted Attendee, faults *Faults) (changes AttendeeChanges, attendee Attendee) {
	known, there := l.byAddress(wanted.Address)
	switch {
	case there && known.Role.rank() >= wanted.Role.rank():
		return changes, known
	case there:
		known.Role = wanted.Role
		changes.Change = []Attendee{known}
		return changes, known
	case l.full():
		refuseCrowd(faults, "email")
	}
	changes.Add = []Attendee{wanted}
	return changes, wanted
}

// ChangeAttendee gives an attendee another role; an empty one means [Member]. It returns an
// [*InvalidError] for a role that cannot be given, [ErrNoAttendee] if the room has no
// attendee with the id, and [ErrOwner] if that is the owner.
func (s *Service) ChangeAttendee(ctx context.Context, caller Caller, id, attendeeID string, role Role) (Attendee,
	error) {
	var faults Faults
	var attendee Attendee
	role = checkRole(&faults, "role", role)
	_, err := s.manage(ctx, caller, id, &faults, func(all guestList) (changes AttendeeChanges, err error) {
		attendee, err = all.byID(attendeeID)
		switch {
		case err != nil || attendee.Role == role:
			return changes, err
		case attendee.Role == Owner:
			return changes, ErrOwner
		}
		before := guestList{attendee}
		attendee.Role = role
		changes.Change = []Attendee{attendee}
		return changes, s.guard(changes, before)
	})
	if err != nil {
		return Attendee{}, err
	}
	return attendee, nil
}

// RemoveAttendee takes the role from an attendee. It returns [ErrNoAttendee] if the room
// has no attendee with the id, so also the second time, and [ErrOwner] if that is the
// owner.
func (s *Service) RemoveAttendee(ctx context.Context, caller Caller, id, attendeeID string) error {
	_, err := s.manage(ctx, caller, id, &Faults{}, func(all guestList) (AttendeeChanges, error) {
		attendee, err := all.byID(attendeeID)
		if err == nil && attendee.Role == Owner {
			err = ErrOwner
		}
		changes := AttendeeChanges{Remove: []Attendee{attendee}}
		return changes, cmp.Or(err, s.guard(changes, guestList{attendee}))
	})
	return err
}

// ReplaceAttendees makes the invitees the only attendees of a room of which the caller is
// owner or administrator; the owner stays whether invited or not. An address that had a
// role before keeps its attendee's id. It returns an [*InvalidError] with every fault of
// the field "attendees" and of those below it, such as "attendees.3.email".
func (s *Service) ReplaceAttendees(ctx context.Context, caller Caller, id string, invitees Invitees) ([]Attendee,
	error) {
	faults := invitees.faults.clone()
	checkCrowd(invitees.List, &faults)
	wanted := s.newAttendees(invitees.List, &faults, inAttendees)
	return s.manage(ctx, caller, id, &faults, func(all guestList) (AttendeeChanges, error) {
		all.checkOwners(wanted, &faults, inAttendees)
		changes := all.turnedInto(wanted)
		return changes, cmp.Or(faults.Err(), s.guard(changes, all))
	})
}

// turnedInto returns the changes that lead from the list to those wanted.
func (l guestList) turnedInto(wanted []Attendee) (changes AttendeeChanges) {
	stays := map[string]bool{}
	for _, a := range wanted {
		known, there := l.byAddress(a.Address)
		stays[known.ID] = there
		switch {
		case !there:
			changes.Add = append(changes.Add, a)
		case known.Role != Owner && known.Role != a.Role:
			known.Role = a.Role
			changes.Change = append(changes.Change, known)
		}
	}
	for _, a := range l {
		if a.Role != Owner && !stays[a.ID] {
			changes.Remove = append(changes.Remove, a)
		}
	}
	return changes
}

// attendeePlan returns the changes to make to the attendees of a room.
type attendeePlan func(all guestList) (AttendeeChanges, error)

// manage makes the planned changes to the attendees of a room of which the caller is owner
// or administrator, and returns everyone with a role in it afterwards. No other transaction
// changes them meanwhile. If there are faults already, manage returns them, with those that
// the plan adds if the caller sees the room.
func (s *Service) manage(
	ctx context.Context, caller Caller, id string, faults *Faults, plan attendeePlan,
) (after []Attendee, err error) {
	if err := s.requireAttendees(ctx, caller); err != nil {
		return nil, err
	}
	if faults.Err() != nil {
		if all, err := s.Attendees(ctx, caller, id); err == nil {
			_, _ = plan(all) // for its faults
		}
		return nil, faults.Err()
	}
	id, err = s.resolve(ctx, caller, id)
	if err != nil {
		return nil, err
	}
	err = s.inTx(ctx, func(ctx context.Context, tx Tx) (err error) {
		room, role, err := tx.Transactor.Lock(ctx, caller.View(), id)
		switch {
		case err != nil:
			return err
		case !caller.roleIn(role).mayUpdate():
			return ErrForbidden
		}
		after, err = s.rearrange(ctx, tx, room, caller, plan)
		return err
	})
	return after, err
}

// guard returns [ErrVersion] if there are changes to make and those whom they concern do not
// meet the condition of the service.
func (s *Service) guard(changes AttendeeChanges, concerned guestList) error {
	if s.condition != nil && !changes.empty() && !s.condition(concerned) {
		return ErrVersion
	}
	return nil
}

// rearrange makes the planned changes in a transaction, and returns everyone with a role in
// the room afterwards.
func (s *Service) rearrange(
	ctx context.Context, tx Tx, room Room, caller Caller, plan attendeePlan,
) ([]Attendee, error) {
	before, err := tx.Attendees.Attendees(ctx, room.ID)
	if err != nil {
		return nil, err
	}
	changes, err := plan(before)
	if err != nil || changes.empty() {
		return before, err
	}
	if err := tx.Attendees.ChangeAttendees(ctx, room.ID, changes); err != nil {
		return nil, err
	}
	if err := s.notify(ctx, tx, changes.events(room, caller)...); err != nil {
		return nil, err
	}
	return tx.Attendees.Attendees(ctx, room.ID)
}

// requireAttendees returns [ErrCaller] if the caller is not complete, and [ErrUnsupported]
// if the service keeps no attendees.
func (s *Service) requireAttendees(ctx context.Context, caller Caller) error {
	if err := cmp.Or(s.enter(ctx), caller.Validate()); err != nil {
		return err
	}
	if s.config.Stores.Attendees == nil {
		return ErrUnsupported
	}
	return nil
}
