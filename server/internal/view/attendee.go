package view

import (
	"net/http"

	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/server/internal/wire"
)

// attendeeBody is an attendee as callers see it. Nothing in it tells whether there
// is a user with the address.
type attendeeBody struct {
	ID        string     `json:"id"`
	Email     *string    `json:"email"`
	Role      rooms.Role `json:"role"`
	CreatedAt string     `json:"created_at"`
}

func newAttendeeBody(a rooms.Attendee) attendeeBody {
	body := attendeeBody{ID: a.ID, Role: a.Role, CreatedAt: timeText(a.CreatedAt)}
	if a.Address != "" {
		body.Email = &a.Address
	}
	return body
}

// Attendee returns the answer that shows an attendee.
func Attendee(status int, a rooms.Attendee) wire.Reply { return wire.JSON(status, newAttendeeBody(a)) }

// Attendees returns the answer that shows all attendees of a room, which are one
// page.
func Attendees(all []rooms.Attendee) wire.Reply {
	list := listBody[attendeeBody]{Count: len(all), Results: make([]attendeeBody, len(all))}
	for i, a := range all {
		list.Results[i] = newAttendeeBody(a)
	}
	return wire.JSON(http.StatusOK, list)
}
