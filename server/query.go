package server

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

// listing is a list that was asked for.
type listing struct {
	rooms.ListOptions
	query url.Values // without what chooses the page
	total int        // how many rooms the list had when it was begun; with After
}

// readListing reads the query of a list. A cursor is opened for that list. An
// error has every fault, those of the rules of package rooms included.
func readListing(text string, open func(cursor, list string) (wire.Cursor, bool)) (listing, error) {
	q, err := readQuery(text, []string{"page", "page_size", "cursor", "order", "slug", "access_level",
		"created_after", "created_before", "updated_after"}, "external_id")
	if err != nil {
		return listing{}, err
	}
	orders := map[string]bool{"-created_at": false, "created_at": true}
	l := listing{query: q.values, ListOptions: rooms.ListOptions{
		Page: q.number("page"), PageSize: q.number("page_size"),
		OldestFirst: choice(q, "order", orders, "Lists are in the order of created_at or -created_at."),
		Filter: rooms.Filter{
			Slug: q.text("slug"), ExternalIDs: q.values["external_id"], AccessLevel: rooms.AccessLevel(q.text("access_level")),
			CreatedAfter: q.time("created_after"), CreatedBefore: q.time("created_before"), UpdatedAfter: q.time("updated_after"),
		},
	}}
	q.filled("slug", "external_id", "access_level", "cursor")
	l.ListOptions.Check(&q.faults)
	cursor := q.text("cursor")
	l.query.Del("page")
	l.query.Del("cursor")
	if cursor != "" {
		l.goOn(q, cursor, open)
	}
	return l, q.faults.Err()
}

// goOn lets the list go on after a cursor.
func (l *listing) goOn(q *query, cursor string, open func(cursor, list string) (wire.Cursor, bool)) {
	if l.Page != 0 {
		q.faults.Add("page", rooms.CodeInvalidChoice, "A page is chosen by its number or by a cursor.")
	}
	at, ok := open(cursor, l.list())
	if !ok {
		q.faults.Add("cursor", rooms.CodeInvalidCursor, "This cursor is not one of this list.")
	}
	l.After, l.total = at.After, at.Total
}

// list names the list, for its cursors: a longer page is still of the same list.
func (l listing) list() string {
	list := url.Values{}
	for name, texts := range l.query {
		if name != "page_size" {
			list[name] = texts
		}
	}
	return list.Encode()
}

// with returns the query of another page of the list.
func (l listing) with(name, value string) string {
	rest := l.query.Encode()
	if rest != "" {
		rest = "&" + rest
	}
	return name + "=" + url.QueryEscape(value) + rest
}
