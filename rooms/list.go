package rooms

import (
	"cmp"
	"context"
	"math"
)

// The sizes of pages.
const (
	DefaultPageSize = 20  // if no size is asked for
	MaxPageSize     = 100 // to which larger ones are cut
	// MaxTotal is up to how many rooms the number of a list is exact, and how far its
	// pages have numbers.
	MaxTotal = 10_000
)

// maxExternalIDs is how many external ids are looked for at a time.
const maxExternalIDs = 100

// ListOptions select a page.
type ListOptions struct {
	// Filter leaves rooms out.
	Filter
	// OldestFirst turns the order round.
	OldestFirst bool
	// Page counts from 1; 0 means 1.
	Page int
	// PageSize is at most [MaxPageSize], to which larger ones are cut; 0 means
	// [DefaultPageSize].
	PageSize int
	// After is the id of the last room of the page before; Page is 0 then. The cost of a
	// page does not grow with how far the list has gone.
	After string
}

// Page is a part of a list.
type Page struct {
	Rooms []Room
	// Total is how many rooms there are on all pages. It is 0 for a page that was chosen by
	// After.
	Total int
	// AtLeast reports that Total is a lower bound: there are more than [MaxTotal] rooms, of
	// which some were asked whether the filter leaves them out.
	AtLeast bool
	// Number is the page's number; 1 if it was chosen by After. Size is its greatest
	// length.
	Number, Size int
	// More reports whether the list goes on after this page.
	More bool
}

// List returns a page of the rooms that the caller sees, the newest first unless the
// options turn the order round. A page after the last one is empty. External ids are those of
// the caller's own source, whatever its reach. List returns an [*InvalidError] with every
// fault of the options.
func (s *Service) List(ctx context.Context, caller Caller, options ListOptions) (Page, error) {
	if err := cmp.Or(s.enter(ctx), caller.Validate()); err != nil {
		return Page{}, err
	}
	var faults Faults
	s.CheckOptions(options, &faults)
	if err := faults.Err(); err != nil {
		return Page{}, err
	}
	page := Page{Number: cmp.Or(options.Page, 1), Size: min(cmp.Or(options.PageSize, DefaultPageSize), MaxPageSize)}
	query := Query{Filter: options.Filter, OldestFirst: options.OldestFirst}
	query.After, _ = s.config.Stores.IDs.Read(options.After)
	query.Slug, _ = s.config.Stores.Slugs.Read(options.Slug)
	query.Offset = (page.Number - 1) * page.Size
	query.Limit = page.Size + 1 // one more shows whether there are more
	view := caller.View()
	view.AllSources = view.AllSources && len(query.ExternalIDs) == 0
	deep := query.Offset > MaxTotal
	if deep {
		query.Offset, query.Limit = MaxTotal, 1 // whether there is such a page
	}
	found, total, err := s.config.Stores.Rooms.List(ctx, view, query)
	if err == nil && deep && len(found) > 0 {
		faults.Add("page", CodeTooMany, "Pages have numbers up to 10,000 rooms; after that a list goes on by its cursor.")
		err = faults.Err()
	}
	if err != nil {
		return Page{}, err
	}
	for i := range found {
		found[i] = caller.shown(found[i])
	}
	page.Rooms, page.More = found, len(found) > page.Size
	if page.Total = total; total < 0 {
		page.Total, page.AtLeast = min(^total, MaxTotal), true
	}
	if page.More {
		page.Rooms = found[:page.Size]
	}
	return page, nil
}

// CheckOptions adds what is wrong with the options of a list to the faults. The fields are
// named as the parameters of the external API are; that of After is cursor.
func (s *Service) CheckOptions(o ListOptions, faults *Faults) {
	if o.Page < 0 || o.Page > math.MaxInt32 {
		faults.Add("page", CodeInvalidNumber, "Pages are counted from 1.")
	}
	if o.PageSize < 0 {
		faults.Add("page_size", CodeInvalidNumber, "A page has at least one room.")
	}
	if _, ok := s.config.Stores.IDs.Read(o.After); o.After != "" && !ok {
		faults.Add("cursor", CodeInvalidCursor, "A list goes on after the id of a room.")
	}
	if o.After != "" && o.Page != 0 {
		faults.Add("page", CodeInvalidChoice, "A page is chosen by its number or by a cursor.")
	}
	if _, ok := s.config.Stores.Slugs.Read(o.Slug); o.Slug != "" && !ok {
		faults.Add("slug", CodeInvalidCharacters,
			"A slug is letters, digits, hyphens and underscores, at most 100 in all.")
	}
	o.Filter.check(faults)
}

func (f Filter) check(faults *Faults) {
	if f.AccessLevel != "" && !f.AccessLevel.Valid() {
		faults.Add("access_level", CodeInvalidChoice, "Access levels are public, trusted and restricted.")
	}
	if len(f.ExternalIDs) > maxExternalIDs {
		faults.Add("external_id", CodeTooMany, "At most 100 external ids are looked for at a time.")
	}
	for _, id := range f.ExternalIDs {
		checkExternalID(faults, id)
	}
	checkYear(faults, "created_after", f.CreatedAfter)
	checkYear(faults, "created_before", f.CreatedBefore)
	checkYear(faults, "updated_after", f.UpdatedAfter)
}
