package server

import (
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"strconv"

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
		c.User = grant.User.ID
	}
	return c
}

// roomID returns the id in the path.
func roomID(r *http.Request) string { return exchangeOf(r).params.ByName("id") }

// roomList is the envelope of lists.
type roomList struct {
	Count    int        `json:"count"`
	Next     *string    `json:"next"`
	Previous *string    `json:"previous"`
	Results  []roomView `json:"results"`
}

func (s *Server) listRooms(w http.ResponseWriter, r *http.Request, grant delegation.Grant) error {
	options, err := listOptions(r.URL.RawQuery)
	if err != nil {
		return err
	}
	page, err := s.rooms.List(r.Context(), caller(grant), options)
	if err != nil {
		return err
	}
	list := roomList{Count: page.Total, Results: make([]roomView, 0, len(page.Rooms))}
	for _, room := range page.Rooms {
		list.Results = append(list.Results, s.view(room))
	}
	if page.Number*page.Size < page.Total {
		list.Next = s.pageURL(options, page.Number+1)
	}
	if page.Number > 1 {
		list.Previous = s.pageURL(options, page.Number-1)
	}
	writeJSON(w, http.StatusOK, mediaJSON, list)
	return nil
}

// pageURL links to another page from the configured URL, never from the Host
// header.
func (s *Server) pageURL(options rooms.ListOptions, page int) *string {
	link := fmt.Sprintf("%s/rooms/?page=%d", s.api, page)
	if options.PageSize != 0 {
		link += "&page_size=" + strconv.Itoa(options.PageSize)
	}
	return &link
}

// listOptions reads the query of a list, in which every parameter is known and
// comes once.
func listOptions(query string) (rooms.ListOptions, error) {
	options := rooms.ListOptions{Page: 1}
	values, err := url.ParseQuery(query)
	if err != nil {
		return options, &answer{http.StatusBadRequest, "invalid_request", "The query is malformed."}
	}
	var problems []rooms.FieldError
	for name, texts := range values {
		target, known := map[string]*int{"page": &options.Page, "page_size": &options.PageSize}[name]
		if !known {
			problems = append(problems, rooms.FieldError{Field: rooms.FieldName(name), Code: rooms.CodeUnknownField, Message: "This parameter is not known."})
			continue
		}
		number, ok := positive(texts[0])
		if !ok || len(texts) > 1 {
			problems = append(problems, rooms.FieldError{Field: name, Code: rooms.CodeInvalidNumber, Message: "A whole number from 1 is expected, once."})
			continue
		}
		*target = number
	}
	if problems != nil {
		return options, &rooms.InvalidError{Fields: problems}
	}
	return options, nil
}

// positive reads a whole number from 1; one that is too great for any list is
// cut.
func positive(text string) (int, bool) {
	number, err := strconv.Atoi(text)
	if errors.Is(err, strconv.ErrRange) {
		err = nil // Atoi returns the greatest or the least number
	}
	return min(number, math.MaxInt32), err == nil && number >= 1
}

func (s *Server) createRoom(w http.ResponseWriter, r *http.Request, grant delegation.Grant) error {
	change, err := readChange(w, r)
	if err != nil {
		return err
	}
	room, err := s.rooms.Create(r.Context(), caller(grant), draft(change))
	if err != nil {
		return err
	}
	w.Header().Set("Location", s.api+"/rooms/"+room.ID+"/")
	return s.writeRoom(w, r, http.StatusCreated, room)
}

func (s *Server) retrieveRoom(w http.ResponseWriter, r *http.Request, grant delegation.Grant) error {
	room, err := s.rooms.Retrieve(r.Context(), caller(grant), roomID(r))
	if err != nil {
		return err
	}
	return s.writeRoom(w, r, http.StatusOK, room)
}

func (s *Server) updateRoom(w http.ResponseWriter, r *http.Request, grant delegation.Grant) error {
	change, err := readChange(w, r)
	if err != nil {
		return err
	}
	room, err := s.rooms.Update(r.Context(), caller(grant), roomID(r), change)
	if err != nil {
		return err
	}
	return s.writeRoom(w, r, http.StatusOK, room)
}

func (s *Server) deleteRoom(w http.ResponseWriter, r *http.Request, grant delegation.Grant) error {
	if err := s.rooms.Delete(r.Context(), caller(grant), roomID(r)); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (s *Server) writeRoom(w http.ResponseWriter, r *http.Request, status int, room rooms.Room) error {
	exchangeOf(r).room = room.ID
	writeJSON(w, status, mediaJSON, s.view(room))
	return nil
}
