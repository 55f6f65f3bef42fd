package server_test

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/rooms/form"
	"github.com/anteroom-go/anteroom/server"
)

// ownForms gives rooms ids such as R-0001 and slugs such as team_1 with case.
func ownForms(last *atomic.Int64, told *[]string) func(*server.Config) {
	return func(c *server.Config) {
		c.Rooms.IDs = &form.ID{New: func(context.Context) (string, error) {
			return fmt.Sprintf("R-%04d", last.Add(1)), nil
		}, Parse: func(text string) (string, bool) { return text, strings.HasPrefix(text, "R-") }}
		c.Rooms.Slugs = &form.Slug{New: func(context.Context) (string, error) {
			return fmt.Sprintf("team_%d", last.Load()), nil
		}, Parse: form.Exact}
		c.OnRoomEvent = func(_ context.Context, event rooms.Event) error {
			*told = append(*told, string(event.Kind)+" "+event.Room.ID)
			return nil
		}
	}
}

// TestOwnForms: ids and slugs of a host pass through everything that carries them.
func TestOwnForms(t *testing.T) {
	is := is.New(t)
	var last atomic.Int64
	var told []string
	a := onSQLite(t, ownForms(&last, &told), func(c *server.Config) { c.RoomURL = "https://meet.example.org/m/{id}" })
	token := a.token("alice@example.com")
	first := a.post("one", `{"name":"Budget"}`, token)
	is.Equal(first.StatusCode, 201)
	again := a.post("one", `{"name":"Budget"}`, token)
	is.Equal(again.Header.Get("Idempotency-Replayed"), "true")
	is.Equal(again.Header.Get("Location"), first.Header.Get("Location")) // answers are kept with the ids
	room := again.json(t)
	is.Equal([]any{room["id"], room["slug"], room["url"]}, []any{"R-0001", "team_0", "https://meet.example.org/m/R-0001"})
	for i := range 3 {
		is.Equal(a.post(fmt.Sprint(i), "", token).StatusCode, 201)
	}
	is.Equal(a.call("GET", "/rooms/R-0002/", "", token).json(t)["slug"], "team_1")
	is.Equal(a.call("GET", "/rooms/team_1/", "", token).json(t)["id"], "R-0002")
	for _, name := range []string{"TEAM_1", "r-0002", "0199d9f6-5c1e-7d2a-9a53-1d2f3b4c5d6e", "R-0002%2Fx", "R-%20"} {
		problem(t, a.call("GET", "/rooms/"+name+"/", "", token), 404, "not_found") // in no other form
	}
	found := a.call("POST", "/rooms/lookup/", `{"url":"https://meet.example.org/m/R-0003?x"}`, token)
	is.Equal(found.json(t)["id"], "R-0003")
	page := a.call("GET", "/rooms/?page_size=3", "", token)
	_, cursor, _ := strings.Cut(page.Header.Get("Link"), "cursor=")
	cursor, _, _ = strings.Cut(cursor, "&")
	rest := a.call("GET", "/rooms/?page_size=3&cursor="+cursor, "", token).json(t)["results"].([]any)
	is.True(len(rest) == 1 && rest[0].(object)["id"] == "R-0001") // the cursor carries the id
	is.Equal(a.numbers("", token), [3]float64{4, 0, 1})
	is.Equal(a.call("GET", "/rooms/R-0001/invitation/", "", token).StatusCode, 200)
	attendee := a.invite("/rooms/R-0001/", `{"email":"bob@example.com"}`, token)
	is.Equal(a.call("DELETE", attendee, "", token).StatusCode, 204)
	is.Equal(a.call("DELETE", "/rooms/R-0001/", "", token).StatusCode, 204)
	is.Equal(told[len(told)-3:], []string{"attendee.added R-0001", "attendee.removed R-0001", "room.deleted R-0001"})
	is.True(strings.Contains(a.log.String(), `"room_id":"R-0001"`))
	document := a.call("GET", "/openapi.json", "", "").json(t)
	schema := document["components"].(object)["schemas"].(object)["Room"].(object)["properties"].(object)
	is.Equal(schema["id"].(object)["format"], nil) // the document promises no form of ours
	is.Equal(schema["slug"].(object)["pattern"], nil)
}
