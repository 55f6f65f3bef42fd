package server

import (
	"context"
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
	return s.once(w, r, grant, body, func(ctx context.Context, service *rooms.Service) (reply, error) {
		invitee, err := body.invitee()
		if err != nil {
			return reply{}, err
		}
		attendee, added, err := service.AddAttendee(ctx, caller(grant), roomID(r), invitee)
		if err != nil {
			return reply{}, err
		}
		answer := newReply(http.StatusOK, viewAttendee(attendee))
		if added {
			answer.Status = http.StatusCreated
			answer = answer.with("Location", s.api+"/rooms/"+strings.ToLower(roomID(r))+"/attendees/"+attendee.ID+"/")
		}
		return answer, nil
	})
}

func (s *Server) replaceAttendees(w http.ResponseWriter, r *http.Request, grant delegation.Grant) error {
	body, err := readContent(w, r, mediaJSON)
	if err != nil {
		return err
	}
	invitees, err := body.invitees()
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
	body, err := readContent(w, r, mediaJSON, mediaMergePatch)
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
