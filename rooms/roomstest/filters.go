package roomstest

import (
	"slices"
	"testing"
	"time"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/rooms"
)

// ids lists the ids of the rooms that a view and a query show, and asserts that
// they are counted.
func ids(t *testing.T, store rooms.Store, v rooms.View, query rooms.Query) []string {
	t.Helper()
	is := is.New(t)
	page, total, err := store.List(t.Context(), v, query)
	is.NoErr(err)
	if query.After == "" && query.Offset == 0 && query.Limit >= 100 {
		is.Equal(total, len(page)) // counted as listed
	}
	list := make([]string, len(page))
	for i, room := range page {
		list[i] = room.ID
	}
	return list
}

func (h Host) listsGoOn(t *testing.T, store rooms.Store) {
	is := is.New(t)
	var made []string
	for range 5 {
		made = append(made, h.insert(t, store, calendar, h.alice()).ID)
		h.insert(t, store, crm, h.alice())
	}
	newest := slices.Clone(made)
	slices.Reverse(newest)
	for _, v := range []rooms.View{view(h.alice(), calendar), view("", calendar)} {
		is.Equal(ids(t, store, v, rooms.Query{OldestFirst: true, Limit: 100}), made)                    // the oldest first
		is.Equal(ids(t, store, v, rooms.Query{After: newest[1], Limit: 2}), newest[2:4])                // without a gap
		is.Equal(ids(t, store, v, rooms.Query{After: made[1], OldestFirst: true, Limit: 2}), made[2:4]) // in either direction
		is.Equal(len(ids(t, store, v, rooms.Query{After: made[0], Limit: 2})), 0)                       // the end is no error
		_, total, err := store.List(t.Context(), v, rooms.Query{After: newest[1], Limit: 2})
		is.NoErr(err)
		is.Equal(total, 0) // and nothing is counted on the way
	}
	is.NoErr(store.Delete(t.Context(), view(h.alice(), calendar), newest[1], 1, at))
	is.Equal(ids(t, store, view(h.alice(), calendar), rooms.Query{After: newest[1], Limit: 2}), // the room may be gone
		newest[2:4])
}

func (h Host) filtersNarrow(t *testing.T, store rooms.Store) {
	one, two := h.sample(calendar), h.sample(calendar)
	one.CreatedAt, one.UpdatedAt, one.AccessLevel = at.Add(-time.Hour), at.Add(time.Hour), rooms.Trusted
	for _, room := range []rooms.Room{one, two} {
		is.New(t).NoErr(store.Insert(t.Context(), room, owner(h.alice())))
	}
	both, none := []string{two.ID, one.ID}, []string{}
	tests := map[string]struct {
		filter rooms.Filter
		want   []string
	}{
		"slug":                     {rooms.Filter{Slug: one.Slug}, []string{one.ID}},
		"no room's slug":           {rooms.Filter{Slug: "zzz-zzzz-zzz"}, none},
		"one external id":          {rooms.Filter{ExternalIDs: []string{two.ExternalID}}, []string{two.ID}},
		"several external ids":     {rooms.Filter{ExternalIDs: []string{two.ExternalID, "x", one.ExternalID}}, both},
		"an odd external id":       {rooms.Filter{ExternalIDs: []string{"' OR '1'='1", "%"}}, none},
		"access level":             {rooms.Filter{AccessLevel: rooms.Trusted}, []string{one.ID}},
		"created after":            {rooms.Filter{CreatedAfter: at.Add(-time.Minute)}, []string{two.ID}},
		"created after, exactly":   {rooms.Filter{CreatedAfter: at}, none},
		"created before":           {rooms.Filter{CreatedBefore: at}, []string{one.ID}},
		"created before, exactly":  {rooms.Filter{CreatedBefore: at.Add(-time.Hour)}, none},
		"created before, too long": {rooms.Filter{CreatedBefore: at.Add(time.Microsecond)}, both},
		"updated after":            {rooms.Filter{UpdatedAfter: at}, []string{one.ID}},
		"in another time zone":     {rooms.Filter{UpdatedAfter: at.In(time.FixedZone("", 7*3600))}, []string{one.ID}},
		"two that exclude":         {rooms.Filter{Slug: one.Slug, AccessLevel: rooms.Restricted}, none},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			for _, v := range []rooms.View{view(h.alice(), calendar), view("", calendar), everywhere(h.alice())} {
				is.Equal(ids(t, store, v, rooms.Query{Filter: test.filter, Limit: 100}), test.want)
			}
		})
	}
}

func (h Host) filtersKeepViews(t *testing.T, store rooms.Store) {
	is := is.New(t)
	mine, theirs := h.insert(t, store, calendar, h.alice()), h.insert(t, store, crm, h.bob())
	gone := h.insert(t, store, calendar, h.alice())
	is.NoErr(store.Delete(t.Context(), view(h.alice(), calendar), gone.ID, 1, at))
	for _, v := range []rooms.View{view(h.alice(), calendar), view("", calendar), everywhere(h.alice())} {
		for _, filter := range []rooms.Filter{
			{Slug: theirs.Slug}, {ExternalIDs: []string{theirs.ExternalID}},
			{Slug: gone.Slug}, {ExternalIDs: []string{gone.ExternalID}},
		} {
			is.Equal(len(ids(t, store, v, // no other view's rooms, and none that is gone
				rooms.Query{Filter: filter, Limit: 100})), 0)
		}
		is.Equal(ids(t, store, v, rooms.Query{Filter: rooms.Filter{CreatedBefore: at.Add(time.Hour)}, Limit: 100}),
			[]string{mine.ID})
	}
}
