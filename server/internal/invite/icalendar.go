package invite

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// calendar returns an invitation as an iCalendar object. A calendar takes its
// CONFERENCE properties (RFC 7986 §5.11) into an event of its own. The event has
// no time, as a room has none; below a METHOD it need not (RFC 5545 §3.6.1).
func (i invitation) calendar(now time.Time) []byte {
	lines := []string{
		"BEGIN:VCALENDAR",
		"VERSION:2.0",
		"PRODID:-//Anteroom//External API 1.0//EN",
		"METHOD:PUBLISH",
		"BEGIN:VEVENT",
		"UID:" + i.ID,
		"DTSTAMP:" + now.UTC().Format("20060102T150405Z"),
		"SUMMARY:" + escapeText(i.Name),
		"URL:" + i.URL,
		i.conference("AUDIO,VIDEO", i.Words.Meeting, i.URL),
	}
	if i.DialIn != nil {
		label := fmt.Sprintf(i.Words.Dial, i.DialIn.Number, i.DialIn.PIN)
		lines = append(lines, i.conference("PHONE", label, "tel:"+i.DialIn.Sequence))
	}
	var object strings.Builder
	for _, line := range append(lines, "END:VEVENT", "END:VCALENDAR") {
		object.WriteString(foldLine(line))
	}
	return []byte(object.String())
}

// conference returns a CONFERENCE property. The label is ours, without the
// characters that RFC 6868 escapes.
func (i invitation) conference(features, label, uri string) string {
	return fmt.Sprintf(`CONFERENCE;VALUE=URI;FEATURE=%s;LANGUAGE=%s;LABEL="%s":%s`, features, i.Language, label, uri)
}

// escapeText returns a value of type TEXT (RFC 5545 §3.3.11).
func escapeText(text string) string {
	return strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`,
		"\r\n", `\n`, "\n", `\n`, "\r", `\n`).Replace(text)
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
