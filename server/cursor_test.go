package server

import (
	"strings"
	"testing"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/delegation"
)

func TestCursorsOutliveARootKey(t *testing.T) {
	is := is.New(t)
	first, second := delegation.NewRootKeys(), delegation.NewRootKeys()
	both, err := delegation.ParseRootKeys(string(second.Encode()) + "\n" + string(first.Encode()))
	is.NoErr(err)
	before, err := newCursors(first)
	is.NoErr(err)
	after, err := newCursors(both)
	is.NoErr(err)
	at := cursor{after: "0199d9f6-5c1e-7d2a-9a53-1d2f3b4c5d6e", total: 57_000}
	opened, ok := after.open(before.seal(at, "list"), "list")
	is.True(ok)
	is.Equal(opened, at) // while the former key is still known
	_, ok = before.open(after.seal(at, "list"), "list")
	is.True(!ok) // sealed by a key that is not known
	_, ok = after.open(after.seal(at, "list"), "another list")
	is.True(!ok) // and for nothing else
}

func TestCursorsAreExact(t *testing.T) {
	c, err := newCursors(delegation.NewRootKeys())
	is.New(t).NoErr(err)
	for _, total := range []int{1, 200, 57_000} { // of several lengths
		good := c.seal(cursor{"0199d9f6-5c1e-7d2a-9a53-1d2f3b4c5d6e", total}, "list")
		for i := range good {
			for _, other := range []string{"A", "B", "Q", "_", "\n", ""} {
				text := good[:i] + other + good[i+1:]
				_, ok := c.open(text, "list")
				is.New(t).Equal(ok, text == good) // no character can be another
			}
			_, ok := c.open(good[:i]+"\r\n"+good[i:], "list")
			is.New(t).True(!ok) // nor can there be more
		}
	}
}

// FuzzCursor: what opens was sealed here, whatever is sent.
func FuzzCursor(f *testing.F) {
	c, err := newCursors(delegation.NewRootKeys())
	if err != nil {
		f.Fatal(err)
	}
	good := c.seal(cursor{"0199d9f6-5c1e-7d2a-9a53-1d2f3b4c5d6e", 3}, "list")
	for _, seed := range []string{good, "", "x", good[1:], strings.Repeat("A", 100), "====", good + "A", good + "\n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if at, ok := c.open(text, "list"); ok && text != good {
			t.Fatalf("%q opens to %v", text, at)
		}
	})
}

// FuzzListing: every query is read or refused, and what is read fits in a link.
func FuzzListing(f *testing.F) {
	for _, seed := range []string{"", "page=2&page_size=3", "external_id=a&external_id=%26", "order=created_at&cursor=x", "created_after=2026-11-23T10:00:00Z", "%zz", "a;b", "page=1&page=2", "slug=%00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		l, err := readListing(text)
		if err != nil {
			return
		}
		again, err := readListing(l.with("cursor", "x"))
		if err != nil || again.query.Encode() != l.query.Encode() {
			t.Fatalf("%q leads to %q: %v", text, l.with("cursor", "x"), err)
		}
	})
}
