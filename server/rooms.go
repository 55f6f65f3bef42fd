package server

import (
	"context"
	"net/http"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/rooms/once"
	"github.com/anteroom-go/anteroom/server/internal/invite"
	"github.com/anteroom-go/anteroom/server/internal/query"
	"github.com/anteroom-go/anteroom/server/internal/view"
	"github.com/anteroom-go/anteroom/server/internal/wire"
)

// sourceKind is the kind of the source of rooms made through this API.
const sourceKind = "application"

// callerOf returns a grant in the terms of package rooms. A grant without an
// application is no caller, so that every call of it is refused.
func callerOf(grant delegation.Grant) rooms.Caller {
	source := rooms.Source{Kind: sourceKind, ID: grant.Application.ClientID, Name: grant.Application.Name}
	switch {
	case grant.Application.ClientID == "":
		return rooms.Caller{}
	case !grant.Delegated:
		return rooms.ForProgram(source)
	}
	caller := rooms.ForUser(source, grant.User.ID)
	caller.Addresses = []string{string(grant.User.Email)}
	if grant.Application.Reach == delegation.ReachUser {
		caller.AllSources = true
	}
	return caller
}

// parseAddress returns an address in the one form in which addresses compare, and whether it is acceptable.
func parseAddress(address string) (string, bool) {
	email, err := delegation.ParseEmail(address)
	return string(email), err == nil
}

// roomEndpoints are the handlers of rooms.
type roomEndpoints struct {
	service     *rooms.Service
	requests    *once.Requests // nil if they are not supported
	viewer      view.Viewer
	pages       view.Pages
	invitations *invite.Writer
}

func (e *roomEndpoints) list(c *call, caller rooms.Caller) (wire.Reply, error) {
	asked, err := e.pages.Read(c.query(), caller)
	if err != nil {
		return wire.Reply{}, err
	}
	page, err := e.service.List(c.context(), caller, asked.ListOptions)
	if err != nil {
		return wire.Reply{}, err
	}
	return e.pages.Reply(asked, caller, page), nil
}

func (e *roomEndpoints) create(c *call, caller rooms.Caller) (wire.Reply, error) {
	return e.once(c, caller, func(ctx context.Context, service *rooms.Service) (wire.Reply, error) {
		change, err := readChange(c.body)
		if err != nil {
			return wire.Reply{}, err
		}
		room, created, err := service.Create(ctx, caller, change)
		if err != nil {
			return wire.Reply{}, err
		}
		reply := e.show(c, room)
		if created {
			reply.Status = http.StatusCreated
			reply = reply.With("Location", e.pages.Link+room.ID+"/")
		}
		return reply, nil
	})
}

// readChange reads the writable fields of a room. A faulty field is no error yet:
// the service reports it together with every other fault.
func readChange(body wire.Body) (rooms.Change, error) {
	object, err := body.Object()
	change := rooms.ParseChange(object)
	change.Merge = body.Media == wire.MediaMergePatch
	return change, err
}

// show returns a room.
func (e *roomEndpoints) show(c *call, room rooms.Room) wire.Reply {
	c.room = room.ID
	return e.viewer.Reply(room)
}

func (e *roomEndpoints) retrieve(c *call, caller rooms.Caller) (wire.Reply, error) {
	room, err := e.service.Retrieve(c.context(), caller, c.param("id"))
	if err != nil {
		return wire.Reply{}, err
	}
	c.room = room.ID
	return e.viewer.Current(c.request, room)
}

func (e *roomEndpoints) update(c *call, caller rooms.Caller) (wire.Reply, error) {
	change, err := readChange(c.body)
	if err != nil {
		return wire.Reply{}, err
	}
	room, err := e.service.Update(c.context(), caller, c.param("id"), change, e.viewer.Condition(c.request))
	if err != nil {
		return wire.Reply{}, err
	}
	return e.show(c, room), nil
}

func (e *roomEndpoints) remove(c *call, caller rooms.Caller) (wire.Reply, error) {
	err := e.service.Delete(c.context(), caller, c.param("id"), e.viewer.Condition(c.request))
	return wire.Empty(http.StatusNoContent), err
}

// lookUp finds a room by its join link.
func (e *roomEndpoints) lookUp(c *call, caller rooms.Caller) (wire.Reply, error) {
	link, err := view.ReadLink(c.body)
	if err != nil {
		return wire.Reply{}, err
	}
	find, named := e.service.Lookup, e.viewer.Links.Read(link)
	if named.ID != "" {
		find, named.Slug = e.service.Retrieve, named.ID
	}
	room, err := find(c.context(), caller, named.Slug)
	if err != nil {
		return wire.Reply{}, err
	}
	return e.show(c, room), nil
}

// invite tells how to join a room, in the form that the caller prefers.
func (e *roomEndpoints) invite(c *call, caller rooms.Caller) (wire.Reply, error) {
	form, err := query.ReadInvitation(c.request, e.invitations.Languages())
	if err != nil {
		return wire.Reply{}, err
	}
	room, err := e.service.Retrieve(c.context(), caller, c.param("id"))
	if err != nil {
		return wire.Reply{}, err
	}
	return e.invitations.Reply(e.viewer.Guest(room), form)
}
