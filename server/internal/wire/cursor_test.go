package wire_test

import (
	"strings"
	"testing"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/server/internal/wire"
)

const list, other = "list", "another list"

const id = "0199d9f6-5c1e-7d2a-9a53-1d2f3b4c5d6e"

func TestCursorsOutliveAKey(t *testing.T) {
	is := is.New(t)
	first, second := []byte("the first key"), []byte("the second key")
	before, after := wire.NewCursors(first), wire.NewCursors(second, first)
	at := wire.Cursor{After: "0199d9f6-5c1e-7d2a-9a53-1d2f3b4c5d6e", Total: 57_000}
	for _, at := range []wire.Cursor{at, {After: "42", Total: 3}, {After: strings.Repeat("x", 100), Total: 1 << 31},
		{After: strings.ToUpper(at.After), Total: 1}} {
		opened, ok := after.Open(before.Seal(at, list), list)
		is.True(ok)
		is.Equal(opened, at) // while the former key is still known
	}
	_, ok := after.Open("", list)
	is.True(!ok)
	_, ok = before.Open(after.Seal(at, list), list)
	is.True(!ok) // sealed by a key that is not known
	_, ok = after.Open(after.Seal(at, list), other)
	is.True(!ok) // and for nothing else
	_, ok = wire.Cursors{}.Open(before.Seal(at, list), list)
	is.True(!ok) // without a key nothing opens
}

func TestCursorsAreExact(t *testing.T) {
	c := wire.NewCursors([]byte("a key"))
	// Of several lengths, and with ids of several forms.
	for _, at := range []wire.Cursor{{id, 1}, {id, 200}, {id, 57_000}, {"42", 1}, {"team-standup", 200}} {
		good := c.Seal(at, list)
		for i := range good {
			for _, char := range []string{"A", "B", "Q", "_", "\n", ""} {
				text := good[:i] + char + good[i+1:]
				_, ok := c.Open(text, list)
				is.New(t).Equal(ok, text == good) // no character can be another
			}
			_, ok := c.Open(good[:i]+"\r\n"+good[i:], list)
			is.New(t).True(!ok) // nor can there be more
		}
	}
}

// FuzzCursor: what opens was sealed here, whatever is sent.
func FuzzCursor(f *testing.F) {
	c := wire.NewCursors([]byte("a key"))
	good := c.Seal(wire.Cursor{After: "0199d9f6-5c1e-7d2a-9a53-1d2f3b4c5d6e", Total: 3}, list)
	for _, seed := range []string{good, "", "x", good[1:], strings.Repeat("A", 100), "====", good + "A", good + "\n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if at, ok := c.Open(text, list); ok && text != good {
			t.Fatalf("%q opens to %v", text, at)
		}
	})
}
