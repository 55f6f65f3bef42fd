package rooms

import "context"

// decision returns the changes to make to the attendees of a room.
type decision func(all guestList) (AttendeeChanges, error)

// hosts returns nil if the service keeps attendees and the caller is complete.
func (s *Service) hosts(caller Caller) error {
	if err := caller.Validate(); err != nil {
		return err
	}
	if s.config.Stores.Attendees == nil || s.config.ParseAddress == nil {
		return ErrUnsupported
	}
	return nil
}

// manage makes the changes that are decided on to the attendees of a room of which
// the caller is owner or administrator, and returns everyone who is there then.
// No other transaction changes them meanwhile. If there are faults already, it
// returns them, with those that the decision adds if the caller sees the room.
func (s *Service) manage(ctx context.Context, caller Caller, id string, faults *Faults, decide decision) (after []Attendee, err error) {
	if faults.Err() != nil {
		if all, err := s.Attendees(ctx, caller, id); err == nil {
			_, _ = decide(all) // for its faults
		}
		return nil, faults.Err()
	}
	id, err = parseID(caller, id)
	if err != nil {
		return nil, err
	}
	err = s.inTx(ctx, func(ctx context.Context, tx Tx) error {
		room, role, err := tx.Transactor.Lock(ctx, caller.View(), id)
		if err != nil {
			return err
		}
		if !caller.roleIn(role).mayUpdate() {
			return ErrForbidden
		}
		var changes AttendeeChanges
		if after, changes, err = rearrange(ctx, tx.Attendees, room.ID, decide); err != nil {
			return err
		}
		return s.notify(ctx, tx, changes.events(room, caller)...)
	})
	if err != nil {
		return nil, err
	}
	return after, nil
}

// rearrange makes the changes that are decided on, and returns everyone who is
// there then.
func rearrange(ctx context.Context, store AttendeeStore, roomID string, decide decision) ([]Attendee, AttendeeChanges, error) {
	before, err := store.Attendees(ctx, roomID)
	if err != nil {
		return nil, AttendeeChanges{}, err
	}
	changes, err := decide(before)
	if err != nil || changes.empty() {
		return before, changes, err
	}
	if err := store.ChangeAttendees(ctx, roomID, changes); err != nil {
		return nil, AttendeeChanges{}, err
	}
	after, err := store.Attendees(ctx, roomID)
	return after, changes, err
}

// Rename replaces one address by another in every room, for a host of which a
// user has another address now. In a room in which both stand, the higher role
// stays. It returns an [*InvalidError] for addresses that [Config].ParseAddress
// does not accept, or [ErrUnsupported] without [Stores].Attendees. It is no change
// that a caller makes: [Config].OnEvent does not hear of it.
func (s *Service) Rename(ctx context.Context, from, to string) error {
	var faults Faults
	before, after := s.address(&faults, "from", from), s.address(&faults, "to", to)
	switch {
	case s.config.Stores.Attendees == nil:
		return ErrUnsupported
	case faults.Err() != nil:
		return faults.Err()
	case before == after:
		return nil
	}
	return s.config.Stores.Attendees.Rename(ctx, before, after)
}

// Forget removes an address from every room, for a host of which a user has left:
// an attendee with it is removed, an owner stays without an address. It returns
// errors as [Service.Rename] does.
func (s *Service) Forget(ctx context.Context, address string) error {
	var faults Faults
	canonical := s.address(&faults, "address", address)
	switch {
	case s.config.Stores.Attendees == nil:
		return ErrUnsupported
	case faults.Err() != nil:
		return faults.Err()
	}
	return s.config.Stores.Attendees.Forget(ctx, canonical)
}

// address returns an address in its canonical form.
func (s *Service) address(faults *Faults, field, address string) string {
	if s.config.ParseAddress == nil {
		return ""
	}
	canonical, ok := s.config.ParseAddress(address)
	if !ok {
		faults.Add(field, CodeInvalidAddress, "A plain e-mail address is expected.")
	}
	return canonical
}
