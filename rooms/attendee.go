package rooms

import (
	"context"
	"time"
)

// Attendee is somebody with a role in a room.
type Attendee struct {
	// ID is unique and opaque.
	ID string
	// UserID is empty for somebody who is pending: no user had the address yet
	// when it was last looked for.
	UserID string
	// Address is the e-mail address by which they were named, in its canonical
	// form; it may be empty for an owner, and for those whom a host added.
	Address string
	Role    Role
	// CreatedAt is in UTC, with microseconds.
	CreatedAt time.Time
}

// MaxAttendees is how many people a room may have besides its owner.
const MaxAttendees = 500

// AttendeeStore is what a [Store] implements as well if it keeps the attendees of
// rooms. The suite is roomstest.Attendees.
type AttendeeStore interface {
	// Attendees returns everybody with a role in a live room, the owner first,
	// then in the order of ids.
	Attendees(ctx context.Context, roomID string) ([]Attendee, error)

	// ChangeAttendees makes all changes to the attendees of a live room, or
	// none.
	ChangeAttendees(ctx context.Context, roomID string, changes AttendeeChanges) error

	// Activate gives the user who has the address now the role that was
	// pending under it, in every live room in which they have none yet.
	Activate(ctx context.Context, address, userID string) error

	// Door returns the live room with the slug, whatever its source, and of its
	// attendees with the user id, or pending under the address, the one with
	// the highest role; a zero one if there is none. An empty id or address is
	// nobody's. ErrNotFound.
	Door(ctx context.Context, slug, userID, address string) (Room, Attendee, error)
}

// AttendeeChanges are changes to the attendees of one room. Nobody in Add has the
// user id or the address of another attendee.
type AttendeeChanges struct {
	Add []Attendee
	// Change has attendees with their new role.
	Change []Attendee
	Remove []Attendee
	// Activate has attendees who were pending, with their user: unless that one
	// has a role in the room by then, after the changes above.
	Activate []Attendee
}

func (c AttendeeChanges) empty() bool {
	return len(c.Add)+len(c.Change)+len(c.Remove)+len(c.Activate) == 0
}

// events says the changes as events. That somebody is a user now is none.
func (c AttendeeChanges) events(room Room, caller Caller) (events []Event) {
	tell := func(kind EventKind, people []Attendee) {
		for _, a := range people {
			events = append(events, Event{Kind: kind, Room: room, Attendee: a, Caller: caller})
		}
	}
	tell(EventAttendeeAdded, c.Add)
	tell(EventAttendeeChanged, c.Change)
	tell(EventAttendeeRemoved, c.Remove)
	return events
}

// guestList is everybody with a role in one room.
type guestList []Attendee

// byID returns the attendee with the id. ErrNoAttendee.
func (l guestList) byID(id string) (Attendee, error) {
	for _, a := range l {
		if a.ID == id {
			return a, nil
		}
	}
	return Attendee{}, ErrNoAttendee
}

// named returns the attendee who was named by the address of somebody new. One
// without an address is known by the user id.
func (l guestList) named(somebody Attendee) (Attendee, bool) {
	for _, a := range l {
		if a.Address == somebody.Address || a.Address == "" && a.UserID == somebody.UserID {
			return a, true
		}
	}
	return Attendee{}, false
}

// admit returns somebody new as they are added. A user who has a role under
// another address already is known by that one: this one stays a name, since to
// say that both are the same user would tell who has an account.
func (l guestList) admit(somebody Attendee) Attendee {
	for _, a := range l {
		if a.UserID == somebody.UserID {
			somebody.UserID = ""
		}
	}
	return somebody
}

// namedAs returns those who are there under the address of one of the people.
func (l guestList) namedAs(people []Attendee) (list []Attendee) {
	for _, somebody := range people {
		if a, there := l.named(somebody); there {
			list = append(list, a)
		}
	}
	return list
}

// ownerOnly refuses to make somebody the owner who is not.
func (l guestList) ownerOnly(wanted []Attendee, field func(i int, name string) string) error {
	var p problems
	for i, somebody := range wanted {
		if known, _ := l.named(somebody); somebody.Role == Owner && known.Role != Owner {
			p.notGiven(field(i, "role"))
		}
	}
	return p.err()
}

// guests counts the attendees besides the owner.
func (l guestList) guests() (n int) {
	for _, a := range l {
		if a.Role != Owner {
			n++
		}
	}
	return n
}
