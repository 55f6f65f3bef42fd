package server

import (
	"bytes"
	"embed"
	htmltemplate "html/template"
	"io"
	"net/http"
	"text/template"

	"golang.org/x/text/language"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/rooms"
)

// Media types of invitations. That of calendars repeats the METHOD of the body
// (RFC 5545 §3.7.2).
const (
	mediaText     = "text/plain; charset=utf-8"
	mediaHTML     = "text/html; charset=utf-8"
	mediaCalendar = "text/calendar; charset=utf-8; method=PUBLISH"
)

// invitation is what people have to know to join a room.
type invitation struct {
	ID       string
	Name     string
	URL      string
	Phone    *dialIn // nil if nobody can dial in
	Waits    bool    // there are people who have to be let in
	Expires  string  // when the link stops opening; empty if never
	Language language.Tag
	Words    wording
}

// invite says how to join a room, ready to be sent, in the media type and the
// language that the caller likes best.
func (s *Server) invite(w http.ResponseWriter, r *http.Request, grant delegation.Grant) error {
	media, err := preferredMedia(r.Header.Values("Accept"), mediaText, mediaHTML, mediaCalendar, mediaJSON)
	if err != nil {
		return err
	}
	room, err := s.rooms.Retrieve(r.Context(), caller(grant), roomID(r))
	if err != nil {
		return err
	}
	tag := preferredLanguage(r.Header.Values("Accept-Language"), language.English, language.French)
	s.writeInvitation(w, media, newInvitation(room, s.view(room), tag))
	return nil
}

func newInvitation(room rooms.Room, view roomView, tag language.Tag) invitation {
	i := invitation{ID: room.ID, Name: room.Name, URL: view.URL, Waits: room.AccessLevel != rooms.Public,
		Language: tag, Words: wordingIn(tag)}
	if view.Telephony != nil {
		i.Phone = newDialIn(*view.Telephony, tag)
	}
	if !room.ExpiresAt.IsZero() {
		i.Expires = room.ExpiresAt.UTC().Format(i.Words.Moment)
	}
	return i
}

func (s *Server) writeInvitation(w http.ResponseWriter, media string, i invitation) {
	w.Header().Set("Vary", "Accept, Accept-Language")
	w.Header().Set("Content-Language", i.Language.String())
	switch media {
	case mediaJSON:
		writeJSON(w, http.StatusOK, media, i.conferenceData())
	case mediaCalendar:
		writeBytes(w, http.StatusOK, media, i.calendar(s.config.Now()))
	case mediaHTML:
		writeBytes(w, http.StatusOK, media, render(s.templates.html, i))
	default:
		writeBytes(w, http.StatusOK, media, render(s.templates.text, i))
	}
}

//go:embed templates/invitation.txt templates/invitation.html
var templateFiles embed.FS

// invitationTemplates are the invitation as text and as HTML.
type invitationTemplates struct {
	text *template.Template
	html *htmltemplate.Template
}

func newInvitationTemplates() (t invitationTemplates, err error) {
	if t.text, err = template.ParseFS(templateFiles, "templates/invitation.txt"); err != nil {
		return t, err
	}
	t.html, err = htmltemplate.ParseFS(templateFiles, "templates/invitation.html")
	return t, err
}

func render(t interface{ Execute(io.Writer, any) error }, i invitation) []byte {
	var body bytes.Buffer
	if err := t.Execute(&body, i); err != nil {
		panic(err) // only invitations come here, and tests have seen both templates
	}
	return body.Bytes()
}
