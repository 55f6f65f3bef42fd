package rooms

import "errors"

// ErrCaller reports that a [Caller] is not complete: a mistake of the program, not
// of its user. The zero Caller is one.
var ErrCaller = errors.New("rooms: a caller is either a user or a program, with a valid source")

// Caller is the user or program that asks for something, set by the server or the
// host from a verified identity and never from what was sent. It is either a user
// or a program; the zero Caller is neither, and refused with [ErrCaller]. Make
// one by [ForUser] or [ForProgram].
type Caller struct {
	// UserID is the id of the user who is, or is acted for: 1 to 255 bytes,
	// opaque. Empty with Program.
	UserID string
	// Addresses are e-mail addresses of the user that the host has verified, in
	// their canonical form, the preferred one first: at most [MaxAddresses]. The
	// user has the role of every attendee with one of them.
	Addresses []string
	// Program marks a program that acts for no user: it sees and changes the
	// rooms of its own source, and creates rooms without an owner.
	Program bool
	// Source is what the caller creates rooms as.
	Source Source
	// Reach defines which of the user's rooms the caller sees.
	Reach Reach
}

// ForUser returns the caller that acts through a source for a user with these
// verified addresses, within the source's own rooms.
func ForUser(source Source, userID string, addresses ...string) Caller {
	return Caller{UserID: userID, Addresses: addresses, Source: source}
}

// ForProgram returns the caller that acts for no user: a program with all rooms of
// its own source.
func ForProgram(source Source) Caller { return Caller{Program: true, Source: source} }
