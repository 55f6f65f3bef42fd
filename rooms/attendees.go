package rooms

import "context"

// Attendees returns everyone with a role in a room that the caller sees, the
// owner first. It returns [ErrNotFound], or [ErrUnsupported] without
// [Stores].Attendees.
func (s *Service) Attendees(ctx context.Context, caller Caller, id string) ([]Attendee, error) {
	if err := s.hosts(caller); err != nil {
		return nil, err
	}
	room, _, err := s.find(ctx, caller, id)
	if err != nil {
		return nil, err
	}
	return s.config.Stores.Attendees.Attendees(ctx, room.ID)
}

// Attendee returns one of the attendees. It returns what [Service.Attendees]
// returns, and [ErrNoAttendee] if the room has none with the id.
func (s *Service) Attendee(ctx context.Context, caller Caller, id, attendeeID string) (Attendee, error) {
	all, err := s.Attendees(ctx, caller, id)
	if err != nil {
		return Attendee{}, err
	}
	return guestList(all).byID(attendeeID)
}

// AddAttendee gives an address a role in a room of which the caller is owner or
// administrator, and reports whether the address had none before. A higher role
// that it has already is kept; the owner's address stays the owner's. It returns an
// [*InvalidError] with every fault of the fields "email" and "role", [ErrNotFound],
// [ErrForbidden] if the caller's role is too low, or [ErrUnsupported] without
// [Stores].Attendees.
func (s *Service) AddAttendee(ctx context.Context, caller Caller, id string, invitee Invitee) (attendee Attendee, added bool, err error) {
	if err := s.hosts(caller); err != nil {
		return Attendee{}, false, err
	}
	faults := invitee.faults.clone()
	wanted := s.attendees([]Invitee{invitee}, &faults, ofInvitee)
	_, err = s.manage(ctx, caller, id, &faults, func(all guestList) (changes AttendeeChanges, err error) {
		all.checkOwners(wanted, &faults, ofInvitee)
		changes, attendee = all.with(wanted[0], &faults)
		added = len(changes.Add) > 0
		return changes, faults.Err()
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
	case l.guests() >= MaxAttendees:
		refuseCrowd(faults, "email")
	}
	changes.Add = []Attendee{wanted}
	return changes, wanted
}

// ChangeAttendee gives an attendee another role; an empty one means [Member]. It
// returns an [*InvalidError] for a role that cannot be given, [ErrNotFound],
// [ErrForbidden] if the caller's role is too low, [ErrNoAttendee], [ErrOwner] for
// the owner, or [ErrUnsupported] without [Stores].Attendees.
func (s *Service) ChangeAttendee(ctx context.Context, caller Caller, id, attendeeID string, role Role) (Attendee, error) {
	if err := s.hosts(caller); err != nil {
		return Attendee{}, err
	}
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
		attendee.Role = role
		changes.Change = []Attendee{attendee}
		return changes, nil
	})
	if err != nil {
		return Attendee{}, err
	}
	return attendee, nil
}

// RemoveAttendee takes the role from an attendee. It returns [ErrNotFound],
// [ErrForbidden] if the caller's role is too low, [ErrNoAttendee], so also the
// second time, [ErrOwner] for the owner, or [ErrUnsupported] without
// [Stores].Attendees.
func (s *Service) RemoveAttendee(ctx context.Context, caller Caller, id, attendeeID string) error {
	if err := s.hosts(caller); err != nil {
		return err
	}
	_, err := s.manage(ctx, caller, id, &Faults{}, func(all guestList) (AttendeeChanges, error) {
		attendee, err := all.byID(attendeeID)
		if err == nil && attendee.Role == Owner {
			err = ErrOwner
		}
		return AttendeeChanges{Remove: []Attendee{attendee}}, err
	})
	return err
}

// ReplaceAttendees makes the invitees the only attendees of a room of which the
// caller is owner or administrator; the owner stays whether invited or not. An
// address that had a role before keeps its attendee's id. It returns an
// [*InvalidError] with every fault of the fields "attendees" and, for example,
// "attendees.3.email", [ErrNotFound], [ErrForbidden] if the caller's role is too
// low, or [ErrUnsupported] without [Stores].Attendees.
func (s *Service) ReplaceAttendees(ctx context.Context, caller Caller, id string, invitees Invitees) ([]Attendee, error) {
	if err := s.hosts(caller); err != nil {
		return nil, err
	}
	faults := invitees.faults.clone()
	checkCrowd(invitees.List, &faults)
	wanted := s.attendees(invitees.List, &faults, inAttendees)
	return s.manage(ctx, caller, id, &faults, func(all guestList) (AttendeeChanges, error) {
		all.checkOwners(wanted, &faults, inAttendees)
		return all.turnedInto(wanted), faults.Err()
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
