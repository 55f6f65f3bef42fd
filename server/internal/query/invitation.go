package query

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/server/internal/invite"
	"github.com/anteroom-go/anteroom/server/internal/wire"
)

// ReadInvitation reads what an invitation is asked for: start, end and summary of
// an event in the query, the media type and the language in the header. Other
// parameters are ignored, as an invitation is the same without them. An error has
// every fault of the query.
func ReadInvitation(r *http.Request) (invite.Form, error) {
	event, err := readEvent(r.URL.RawQuery)
	if err != nil {
		return invite.Form{}, err
	}
	media, err := wire.PreferredMedia(r.Header.Values("Accept"), invite.Media(event)...)
	return invite.Form{
		Event: event, Media: media,
		Language: wire.PreferredLanguage(r.Header.Values("Accept-Language"), invite.Languages()...),
	}, err
}

// readEvent reads the query of an invitation.
func readEvent(text string) (invite.Event, error) {
	values, err := url.ParseQuery(text)
	if err != nil {
		return invite.Event{}, wire.ErrQuery
	}
	known := []string{"start", "end", "summary"}
	maps.DeleteFunc(values, func(name string, _ []string) bool {
		name, _, _ = strings.Cut(name, "[") // what means a list is for Parse to judge
		return !slices.Contains(known, name)
	})
	q, err := Parse(values.Encode(), known)
	if err != nil {
		return invite.Event{}, err
	}
	event := invite.Event{Summary: q.title("summary")}
	q.readTimes(&event)
	return event, q.Faults.Err()
}

// maxEvent is how long an event may be: calendars write it on each of its days.
const maxEvent = 366 * 24 * time.Hour

// readTimes reads when the event is: both times, both dates, or neither.
func (q *Query) readTimes(event *invite.Event) {
	start, allDay := q.timeOrDate("start")
	end, endsAllDay := q.timeOrDate("end")
	switch {
	case q.Values.Has("start") != q.Values.Has("end"):
		q.requirePair()
	case start.IsZero() || end.IsZero(): // not there, or a fault already
	case allDay != endsAllDay:
		q.Faults.Add("end", rooms.CodeInvalidTime, "Start and end are both times, or both dates.")
	case !end.After(start):
		q.Faults.Add("end", rooms.CodeInvalidTime, "An event ends after its start; a date is the day after the last one.")
	case end.Sub(start) > maxEvent:
		q.Faults.Add("end", rooms.CodeTooLong, "An event has at most 366 days.")
	}
	event.Start, event.End, event.AllDay = start, end, allDay
}

// requirePair refuses a start without an end, and an end without a start.
func (q *Query) requirePair() {
	missing := "start"
	if q.Values.Has("start") {
		missing = "end"
	}
	q.Faults.Add(missing, rooms.CodeRequired, "An event has a start and an end.")
}

// timeOrDate returns a point in time in UTC and whole seconds, as calendars have
// them, or a date; the zero time if the parameter is not there.
func (q *Query) timeOrDate(name string) (t time.Time, date bool) {
	text := q.Text(name)
	if len(text) == len(time.DateOnly) {
		return q.Date(name), true
	}
	t = q.Time(name).UTC().Truncate(time.Second)
	if year := t.Year(); year < 1 || year > 9999 {
		q.Faults.Add(name, rooms.CodeInvalidTime, "A time is between the years 1 and 9999 in UTC.")
		return time.Time{}, false
	}
	return t, false
}

// title returns a text for people, without the white space around it; empty if
// nothing in it can be seen. It may have tabulators and line breaks, but no other
// control characters.
func (q *Query) title(name string) string {
	text := strings.TrimSpace(q.Text(name))
	bad := func(r rune) bool { return unicode.IsControl(r) && !unicode.IsSpace(r) }
	switch {
	case !utf8.ValidString(text) || strings.ContainsFunc(text, bad):
		q.Faults.Add(name, rooms.CodeInvalidCharacters, "This text is UTF-8 without control characters.")
	case utf8.RuneCountInString(text) > 500:
		q.Faults.Add(name, rooms.CodeTooLong, "This text has at most 500 characters.")
	case !strings.ContainsFunc(text, isSeen):
		return ""
	}
	return text
}

// isSeen reports whether a character leaves a mark on its own.
func isSeen(r rune) bool { return unicode.IsGraphic(r) && !unicode.IsSpace(r) && !unicode.IsMark(r) }
