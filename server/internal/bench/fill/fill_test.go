package fill_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/matryer/is"
	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/rates"
	"github.com/anteroom-go/anteroom/delegation/registry"
	"github.com/anteroom-go/anteroom/server"
	"github.com/anteroom-go/anteroom/server/database/dbtest"
	"github.com/anteroom-go/anteroom/server/database/tables"
	"github.com/anteroom-go/anteroom/server/internal/bench/fill"
)

// plan is small, and like a large one.
var plan = fill.Plan{Seed: 7, Applications: 10, Users: 500, Rooms: 10_000, Heavy: 300,
	End: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)}

func TestFill(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, address string) {
		is := is.New(t)
		db := dbtest.Open(t, address)
		before := indexes(t, db)
		is.NoErr(fill.Database(t.Context(), address, plan))
		is.Equal(indexes(t, db), before) // every index and key is there again
		deleted, own, year, attendees := expected()
		api := newAPI(t, db)
		token := api.token(plan.Address(0) + " ")
		var list struct {
			Count   int
			Results []struct{ ID, Slug string }
		}
		api.get(token, "/rooms/?page=1&page_size=20", &list)
		is.Equal(list.Count, own) // of the user with many rooms, in the first application
		is.Equal(len(list.Results), 20)
		var room struct{ ID, Slug string }
		api.get(token, "/rooms/"+list.Results[19].ID+"/", &room)
		is.Equal(room.Slug, list.Results[19].Slug)
		var stats struct {
			Results []struct{ Created, Deleted int }
		}
		api.get(api.token(""), "/stats/rooms/?interval=month&from=2025-12-01&to=2026-10-31", &stats)
		created := 0
		for _, period := range stats.Results {
			created += period.Created
		}
		is.Equal(created, year) // of the first application, in eleven months
		is.Equal(count(t, db, "{rooms} WHERE deleted_at IS NOT NULL"), deleted)
		is.Equal(count(t, db, "{room_members} WHERE role <> 'owner'"), attendees)
		is.True(attendees > plan.Rooms/5)
	})
}

// expected returns what the plan has: deleted rooms, live ones of the first user, those of the first application in
// eleven months, and attendees.
func expected() (deleted, own, year, attendees int) {
	from, to := time.Date(2025, 12, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	for i := range plan.Rooms {
		room := plan.Room(i)
		attendees += room.Attendees()
		switch {
		case room.Deleted():
			deleted++
		case room.User == 0 || room.Application == 0 && room.Invited(plan.Address(0)):
			own++
		}
		if room.Application == 0 && !room.CreatedAt.Before(from) && room.CreatedAt.Before(to) {
			year++
		}
	}
	return deleted, own, year, attendees
}

func count(t *testing.T, db *bun.DB, from string) (n int) {
	t.Helper()
	is.New(t).NoErr(db.NewRaw(tables.SQL(db, "SELECT count(*) FROM "+from)).Scan(t.Context(), &n))
	return n
}

// indexes returns how many indexes and keys there are.
func indexes(t *testing.T, db *bun.DB) (n int) {
	t.Helper()
	query := "SELECT count(*) FROM sqlite_master WHERE type = 'index'"
	if db.Dialect().Name().String() == "pg" {
		query = `SELECT (SELECT count(*) FROM pg_indexes WHERE schemaname = 'anteroom')
			+ 1000 * (SELECT count(*) FROM pg_constraint)`
	}
	is.New(t).NoErr(db.NewRaw(query).Scan(t.Context(), &n))
	return n
}

// api is a server on a filled database.
type api struct {
	t      *testing.T
	url    string
	secret delegation.Secret
}

func newAPI(t *testing.T, db *bun.DB) api {
	is := is.New(t)
	keys := delegation.NewRootKeys()
	reg, err := registry.New(registry.Config{DB: db, RootKeys: keys})
	is.NoErr(err)
	_, secret, err := reg.AddSecret(context.Background(), plan.ClientID(0), "", time.Time{})
	is.NoErr(err)
	handler, err := server.New(t.Context(), server.Config{URL: "https://meet.example.org", RootKeys: keys, DB: db,
		RateLimits: rates.Limits{Off: true}})
	is.NoErr(err)
	listener := httptest.NewServer(handler)
	t.Cleanup(listener.Close)
	return api{t, listener.URL + "/external-api/v1.0", secret}
}

func (a api) token(scope string) string {
	a.t.Helper()
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {plan.ClientID(0)},
		"client_secret": {string(a.secret)}}
	if scope != "" {
		form.Set("scope", strings.TrimSpace(scope))
	}
	response, err := http.PostForm(a.url+"/application/token/", form)
	var body struct {
		Token string `json:"access_token"`
	}
	a.read(response, err, &body)
	return body.Token
}

func (a api) get(token, path string, body any) {
	a.t.Helper()
	request, err := http.NewRequestWithContext(a.t.Context(), http.MethodGet, a.url+path, nil)
	is.New(a.t).NoErr(err)
	request.Header.Set("Authorization", "Bearer "+token)
	response, err := http.DefaultClient.Do(request)
	a.read(response, err, body)
}

func (a api) read(response *http.Response, err error, body any) {
	a.t.Helper()
	is := is.New(a.t)
	is.NoErr(err)
	defer response.Body.Close()
	is.Equal(response.StatusCode, 200)
	is.NoErr(json.NewDecoder(response.Body).Decode(body))
}

// TestPlansAreDeterministic holds that a plan always has the same rooms, and another seed others.
func TestPlansAreDeterministic(t *testing.T) {
	is := is.New(t)
	other := plan
	other.Seed++
	ids, slugs := map[string]bool{}, map[string]bool{}
	for i := range plan.Rooms {
		room := plan.Room(i)
		is.Equal(room, plan.Room(i))
		is.True(room.ID != other.Room(i).ID)
		ids[room.ID], slugs[room.Slug] = true, true
	}
	is.Equal(len(ids), plan.Rooms)
	is.Equal(len(slugs), plan.Rooms)
}
