package server

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"golang.org/x/text/language"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/rooms/once"
	"github.com/anteroom-go/anteroom/server/internal/invite"
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
	if address, ok := parseAddress(string(grant.User.Email)); ok { // a host's directory may have capitals
		caller.Addresses = []string{address}
	}
	if grant.Application.Reach == delegation.ReachUser {
		caller.Reach = rooms.ReachUser
	}
	return caller
}

// parseAddress returns an address in the one form in which addresses compare, and
// whether it is acceptable.
func parseAddress(address string) (string, bool) {
	email, err := delegation.ParseEmail(address)
	return string(email), err == nil
}

// roomEndpoints are the handlers of rooms.
type roomEndpoints struct {
	service     *rooms.Service
	requests    *once.Requests // nil if they are not supported
	viewer      view.Viewer
	cursors     wire.Cursors
	invitations *invite.Writer
	link        string // URL of the list
}

func (e *roomEndpoints) list(c *call, caller rooms.Caller) (wire.Reply, error) {
	asked, err := readListing(c.query(), func(cursor, list string) (wire.Cursor, bool) {
		return e.cursors.Open(cursor, binding(caller, list))
	})
	if err != nil {
		return wire.Reply{}, err
	}
	page, err := e.service.List(c.context(), caller, asked.ListOptions)
	if err != nil {
		return wire.Reply{}, err
	}
	if asked.After != "" {
		page.Total = asked.total
	}
	return e.page(asked, binding(caller, asked.list()), page), nil
}

// binding names a caller and a list, for the cursors of that list.
func binding(caller rooms.Caller, list string) string {
	return strings.Join([]string{caller.Source.Kind, caller.Source.ID, caller.UserID, list}, "\n")
}

// page returns a page of a list. All links start from the configured URL, never
// from the Host header.
func (e *roomEndpoints) page(asked listing, binding string, page rooms.Page) wire.Reply {
	list := view.List[view.Room]{Count: page.Total, Results: make([]view.Room, 0, len(page.Rooms))}
	for _, room := range page.Rooms {
		list.Results = append(list.Results, e.viewer.Room(room))
	}
	link := func(name, value string) *string {
		url := e.link + "?" + asked.with(name, value)
		return &url
	}
	header := ""
	if page.More {
		last := page.Rooms[len(page.Rooms)-1]
		list.Next = link("cursor", e.cursors.Seal(wire.Cursor{After: last.ID, Total: page.Total}, binding))
		header = "<" + *list.Next + `>; rel="next"`
	}
	if page.More && asked.After == "" {
		list.Next = link("page", strconv.Itoa(page.Number+1))
	}
	if page.Number > 1 {
		last := max(1, (page.Total+page.Size-1)/page.Size)
		list.Previous = link("page", strconv.Itoa(min(page.Number-1, last)))
	}
	reply := wire.JSON(http.StatusOK, list)
	if header != "" {
		reply = reply.With("Link", header)
	}
	return reply
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
			reply = reply.With("Location", e.link+room.ID+"/")
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
	return wire.JSON(http.StatusOK, e.viewer.Room(room)).With("ETag", e.viewer.Tag(room.Version))
}

func (e *roomEndpoints) retrieve(c *call, caller rooms.Caller) (wire.Reply, error) {
	room, err := e.service.Retrieve(c.context(), caller, c.param("id"))
	if err != nil {
		return wire.Reply{}, err
	}
	if condition := e.viewer.Condition(c.request); condition != nil && !condition(room) {
		return wire.Reply{}, rooms.ErrVersion
	}
	if tag := e.viewer.Tag(room.Version); !wire.NoneMatch(c.request, tag) {
		return wire.Empty(http.StatusNotModified).With("ETag", tag), nil
	}
	return e.show(c, room), nil
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
	link, err := readLink(c.body)
	if err != nil {
		return wire.Reply{}, err
	}
	room, err := e.service.Lookup(c.context(), caller, e.viewer.Links.Slug(link))
	if err != nil {
		return wire.Reply{}, err
	}
	return e.show(c, room), nil
}

// readLink reads the join link of a room.
func readLink(body wire.Body) (*url.URL, error) {
	object, err := body.Object()
	if err != nil {
		return nil, err
	}
	var faults rooms.Faults
	for name := range object {
		if name != "url" {
			faults.AddKey("", name, rooms.CodeUnknownField, "This field is not known.")
		}
	}
	text, isText := object["url"].(string)
	link, err := url.Parse(text)
	switch {
	case object["url"] == nil:
		faults.Add("url", rooms.CodeRequired, "This field is required.")
	case !isText:
		faults.Add("url", rooms.CodeInvalidType, "This value has the wrong type.")
	case err != nil || link.Host == "":
		faults.Add("url", rooms.CodeInvalidURL, "A link such as https://meet.example.org/aae-erez-aaz is expected.")
	}
	return link, faults.Err()
}

// invite tells how to join a room, in the media type and the language that the
// caller prefers.
func (e *roomEndpoints) invite(c *call, caller rooms.Caller) (wire.Reply, error) {
	media, err := wire.PreferredMedia(c.header("Accept"), invite.Media()...)
	if err != nil {
		return wire.Reply{}, err
	}
	room, err := e.service.Retrieve(c.context(), caller, c.param("id"))
	if err != nil {
		return wire.Reply{}, err
	}
	tag := wire.PreferredLanguage(c.header("Accept-Language"), invite.Languages()...)
	return e.invitation(room, media, tag), nil
}

func (e *roomEndpoints) invitation(room rooms.Room, media string, tag language.Tag) wire.Reply {
	guest := invite.Room{ID: room.ID, Name: room.Name, URL: e.viewer.Links.To(room.Slug),
		Waits:   room.AccessLevel != rooms.Public,
		Expires: room.ExpiresAt}
	if t := e.viewer.Telephony(room); t != nil {
		guest.Phone = invite.Phone{Number: t.PhoneNumber, Country: t.DefaultCountry, PIN: t.PINCode}
	}
	return wire.Text(http.StatusOK, media, e.invitations.Invite(guest, media, tag)).
		With("Vary", "Accept, Accept-Language").With("Content-Language", tag.String())
}
