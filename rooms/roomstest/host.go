package roomstest

import (
	"fmt"

	"github.com/google/uuid"

	"github.com/anteroom-go/anteroom/rooms"
)

// Host is what the suites need to know of a host's own ids: its methods are the suites
// with these. The suites send a store what a [rooms.Service] sends it, and no more: ids in
// the form of the store, and users of the host. The zero Host is for stores of UUIDs that
// take any text as the id of a user.
type Host struct {
	// NewID returns the id of a new room, behind all before it in the order of the store's
	// lists; that of no room otherwise. It is called side by side. Nil means UUIDs of
	// version 7.
	NewID func() string
	// UserID returns the id of the host's user with a number from 0 to 9, which is the same
	// every time. Nil means texts, also some that no host would have.
	UserID func(n int) string
}

// newID returns the id of a new room.
func (h Host) newID() string {
	if h.NewID != nil {
		return h.NewID()
	}
	return uuid.Must(uuid.NewV7()).String()
}

// user returns the id of a user, who is never alice or bob if the number is above 1.
func (h Host) user(n int) string {
	switch {
	case h.UserID != nil:
		return h.UserID(n)
	case n == 0:
		return "user-alice"
	case n == 1:
		return "user-bob"
	}
	return fmt.Sprintf("u%d", n+1)
}

func (h Host) alice() string { return h.user(0) }

func (h Host) bob() string { return h.user(1) }

// caller is alice, through the calendar.
func (h Host) caller() rooms.Caller { return rooms.ForUser(calendar, h.alice()) }

// anyUser reports whether any text may be the id of a user.
func (h Host) anyUser() bool { return h.UserID == nil }
