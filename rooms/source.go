package rooms

import (
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Source says what created a room: an application, or a part of the host's own.
type Source struct {
	// Kind is "application" for the external API, or a word of the host's own
	// such as "web": a lower-case letter, then up to 31 of a-z, 0-9, _ and -.
	Kind string
	// ID tells the sources of one kind apart: at most 255 characters. It may
	// be empty.
	ID string
	// Name is for people, at most 255 characters; it is kept as it was when
	// the room was created.
	Name string
}

// ErrCaller says that a [Caller] is not complete: a mistake of the program, not
// of its user.
var ErrCaller = errors.New("rooms: the caller has no valid source or user")

// Caller is who asks for something, set by the server or the host from a
// verified identity and never from what was sent. The zero Caller is refused.
type Caller struct {
	// User is the id of the user who is, or is acted for: at most 255 bytes,
	// opaque. Empty means a program that acts for nobody: it sees and changes
	// the rooms of its own source, and creates rooms without an owner.
	User string
	// Address is the e-mail address of the user in its canonical form, if it is
	// known: attendees of a room that they create see by it who owns it.
	Address string
	// Source is what the caller creates rooms as.
	Source Source
	// Reach says which of the user's rooms the caller sees.
	Reach Reach
}

// Reach says how far a caller sees. The zero value is the least.
type Reach int

// The reaches.
const (
	ReachOwn  Reach = iota // rooms of the caller's own source, in which the user has a role
	ReachUser              // all rooms in which the user has a role
)

func (c Caller) validate() error {
	valid := validKind(c.Source.Kind) && printable(c.Source.ID, 255) && printable(c.Source.Name, 255) &&
		len(c.User) <= 255 && printable(c.User, 255) && printable(c.Address, 255)
	if !valid {
		return ErrCaller
	}
	return nil
}

func validKind(kind string) bool {
	const letters, others = "abcdefghijklmnopqrstuvwxyz", "0123456789_-"
	other := func(r rune) bool { return !strings.ContainsRune(letters+others, r) }
	return kind != "" && len(kind) <= 32 && strings.Contains(letters, kind[:1]) && strings.IndexFunc(kind, other) < 0
}

// roleIn returns the caller's role, of which a store knows that of the user. A
// caller without one has an owner's rights on the rooms of its own source, which
// are all that it sees.
func (c Caller) roleIn(role Role) Role {
	if c.User == "" {
		return Owner
	}
	return role
}

// owner is the caller's user as the owner of a room.
func (c Caller) owner(room Room) Attendee {
	return Attendee{ID: room.ID, UserID: c.User, Address: c.Address, Role: Owner, CreatedAt: room.CreatedAt}
}

// view returns what the caller sees. Without a user only the own source is
// left, whatever the reach.
func (c Caller) view() View {
	return View{User: c.User, SourceKind: c.Source.Kind, SourceID: c.Source.ID, AllSources: c.Reach == ReachUser && c.User != ""}
}

// printable reports whether s is UTF-8 of at most limit characters without
// control characters and separators of lines.
func printable(s string, limit int) bool {
	return utf8.ValidString(s) && utf8.RuneCountInString(s) <= limit && strings.IndexFunc(s, unprintable) < 0
}

func unprintable(r rune) bool {
	return unicode.IsControl(r) || r == '\u2028' || r == '\u2029'
}
