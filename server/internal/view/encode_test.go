package view_test

import (
	"testing"
	"time"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/server/internal/places"
	"github.com/anteroom-go/anteroom/server/internal/query"
	"github.com/anteroom-go/anteroom/server/internal/view"
	"github.com/anteroom-go/anteroom/server/internal/wire"
)

func viewer(tb testing.TB, phone view.Phone) view.Viewer {
	tb.Helper()
	links, err := places.NewJoinLinks("https://meet.example.org")
	is.New(tb).NoErr(err)
	return view.New(links, phone)
}

// everyRoom returns rooms with and without everything that a room may have, of which the text
// is in every field.
func everyRoom(text string, at time.Time) []rooms.Room {
	full := rooms.Room{ID: text, Name: text, Slug: text, AccessLevel: rooms.AccessLevel(text), PIN: text, ExternalID: text,
		Configuration: map[string]any{"everyone_can_mute": true, "can_publish_sources": []any{text, nil}, text: 1.5},
		Metadata:      map[string]string{text: text, "b": "<&>", "a": ""},
		Source:        rooms.Source{Kind: text, ID: text, Name: text},
		CreatedAt:     at, UpdatedAt: at.Add(time.Microsecond), ExpiresAt: at.Add(time.Hour), Version: 3}
	empty := rooms.Room{Configuration: map[string]any{}, Metadata: map[string]string{}}
	return []rooms.Room{full, empty, {}}
}

// sameAsReflection holds what is sent of rooms against encoding/json.
func sameAsReflection(t *testing.T, all []rooms.Room) {
	t.Helper()
	is := is.New(t)
	for _, phone := range []view.Phone{{}, {Number: "+33901020304", Country: "FR"}} {
		v := viewer(t, phone)
		list := view.List[view.Room]{Count: 9, Results: []view.Room{}}
		for _, room := range all {
			is.Equal(string(v.Reply(room).Body), string(wire.Encode(v.Room(room))))
			list.Results = append(list.Results, v.Room(room))
		}
		pages := view.Pages{Viewer: v, Cursors: wire.NewCursors(make([]byte, 32)), Link: "https://meet.example.org/rooms/"}
		page := rooms.Page{Rooms: all, Total: 9, Number: 2, Size: 3}
		previous := pages.Link + "?page=1"
		list.Previous = &previous
		is.Equal(string(pages.Reply(query.Listing{}, rooms.Caller{}, page).Body), string(wire.Encode(list)))
	}
}

func TestRoomsAsReflectionWritesThem(t *testing.T) {
	sameAsReflection(t, nil)
	for _, text := range []string{"", "Budget", `"\/`, "<a href='&'>", "😀", "Zürich \u2028\u2029",
		"\x00\b\f\n\r\t\x1f\x7f", "\xff\xc3"} {
		sameAsReflection(t, everyRoom(text, time.Date(2026, 11, 23, 10, 0, 0, 999_999_000, time.UTC)))
	}
}

func FuzzRoomsAsReflectionWritesThem(f *testing.F) {
	f.Add("Budget", int64(0))
	f.Add("<\u2028\xff\"", int64(1_764_000_000_000_001))
	f.Fuzz(func(t *testing.T, text string, micros int64) {
		sameAsReflection(t, everyRoom(text, time.UnixMicro(micros)))
	})
}

func TestTimesHaveSixDigits(t *testing.T) {
	is := is.New(t)
	v := viewer(t, view.Phone{})
	const layout = "2006-01-02T15:04:05.000000Z"
	for _, at := range []time.Time{{}, time.Unix(0, 0), time.Unix(1, 1000), time.Unix(1, 999_999_999),
		time.UnixMicro(120_000),
		time.Date(2026, 2, 28, 23, 59, 59, 100_000, time.FixedZone("", 3600))} {
		is.Equal(v.Room(rooms.Room{CreatedAt: at}).CreatedAt, at.UTC().Format(layout)) // in UTC, cut and never rounded
	}
}
