package server

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/rooms"
)

// sourceKind is the kind of the source of rooms made through this API.
const sourceKind = "application"

// caller translates a grant into the terms of package rooms.
func caller(grant delegation.Grant) rooms.Caller {
	c := rooms.Caller{Source: rooms.Source{Kind: sourceKind, ID: grant.Application.ClientID, Name: grant.Application.Name}}
	if grant.Application.Reach == delegation.ReachUser {
		c.Reach = rooms.ReachUser
	}
	if grant.Delegated {
		c.User, c.Address = grant.User.ID, string(grant.User.Email)
	}
	return c
}

// roomID returns the id of the room in the path.
func roomID(r *http.Request) string { return exchangeOf(r).params.ByName("id") }

// listView is the envelope of lists.
type listView[T any] struct {
	Count    int     `json:"count"`
	Next     *string `json:"next"`
	Previous *string `json:"previous"`
	Results  []T     `json:"results"`
}

func (s *Server) listRooms(w http.ResponseWriter, r *http.Request, grant delegation.Grant) error {
	asked, err := readListing(r.URL.RawQuery)
	if err != nil {
		return err
	}
	caller, start := caller(grant), cursor{}
	if asked.cursor != "" {
		var ok bool
		if start, ok = s.cursors.open(asked.cursor, asked.binding(caller)); !ok {
			return invalid([]rooms.FieldError{{Field: "cursor", Code: rooms.CodeInvalidCursor, Message: "This cursor is not one of this list."}})
		}
		asked.After = start.after
	}
	page, err := s.rooms.List(r.Context(), caller, asked.ListOptions)
	if err != nil {
		return err
	}
	if start.after != "" {
		page.Total = start.total // as it was when the list was begun
	}
	s.writePage(w, asked, asked.binding(caller), page)
	return nil
}

// writePage answers with a page of a list. All links start from the configured
// URL, never from the Host header.
func (s *Server) writePage(w http.ResponseWriter, asked listing, binding string, page rooms.Page) {
	list := listView[roomView]{Count: page.Total, Results: make([]roomView, 0, len(page.Rooms))}
	for _, room := range page.Rooms {
		list.Results = append(list.Results, s.view(room))
	}
	link := func(name, value string) *string {
		url := s.api + "/rooms/?" + asked.with(name, value)
		return &url
	}
	if page.More {
		last := page.Rooms[len(page.Rooms)-1]
		list.Next = link("cursor", s.cursors.seal(cursor{last.ID, page.Total}, binding))
		w.Header().Set("Link", "<"+*list.Next+`>; rel="next"`)
	}
	if page.More && asked.cursor == "" {
		list.Next = link("page", strconv.Itoa(page.Number+1))
	}
	if page.Number > 1 {
		last := max(1, (page.Total+page.Size-1)/page.Size)
		list.Previous = link("page", strconv.Itoa(min(page.Number-1, last)))
	}
	writeJSON(w, http.StatusOK, mediaJSON, list)
}

func (s *Server) createRoom(w http.ResponseWriter, r *http.Request, grant delegation.Grant) error {
	body, err := readContent(w, r, mediaJSON)
	if err != nil {
		return err
	}
	return s.once(w, r, grant, body, func(ctx context.Context, service *rooms.Service) (reply, error) {
		change, err := body.change()
		if err != nil {
			return reply{}, err
		}
		room, created, err := service.Create(ctx, caller(grant), rooms.NewDraft(change))
		if err != nil {
			return reply{}, err
		}
		exchangeOf(r).room = room.ID
		answer := newReply(http.StatusOK, s.view(room)).with("ETag", s.etag(room))
		if created {
			answer.Status = http.StatusCreated
			answer = answer.with("Location", s.api+"/rooms/"+room.ID+"/")
		}
		return answer, nil
	})
}

func (s *Server) retrieveRoom(w http.ResponseWriter, r *http.Request, grant delegation.Grant) error {
	room, err := s.rooms.Retrieve(r.Context(), caller(grant), roomID(r))
	if err != nil {
		return err
	}
	tag, versions := s.etag(room), s.ifMatch(r)
	if versions != nil && !slices.Contains(versions, room.Version) {
		return rooms.ErrVersion
	}
	if !noneMatch(r, tag) {
		w.Header().Set("ETag", tag)
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	return s.writeRoom(w, r, room)
}

func (s *Server) updateRoom(w http.ResponseWriter, r *http.Request, grant delegation.Grant) error {
	body, err := readPatch(w, r)
	if err != nil {
		return err
	}
	change, err := body.change()
	if err != nil {
		return err
	}
	change.Versions = s.ifMatch(r)
	room, err := s.rooms.Update(r.Context(), caller(grant), roomID(r), change)
	if err != nil {
		return err
	}
	return s.writeRoom(w, r, room)
}

func (s *Server) deleteRoom(w http.ResponseWriter, r *http.Request, grant delegation.Grant) error {
	if err := s.rooms.Delete(r.Context(), caller(grant), roomID(r), s.ifMatch(r)); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// lookUpRoom finds a room by its join link.
func (s *Server) lookUpRoom(w http.ResponseWriter, r *http.Request, grant delegation.Grant) error {
	body, err := readContent(w, r, mediaJSON)
	if err != nil {
		return err
	}
	link, err := body.link()
	if err != nil {
		return err
	}
	room, err := s.rooms.Lookup(r.Context(), caller(grant), s.slugOf(link))
	if err != nil {
		return err
	}
	return s.writeRoom(w, r, room)
}

// slugOf returns the slug in a join link, with whatever follows the path; empty
// for the links of others.
func (s *Server) slugOf(link *url.URL) string {
	base, err := url.Parse(s.config.RoomURL)
	if err != nil || authority(link) != authority(base) || link.Scheme != "https" && link.Scheme != base.Scheme {
		return ""
	}
	slug, below := strings.CutPrefix(link.Path, base.Path+"/")
	if !below {
		return ""
	}
	return lower(strings.TrimSuffix(slug, "/"))
}

// authority returns the host of a link as it compares (RFC 3986 §6.2): in lower
// case, and without the port that its scheme has anyway.
func authority(link *url.URL) string {
	usual := map[string]string{"http": ":80", "https": ":443"}[link.Scheme]
	return strings.TrimSuffix(lower(link.Host), usual)
}

// lower writes ASCII letters in lower case, and leaves alone what only looks like
// them.
func lower(text string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			r += 'a' - 'A'
		}
		return r
	}, text)
}

// writeRoom answers with a room.
func (s *Server) writeRoom(w http.ResponseWriter, r *http.Request, room rooms.Room) error {
	exchangeOf(r).room = room.ID
	w.Header().Set("ETag", s.etag(room))
	writeJSON(w, http.StatusOK, mediaJSON, s.view(room))
	return nil
}
