package rooms

import (
	"cmp"
	"context"
	"errors"

	"github.com/anteroom-go/anteroom/rooms/internal/text"
)

// Visitor is a person before the door of a room, as the host knows them. The zero Visitor
// is not signed in.
type Visitor struct {
	// UserID is the id of a signed-in user.
	UserID string
	// Addresses are e-mail addresses of that user which the host has verified, in their
	// canonical form: at most [MaxAddresses]. Without UserID they prove nothing and are not
	// looked at.
	Addresses []string
}

// Decision is what the door does.
type Decision string

// The decisions.
const (
	Enter  Decision = "enter"  // without waiting
	Lobby  Decision = "lobby"  // wait until a person inside opens
	Refuse Decision = "refuse" // there is no such room, or no longer
)

// Admission is the answer to a visitor. The zero Admission lets no one in.
type Admission struct {
	Decision Decision
	// Role is the visitor's highest role in the room; empty without one.
	Role Role
	// Room is the room, unless the visitor is refused.
	Room Room
}

// Admit decides whether a visitor enters the room with the slug. A visitor with a role, by
// the user's id or by one of the addresses, enters. Others enter by the access level:
// everyone if it is [Public], signed-in users if it is [Trusted]; otherwise they wait. A
// room that is absent, deleted or expired refuses everyone, as does any room a visitor who
// is not as [Visitor] defines. With an error the Admission is zero.
func (s *Service) Admit(ctx context.Context, slug string, visitor Visitor) (Admission, error) {
	if err := s.enter(ctx); err != nil || s.config.Stores.Attendees == nil {
		return Admission{}, cmp.Or(err, ErrUnsupported)
	}
	refused := Admission{Decision: Refuse}
	if visitor.UserID == "" {
		visitor.Addresses = nil
	}
	slug, ok := s.config.Stores.Slugs.Read(slug)
	if !ok || !text.Printable(visitor.UserID, 255) || !validAddresses(visitor.Addresses) {
		return refused, nil
	}
	room, role, err := s.config.Stores.Attendees.Door(ctx, slug, visitor)
	switch {
	case errors.Is(err, ErrNotFound):
		return refused, nil
	case err != nil:
		return Admission{}, err
	case room.Expired(s.now()):
		return refused, nil
	}
	decision, signedIn := Lobby, visitor.UserID != ""
	if level := room.AccessLevel; role != "" || level == Public || level == Trusted && signedIn {
		decision = Enter
	}
	return Admission{Decision: decision, Role: role, Room: room}, nil
}
