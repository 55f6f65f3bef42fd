package invite

import (
	"bytes"
	"embed"
	"fmt"
	htmltemplate "html/template"
	"io"
	"net/http"
	"text/template"
	"time"

	"golang.org/x/text/language"

	"github.com/anteroom-go/anteroom/server/internal/wire"
)

// Media types of invitations. That of calendars repeats the METHOD of the body
// (RFC 5545 §3.7.2).
const (
	mediaText     = "text/plain; charset=utf-8"
	mediaHTML     = "text/html; charset=utf-8"
	mediaCalendar = "text/calendar; charset=utf-8; method=PUBLISH"
)

// Media returns the media types in which invitations are written, the default
// first.
func Media() []string { return []string{mediaText, mediaHTML, mediaCalendar, wire.MediaJSON} }

// Languages returns the languages in which invitations are written, the default
// first.
func Languages() []language.Tag { return []language.Tag{language.English, language.French} }

// Room is what an invitation tells of a room.
type Room struct {
	ID, Name, URL string
	// Phone is how to dial in. The zero value means that the room has no
	// telephone.
	Phone Phone
	// Waits means that some people have to be let in.
	Waits bool
	// Expires is when the link stops opening. The zero time means never.
	Expires time.Time
}

// Phone is a telephone number and the PIN of a room.
type Phone struct {
	Number  string // in E.164 form
	Country string // ISO 3166-1 alpha-2
	PIN     string
}

// Writer writes invitations. It is safe for concurrent use.
type Writer struct {
	now  func() time.Time
	text *template.Template
	html *htmltemplate.Template
}

//go:embed templates/invitation.txt templates/invitation.html
var templateFiles embed.FS

// NewWriter returns a writer with the clock of the calendars' time stamps.
func NewWriter(now func() time.Time) (*Writer, error) {
	text, err := template.ParseFS(templateFiles, "templates/invitation.txt")
	if err != nil {
		return nil, fmt.Errorf("reading the template of texts: %w", err)
	}
	html, err := htmltemplate.ParseFS(templateFiles, "templates/invitation.html")
	if err != nil {
		return nil, fmt.Errorf("reading the template of HTML: %w", err)
	}
	return &Writer{now, text, html}, nil
}

// policyHTML lets a browser that shows an invitation load and run nothing.
const policyHTML = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// Reply returns the answer with the invitation to a room in one of the media types
// and one of the languages.
func (w *Writer) Reply(room Room, media string, tag language.Tag) wire.Reply {
	reply := wire.Text(http.StatusOK, media, w.invite(room, media, tag)).
		With("Vary", "Accept, Accept-Language").With("Content-Language", tag.String())
	if media == mediaHTML {
		return reply.With("Content-Security-Policy", policyHTML)
	}
	return reply
}

// invite returns the invitation itself.
func (w *Writer) invite(room Room, media string, tag language.Tag) []byte {
	i := newInvitation(room, tag)
	switch media {
	case wire.MediaJSON:
		return wire.Encode(i.conferenceData())
	case mediaCalendar:
		return i.calendar(w.now())
	case mediaHTML:
		return render(w.html, i)
	}
	return render(w.text, i)
}

// invitation is what the templates show.
type invitation struct {
	Room
	DialIn   *dialIn // nil if the room has no telephone
	Until    string  // when the link stops opening; empty if never
	Language language.Tag
	Words    wording
}

func newInvitation(room Room, tag language.Tag) invitation {
	i := invitation{Room: room, Language: tag, Words: wordingIn(tag)}
	if room.Phone != (Phone{}) {
		i.DialIn = newDialIn(room.Phone, tag)
	}
	if !room.Expires.IsZero() {
		i.Until = room.Expires.UTC().Format(i.Words.Moment)
	}
	return i
}

func render(t interface{ Execute(io.Writer, any) error }, i invitation) []byte {
	var body bytes.Buffer
	if err := t.Execute(&body, i); err != nil {
		panic(err) // only invitations come here, and tests have seen both templates
	}
	return body.Bytes()
}
