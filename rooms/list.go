package rooms

import (
	"cmp"
	"context"
	"math"

	"github.com/google/uuid"
)

// The sizes of pages.
const (
	DefaultPageSize = 20
	MaxPageSize     = 100
)

// ListOptions selects a page.
type ListOptions struct {
	// Filter leaves rooms out.
	Filter
	// OldestFirst turns the order round.
	OldestFirst bool
	// Page counts from 1; 0 means 1.
	Page int
	// PageSize is at most MaxPageSize, to which larger ones are cut; 0 means
	// DefaultPageSize.
	PageSize int
	// After is the id of the last room of the page before; Page is 0 then. The
	// cost of a page does not grow with how far the list has gone.
	After string
}

// query checks the options and says them in the terms of a store.
func (o ListOptions) query() (Query, error) {
	q := Query{Filter: o.Filter, OldestFirst: o.OldestFirst, After: o.After, Limit: min(cmp.Or(o.PageSize, DefaultPageSize), MaxPageSize)}
	page := cmp.Or(o.Page, 1)
	var p problems
	switch {
	case page < 1 || page > math.MaxInt32:
		p.add("page", CodeInvalidNumber, "Pages are counted from 1.")
	case o.After != "" && uuid.Validate(o.After) != nil:
		p.add("cursor", CodeInvalidCursor, "A list goes on after the id of a room.")
	case o.After != "" && o.Page != 0:
		p.add("page", CodeInvalidChoice, "A page is chosen by its number or by a cursor.")
	}
	if q.Limit < 1 {
		p.add("page_size", CodeInvalidNumber, "A page has at least one room.")
	}
	o.check(&p)
	q.Offset = (page - 1) * q.Limit
	return q, p.err()
}

// maxExternalIDs is how many external ids are looked for at a time.
const maxExternalIDs = 100

func (f Filter) check(p *problems) {
	if f.Slug != "" && !validSlug(f.Slug) {
		p.add("slug", CodeInvalidCharacters, "A slug is 3, 4 and 3 lower-case letters with hyphens between them.")
	}
	if f.AccessLevel != "" && !f.AccessLevel.Valid() {
		p.add("access_level", CodeInvalidChoice, "Access levels are public, trusted and restricted.")
	}
	if len(f.ExternalIDs) > maxExternalIDs {
		p.add("external_id", CodeTooMany, "At most 100 external ids are looked for at a time.")
	}
	for _, id := range f.ExternalIDs {
		checkExternalID(p, id)
	}
	checkYear(p, "created_after", f.CreatedAfter)
	checkYear(p, "created_before", f.CreatedBefore)
	checkYear(p, "updated_after", f.UpdatedAfter)
}

// Page is a part of a list.
type Page struct {
	Rooms []Room
	// Total is how many rooms there are on all pages. A page that was chosen by
	// After does not tell: it is 0.
	Total int
	// Number is the page's number; 1 if it was chosen by After. Size is its
	// greatest length.
	Number, Size int
	// More says that the list goes on after this page.
	More bool
}

// List returns a page of the rooms that the caller sees, the newest first unless
// the options turn the order round. A page after the last one is empty.
// [*InvalidError].
func (s *Service) List(ctx context.Context, caller Caller, options ListOptions) (Page, error) {
	if err := caller.validate(); err != nil {
		return Page{}, err
	}
	query, err := options.query()
	if err != nil {
		return Page{}, err
	}
	page := Page{Number: cmp.Or(options.Page, 1), Size: query.Limit}
	query.Limit++ // one more tells whether there are more
	page.Rooms, page.Total, err = s.config.Store.List(ctx, caller.view(), query)
	if page.More = len(page.Rooms) > page.Size; page.More {
		page.Rooms = page.Rooms[:page.Size]
	}
	return page, err
}
