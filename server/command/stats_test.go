package command

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/server/database/dbtest"
)

// TestPeopleAndNumbers: a person is invited before the operator adds them, and
// the operator counts what applications did, also a deleted one.
func TestPeopleAndNumbers(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, database string) {
		is := is.New(t)
		i := install(t, database)
		server := i.serve()
		var app struct {
			ID     string `json:"client_id"`
			Secret string `json:"client_secret"`
		}
		is.NoErr(json.Unmarshal([]byte(i.run("app", "create", "--json", "--name", "Calendar", "--domain", "example.com",
			"--scope", "rooms:create rooms:attendees rooms:retrieve")), &app))
		i.run("user", "add", "alice@example.com")
		token := i.token(server, app.ID, app.Secret)
		status, body := i.status("POST", server.url+apiPath+"/rooms/", "", token)
		is.Equal(status, 201)
		var room struct{ ID string }
		is.NoErr(json.Unmarshal([]byte(body), &room))
		status, _ = i.status("POST", server.url+apiPath+"/rooms/"+room.ID+"/attendees/", `{"email":"bob@example.com"}`,
			token, "Content-Type: application/json")
		is.Equal(status, 201)
		i.run("user", "add", "bob@example.com")
		token = i.tokenFor("bob@example.com", server, app.ID, app.Secret)
		status, _ = i.status("GET", server.url+apiPath+"/rooms/"+room.ID+"/", "", token)
		is.Equal(status, 200) // the role is theirs from the first moment

		i.run("app", "delete", app.ID)
		table := i.run("stats", "--interval", "month", "--time-zone", "Europe/Paris")
		// sources outlive applications
		is.True(strings.Contains(table, "Calendar ("+app.ID+")  1        0        1      ██████████████████████████████"))
		var list []struct {
			Source                  struct{ Kind, ID, Name string }
			Created, Deleted, Users int
		}
		is.NoErr(json.Unmarshal([]byte(i.run("stats", "--json")), &list))
		is.Equal(len(list), 30) // every day of thirty
		last := list[29]
		is.True(last.Created == 1 && last.Users == 1 && last.Source.Kind == "application" &&
			last.Source.ID == app.ID && last.Source.Name == "Calendar")
		is.True(strings.Contains(i.run("stats", "--csv", "--interval", "week"), ",application,"+app.ID+",Calendar,1,0,1\r\n"))
	})
}
