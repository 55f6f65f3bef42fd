package server

import (
	"errors"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/server/internal/wire"
)

// query reads the parameters of a request, each of which has to be known. It
// collects what is wrong with them.
type query struct {
	values   url.Values
	problems []rooms.FieldError
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
			q.refuse(rooms.FieldName(name), rooms.CodeUnknownField, "This parameter is not known.")
		case len(texts) > 1:
			q.refuse(name, rooms.CodeDuplicate, "This parameter comes once.")
		}
	}
	return q, nil
}

func (q *query) refuse(name, code, message string) {
	q.problems = append(q.problems, rooms.FieldError{Field: name, Code: code, Message: message})
}

// err returns what is wrong, ordered by name.
func (q *query) err() error { return invalid(q.problems) }

// invalid returns field errors as one error, ordered by field; nil if there are
// none.
func invalid(problems []rooms.FieldError) error {
	if len(problems) == 0 {
		return nil
	}
	slices.SortStableFunc(problems, func(a, b rooms.FieldError) int { return strings.Compare(a.Field, b.Field) })
	return &rooms.InvalidError{Fields: problems}
}

// text returns a parameter; empty if it is not there.
func (q *query) text(name string) string { return q.values.Get(name) }

// number returns a whole number from 1; 0 if it is not there.
func (q *query) number(name string) int {
	if !q.values.Has(name) {
		return 0
	}
	number, ok := positive(q.text(name))
	if !ok {
		q.refuse(name, rooms.CodeInvalidNumber, "A whole number from 1 is expected.")
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
		q.refuse(name, rooms.CodeInvalidChoice, message)
	}
	return value
}

// time returns a point in time; zero if it is not there.
func (q *query) time(name string) (t time.Time) {
	if !q.values.Has(name) {
		return t
	}
	return parseTime(name, q.text(name), q.refuse)
}

// parseTime reads a point in time, or refuses it. The zero time is refused, as it
// stands for none.
func parseTime(name, text string, refuse func(name, code, message string)) time.Time {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil || t.IsZero() {
		refuse(name, rooms.CodeInvalidTime, "A time by RFC 3339 is expected, such as 2026-11-23T10:00:00Z.")
	}
	return t
}

// listing is a list that was asked for.
type listing struct {
	rooms.ListOptions
	query  url.Values // without what chooses the page
	cursor string
}

// readListing reads the query of a list.
func readListing(text string) (listing, error) {
	q, err := readQuery(text, []string{"page", "page_size", "cursor", "order", "slug", "access_level",
		"created_after", "created_before", "updated_after"}, "external_id")
	if err != nil {
		return listing{}, err
	}
	l := listing{cursor: q.text("cursor"), query: q.values, ListOptions: rooms.ListOptions{
		Page: q.number("page"), PageSize: q.number("page_size"),
		OldestFirst: choice(q, "order", map[string]bool{"-created_at": false, "created_at": true}, "Lists are in the order of created_at or -created_at."),
		Filter: rooms.Filter{
			Slug: q.text("slug"), ExternalIDs: q.values["external_id"], AccessLevel: rooms.AccessLevel(q.text("access_level")),
			CreatedAfter: q.time("created_after"), CreatedBefore: q.time("created_before"), UpdatedAfter: q.time("updated_after"),
		},
	}}
	for _, name := range []string{"slug", "external_id", "access_level", "cursor"} {
		if slices.Contains(q.values[name], "") {
			q.refuse(name, rooms.CodeBlank, "This parameter is empty.")
		}
	}
	if l.cursor != "" && l.Page != 0 {
		q.refuse("page", rooms.CodeInvalidChoice, "A page is chosen by its number or by a cursor.")
	}
	l.query.Del("page")
	l.query.Del("cursor")
	return l, q.err()
}

// binding is what a cursor into this list is bound to: a longer page is still
// the same list.
func (l listing) binding(caller rooms.Caller) string {
	list := url.Values{}
	for name, texts := range l.query {
		if name != "page_size" {
			list[name] = texts
		}
	}
	return strings.Join([]string{caller.Source.Kind, caller.Source.ID, caller.User, list.Encode()}, "\n")
}

// with returns the query of another page of the list.
func (l listing) with(name, value string) string {
	rest := l.query.Encode()
	if rest != "" {
		rest = "&" + rest
	}
	return name + "=" + url.QueryEscape(value) + rest
}
