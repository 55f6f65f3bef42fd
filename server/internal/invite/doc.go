// Package invite writes invitations: how to join a room, as text, as HTML, as an
// iCalendar object and as the conferenceData of a calendar's event, in each of
// the languages of its [Texts]. Text and HTML begin and end with marks, by which a caller
// replaces them in a description.
package invite
