// Package invite writes invitations: how to join a room, as text, as HTML, as an
// iCalendar object and as the conferenceData of a calendar's event, in each of
// the [Languages].
package invite
