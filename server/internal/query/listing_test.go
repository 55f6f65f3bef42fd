package query_test

import (
	"testing"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/server/internal/query"
	"github.com/anteroom-go/anteroom/server/internal/wire"
)

// noRooms is a store that is never asked.
type noRooms struct{ rooms.Store }

// FuzzListing reads or refuses every query; what is read fits in a link.
func FuzzListing(f *testing.F) {
	for _, seed := range []string{"", "page=2&page_size=3", "external_id=a&external_id=%26", "order=created_at&cursor=x",
		"created_after=2026-11-23T10:00:00Z", "%zz", "a;b", "page=1&page=2", "slug=%00"} {
		f.Add(seed)
	}
	anywhere := wire.Cursor{After: "0199d9f6-5c1e-7d2a-9a53-1d2f3b4c5d6e", Total: 1}
	open := func(string, string) (wire.Cursor, bool) { return anywhere, true }
	service, err := rooms.New(rooms.Config{Stores: rooms.Stores{Rooms: noRooms{}}})
	is.New(f).NoErr(err)
	check := service.CheckOptions
	f.Fuzz(func(t *testing.T, text string) {
		listing, err := query.ReadListing(text, check, open)
		if err != nil {
			return
		}
		is := is.New(t)
		again, err := query.ReadListing(listing.With("cursor", "x"), check, open)
		is.NoErr(err)
		is.Equal(again.With("", ""), listing.With("", "")) // the link leads to the same list
		is.Equal(again.Name(), listing.Name())
		listing.Page, again.Page, listing.After, listing.Total = 0, 0, again.After, again.Total
		is.Equal(again.ListOptions, listing.ListOptions) // and asks for the same of it
	})
}
