package invite

import (
	"fmt"
	"net/http"
	"time"

	"golang.org/x/text/language"

	"github.com/anteroom-go/anteroom/server/internal/wire"
)

// Media types of invitations. That of calendars has the METHOD of the body, if
// there is one (RFC 5545 §3.7.2).
const (
	mediaText      = "text/plain; charset=utf-8"
	mediaHTML      = "text/html; charset=utf-8"
	mediaCalendar  = "text/calendar; charset=utf-8"
	mediaPublished = mediaCalendar + "; method=PUBLISH"
)

// Media returns the media types in which invitations are written, the default
// first. That is the calendar's if the event has times, which no other one shows.
func Media(event Event) []string {
	if event.Timed() {
		return []string{mediaCalendar, mediaText, mediaHTML, wire.MediaJSON}
	}
	return []string{mediaText, mediaHTML, mediaPublished, wire.MediaJSON}
}

// Room is what an invitation tells of a room.
type Room struct {
	ID, Slug, Name, URL string
	// Version is 1 at first and grows by one with every change, the last of which
	// was at Updated.
	Version int64
	Updated time.Time
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
	now   func() time.Time
	texts Texts
}

// NewWriter returns a writer with the clock of the calendars' time stamps.
func NewWriter(now func() time.Time, texts Texts) *Writer { return &Writer{now, texts} }

// Languages returns the languages in which invitations are written, the default first.
func (w *Writer) Languages() []language.Tag { return w.texts.Languages() }

// policyHTML lets a browser that shows an invitation load and run nothing.
const policyHTML = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// Form is how an invitation is written.
type Form struct {
	Event    Event        // for calendars
	Media    string       // one of [Media]
	Language language.Tag // one of [Writer.Languages]
}

// Reply returns the answer with the invitation to a room. It returns an error if a
// template of a host's does not bear the room.
func (w *Writer) Reply(room Room, form Form) (wire.Reply, error) {
	t := w.texts.in(form.Language)
	body, err := w.invite(newInvitation(room, t), t, form)
	if err != nil {
		return wire.Reply{}, fmt.Errorf("writing an invitation: %w", err)
	}
	reply := wire.Text(http.StatusOK, form.Media, body).
		With("Vary", "Accept, Accept-Language").With("Content-Language", t.tag.String())
	if form.Media == mediaHTML {
		return reply.With("Content-Security-Policy", policyHTML), nil
	}
	return reply, nil
}

// invite returns the invitation itself.
func (w *Writer) invite(i invitation, t tongue, form Form) ([]byte, error) {
	switch form.Media {
	case wire.MediaJSON:
		return wire.Encode(i.conferenceData()), nil
	case mediaHTML:
		return i.html(t)
	}
	text, err := i.text(t)
	if err == nil && form.Media != mediaText {
		text = i.calendar(form.Event, text, w.now())
	}
	return text, err
}

// invitation is what the templates show.
type invitation struct {
	Room
	First    string // line, and the last one: the marks
	Last     string
	DialIn   *dialIn // nil if the room has no telephone
	Until    string  // when the link stops opening; empty if never
	Language language.Tag
	Words    wording
}

func newInvitation(room Room, t tongue) invitation {
	i := invitation{Room: room, Language: t.tag, Words: t.words}
	i.First, i.Last = marks(room.Slug)
	i.Name = withoutMarks(room.Name, i.First, i.Last)
	if room.Phone != (Phone{}) {
		i.DialIn = newDialIn(room.Phone, t.tag)
	}
	if !room.Expires.IsZero() {
		i.Until = room.Expires.UTC().Format(i.Words.Moment)
	}
	return i
}
