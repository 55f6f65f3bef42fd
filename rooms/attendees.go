package rooms

import "context"

// Attendees returns everybody with a role in a room that the caller sees, the
// owner first. ErrNotFound, ErrUnsupported.
func (s *Service) Attendees(ctx context.Context, caller Caller, id string) ([]Attendee, error) {
	store, ok := s.config.Store.(AttendeeStore)
	if !ok {
		return nil, ErrUnsupported
	}
	room, _, err := s.find(ctx, caller, id)
	if err != nil {
		return nil, err
	}
	return store.Attendees(ctx, room.ID)
}

// Attendee returns one of them. ErrNotFound, ErrNoAttendee, ErrUnsupported.
func (s *Service) Attendee(ctx context.Context, caller Caller, id, attendeeID string) (Attendee, error) {
	all, err := s.Attendees(ctx, caller, id)
	if err != nil {
		return Attendee{}, err
	}
	return guestList(all).byID(attendeeID)
}

// AddAttendee gives somebody a role in a room of which the user is owner or
// administrator, and reports whether they had none before. A higher role that
// they have already is kept. The owner may be named as such. Faults are named as
// "email" and "role". [*InvalidError], ErrNotFound, ErrForbidden, ErrUnsupported.
func (s *Service) AddAttendee(ctx context.Context, caller Caller, id string, invitee Invitee) (Attendee, bool, error) {
	wanted, err := s.wanted(ctx, []Invitee{invitee}, fieldOf)
	if err != nil {
		return Attendee{}, false, err
	}
	var attendee Attendee
	var added bool
	after, err := s.manage(ctx, caller, id, func(all guestList) (c AttendeeChanges, err error) {
		if err := all.ownerOnly(wanted, fieldOf); err != nil {
			return c, err
		}
		c, attendee, err = add(all, wanted[0])
		added = c.Add != nil
		return c, err
	})
	if err != nil {
		return Attendee{}, false, err
	}
	return attendee, added, s.settle(ctx, after.namedAs(wanted))
}

// add returns the changes that give somebody a role, and who they are then.
func add(all guestList, somebody Attendee) (c AttendeeChanges, attendee Attendee, err error) {
	if known, there := all.named(somebody); there {
		if known.Role.rank() < somebody.Role.rank() {
			known.Role = somebody.Role
			c.Change = []Attendee{known}
		}
		return c, known, nil
	}
	if all.guests() >= MaxAttendees {
		return c, attendee, tooMany("email")
	}
	attendee = all.admit(somebody)
	c.Add = []Attendee{attendee}
	return c, attendee, nil
}

// ChangeAttendee gives an attendee another role. [*InvalidError], ErrNotFound,
// ErrNoAttendee, ErrForbidden, ErrOwner, ErrUnsupported.
func (s *Service) ChangeAttendee(ctx context.Context, caller Caller, id, attendeeID string, role Role) (Attendee, error) {
	var p problems
	if role = checkRole(&p, "role", role); p != nil {
		return Attendee{}, p.err()
	}
	after, err := s.manage(ctx, caller, id, func(all guestList) (c AttendeeChanges, err error) {
		attendee, err := all.byID(attendeeID)
		switch {
		case err != nil || attendee.Role == role:
			return c, err
		case attendee.Role == Owner:
			return c, ErrOwner
		}
		attendee.Role = role
		c.Change = []Attendee{attendee}
		return c, nil
	})
	if err != nil {
		return Attendee{}, err
	}
	return after.byID(attendeeID)
}

// RemoveAttendee takes their role from an attendee. The second time it is
// ErrNoAttendee. ErrNotFound, ErrForbidden, ErrOwner, ErrUnsupported.
func (s *Service) RemoveAttendee(ctx context.Context, caller Caller, id, attendeeID string) error {
	other, err := s.otherName(ctx, caller, id, attendeeID)
	if err != nil {
		return err
	}
	_, err = s.manage(ctx, caller, id, func(all guestList) (c AttendeeChanges, err error) {
		attendee, err := all.byID(attendeeID)
		if err == nil && attendee.Role == Owner {
			err = ErrOwner
		}
		return AttendeeChanges{Remove: []Attendee{attendee}, Activate: other}, err
	})
	return err
}

// otherName returns the attendee who is pending under another address of the user
// whom an attendee is, if there is one, with that user: they take over when that
// one goes. The directory is asked before the transaction, which holds a
// connection already, and whoever goes, so that the time it takes does not tell
// who is a user.
func (s *Service) otherName(ctx context.Context, caller Caller, id, attendeeID string) ([]Attendee, error) {
	all, err := s.Attendees(ctx, caller, id)
	if err != nil {
		return nil, err
	}
	attendee, err := guestList(all).byID(attendeeID)
	if err != nil {
		return nil, err
	}
	found, err := s.users(ctx, all)
	for _, a := range found {
		if a.UserID == attendee.UserID {
			return []Attendee{a}, nil
		}
	}
	return nil, err
}

// ReplaceAttendees makes the invitees the attendees of a room, and nobody else
// but the owner, who stays whether invited or not. Who had a role before keeps
// their id. Faults are named as "attendees" and "attendees.3.email".
// [*InvalidError], ErrNotFound, ErrForbidden, ErrUnsupported.
func (s *Service) ReplaceAttendees(ctx context.Context, caller Caller, id string, invitees []Invitee) ([]Attendee, error) {
	if crowd(invitees) {
		return nil, tooMany("attendees")
	}
	wanted, err := s.wanted(ctx, invitees, fieldIn)
	if err != nil {
		return nil, err
	}
	after, err := s.manage(ctx, caller, id, func(all guestList) (AttendeeChanges, error) {
		return replace(all, wanted), all.ownerOnly(wanted, fieldIn)
	})
	if err != nil {
		return nil, err
	}
	return after, s.settle(ctx, after.namedAs(wanted))
}

// replace returns what leads from all attendees to those wanted.
func replace(all guestList, wanted []Attendee) (c AttendeeChanges) {
	var kept guestList
	var unknown []Attendee
	for _, somebody := range wanted {
		known, there := all.named(somebody)
		switch {
		case !there:
			unknown = append(unknown, somebody)
			continue
		case known.Role != Owner && known.Role != somebody.Role:
			known.Role = somebody.Role
			c.Change = append(c.Change, known)
		}
		kept = append(kept, known)
	}
	for _, a := range all {
		_, err := kept.byID(a.ID)
		switch {
		case a.Role == Owner:
			kept = append(kept, a)
		case err != nil:
			c.Remove = append(c.Remove, a)
		}
	}
	for _, somebody := range unknown {
		somebody = kept.admit(somebody)
		kept, c.Add = append(kept, somebody), append(c.Add, somebody)
	}
	return c
}

// manage makes the changes that decide asks for to the attendees of a room of
// which the caller is owner or administrator, and returns everybody who is there
// then. Nobody else changes them meanwhile.
func (s *Service) manage(ctx context.Context, caller Caller, id string, decide func(all guestList) (AttendeeChanges, error)) (after guestList, err error) {
	id, err = validID(caller, id)
	if err != nil {
		return nil, err
	}
	err = s.inTx(ctx, func(ctx context.Context, tx tx) error {
		store, ok := tx.store.(AttendeeStore)
		if !ok {
			return ErrUnsupported
		}
		room, role, err := tx.lock(ctx, caller, id)
		if err != nil {
			return err
		}
		if !role.mayUpdate() {
			return ErrForbidden
		}
		var changes AttendeeChanges
		if after, changes, err = rearrange(ctx, store, room.ID, decide); err != nil {
			return err
		}
		return s.tell(ctx, tx, changes.events(room, caller)...)
	})
	return after, err
}

// rearrange makes the changes that decide asks for, and returns everybody who is
// there then.
func rearrange(ctx context.Context, store AttendeeStore, roomID string, decide func(all guestList) (AttendeeChanges, error)) (after guestList, changes AttendeeChanges, err error) {
	if after, err = store.Attendees(ctx, roomID); err != nil {
		return nil, changes, err
	}
	changes, err = decide(after)
	if err != nil || changes.empty() {
		return after, changes, err
	}
	if err = store.ChangeAttendees(ctx, roomID, changes); err != nil {
		return nil, changes, err
	}
	after, err = store.Attendees(ctx, roomID)
	return after, changes, err
}
