package rooms

import (
	"context"
	"fmt"
)

// Directory knows the users' addresses.
type Directory interface {
	// CanonicalAddress returns an e-mail address in the one form in which
	// addresses compare, and whether it is an acceptable one.
	CanonicalAddress(address string) (canonical string, ok bool)

	// UserIDs returns the ids of the users who have canonical addresses, by
	// address. An address that nobody has is left out.
	UserIDs(ctx context.Context, addresses []string) (map[string]string, error)
}

// ActivateAttendee is told of a user whom the directory knows now, under the
// canonical address: what was pending for it is theirs. A host calls it when
// somebody signs up.
func (s *Service) ActivateAttendee(ctx context.Context, address, userID string) error {
	store, ok := s.config.Store.(AttendeeStore)
	if !ok || address == "" || userID == "" {
		return nil
	}
	return store.Activate(ctx, address, userID)
}

// settle looks for the users of attendees again, after the room was left to
// others: those who are pending may have signed up in the meantime. All are
// looked for, so that the time it takes does not tell who is pending.
func (s *Service) settle(ctx context.Context, people []Attendee) error {
	found, err := s.users(ctx, people)
	if err != nil {
		return err
	}
	for _, a := range found {
		if err := s.ActivateAttendee(ctx, a.Address, a.UserID); err != nil {
			return err
		}
	}
	return nil
}

// users looks up who of the people are users, and returns those who were pending
// with their user.
func (s *Service) users(ctx context.Context, people []Attendee) (found []Attendee, err error) {
	ids, err := s.userIDs(ctx, people)
	for _, a := range pending(people) {
		if a.UserID = ids[a.Address]; a.UserID != "" {
			found = append(found, a)
		}
	}
	return found, err
}

// userIDs asks the directory who of the people are users, by address.
func (s *Service) userIDs(ctx context.Context, people []Attendee) (map[string]string, error) {
	var addresses []string
	for _, a := range people {
		if a.Address != "" {
			addresses = append(addresses, a.Address)
		}
	}
	if s.config.Directory == nil || len(addresses) == 0 {
		return nil, nil
	}
	ids, err := s.config.Directory.UserIDs(ctx, addresses)
	if err != nil {
		return nil, fmt.Errorf("rooms: finding the users of addresses: %w", err)
	}
	return ids, nil
}

// pending returns those of the people who have no user yet.
func pending(people []Attendee) (waiting []Attendee) {
	for _, a := range people {
		if a.UserID == "" {
			waiting = append(waiting, a)
		}
	}
	return waiting
}
