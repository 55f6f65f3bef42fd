package server

import (
	"net/url"

	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/server/internal/query"
	"github.com/anteroom-go/anteroom/server/internal/wire"
)

// listing is a list that was asked for.
type listing struct {
	rooms.ListOptions
	values url.Values // without what chooses the page
	total  int        // how many rooms the list had when it was begun; with After
}

// readListing reads the query of a list. A cursor is opened for that list. An
// error has every fault, those of the rules of package rooms included.
func readListing(text string, open func(cursor, list string) (wire.Cursor, bool)) (listing, error) {
	q, err := query.Parse(text, []string{"page", "page_size", "cursor", "order", "slug", "access_level",
		"created_after", "created_before", "updated_after"}, "external_id")
	if err != nil {
		return listing{}, err
	}
	orders := map[string]bool{"-created_at": false, "created_at": true}
	l := listing{values: q.Values, ListOptions: rooms.ListOptions{
		Page: q.Number("page"), PageSize: q.Number("page_size"),
		OldestFirst: query.Choice(q, "order", orders, "Lists are in the order of created_at or -created_at."),
		Filter: rooms.Filter{
			Slug: q.Text("slug"), ExternalIDs: q.Values["external_id"],
			AccessLevel: rooms.AccessLevel(q.Text("access_level")), CreatedAfter: q.Time("created_after"),
			CreatedBefore: q.Time("created_before"), UpdatedAfter: q.Time("updated_after"),
		},
	}}
	q.Filled("slug", "external_id", "access_level", "cursor")
	l.ListOptions.Check(&q.Faults)
	cursor := q.Text("cursor")
	l.values.Del("page")
	l.values.Del("cursor")
	if cursor != "" {
		l.goOn(q, cursor, open)
	}
	return l, q.Faults.Err()
}

// goOn lets the list go on after a cursor.
func (l *listing) goOn(q *query.Query, cursor string, open func(cursor, list string) (wire.Cursor, bool)) {
	if l.Page != 0 {
		q.Faults.Add("page", rooms.CodeInvalidChoice, "A page is chosen by its number or by a cursor.")
	}
	at, ok := open(cursor, l.list())
	if !ok {
		q.Faults.Add("cursor", rooms.CodeInvalidCursor, "This cursor is not one of this list.")
	}
	l.After, l.total = at.After, at.Total
}

// list names the list, for its cursors: a longer page is still of the same list.
func (l listing) list() string {
	list := url.Values{}
	for name, texts := range l.values {
		if name != "page_size" {
			list[name] = texts
		}
	}
	return list.Encode()
}

// with returns the query of another page of the list.
func (l listing) with(name, value string) string {
	rest := l.values.Encode()
	if rest != "" {
		rest = "&" + rest
	}
	return name + "=" + url.QueryEscape(value) + rest
}
