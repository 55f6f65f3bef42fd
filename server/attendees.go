package server

import (
	"cmp"
	"net/http"

	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/server/internal/view"
	"github.com/anteroom-go/anteroom/server/internal/wire"
)

// attendeeEndpoints are the handlers of the attendees of a room.
type attendeeEndpoints struct {
	service *rooms.Service
	link    string // URL of the list of rooms
}

func (e *attendeeEndpoints) list(c *call, caller rooms.Caller) (wire.Reply, error) {
	reply, err := view.Attendees(e.service.Attendees(c.context(), caller, c.param("id")))
	return view.CurrentAttendees(c.request, reply, err)
}

func (e *attendeeEndpoints) add(c *call, caller rooms.Caller) (wire.Reply, error) {
	object, err := c.body.Object()
	if err != nil {
		return wire.Reply{}, err
	}
	service, invitee := e.service.If(view.OnAttendees(c.request)), rooms.ParseInvitee(object)
	attendee, added, err := service.AddAttendee(c.context(), caller, c.param("id"), invitee)
	reply, err := view.Attendee(attendee, err)
	if added {
		reply.Status = http.StatusCreated
		reply = reply.With("Location", e.link+cmp.Or(c.room, c.param("id"))+"/attendees/"+attendee.ID+"/")
	}
	return reply, err
}

func (e *attendeeEndpoints) replace(c *call, caller rooms.Caller) (wire.Reply, error) {
	object, err := c.body.Object()
	if err != nil {
		return wire.Reply{}, err
	}
	service := e.service.If(view.OnAttendees(c.request))
	return view.Attendees(service.ReplaceAttendees(c.context(), caller, c.param("id"), rooms.ParseInvitees(object)))
}

func (e *attendeeEndpoints) retrieve(c *call, caller rooms.Caller) (wire.Reply, error) {
	reply, err := view.Attendee(e.service.Attendee(c.context(), caller, c.param("id"), c.param("attendee")))
	return view.CurrentAttendees(c.request, reply, err)
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
	service := e.service.If(view.OnAttendee(c.request))
	return view.Attendee(service.ChangeAttendee(c.context(), caller, c.param("id"), c.param("attendee"), role))
}

func (e *attendeeEndpoints) remove(c *call, caller rooms.Caller) (wire.Reply, error) {
	service := e.service.If(view.OnAttendee(c.request))
	err := service.RemoveAttendee(c.context(), caller, c.param("id"), c.param("attendee"))
	return wire.Empty(http.StatusNoContent), err
}
