package rooms

import (
	"context"
	"errors"
)

// Visitor is who stands before the door of a room, as the host knows them. The
// zero Visitor is somebody who is not signed in.
type Visitor struct {
	// UserID is the id of a signed-in user.
	UserID string
	// Address is an e-mail address of that user which the host has verified, in
	// its canonical form; it may be empty.
	Address string
}

// Decision is what the door does.
type Decision string

// The decisions.
const (
	Enter  Decision = "enter"  // without waiting
	Lobby  Decision = "lobby"  // wait until somebody inside lets them in
	Refuse Decision = "refuse" // there is no such room, or not any more
)

// Admission is the answer to a visitor.
type Admission struct {
	Decision Decision
	// Role is the visitor's in the room; empty for those without one.
	Role Role
	// Room is the room, unless the visitor is refused.
	Room Room
}

// Admit says whether a visitor may enter the room with the slug: the one place
// that makes the door obey what was promised. A room that was deleted or has
// expired refuses everybody. Whoever has a role enters; others enter by the
// access level: public everybody, trusted whoever is signed in, restricted
// nobody. An attendee who was pending under the visitor's address is active from
// then on. Errors mean that the store could not answer; then the Admission is the
// zero one, which lets nobody in.
func (s *Service) Admit(ctx context.Context, slug string, visitor Visitor) (Admission, error) {
	store, ok := s.config.Store.(AttendeeStore)
	if !ok {
		return Admission{}, ErrUnsupported
	}
	refused := Admission{Decision: Refuse}
	if !validSlug(slug) || !printable(visitor.UserID, 255) || !printable(visitor.Address, 255) {
		return refused, nil
	}
	if visitor.UserID == "" {
		visitor.Address = "" // an address proves nothing without a user who signed in
	}
	room, attendee, err := store.Door(ctx, slug, visitor.UserID, visitor.Address)
	switch {
	case errors.Is(err, ErrNotFound):
		return refused, nil
	case err != nil:
		return Admission{}, err
	case room.Expired(s.now()):
		return refused, nil
	}
	if attendee.Role != "" && attendee.UserID == "" { // pending, until now
		if err := store.Activate(ctx, visitor.Address, visitor.UserID); err != nil {
			return Admission{}, err
		}
	}
	return Admission{Decision: decide(room.AccessLevel, attendee.Role, visitor), Role: attendee.Role, Room: room}, nil
}

func decide(level AccessLevel, role Role, visitor Visitor) Decision {
	if role != "" || level == Public || level == Trusted && visitor.UserID != "" {
		return Enter
	}
	return Lobby
}
