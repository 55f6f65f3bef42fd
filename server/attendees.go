package server

import (
	"net/http"
	"strings"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/rooms"
)

// attendeeView is an attendee as callers see them: nothing tells whether there is
// a user with the address.
type attendeeView struct {
	ID        string     `json:"id"`
	Email     *string    `json:"email"`
	Role      rooms.Role `json:"role"`
	CreatedAt string     `json:"created_at"`
}

func viewAttendee(a rooms.Attendee) attendeeView {
	v := attendeeView{ID: a.ID, Role: a.Role, CreatedAt: timeText(a.CreatedAt)}
	if a.Address != "" {
		v.Email = &a.Address
	}
	return v
}

// attendeeID returns the id of the attendee in the path.
func attendeeID(r *http.Request) string { return exchangeOf(r).params.ByName("attendee") }

func (s *Server) listAttendees(w http.ResponseWriter, r *http.Request, grant delegation.Grant) error {
	all, err := s.rooms.Attendees(r.Context(), caller(grant), roomID(r))
	if err != nil {
		return err
	}
	writeAttendees(w, all)
	return nil
}

// writeAttendees answers with all attendees, which are one page.
func writeAttendees(w http.ResponseWriter, all []rooms.Attendee) {
	list := listView[attendeeView]{Count: len(all), Results: make([]attendeeView, len(all))}
	for i, a := range all {
		list.Results[i] = viewAttendee(a)
	}
	writeJSON(w, http.StatusOK, mediaJSON, list)
}

func (s *Server) addAttendee(w http.ResponseWriter, r *http.Request, grant delegation.Grant) error {
	body, err := readContent(w, r, mediaJSON)
	if err != nil {
		return err
	}
	invitee, err := body.invitee()
	if err != nil {
		return err
	}
	attendee, added, err := s.rooms.AddAttendee(r.Context(), caller(grant), roomID(r), invitee)
	if err != nil {
		return err
	}
	status := http.StatusOK
	if added {
		status = http.StatusCreated
		w.Header().Set("Location", s.api+"/rooms/"+strings.ToLower(roomID(r))+"/attendees/"+attendee.ID+"/")
	}
	writeJSON(w, status, mediaJSON, viewAttendee(attendee))
	return nil
}

func (s *Server) replaceAttendees(w http.ResponseWriter, r *http.Request, grant delegation.Grant) error {
	text, media, err := readBody(w, r, maxAttendeesBody, mediaJSON)
	if err != nil {
		return err
	}
	invitees, err := content{text, media}.invitees()
	if err != nil {
		return err
	}
	all, err := s.rooms.ReplaceAttendees(r.Context(), caller(grant), roomID(r), invitees)
	if err != nil {
		return err
	}
	writeAttendees(w, all)
	return nil
}

func (s *Server) retrieveAttendee(w http.ResponseWriter, r *http.Request, grant delegation.Grant) error {
	attendee, err := s.rooms.Attendee(r.Context(), caller(grant), roomID(r), attendeeID(r))
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, mediaJSON, viewAttendee(attendee))
	return nil
}

func (s *Server) changeAttendee(w http.ResponseWriter, r *http.Request, grant delegation.Grant) error {
	body, err := readPatch(w, r)
	if err != nil {
		return err
	}
	role, err := body.role()
	if err != nil {
		return err
	}
	attendee, err := s.rooms.ChangeAttendee(r.Context(), caller(grant), roomID(r), attendeeID(r), role)
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, mediaJSON, viewAttendee(attendee))
	return nil
}

func (s *Server) removeAttendee(w http.ResponseWriter, r *http.Request, grant delegation.Grant) error {
	if err := s.rooms.RemoveAttendee(r.Context(), caller(grant), roomID(r), attendeeID(r)); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
