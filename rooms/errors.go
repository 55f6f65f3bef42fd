package rooms

import (
	"errors"
	"fmt"
)

// The errors of a [Service] and of its stores. They are compared by [errors.Is].
var (
	// ErrNotFound reports that the caller has no such room: it is absent, deleted or not
	// visible, or the id is not one. Callers learn no more.
	ErrNotFound = errors.New("rooms: not found")
	// ErrNoAttendee reports that the caller sees the room, and that it has no attendee with
	// the id. It wraps [ErrNotFound].
	ErrNoAttendee = fmt.Errorf("%w: no such attendee", ErrNotFound)
	// ErrForbidden reports that the caller sees the room but has too low a role.
	ErrForbidden = errors.New("rooms: role too low")
	// ErrVersion reports that the room no longer meets the condition of a change or
	// deletion.
	ErrVersion = errors.New("rooms: the room does not meet the condition")
	// ErrExternalIDTaken reports that another live room of the source has the external id.
	ErrExternalIDTaken = errors.New("rooms: external id taken")
	// ErrOwner reports an attempt to change or remove the owner of a room.
	ErrOwner = errors.New("rooms: the owner cannot be changed or removed")
	// ErrUnsupported reports that [Stores] lack what the method needs.
	ErrUnsupported = errors.New("rooms: the store does not support this")
	// ErrCaller reports a [Caller] that is not complete: a mistake of the program, not of
	// its user. The zero Caller is one.
	ErrCaller = errors.New("rooms: a caller is either a user or a program, with a valid source")
	// ErrReentry reports that [Config].OnEvent called a service outside its transaction.
	ErrReentry = errors.New("rooms: OnEvent calls a service outside its transaction: " +
		"call Service.On(event.Stores), or wait until the change is made")

	// ErrCodeTaken is of a [Store]: the id, the slug or the PIN belongs to another room, live or
	// deleted.
	ErrCodeTaken = errors.New("rooms: id, slug or PIN taken")
	// ErrConflict is of a [Store]: the room has another version than it was read with, or
	// is gone.
	ErrConflict = errors.New("rooms: changed since it was read")
	// ErrView reports a [View] that is not valid: a mistake of the program. The zero View
	// is one.
	ErrView = errors.New("rooms: a view needs either a user or a program, and a source")
)
