package server

import (
	"net/http"
	"strings"

	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/server/internal/view"
	"github.com/anteroom-go/anteroom/server/internal/wire"
)

// attendeeEndpoints are the handlers of the attendees of a room.
type attendeeEndpoints struct {
	service *rooms.Service
	link    string // URL of the list of rooms
}

// showAttendee returns an attendee.
func showAttendee(a rooms.Attendee, err error) (wire.Reply, error) {
	if err != nil {
		return wire.Reply{}, err
	}
	return wire.JSON(http.StatusOK, view.OfAttendee(a)), nil
}

// showAttendees returns all attendees of a room.
func showAttendees(all []rooms.Attendee, err error) (wire.Reply, error) {
	if err != nil {
		return wire.Reply{}, err
	}
	list := view.List[view.Attendee]{Count: len(all), Results: make([]view.Attendee, len(all))}
	for i, a := range all {
		list.Results[i] = view.OfAttendee(a)
	}
	return wire.JSON(http.StatusOK, list), nil
}

func (e *attendeeEndpoints) list(c *call, caller rooms.Caller) (wire.Reply, error) {
	return showAttendees(e.service.Attendees(c.context(), caller, c.param("id")))
}

func (e *attendeeEndpoints) add(c *call, caller rooms.Caller) (wire.Reply, error) {
	object, err := c.body.Object()
	if err != nil {
		return wire.Reply{}, err
	}
	invitee := rooms.ParseInvitee(object)
	attendee, added, err := e.service.AddAttendee(c.context(), caller, c.param("id"), invitee)
	if err != nil || !added {
		return showAttendee(attendee, err)
	}
	location := e.link + strings.ToLower(c.param("id")) + "/attendees/" + attendee.ID + "/"
	return wire.JSON(http.StatusCreated, view.OfAttendee(attendee)).With("Location", location), nil
}

func (e *attendeeEndpoints) replace(c *call, caller rooms.Caller) (wire.Reply, error) {
	object, err := c.body.Object()
	if err != nil {
		return wire.Reply{}, err
	}
	invitees := rooms.ParseInvitees(object)
	return showAttendees(e.service.ReplaceAttendees(c.context(), caller, c.param("id"), invitees))
}

func (e *attendeeEndpoints) retrieve(c *call, caller rooms.Caller) (wire.Reply, error) {
	return showAttendee(e.service.Attendee(c.context(), caller, c.param("id"), c.param("attendee")))
}

func (e *attendeeEndpoints) change(c *call, caller rooms.Caller) (wire.Reply, error) {
	object, err := c.body.Object()
	if err != nil {
		return wire.Reply{}, err
	}
	role, err := rooms.ParseRole(object)
	if err != nil {
		return wire.Reply{}, err
	}
	return showAttendee(e.service.ChangeAttendee(c.context(), caller, c.param("id"), c.param("attendee"), role))
}

func (e *attendeeEndpoints) remove(c *call, caller rooms.Caller) (wire.Reply, error) {
	err := e.service.RemoveAttendee(c.context(), caller, c.param("id"), c.param("attendee"))
	return wire.Empty(http.StatusNoContent), err
}
