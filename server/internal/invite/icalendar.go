package invite

import (
	"bytes"
	"cmp"
	"fmt"
	"math"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// calendar returns an invitation as an iCalendar object, with the text as the
// description of the event. An event with times is whole and has no METHOD, which
// would ask for an ORGANIZER (RFC 5546 §3.2.1): calendars import it. An event
// without times is for programs that take its properties into one of their own; a
// METHOD is what allows it to have no DTSTART (RFC 5545 §3.6.1).
func (i invitation) calendar(event Event, text []byte, now time.Time) []byte {
	lines := []string{"BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Anteroom//External API 1.0//EN"}
	if !event.Timed() {
		lines = append(lines, "METHOD:PUBLISH")
	}
	lines = append(lines, "BEGIN:VEVENT", "UID:"+event.uid(i.ID), "DTSTAMP:"+stamp(now))
	lines = append(lines, event.times()...)
	lines = append(lines,
		fmt.Sprintf("SEQUENCE:%d", min(max(i.Version-1, 0), math.MaxInt32)),
		"LAST-MODIFIED:"+stamp(i.Updated),
		"SUMMARY:"+escapeText(cmp.Or(oneLine(event.Summary), oneLine(i.Name), i.Words.Meeting)),
		"LOCATION:"+escapeText(i.URL),
		"DESCRIPTION:"+escapeText(string(bytes.TrimSpace(text))),
		"URL:"+i.URL,
	)
	lines = append(lines, i.conferences()...)
	var object strings.Builder
	for _, line := range append(lines, "END:VEVENT", "END:VCALENDAR") {
		object.WriteString(foldLine(line))
	}
	return []byte(object.String())
}

// conferences returns the CONFERENCE properties of a room (RFC 7986 §5.11).
func (i invitation) conferences() []string {
	lines := []string{i.conference("AUDIO,VIDEO", i.Words.Meeting, i.URL)}
	if i.DialIn != nil {
		lines = append(lines, i.conference("PHONE", i.Words.dial(i.DialIn), "tel:"+i.DialIn.Sequence))
	}
	return lines
}

// conference returns a CONFERENCE property. The label is a word of one line, of which
// two characters are escaped (RFC 6868 §3).
func (i invitation) conference(features, label, uri string) string {
	label = strings.NewReplacer("^", "^^", `"`, "^'").Replace(label)
	return fmt.Sprintf(`CONFERENCE;VALUE=URI;FEATURE=%s;LANGUAGE=%s;LABEL="%s":%s`, features, i.Language, label, uri)
}

// escapeText returns a value of type TEXT (RFC 5545 §3.3.11), without the control
// characters that it cannot have. Its line breaks are written in the one way, and
// so is what some readers take for one, those in Python for example.
func escapeText(text string) string {
	text = strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`).Replace(strings.ToValidUTF8(text, "\ufffd"))
	return strings.Map(func(r rune) rune {
		if r != '\t' && unicode.IsControl(r) {
			return -1
		}
		return r
	}, replaceBreaks(text, `\n`))
}

// oneLine returns a text with spaces for line breaks: calcurse refuses events with
// a line break in the summary.
func oneLine(text string) string { return strings.TrimSpace(replaceBreaks(text, " ")) }

// replaceBreaks replaces everything that ends a line.
func replaceBreaks(text, by string) string {
	return strings.NewReplacer("\r\n", by, "\n", by, "\r", by, "\v", by, "\f", by, "\x1c", by, "\x1d", by, "\x1e", by,
		"\u0085", by, "\u2028", by, "\u2029", by).Replace(text)
}

// maxLine is the length of a line in bytes, without its end (RFC 5545 §3.1).
const maxLine = 75

// foldLine breaks a line that is too long, never inside a character, and ends it.
func foldLine(line string) string {
	var folded strings.Builder
	length := 0
	for _, r := range line {
		size := utf8.RuneLen(r)
		if length+size > maxLine {
			folded.WriteString("\r\n ")
			length = 1
		}
		folded.WriteRune(r)
		length += size
	}
	return folded.String() + "\r\n"
}
