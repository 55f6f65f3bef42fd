package query

import (
	"errors"
	"math"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/server/internal/wire"
)

// query reads the parameters of a request, each of which has to be known. It
// collects what is wrong with them.
type query struct {
	values url.Values
	faults rooms.Faults
}

// readQuery parses a query in which only the parameters that may be repeated come
// more than once.
func readQuery(text string, known []string, repeatable ...string) (*query, error) {
	values, err := url.ParseQuery(text)
	if err != nil {
		return nil, wire.ErrQuery
	}
	q := &query{values: values}
	for name, texts := range values {
		switch {
		case slices.Contains(repeatable, name):
		case !slices.Contains(known, name):
			q.faults.AddKey("", name, rooms.CodeUnknownField, "This parameter is not known.")
		case len(texts) > 1:
			q.faults.Add(name, rooms.CodeDuplicate, "This parameter comes once.")
		}
	}
	return q, nil
}

// text returns a parameter; empty if it is not there.
func (q *query) text(name string) string { return q.values.Get(name) }

// filled refuses parameters that are there and empty.
func (q *query) filled(names ...string) {
	for _, name := range names {
		if slices.Contains(q.values[name], "") {
			q.faults.Add(name, rooms.CodeBlank, "This parameter is empty.")
		}
	}
}

// number returns a whole number from 1; 0 if it is not there.
func (q *query) number(name string) int {
	if !q.values.Has(name) {
		return 0
	}
	number, ok := positive(q.text(name))
	if !ok {
		q.faults.Add(name, rooms.CodeInvalidNumber, "A whole number from 1 is expected.")
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

// choice returns the value that belongs to one of the texts; the zero value if
// the parameter is not there.
func choice[T any](q *query, name string, choices map[string]T, message string) (value T) {
	if !q.values.Has(name) {
		return value
	}
	value, ok := choices[q.text(name)]
	if !ok {
		q.faults.Add(name, rooms.CodeInvalidChoice, message)
	}
	return value
}

// time returns a point in time; the zero time if it is not there. The zero time
// itself is refused.
func (q *query) time(name string) time.Time {
	return q.moment(name, time.RFC3339, "A time by RFC 3339 is expected, such as 2026-11-23T10:00:00Z.")
}

// date returns a day; the zero time if it is not there.
func (q *query) date(name string) time.Time {
	return q.moment(name, time.DateOnly, "A date is expected, such as 2026-11-23.")
}

func (q *query) moment(name, layout, message string) (t time.Time) {
	if !q.values.Has(name) {
		return t
	}
	t, err := time.Parse(layout, q.text(name))
	if err != nil || t.IsZero() {
		q.faults.Add(name, rooms.CodeInvalidTime, message)
	}
	return t
}

// location returns a time zone of the IANA database; UTC if it is not there.
// Local is refused, as it is the zone of the server.
func (q *query) location(name string) *time.Location {
	if !q.values.Has(name) {
		return time.UTC
	}
	zone, err := time.LoadLocation(q.text(name))
	if err != nil || q.text(name) == "" || q.text(name) == "Local" {
		q.faults.Add(name, rooms.CodeInvalidChoice, "A time zone of the IANA database is expected, such as Europe/Paris.")
		return time.UTC
	}
	return zone
}
