package page_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/matryer/is"
)

// The screens on which everything is tried out.
func screens() map[string]screen {
	return map[string]screen{"desktop": {width: 1280}, "phone": {width: 390, dark: true}}
}

// answer is what the page shows of an executed operation.
type answer struct {
	Status string `json:"status"`
	Told   string `json:"told"`
	Wide   int64  `json:"wide"`
}

// TestNewcomer presses Authorize and then Execute on every operation, as the page shows them.
func TestNewcomer(t *testing.T) {
	docs := serveDev(t)
	for name, on := range screens() {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			p := open(t, docs, on)
			is.Equal(ask[string](p, "authorize()"), "Authorized") // nothing has to be typed
			shown := ask[[]string](p, "listed()")
			is.Equal(slices.Sorted(slices.Values(shown)), operations(t, docs)) // all of them, each once
			for _, id := range shown {
				got := ask[answer](p, fmt.Sprintf("execute(%q)", id))
				if !strings.HasPrefix(got.Status, "2") {
					t.Errorf("%s: %s %s", id, got.Status, got.Told)
				}
				is.True(got.Wide <= on.width) // nothing is wider than the screen
			}
			p.show("end-" + name)
			p.heard.check(t)
		})
	}
}

// operations returns the ids of the operations in the document, in order.
func operations(t *testing.T, docs string) []string {
	t.Helper()
	is := is.New(t)
	var document struct {
		Paths map[string]map[string]json.RawMessage `json:"paths"`
	}
	is.NoErr(json.Unmarshal(get(t, strings.TrimSuffix(docs, "docs/")+"openapi.json"), &document))
	var ids []string
	for _, item := range document.Paths {
		for _, raw := range item {
			var operation struct {
				ID string `json:"operationId"`
			}
			if err := json.Unmarshal(raw, &operation); err == nil && operation.ID != "" {
				ids = append(ids, operation.ID)
			}
		}
	}
	slices.Sort(ids)
	return ids
}

func get(t *testing.T, address string) []byte {
	t.Helper()
	is := is.New(t)
	response, err := http.Get(address)
	is.NoErr(err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	is.NoErr(err)
	return body
}

// TestKeyboard opens and closes the dialog without a mouse.
func TestKeyboard(t *testing.T) {
	is := is.New(t)
	p := open(t, serveDev(t), screen{width: 390})
	const focused = `document.activeElement.id || document.activeElement.className`
	ask[bool](p, `one(".btn.authorize").then((button) => { button.focus(); return true; })`)
	is.NoErr(chromedp.Do(p.ctx, chromedp.KeyEvent(kb.Enter)))
	is.True(ask[bool](p, `there(() => document.activeElement.id === "user", "focus in the dialog")`))
	p.show("dialog")
	for range 40 { // more than there are places
		is.NoErr(chromedp.Do(p.ctx, chromedp.KeyEvent(kb.Tab)))
		is.True(ask[bool](p, `document.activeElement.closest("[role=dialog]") !== null`)) // the keyboard stays inside
	}
	is.NoErr(chromedp.Do(p.ctx, chromedp.KeyEvent(kb.Escape)))
	is.True(ask[bool](p, `there(() => !document.querySelector("[role=dialog]"), "end of the dialog")`))
	is.Equal(ask[string](p, focused), "btn authorize unlocked") // and goes back to where it was
}

// TestExpiredToken runs in a browser in which ten minutes are over at once.
func TestExpiredToken(t *testing.T) {
	is := is.New(t)
	const hurry = `{
		const wait = setTimeout;
		window.setTimeout = (f, ms, ...rest) => wait(f, ms > 60_000 ? 500 : ms, ...rest);
	}`
	p := open(t, serveDev(t), screen{width: 1280}, hurry)
	is.Equal(ask[string](p, "authorize()"), "Authorized")
	const label = `document.querySelector(".btn.authorize").textContent`
	is.True(ask[bool](p, `there(() => `+label+` === "Token expired: authorize again", "word of the button")`))
	is.Equal(ask[string](p, "authorize()"), "Authorized") // and again
}

// TestJoinLink opens the link of a room that was created on the page.
func TestJoinLink(t *testing.T) {
	is := is.New(t)
	docs := serveDev(t)
	p := open(t, docs, screen{width: 390, dark: true})
	is.Equal(ask[string](p, "authorize()"), "Authorized")
	created := ask[answer](p, `execute("createRoom", true)`)
	is.True(strings.HasPrefix(created.Status, "201")) // a new room
	p.show("created")
	link := ask[string](p, "link()")
	room := open(t, link, screen{width: 390, dark: true})
	text := ask[string](room, "document.body.innerText")
	for _, part := range []string{"Budget", "trusted", "Other signed-in users\nenter", "wait in the lobby", "--room-url"} {
		is.True(strings.Contains(text, part)) // the room, who would wait, and what a product does
	}
	is.True(ask[int64](room, "document.documentElement.scrollWidth") <= 390)
	const border = "getComputedStyle(document.querySelector('aside')).borderInlineStartStyle"
	is.Equal(ask[string](room, border), "solid") // the policy admits the style sheet
	room.show("room")
	room.heard.check(t)
}
