package invite

import "strings"

// marks returns the first and the last line of invitations to a room, by which a
// caller finds the old one in a description and replaces it. They are the same in
// every language and release. They have no white space, no markup and no
// character that HTML, iCalendar, Markdown or JSON escapes, so they survive sanitizers,
// line breaking and copies as plain text. Rooms are told apart by their slugs,
// which never change.
func marks(slug string) (first, last string) { return "(" + slug + ":", ":" + slug + ")" }

// withoutMarks returns a text in which neither mark of an invitation stands, as
// it would end the invitation early. A space is left in its place, so that what
// stands around it makes no other one.
func withoutMarks(text, first, last string) string {
	return strings.NewReplacer(first, " ", last, " ").Replace(text)
}
