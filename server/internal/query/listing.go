package query

import (
	"net/url"

	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/server/internal/wire"
)

// Listing is a list that was asked for.
type Listing struct {
	rooms.ListOptions
	// Total is how many rooms the list had when it was begun; with After.
	Total int
	rest  url.Values // the query without what chooses the page
}

// ReadListing reads the query of a list. A cursor is opened for that list. An
// error has every fault, those of check, the rules of package rooms, included.
func ReadListing(text string, check func(rooms.ListOptions, *rooms.Faults),
	open func(cursor, list string) (wire.Cursor, bool)) (Listing, error) {
	q, err := Parse(text, []string{"page", "page_size", "cursor", "order", "slug", "access_level",
		"created_after", "created_before", "updated_after"}, "external_id")
	if err != nil {
		return Listing{}, err
	}
	orders := map[string]bool{"-created_at": false, "created_at": true}
	l := Listing{rest: q.Values, ListOptions: rooms.ListOptions{
		Page: q.Number("page"), PageSize: q.Number("page_size"),
		OldestFirst: Choice(q, "order", orders, "Lists are in the order of created_at or -created_at."),
		Filter: rooms.Filter{
			Slug: q.Text("slug"), ExternalIDs: q.Values["external_id"], AccessLevel: rooms.AccessLevel(q.Text("access_level")),
			CreatedAfter: q.Time("created_after"), CreatedBefore: q.Time("created_before"),
			UpdatedAfter: q.Time("updated_after"),
		},
	}}
	q.Filled("slug", "external_id", "access_level", "cursor")
	check(l.ListOptions, &q.Faults)
	cursor := q.Text("cursor")
	l.rest.Del("page")
	l.rest.Del("cursor")
	if cursor != "" {
		l.goOn(q, cursor, open)
	}
	return l, q.Faults.Err()
}

// goOn lets the list go on after a cursor.
func (l *Listing) goOn(q *Query, cursor string, open func(cursor, list string) (wire.Cursor, bool)) {
	if l.Page != 0 {
		q.Faults.Add("page", rooms.CodeInvalidChoice, "A page is chosen by its number or by a cursor.")
	}
	at, ok := open(cursor, l.Name())
	if !ok {
		q.Faults.Add("cursor", rooms.CodeInvalidCursor, "This cursor is not one of this list.")
	}
	l.After, l.Total = at.After, at.Total
}

// Name names the list, for its cursors: a longer page is still of the same list.
func (l Listing) Name() string {
	list := url.Values{}
	for name, texts := range l.rest {
		if name != "page_size" {
			list[name] = texts
		}
	}
	return list.Encode()
}

// With returns the query of another page of the list.
func (l Listing) With(name, value string) string {
	rest := l.rest.Encode()
	if rest != "" {
		rest = "&" + rest
	}
	return name + "=" + url.QueryEscape(value) + rest
}
