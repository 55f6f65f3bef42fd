package view

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/server/internal/query"
	"github.com/anteroom-go/anteroom/server/internal/wire"
)

// maxPage is how many bytes of rooms stand on one page: a few of the largest
// rooms, some thousand of the usual ones. A room is never left out for its size
// alone.
const maxPage = 512 << 10

// Pages shows lists of rooms.
type Pages struct {
	Viewer  Viewer
	Cursors wire.Cursors
	// Link is the URL of the list.
	Link string
	// Check adds what is wrong with the options of a list to the faults.
	Check func(rooms.ListOptions, *rooms.Faults)
}

// Read reads the query of a list of the caller's. An error has every fault.
func (p Pages) Read(text string, caller rooms.Caller) (query.Listing, error) {
	return query.ReadListing(text, p.Check, func(cursor, list string) (wire.Cursor, bool) {
		return p.Cursors.Open(cursor, binding(caller, list))
	})
}

// binding names a caller and a list, for the cursors of that list.
func binding(caller rooms.Caller, list string) string {
	return strings.Join([]string{caller.Source.Kind, caller.Source.ID, caller.UserID, list}, "\n")
}

// Reply returns a page of the list that a caller asked for. All links start from
// the configured URL, never from the Host header. The next page is that after the last
// room, so that none is left out or comes twice while others are created and deleted; it has
// a number only if this one was asked for by number. The page ends before the
// room with which it would be larger than any page; the next page begins with that
// one then.
func (p Pages) Reply(asked query.Listing, caller rooms.Caller, page rooms.Page) wire.Reply {
	if asked.After != "" {
		page.Total, page.AtLeast = max(asked.Total, ^asked.Total), asked.Total < 0
	}
	results, shown := p.results(page.Rooms)
	list := roomList{Count: page.Total, AtLeast: page.AtLeast, results: results}
	cut := shown < len(page.Rooms)
	link := func(name, value string) *string {
		url := p.Link + "?" + asked.With(name, value)
		return &url
	}
	header := ""
	if page.More || cut {
		last := page.Rooms[shown-1]
		at := wire.Cursor{After: last.ID, Total: page.Total}
		if page.AtLeast {
			at.Total = ^page.Total
		}
		list.Next = link("cursor", p.Cursors.Seal(at, binding(caller, asked.Name())))
		header = "<" + *list.Next + `>; rel="next"`
	}
	if page.More && !cut && asked.Page != 0 && page.Number*page.Size <= rooms.MaxTotal {
		list.Next = link("page", strconv.Itoa(page.Number+1))
	}
	if page.Number > 1 {
		last := max(1, (page.Total+page.Size-1)/page.Size)
		if len(page.Rooms) > 0 {
			last = page.Number // a lower bound may have fewer
		}
		list.Previous = link("page", strconv.Itoa(min(page.Number-1, last)))
	}
	reply := wire.Text(http.StatusOK, wire.MediaJSON, list.append(make([]byte, 0, len(list.results)+envelope)))
	if header != "" {
		reply = reply.With("Link", header)
	}
	return reply
}

// roomList is the envelope of a list of rooms, as [List] has it. The results are in JSON
// already.
type roomList struct {
	Count          int
	AtLeast        bool
	Next, Previous *string
	results        []byte
}

// envelope is how many bytes usually stand around the results.
const envelope = 512

// results returns the first rooms in JSON, as many as a page may have, and at least one if
// there is any; and how many they are.
func (p Pages) results(all []rooms.Room) (results []byte, shown int) {
	const usual = 512 // bytes of a room
	results = make([]byte, 0, len(all)*usual)
	for i, room := range all {
		end := len(results)
		if i > 0 {
			results = append(results, ',')
		}
		results = p.Viewer.Room(room).append(results)
		if len(results) >= maxPage && i > 0 {
			return results[:end], i
		}
	}
	return results, len(all)
}
