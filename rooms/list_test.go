package rooms_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/matryer/is"
	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/server/database/dbtest"
)

// lastID is the id of no room.
const lastID = "0199d9f6-5c1e-7d2a-9a53-1d2f3b4c5d6e"

func TestFaultsOfLists(t *testing.T) {
	ids := func(n int) []string { return slices.Repeat([]string{"event"}, n) }
	tests := map[string]struct {
		options rooms.ListOptions
		want    []string
	}{
		"nothing":                  {rooms.ListOptions{}, nil},
		"a negative page":          {rooms.ListOptions{Page: -1}, []string{"page invalid_number"}},
		"a page beyond all":        {rooms.ListOptions{Page: 1 << 31}, []string{"page invalid_number"}},
		"a negative size":          {rooms.ListOptions{PageSize: -1}, []string{"page_size invalid_number"}},
		"a page and a cursor":      {rooms.ListOptions{Page: 2, After: lastID}, []string{"page invalid_choice"}},
		"the first and a cursor":   {rooms.ListOptions{Page: 1, After: lastID}, []string{"page invalid_choice"}},
		"a cursor that is no id":   {rooms.ListOptions{After: "x\x00"}, []string{"cursor invalid_cursor"}},
		"a size and a cursor":      {rooms.ListOptions{PageSize: 2, After: lastID}, nil},
		"no slug":                  {filtered(rooms.Filter{Slug: "x y"}), []string{"slug invalid_characters"}},
		"a slug in capitals":       {filtered(rooms.Filter{Slug: "AAA-aaaa-aaa"}), nil},
		"NUL in a slug":            {filtered(rooms.Filter{Slug: "aaa-aaaa-aa\x00"}), []string{"slug invalid_characters"}},
		"a slug":                   {filtered(rooms.Filter{Slug: "aaa-aaaa-aaa"}), nil},
		"an unknown level":         {filtered(rooms.Filter{AccessLevel: "open"}), []string{"access_level invalid_choice"}},
		"a level that is disabled": {filtered(rooms.Filter{AccessLevel: rooms.Public}), nil},
		"100 external ids":         {filtered(rooms.Filter{ExternalIDs: ids(100)}), nil},
		"101 external ids":         {filtered(rooms.Filter{ExternalIDs: ids(101)}), []string{"external_id too_many"}},
		"NUL in an external id": {filtered(rooms.Filter{ExternalIDs: []string{"a", "\x00"}}),
			[]string{"external_id invalid_characters"}},
		"a long external id": {filtered(rooms.Filter{ExternalIDs: []string{fmt.Sprintf("%0256d", 1)}}),
			[]string{"external_id too_long"}},
		"no external id":       {filtered(rooms.Filter{ExternalIDs: []string{}}), nil},
		"an empty external id": {filtered(rooms.Filter{ExternalIDs: []string{""}}), nil},
		"every fault": {rooms.ListOptions{Page: -1, PageSize: -1,
			Filter: rooms.Filter{Slug: "x y", AccessLevel: "x", ExternalIDs: []string{"\n"}}},
			[]string{"access_level invalid_choice", "external_id invalid_characters", "page invalid_number",
				"page_size invalid_number", "slug invalid_characters"}},
	}
	s := newService(t, rooms.Config{})
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			page, err := s.List(t.Context(), alice, test.options)
			is.Equal(faults(err), test.want)
			if test.want != nil {
				is.Equal(page, rooms.Page{})
				return
			}
			is.NoErr(err)
		})
	}
}

func TestListOptions(t *testing.T) {
	is := is.New(t)
	s := newService(t, rooms.Config{})
	for range 3 {
		_, _, err := s.Create(t.Context(), alice, rooms.Change{})
		is.NoErr(err)
	}
	page, err := s.List(t.Context(), alice, rooms.ListOptions{})
	is.NoErr(err)
	is.True(page.Number == 1 && page.Size == 20 && page.Total == 3 && len(page.Rooms) == 3) // the defaults
	page, err = s.List(t.Context(), alice, rooms.ListOptions{Page: 2, PageSize: 1000})
	is.NoErr(err)
	is.True(page.Size == 100 && page.Total == 3 && len(page.Rooms) == 0) // cut, and beyond the end
	page, err = s.List(t.Context(), alice, rooms.ListOptions{Page: 1<<31 - 1, PageSize: 100})
	is.NoErr(err)
	is.Equal(len(page.Rooms), 0) // far beyond
}

// TestFaultsOfListsAreCollected: a server adds the faults of its parameters to
// those of the rules.
func TestFaultsOfListsAreCollected(t *testing.T) {
	is := is.New(t)
	var f rooms.Faults
	f.AddKey("", "colour", rooms.CodeUnknownField, "This parameter is not known.")
	newService(t, rooms.Config{}).CheckOptions(rooms.ListOptions{PageSize: -1, Filter: rooms.Filter{Slug: "x y"}}, &f)
	f.Add("order", rooms.CodeInvalidChoice, "Lists are in the order of created_at or -created_at.")
	is.Equal(faults(f.Err()),
		[]string{"colour unknown_field", "order invalid_choice", "page_size invalid_number", "slug invalid_characters"})
}

func filtered(filter rooms.Filter) rooms.ListOptions { return rooms.ListOptions{Filter: filter} }

// TestTimesAtTheEdge: every time that Go can read is one to compare with, on both
// databases.
func TestTimesAtTheEdge(t *testing.T) {
	first, last := time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(9999, 12, 31, 23, 59, 59, 0,
		time.FixedZone("", -3600))
	tests := map[string]struct {
		filter rooms.Filter
		want   int
	}{
		"created after the year 0":      {rooms.Filter{CreatedAfter: first}, 1},
		"created before the year 0":     {rooms.Filter{CreatedBefore: first}, 0},
		"updated after the year 0":      {rooms.Filter{UpdatedAfter: first}, 1},
		"created after the year 9999":   {rooms.Filter{CreatedAfter: last}, 0},
		"created before the year 10000": {rooms.Filter{CreatedBefore: last}, 1},
		"updated after the year 9999":   {rooms.Filter{UpdatedAfter: last}, 0},
	}
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		s := service(t, db, rooms.Config{})
		made(t, s, alice, rooms.Change{})
		for name, test := range tests {
			t.Run(name, func(t *testing.T) {
				is := is.New(t)
				page, err := s.List(t.Context(), alice, filtered(test.filter))
				if faults(err) != nil {
					return // or one to refuse
				}
				is.NoErr(err)
				is.Equal(page.Total, test.want)
			})
		}
	})
}

func TestPages(t *testing.T) {
	s := newService(t, rooms.Config{})
	var ids []string // the newest first
	for range 5 {
		ids = slices.Insert(ids, 0, made(t, s, alice, rooms.Change{}).ID)
		made(t, s, bob, rooms.Change{})
	}
	tests := map[string]struct {
		options rooms.ListOptions
		rooms   []string
		page    rooms.Page
	}{
		"the first": {rooms.ListOptions{PageSize: 2}, ids[:2],
			rooms.Page{Total: 5, Number: 1, Size: 2, More: true}},
		"the second": {rooms.ListOptions{PageSize: 2, Page: 2}, ids[2:4],
			rooms.Page{Total: 5, Number: 2, Size: 2, More: true}},
		"the last": {rooms.ListOptions{PageSize: 2, Page: 3}, ids[4:],
			rooms.Page{Total: 5, Number: 3, Size: 2}},
		"after the last": {rooms.ListOptions{PageSize: 2, Page: 4}, nil,
			rooms.Page{Total: 5, Number: 4, Size: 2}},
		"just all": {rooms.ListOptions{PageSize: 5}, ids, rooms.Page{Total: 5, Number: 1, Size: 5}},
		"one is missing": {rooms.ListOptions{PageSize: 4}, ids[:4],
			rooms.Page{Total: 5, Number: 1, Size: 4, More: true}},
		"the largest": {rooms.ListOptions{PageSize: 101}, ids, rooms.Page{Total: 5, Number: 1, Size: 100}},
		"the oldest": {rooms.ListOptions{PageSize: 1, Page: 5}, ids[4:],
			rooms.Page{Total: 5, Number: 5, Size: 1}},
		"the oldest first": {rooms.ListOptions{PageSize: 1, OldestFirst: true}, ids[4:],
			rooms.Page{Total: 5, Number: 1, Size: 1, More: true}},
		"a cursor": {rooms.ListOptions{PageSize: 2, After: ids[0]}, ids[1:3],
			rooms.Page{Number: 1, Size: 2, More: true}},
		"a cursor near the end": {rooms.ListOptions{PageSize: 2, After: ids[2]}, ids[3:],
			rooms.Page{Number: 1, Size: 2}},
		"a cursor at the end": {rooms.ListOptions{PageSize: 2, After: ids[4]}, nil, rooms.Page{Number: 1, Size: 2}},
		"a cursor, the oldest first": {rooms.ListOptions{PageSize: 2, After: ids[1], OldestFirst: true}, ids[:1],
			rooms.Page{Number: 1, Size: 2}},
		"a filter counts": {rooms.ListOptions{Filter: rooms.Filter{AccessLevel: rooms.Public}}, nil,
			rooms.Page{Number: 1, Size: 20}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			page, err := s.List(t.Context(), alice, test.options)
			is.NoErr(err)
			is.Equal(idsOf(page.Rooms), test.rooms)
			page.Rooms = nil
			is.Equal(page, test.page)
		})
	}
}

func idsOf(list []rooms.Room) (ids []string) {
	for _, room := range list {
		ids = append(ids, room.ID)
	}
	return ids
}

func TestAListGoesOnWhileRoomsComeAndGo(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		for order, oldestFirst := range map[string]bool{"newest first": false, "oldest first": true} {
			t.Run(order, func(t *testing.T) {
				is := is.New(t)
				s := service(t, db, rooms.Config{})
				caller := rooms.ForUser(rooms.Source{Kind: "web", ID: order}, "alice")
				var stay, leave, come []string
				for i := range 30 {
					room := made(t, s, caller, rooms.Change{})
					if i%3 == 0 {
						leave = append(leave, room.ID)
					} else {
						stay = append(stay, room.ID)
					}
				}
				seen := map[string]int{}
				for options, more := (rooms.ListOptions{PageSize: 4, OldestFirst: oldestFirst}), true; more; {
					page, err := s.List(t.Context(), caller, options)
					is.NoErr(err)
					for _, room := range page.Rooms {
						seen[room.ID]++
						options.After = room.ID
					}
					if more = page.More; more && len(leave) > 0 { // one goes, whether seen or not, and one comes
						is.NoErr(s.Delete(t.Context(), caller, leave[0], nil))
						leave = leave[1:]
						come = append(come, made(t, s, caller, rooms.Change{}).ID)
					}
				}
				for _, id := range stay {
					is.Equal(seen[id], 1) // what is there all the time comes once
				}
				for _, id := range come {
					is.Equal(seen[id] == 1, oldestFirst) // what comes later stands at the end of one order
				}
				for _, times := range seen {
					is.Equal(times, 1) // and nothing comes twice
				}
			})
		}
	})
}

func TestLookup(t *testing.T) {
	s := newService(t, rooms.Config{ParseAddress: parseAddress})
	room, gone := staffed(t, s, rooms.Change{}), staffed(t, s, rooms.Change{})
	is.New(t).NoErr(s.Delete(t.Context(), alice, gone.ID, nil))
	tests := map[string]struct {
		caller rooms.Caller
		slug   string
		err    error
	}{
		"the owner":                     {alice, room.Slug, nil},
		"a member":                      {bob, room.Slug, nil},
		"a program":                     {program, room.Slug, nil},
		"another source, a wider reach": {through(bob, crm), room.Slug, nil},
		"another source":                {rooms.ForUser(crm, "alice"), room.Slug, rooms.ErrNotFound},
		"a stranger":                    {through(dave, calendar), room.Slug, rooms.ErrNotFound},
		"a deleted room":                {alice, gone.Slug, rooms.ErrNotFound},
		"no room":                       {alice, "zzz-zzzz-zzz", rooms.ErrNotFound},
		"nothing":                       {program, "", rooms.ErrNotFound},
		"capitals":                      {alice, strings.ToUpper(room.Slug), nil},
		"without hyphens":               {alice, strings.ReplaceAll(room.Slug, "-", ""), rooms.ErrNotFound},
		"letters that look like them":   {alice, "ａ" + room.Slug[1:], rooms.ErrNotFound},
		"an id":                         {alice, room.ID, rooms.ErrNotFound},
		"NUL":                           {alice, "aaa-aaaa-aa\x00", rooms.ErrNotFound},
		"the zero caller":               {rooms.Caller{}, room.Slug, rooms.ErrCaller},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			found, err := s.Lookup(t.Context(), test.caller, test.slug)
			is.True(errors.Is(err, test.err))
			if test.err != nil {
				is.Equal(found, rooms.Room{}) // visible or nothing
				return
			}
			is.Equal(found, room)
		})
	}
}
