package server_test

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/rooms/roomsql"
	"github.com/anteroom-go/anteroom/server"
	"github.com/anteroom-go/anteroom/server/database/dbtest"
)

// plainStores keep rooms and nothing beside.
func plainStores(c *server.Config) { c.Rooms = rooms.Stores{Rooms: roomsql.New(c.DB)} }

func TestPlainStores(t *testing.T) {
	is := is.New(t)
	a := onSQLite(t, plainStores)
	token := a.token("alice@example.com")
	path, _ := a.roomWith("", token)
	for _, r := range []reply{
		a.call("GET", path+"attendees", "", token), a.call("POST", path+"attendees", `{"email":"x@example.com"}`, token),
		a.call("PUT", path+"attendees", `{"attendees":[]}`, token), a.call("GET", path+"attendees/x", "", token),
		a.call("PATCH", path+"attendees/x", `{"role":"member"}`, token), a.call("DELETE", path+"attendees/x", "", token),
		a.call("GET", "/stats/rooms", "", token), a.post("key", "{}", token),
	} {
		problem(t, r, 501, "not_supported") // says so, instead of half of it
	}
	is.Equal(a.count(token), 1.0)
}

// TestFewConnections: no request waits for a second connection while it holds
// one, or as many requests as there are connections would wait for ever.
func TestFewConnections(t *testing.T) {
	is := is.New(t)
	url := dbtest.Postgres(t)
	join := "?"
	if strings.Contains(url, "?") {
		join = "&"
	}
	a := serve(t, dbtest.Open(t, url+join+"pool_max_conns=2"), unlimited)
	token := a.token("alice@example.com")
	path, _ := a.roomWith("", token)
	var next atomic.Int64
	for _, statuses := range atOnce(8, func() (statuses []int) {
		n := next.Add(1)
		attendee := a.invite(path, fmt.Sprintf(`{"email":"u%d@example.com"}`, n), token)
		for _, r := range []reply{
			a.post(fmt.Sprint("key ", n), `{"name":"Budget"}`, token), a.call("PATCH", attendee, `{"role":"administrator"}`,
				token),
			a.call("DELETE", attendee, "", token), a.call("GET", "/rooms/", "", token),
		} {
			statuses = append(statuses, r.StatusCode)
		}
		return statuses
	}) {
		is.Equal(statuses, []int{201, 200, 204, 200})
	}
}
