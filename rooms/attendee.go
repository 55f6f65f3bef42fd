package rooms

import (
	"slices"
	"time"

	"github.com/anteroom-go/anteroom/rooms/form"
)

// Attendee is an address with a role in a room. Whether an account has the address is
// decided when its holder comes: a [Caller] or a [Visitor] brings the addresses that the
// host has verified.
type Attendee struct {
	// ID is unique in the room and opaque.
	ID string
	// UserID is the id of the owner's account. It is empty for all others, unless a host
	// added them to its store by their ids.
	UserID string
	// Address is the e-mail address in its canonical form. It may be empty for an owner.
	Address string
	// Role is the owner's or the one that was given.
	Role Role
	// CreatedAt is in UTC, with microseconds.
	CreatedAt time.Time
}

// The bounds of people.
const (
	MaxAttendees = 500 // of a room, besides its owner
	MaxAddresses = 10  // of a caller or visitor
)

func (c AttendeeChanges) empty() bool { return len(c.Add)+len(c.Change)+len(c.Remove) == 0 }

// events returns one event for each attendee who is added, changed or removed.
func (c AttendeeChanges) events(room Room, caller Caller) (events []Event) {
	note := func(kind EventKind, people []Attendee) {
		for _, a := range people {
			events = append(events, Event{Kind: kind, Room: room, Attendee: a, Caller: caller})
		}
	}
	note(EventAttendeeAdded, c.Add)
	note(EventAttendeeChanged, c.Change)
	note(EventAttendeeRemoved, c.Remove)
	return events
}

// guestList holds everyone with a role in one room.
type guestList []Attendee

// byID returns the attendee with the id, or [ErrNoAttendee].
func (l guestList) byID(id string) (Attendee, error) {
	canonical, isUUID := (*form.ID)(nil).Read(id) // the ids of a host's store may be of another kind
	for _, a := range l {
		if a.ID == id || isUUID && a.ID == canonical {
			return a, nil
		}
	}
	return Attendee{}, ErrNoAttendee
}

// byAddress returns the attendee or owner with the address, and whether there is one.
func (l guestList) byAddress(address string) (Attendee, bool) {
	for _, a := range l {
		if a.Address == address && address != "" {
			return a, true
		}
	}
	return Attendee{}, false
}

// checkOwners refuses the role of an owner for every address but the owner's.
func (l guestList) checkOwners(wanted []Attendee, faults *Faults, field fieldNamer) {
	for i, a := range wanted {
		if known, _ := l.byAddress(a.Address); a.Role == Owner && known.Role != Owner {
			refuseRole(faults, field(i, "role"))
		}
	}
}

// full reports whether the room has as many attendees besides its owner as it may have.
func (l guestList) full() bool {
	owned := slices.ContainsFunc(l, func(a Attendee) bool { return a.Role == Owner })
	return len(l) > MaxAttendees || len(l) == MaxAttendees && !owned
}
