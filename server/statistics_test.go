package server_test

import (
	"encoding/csv"
	"strings"
	"testing"
	"time"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/scopes"
)

// numbers are created, deleted and users of the last period.
func (a *api) numbers(query, token string) [3]float64 {
	a.Helper()
	r := a.call("GET", "/stats/rooms/"+query, "", token)
	is.New(a.T).Equal(r.StatusCode, 200)
	results := r.json(a.T)["results"].([]any)
	last := results[len(results)-1].(object)
	return [3]float64{last["created"].(float64), last["deleted"].(float64), last["users"].(float64)}
}

func TestStatistics(t *testing.T) {
	each(t, func(t *testing.T, a *api) {
		is := is.New(t)
		a.change(func(app *delegation.Application) { app.Undelegated = true })
		alice, bob, program := a.token("alice@example.com"), a.token("bob@example.com"), a.token("")
		path, _ := a.roomWith("", alice)
		a.create("", alice)
		a.create("", bob)
		a.create("", program)
		crm, secret := a.register(delegation.Application{Name: "CRM", Scopes: scopes.All(),
			Policy: delegation.Policy{Any: true}, Reach: delegation.ReachUser})
		a.create("", a.tokenOf(crm, secret, "alice@example.com"))
		is.Equal(a.call("DELETE", path, "", alice).StatusCode, 204)
		is.Equal(a.numbers("", alice), [3]float64{2, 1, 1}) // deleted rooms still count
		is.Equal(a.numbers("", bob),                        // those in which the user has a role
			[3]float64{1, 0, 1})
		is.Equal(a.numbers("", program), // without a user all of the application's
			[3]float64{4, 1, 2})
		is.Equal(a.numbers("", a.tokenOf(crm, secret, "alice@example.com")), // and never another's, whatever the reach
			[3]float64{1, 0, 1})
		for _, query := range []string{"?interval=day", "?interval=week", "?interval=month", "?time_zone=Europe/Paris",
			"?time_zone=Pacific/Kiritimati&interval=month", "?time_zone=US/Eastern", "?time_zone[]=Asia/Amman"} {
			is.Equal(a.numbers(query, program), [3]float64{4, 1, 2})
		}
		body := a.call("GET", "/stats/rooms/?from=2026-02-20&to=2026-03-02&interval=week&time_zone=Europe/Paris", "",
			program).json(t)
		is.Equal(body["interval"], "week")
		is.Equal(body["time_zone"], "Europe/Paris")
		var periods []string
		for _, one := range body["results"].([]any) {
			periods = append(periods, one.(object)["period"].(string))
			is.Equal(one.(object)["source"], object{"kind": "application", "id": a.clientID, "name": "Calendar"})
		}
		is.Equal(periods, []string{"2026-02-16", "2026-02-23", "2026-03-02"}) // every period, from Monday to Monday
	})
}

func TestStatisticsAsCSV(t *testing.T) {
	is := is.New(t)
	a := onSQLite(t)
	a.change(func(app *delegation.Application) { app.Name = `Calendar, "the" one` })
	token := a.token("alice@example.com")
	a.create("", token)
	today := time.Now().UTC().Format(time.DateOnly)
	r := a.send("GET", "/stats/rooms/?from="+today, "", token, "Accept: text/csv")
	is.Equal(r.StatusCode, 200)
	is.Equal(r.Header.Get("Content-Type"), "text/csv; charset=utf-8")
	rows, err := csv.NewReader(strings.NewReader(r.body)).ReadAll()
	is.NoErr(err)
	is.Equal(rows, [][]string{
		{"period", "source_kind", "source_id", "source_name", "created", "deleted", "users"},
		{today, "application", a.clientID, `Calendar, "the" one`, "1", "0", "1"},
	})
	is.True(strings.HasSuffix(r.body, "\r\n")) // RFC 4180
	problem(t, a.send("GET", "/stats/rooms/", "", token, "Accept: text/html"), 406, "not_acceptable")
}

func TestStatisticsInput(t *testing.T) {
	a := onSQLite(t)
	token := a.token("alice@example.com")
	for query, want := range map[string]string{
		"?interval=year": "interval invalid_choice", "?interval=": "interval invalid_choice",
		"?from=yesterday": "from invalid_time", "?to=2026-02-30": "to invalid_time",
		"?from=2026-02-02&to=2026-02-01": "from invalid_time", "?from=2020-01-01&to=2026-01-01": "from too_many",
		"?time_zone=Paris": "time_zone invalid_choice", "?time_zone=": "time_zone invalid_choice",
		"?time_zone=Local":            "time_zone invalid_choice",
		"?time_zone=localtime":        "time_zone invalid_choice",
		"?time_zone=posixrules":       "time_zone invalid_choice",
		"?time_zone=right/UTC":        "time_zone invalid_choice",
		"?time_zone=posix/UTC":        "time_zone invalid_choice",
		"?time_zone=Factory":          "time_zone invalid_choice",
		"?time_zone=tzdata.zi":        "time_zone invalid_choice",
		"?time_zone=europe/paris":     "time_zone invalid_choice",
		"?time_zone=../../etc/passwd": "time_zone invalid_choice", "?source=web": "source unknown_field",
		"?from=2026-01-01&from=2026-01-02": "from duplicate",
	} {
		t.Run(query, func(t *testing.T) {
			fault := problem(t, a.call("GET", "/stats/rooms/"+query, "", token), 400,
				"invalid_input")["errors"].([]any)[0].(object)
			is.New(t).Equal(fault["field"].(string)+" "+fault["code"].(string), want) // names the parameter
		})
	}
}

// TestSourcesOutliveApplications: rooms of a deleted application remain, and keep
// the id and the name of their source.
func TestSourcesOutliveApplications(t *testing.T) {
	each(t, func(t *testing.T, a *api) {
		is := is.New(t)
		room := a.create("", a.token("alice@example.com"))
		is.NoErr(a.registry.DeleteApplication(t.Context(), a.clientID))
		portal, secret := a.register(delegation.Application{Name: "Portal", Scopes: scopes.All(),
			Policy: delegation.Policy{Any: true}, Reach: delegation.ReachUser})
		found := a.call("GET", "/rooms/"+room["id"].(string), "", a.tokenOf(portal, secret, "alice@example.com"))
		is.Equal(found.json(t), room) // seen by who sees all rooms of the user
	})
}
