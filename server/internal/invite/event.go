package invite

import "time"

// Event is the event that an invitation puts into a calendar. The zero value means
// that it is not known when people meet.
type Event struct {
	// Start and End are whole seconds in UTC, in the years 1 to 9999, and End is the
	// later one. Both are zero if they are not known.
	Start, End time.Time
	// AllDay means that the event takes the days from that of Start to the one
	// before End.
	AllDay bool
	// Summary is the title. Line breaks in it become spaces. Empty means the name of
	// the room.
	Summary string
}

// Timed reports whether it is known when the event is.
func (e Event) Timed() bool { return !e.Start.IsZero() }

// Layouts of the value types DATE and DATE-TIME, the latter in UTC (RFC 5545
// §3.3.4 and §3.3.5).
const (
	layoutDate     = "20060102"
	layoutDateTime = "20060102T150405Z"
)

// stamp returns a time as a value of type DATE-TIME.
func stamp(t time.Time) string { return t.UTC().Format(layoutDateTime) }

// layout returns the layout of the times of the event, and what follows the names
// of their properties.
func (e Event) layout() (layout, parameter string) {
	if e.AllDay {
		return layoutDate, ";VALUE=DATE"
	}
	return layoutDateTime, ""
}

// uid returns a globally unique id that is the same for a room and a start, so
// that a calendar that imports the event once more updates the one that it has.
// Without times it is the id of the room.
func (e Event) uid(room string) string {
	if !e.Timed() {
		return room
	}
	layout, _ := e.layout()
	return room + "-" + e.Start.Format(layout)
}

// times returns the properties that tell when the event is.
func (e Event) times() []string {
	if !e.Timed() {
		return nil
	}
	layout, parameter := e.layout()
	return []string{
		"DTSTART" + parameter + ":" + e.Start.Format(layout),
		"DTEND" + parameter + ":" + e.End.Format(layout),
	}
}
