package rooms

import "time"

// Attendee is an address with a role in a room. Whether an account has the
// address is decided when its holder comes: a [Caller] or a [Visitor] brings the
// addresses that the host has verified.
type Attendee struct {
	// ID is unique in the room and opaque.
	ID string
	// UserID is the id of the owner's account. It is empty for all others.
	UserID string
	// Address is the e-mail address in its canonical form. It may be empty for
	// an owner.
	Address string
	// Role is the owner's or the one that was given.
	Role Role
	// CreatedAt is in UTC, with microseconds.
	CreatedAt time.Time
}

// The bounds of people.
const (
	// MaxAttendees is how many attendees a room may have besides its owner.
	MaxAttendees = 500
	// MaxAddresses is how many addresses a caller or visitor may bring.
	MaxAddresses = 10
)
