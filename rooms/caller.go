package rooms

import (
	"slices"
	"strings"

	"github.com/anteroom-go/anteroom/rooms/internal/text"
)

// Caller is the user or program that asks for something, set by the server or the host from
// a verified identity and never from what was sent. It is either a user or a program; the
// zero Caller is neither, and refused with [ErrCaller]. Make one by [ForUser] or
// [ForProgram].
type Caller struct {
	// UserID is the id of the user who is, or is acted for: 1 to 255 bytes, opaque. Empty
	// with Program.
	UserID string
	// Addresses are e-mail addresses of the user that the host has verified, in their
	// canonical form, the preferred one first: at most [MaxAddresses]. The user has the
	// role of every attendee with one of them.
	Addresses []string
	// Program marks a program that acts for no user: it sees and changes the rooms of its
	// own source, and creates rooms without an owner.
	Program bool
	// Source is what the caller creates rooms as.
	Source Source
	// AllSources lets the caller see, change and delete all rooms in which the user has a
	// role, as the role allows, save what is their creators' own. Otherwise it is about the
	// rooms of the caller's own source. It means nothing with Program.
	AllSources bool
}

// ForUser returns the caller that acts through a source for a user with these verified
// addresses, within the source's own rooms.
func ForUser(source Source, userID string, addresses ...string) Caller {
	return Caller{UserID: userID, Addresses: addresses, Source: source}
}

// ForProgram returns the caller that acts for no user: a program with all rooms of its own
// source.
func ForProgram(source Source) Caller { return Caller{Program: true, Source: source} }

// Source is what created a room: an application, or a part of the host's own.
type Source struct {
	// Kind is "application" for the external API, or a word of the host's own such as
	// "web": a lower-case letter, then up to 31 of a-z, 0-9, _ and -.
	Kind string
	// ID distinguishes the sources of one kind: at most 255 characters. It may be empty.
	ID string
	// Name is for people, at most 255 characters. A room keeps the name that its source had
	// when it was created.
	Name string
}

// Validate returns [ErrCaller] if the caller is not complete. Every method of a [Service]
// does this first.
func (c Caller) Validate() error {
	valid := c.Source.valid() && text.Printable(c.UserID, 255) && len(c.UserID) <= 255 && validAddresses(c.Addresses)
	if !valid || (c.UserID == "") != c.Program || c.Program && len(c.Addresses) > 0 {
		return ErrCaller
	}
	return nil
}

// View returns which rooms the caller sees. A program sees those of its own source.
func (c Caller) View() View {
	view := View{UserID: c.UserID, Program: c.Program, SourceKind: c.Source.Kind, SourceID: c.Source.ID}
	view.AllSources = c.AllSources && !c.Program
	for _, address := range c.Addresses {
		if !slices.Contains(view.Addresses, address) {
			view.Addresses = append(view.Addresses, address)
		}
	}
	return view
}

// created reports whether the caller's source created the room.
func (c Caller) created(room Room) bool {
	return c.Source.Kind == room.Source.Kind && c.Source.ID == room.Source.ID
}

// shown returns a room as the caller sees it: ExternalID and Metadata are shown to the source
// that created it, and to no other.
func (c Caller) shown(room Room) Room {
	if !c.created(room) {
		room.ExternalID, room.Metadata = "", nil
	}
	return room
}

// roleIn returns the caller's role in a room that it sees; a store knows that of a user. A
// program has an owner's rights on the rooms of its own source, which are all that it sees.
func (c Caller) roleIn(role Role) Role {
	if c.Program {
		return Owner
	}
	return role
}

// owner returns the caller's user as the owner of a new room, under the preferred address;
// nil if the caller is a program.
func (c Caller) owner(room Room) *Attendee {
	if c.Program {
		return nil
	}
	owner := &Attendee{ID: room.ID, UserID: c.UserID, Role: Owner, CreatedAt: room.CreatedAt}
	if len(c.Addresses) > 0 {
		owner.Address = c.Addresses[0]
	}
	return owner
}

func (s Source) valid() bool {
	const letters, others = "abcdefghijklmnopqrstuvwxyz", "0123456789_-"
	other := func(r rune) bool { return !strings.ContainsRune(letters+others, r) }
	return s.Kind != "" && len(s.Kind) <= 32 && strings.Contains(letters, s.Kind[:1]) &&
		strings.IndexFunc(s.Kind, other) < 0 && text.Printable(s.ID, 255) && text.Printable(s.Name, 255)
}

// validAddresses reports whether texts can be the addresses of one person.
func validAddresses(addresses []string) bool {
	bad := func(address string) bool { return address == "" || !text.Printable(address, 255) }
	return len(addresses) <= MaxAddresses && !slices.ContainsFunc(addresses, bad)
}
