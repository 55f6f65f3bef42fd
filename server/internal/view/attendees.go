package view

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"

	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/server/internal/wire"
)

// attendee is an attendee as callers see it. Nothing in it tells whether there is
// an account with the address.
type attendee struct {
	ID        string     `json:"id"`
	Email     *string    `json:"email"`
	Role      rooms.Role `json:"role"`
	CreatedAt string     `json:"created_at"`
}

// ofAttendee returns an attendee as callers see it.
func ofAttendee(a rooms.Attendee) attendee {
	body := attendee{ID: a.ID, Role: a.Role, CreatedAt: timeText(a.CreatedAt)}
	if a.Address != "" {
		body.Email = &a.Address
	}
	return body
}

// Attendee returns an attendee, or the error.
func Attendee(a rooms.Attendee, err error) (wire.Reply, error) {
	if err != nil {
		return wire.Reply{}, err
	}
	return byContents(ofAttendee(a)), nil
}

// Attendees returns all attendees of a room, or the error.
func Attendees(all []rooms.Attendee, err error) (wire.Reply, error) {
	if err != nil {
		return wire.Reply{}, err
	}
	return byContents(listOf(all)), nil
}

// listOf returns all attendees of a room as callers see them.
func listOf(all []rooms.Attendee) List[attendee] {
	list := List[attendee]{Count: len(all), Results: make([]attendee, len(all))}
	for i, a := range all {
		list.Results[i] = ofAttendee(a)
	}
	return list
}

// byContents returns an answer whose entity tag is a digest of its body. Attendees have no
// version that is kept; whoever changes them back gets the old tag back, and overwrites
// nothing that the holder of that tag has not seen.
func byContents(value any) wire.Reply {
	reply := wire.JSON(http.StatusOK, value)
	sum := sha256.Sum256(reply.Body)
	return reply.With("ETag", `"`+hex.EncodeToString(sum[:12])+`"`)
}

// CurrentAttendees returns what [Attendee] and [Attendees] return to a caller who reads it, or
// that the caller has it already. It returns [rooms.ErrVersion] if the request demands another
// version.
func CurrentAttendees(r *http.Request, reply wire.Reply, err error) (wire.Reply, error) {
	if err != nil {
		return wire.Reply{}, err
	}
	return current(r, reply)
}

// OnAttendees returns what a change of the attendees of a room demands of all of them. Nil
// means nothing.
func OnAttendees(r *http.Request) func([]rooms.Attendee) bool {
	if !wire.Conditional(r) {
		return nil
	}
	return func(all []rooms.Attendee) bool { return wire.Met(r, byContents(listOf(all)).Header["ETag"]) }
}

// OnAttendee returns what a change of one attendee demands of that one. Nil means nothing.
func OnAttendee(r *http.Request) func([]rooms.Attendee) bool {
	if !wire.Conditional(r) {
		return nil
	}
	return func(one []rooms.Attendee) bool { return wire.Met(r, byContents(ofAttendee(one[0])).Header["ETag"]) }
}
