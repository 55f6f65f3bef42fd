package rooms_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/rooms"
)

// pairs are n pairs of texts.
func pairs(n int) map[string]any {
	list := map[string]any{}
	for i := range n {
		list[fmt.Sprintf("key%02d", i)] = "x"
	}
	return list
}

func TestMetadata(t *testing.T) {
	const size = len(`{"a":""}`)
	tests := map[string]struct {
		metadata map[string]any
		want     []string
	}{
		"16 pairs":               {pairs(16), nil},
		"17 pairs":               {pairs(17), []string{"metadata too_many"}},
		"4 KiB":                  {map[string]any{"a": strings.Repeat("x", 4096-size)}, nil},
		"a byte more":            {map[string]any{"a": strings.Repeat("x", 4097-size)}, []string{"metadata too_long"}},
		"bytes, not characters":  {map[string]any{"a": strings.Repeat("é", 2048)}, []string{"metadata too_long"}},
		"a key of 64 characters": {map[string]any{strings.Repeat("é", 64): "x"}, nil},
		"a key of 65": {map[string]any{strings.Repeat("k", 65): "x"},
			[]string{"metadata." + strings.Repeat("k", 65) + " invalid_characters"}},
		"an empty key":              {map[string]any{"": "x"}, []string{"metadata. invalid_characters"}},
		"an empty text":             {map[string]any{"a": ""}, nil},
		"a key with a line":         {map[string]any{"a\nb": "x"}, []string{"metadata.a?b invalid_characters"}},
		"a key with a line of JSON": {map[string]any{"a\u2028b": "x"}, []string{"metadata.a?b invalid_characters"}},
		"a key with NUL":            {map[string]any{"a\x00": "x"}, []string{"metadata.a? invalid_characters"}},
		"a key with ANSI":           {map[string]any{"\x1b[31m": "x"}, []string{"metadata.?[31m invalid_characters"}},
		"a key of no UTF-8":         {map[string]any{"\xff": "x"}, []string{"metadata.? invalid_characters"}},
		"a key with dots":           {map[string]any{"a.b.c": "x"}, nil},
		"lines of text":             {map[string]any{"a": "x\ny\tz"}, nil},
		"text with NUL":             {map[string]any{"a": "x\x00"}, []string{"metadata.a invalid_characters"}},
		"text of no UTF-8":          {map[string]any{"a": "\xff"}, []string{"metadata.a invalid_characters"}},
		"a number":                  {map[string]any{"a": 1.0}, []string{"metadata.a invalid_type"}},
		"a boolean":                 {map[string]any{"a": true}, []string{"metadata.a invalid_type"}},
		"null":                      {map[string]any{"a": nil}, []string{"metadata.a invalid_type"}},
		"an object":                 {map[string]any{"a": map[string]any{}}, []string{"metadata.a invalid_type"}},
		"a list":                    {map[string]any{"a": []any{"x"}}, []string{"metadata.a invalid_type"}},
		"every fault, in order": {map[string]any{"b": 1, "a": nil, "c": "\x00", "d": "x"},
			[]string{"metadata.a invalid_type", "metadata.b invalid_type", "metadata.c invalid_characters"}},
	}
	s := newService(t, rooms.Config{})
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			room := made(t, s, alice, rooms.Change{Metadata: new(map[string]any{"was": "there"})})
			changed, err := s.Update(t.Context(), alice, room.ID, rooms.Change{Metadata: &test.metadata}, nil)
			is.Equal(faults(err), test.want)
			if test.want != nil {
				is.Equal(changed, rooms.Room{})
				unchanged(t, s, room)
				return
			}
			is.NoErr(err)
			is.Equal(len(changed.Metadata), len(test.metadata))
			unchanged(t, s, changed) // kept as it was sent
		})
	}
}

func TestMetadataOfNewRooms(t *testing.T) {
	is := is.New(t)
	s := newService(t, rooms.Config{})
	for _, bad := range []map[string]any{{"": "x"}, {"a\x00": "x"}, {"a": "\x00"}, {"a": strings.Repeat("x", 4096)}} {
		_, _, err := s.Create(t.Context(), alice, rooms.Change{Metadata: new(bad)})
		is.Equal(len(faults(err)), 1) // the same rules for a new room
	}
	is.Equal(made(t, s, alice, rooms.Change{Metadata: new(map[string]any{})}).Metadata, // empty is none
		map[string]string(nil))
	kept := map[string]any{"a": "b"}
	room := made(t, s, alice, rooms.Change{Metadata: new(kept)})
	kept["a"] = "changed"
	is.Equal(room.Metadata, map[string]string{"a": "b"}) // a room shares nothing with the change
}

func TestMergedMetadataHasTheLimitsToo(t *testing.T) {
	is := is.New(t)
	s := newService(t, rooms.Config{})
	sixteen := pairs(16)
	room, err := s.Update(t.Context(), alice, made(t, s, alice, rooms.Change{}).ID, rooms.Change{Metadata: &sixteen}, nil)
	is.NoErr(err)
	_, err = s.Update(t.Context(), alice, room.ID, rooms.Change{Metadata: &map[string]any{"one more": "x"}, Merge: true},
		nil)
	is.Equal(faults(err), []string{"metadata too_many"}) // what comes of it counts
	_, err = s.Update(t.Context(), alice, room.ID,
		rooms.Change{Metadata: &map[string]any{"key00": strings.Repeat("x", 4000)}, Merge: true}, nil)
	is.Equal(faults(err), []string{"metadata too_long"})
	unchanged(t, s, room)
	_, err = s.Update(t.Context(), alice, room.ID,
		rooms.Change{Metadata: &map[string]any{"one more": "x", "key00": nil}, Merge: true}, nil)
	is.NoErr(err) // one goes, one comes
}

// TestMetadataIsMeasuredAsItIsSent: what Go escapes in JSON, as for a page of
// HTML, is one byte to all others.
func TestMetadataIsMeasuredAsItIsSent(t *testing.T) {
	is := is.New(t)
	s := newService(t, rooms.Config{Schema: anything})
	_, _, err := s.Create(t.Context(), alice,
		rooms.Change{Metadata: new(map[string]any{"link": "https://example.com/?" + strings.Repeat("a&", 1000)})})
	is.NoErr(err) // 2 KiB of metadata
	_, _, err = s.Create(t.Context(), alice,
		rooms.Change{Configuration: new(map[string]any{"link": strings.Repeat("<>", 2000)})})
	is.NoErr(err) // 4 KiB of settings
}
