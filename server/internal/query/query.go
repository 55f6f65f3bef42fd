// Package query reads the parameters of a request, each of which has to be known,
// and collects what is wrong with them.
package query

import (
	"errors"
	"math"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/rooms/moment"
	"github.com/anteroom-go/anteroom/rooms/stats"
	"github.com/anteroom-go/anteroom/server/internal/wire"
)

// Query is the parameters of a request.
type Query struct {
	// Values are the parameters as they were sent.
	Values url.Values
	// Faults are what is wrong with them, as far as they were read.
	Faults rooms.Faults
}

// Parse parses a query in which only the parameters that may be repeated come more
// than once. It returns [wire.ErrQuery] if the query is malformed.
func Parse(text string, known []string, repeatable ...string) (*Query, error) {
	values, err := url.ParseQuery(text)
	if err != nil {
		return nil, wire.ErrQuery
	}
	values = wire.Unindexed(values)
	q := &Query{Values: values}
	for name, texts := range values {
		switch {
		case slices.Contains(repeatable, name):
		case !slices.Contains(known, name):
			q.Faults.AddKey("", name, rooms.CodeUnknownField, "This parameter is not known.")
		case len(texts) > 1:
			q.Faults.Add(name, rooms.CodeDuplicate, "This parameter comes once.")
		}
	}
	return q, nil
}

// Text returns a parameter; empty if it is not there.
func (q *Query) Text(name string) string { return q.Values.Get(name) }

// Filled refuses parameters that are there and empty.
func (q *Query) Filled(names ...string) {
	for _, name := range names {
		if slices.Contains(q.Values[name], "") {
			q.Faults.Add(name, rooms.CodeBlank, "This parameter is empty.")
		}
	}
}

// Number returns a whole number from 1; 0 if it is not there.
func (q *Query) Number(name string) int {
	if !q.Values.Has(name) {
		return 0
	}
	number, ok := positive(q.Text(name))
	if !ok {
		q.Faults.Add(name, rooms.CodeInvalidNumber, "A whole number from 1 is expected.")
		return 0
	}
	return number
}

// positive reads a whole number from 1; one that is too great for any list is
// cut.
func positive(text string) (int, bool) {
	number, err := strconv.Atoi(text)
	if errors.Is(err, strconv.ErrRange) {
		err = nil // Atoi returns the greatest or the least number
	}
	return min(number, math.MaxInt32), err == nil && number >= 1
}

// Choice returns the value that belongs to one of the texts; the zero value if
// the parameter is not there.
func Choice[T any](q *Query, name string, choices map[string]T, message string) (value T) {
	if !q.Values.Has(name) {
		return value
	}
	value, ok := choices[q.Text(name)]
	if !ok {
		q.Faults.Add(name, rooms.CodeInvalidChoice, message)
	}
	return value
}

// Time returns a point in time; the zero time if it is not there. The zero time
// itself is refused.
func (q *Query) Time(name string) time.Time {
	return q.moment(name, parseTime, "A time by RFC 3339 is expected, such as 2026-11-23T10:00:00Z.")
}

// parseTime reads a time. The plus sign of an offset that the caller did not encode has
// come as a space.
func parseTime(text string) (time.Time, error) {
	if at := len(text) - len(" 01:00"); at > len(time.DateOnly) && text[at] == ' ' {
		text = text[:at] + "+" + text[at+1:]
	}
	return moment.Parse(text)
}

// Date returns a day; the zero time if it is not there.
func (q *Query) Date(name string) time.Time {
	date := func(text string) (time.Time, error) { return time.Parse(time.DateOnly, text) }
	return q.moment(name, date, "A date is expected, such as 2026-11-23.")
}

func (q *Query) moment(name string, parse func(string) (time.Time, error), message string) (t time.Time) {
	if !q.Values.Has(name) {
		return t
	}
	t, err := parse(q.Text(name))
	if err != nil || t.IsZero() {
		q.Faults.Add(name, rooms.CodeInvalidTime, message)
	}
	return t
}

// Location returns a time zone of the IANA database; UTC if it is not there.
func (q *Query) Location(name string) *time.Location {
	if !q.Values.Has(name) {
		return time.UTC
	}
	zone, err := stats.Zone(q.Text(name))
	if err != nil {
		q.Faults.Add(name, rooms.CodeInvalidChoice, "A time zone of the IANA database is expected, such as Europe/Paris.")
		return time.UTC
	}
	return zone
}
