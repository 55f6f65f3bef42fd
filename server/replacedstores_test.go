package server_test

import (
	"testing"

	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/rooms/roomsql"
	"github.com/anteroom-go/anteroom/server"
	"github.com/anteroom-go/anteroom/server/database/dbtest"
)

func replacedStores() map[string]replacement {
	return map[string]replacement{
		"DB": {func(t *testing.T, c *server.Config) { c.DB = dbtest.Open(t, dbtest.SQLite(t)) }, func(a *api) bool {
			return a.ask(a.clientID, a.secret, "alice@example.com").StatusCode == 401 // registered elsewhere
		}},
		"Rooms": {func(_ *testing.T, c *server.Config) { c.Rooms = rooms.Stores{Rooms: emptyStore{roomsql.New(c.DB)}} },
			func(a *api) bool {
				a.room("")
				return a.count(a.token("alice@example.com")) == 0
			}},
		"Requests": {func(_ *testing.T, c *server.Config) { c.Requests = runningRequests{roomsql.New(c.DB).Requests()} },
			func(a *api) bool {
				return a.post("key", "", a.token("alice@example.com")).StatusCode == 409
			}},
		"Statistics": {func(_ *testing.T, c *server.Config) { c.Statistics = sevens{roomsql.New(c.DB)} }, func(a *api) bool {
			return a.numbers("", a.token("alice@example.com"))[0] == 7
		}},
	}
}
