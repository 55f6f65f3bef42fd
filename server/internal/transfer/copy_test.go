package transfer_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/matryer/is"
	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/registry"
	"github.com/anteroom-go/anteroom/scopes"
	"github.com/anteroom-go/anteroom/server"
	"github.com/anteroom-go/anteroom/server/database"
	"github.com/anteroom-go/anteroom/server/database/dbtest"
	"github.com/anteroom-go/anteroom/server/database/tables"
	"github.com/anteroom-go/anteroom/server/internal/transfer"
)

// each runs a test with a migrated database to read and the URL of a new one to
// write, from either kind to the other.
func each(t *testing.T, run func(t *testing.T, from *bun.DB, to string)) {
	t.Helper()
	t.Run("to postgres", func(t *testing.T) { run(t, dbtest.Open(t, dbtest.SQLite(t)), dbtest.Postgres(t)) })
	t.Run("to sqlite", func(t *testing.T) { run(t, dbtest.Open(t, dbtest.Postgres(t)), dbtest.SQLite(t)) })
}

func open(t *testing.T, url string) *bun.DB {
	t.Helper()
	db, err := database.Open(t.Context(), url)
	is.New(t).NoErr(err)
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// service is the API on a database.
type service struct {
	*testing.T
	api *server.Server
}

func serve(t *testing.T, db *bun.DB, keys delegation.RootKeys) service {
	t.Helper()
	api, err := server.New(t.Context(), server.Config{URL: "https://meet.example.org", RootKeys: keys, DB: db})
	is.New(t).NoErr(err)
	return service{t, api}
}

// send returns the status and the members of an answer.
func (s service) send(method, path, body string, header http.Header) (int, map[string]any) {
	s.Helper()
	request := httptest.NewRequest(method, "/external-api/v1.0"+path, strings.NewReader(body))
	request.Header = header
	answer := httptest.NewRecorder()
	s.api.ServeHTTP(answer, request)
	members := map[string]any{}
	is.New(s.T).NoErr(json.Unmarshal(answer.Body.Bytes(), &members))
	return answer.Code, members
}

// TestCallersGoOn copies a database and asks the server on the copy for what a
// server on the original promised.
func TestCallersGoOn(t *testing.T) {
	each(t, func(t *testing.T, from *bun.DB, to string) {
		is := is.New(t)
		keys := delegation.NewRootKeys()
		reg, err := registry.New(registry.Config{DB: from, RootKeys: keys})
		is.NoErr(err)
		app, secret, err := reg.CreateApplication(t.Context(), delegation.Application{Name: "Calendar",
			Scopes: scopes.NewSet(scopes.RoomsCreate, scopes.RoomsRetrieve),
			Policy: delegation.Policy{Domains: []delegation.Domain{"example.com"}}})
		is.NoErr(err)
		_, err = reg.AddUser(t.Context(), "alice@example.com")
		is.NoErr(err)
		form := url.Values{"grant_type": {"client_credentials"}, "client_id": {app.ClientID},
			"client_secret": {string(secret)}, "scope": {"alice@example.com"}}.Encode()
		formType := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}

		old := serve(t, from, keys)
		status, token := old.send("POST", "/application/token/", form, formType)
		is.Equal(status, 200)
		bearer := http.Header{"Authorization": {"Bearer " + token["access_token"].(string)},
			"Content-Type": {"application/json"}, "Idempotency-Key": {"one"}}
		status, room := old.send("POST", "/rooms/", `{"name":"Élan 'quoted' \\ 🙂"}`, bearer)
		is.Equal(status, 201)

		db := open(t, to)
		copied, err := transfer.Copy(t.Context(), from, db)
		is.NoErr(err)
		is.True(len(copied) >= 10) // every table is reported
		moved := serve(t, db, keys)
		status, same := moved.send("GET", "/rooms/"+room["id"].(string)+"/", "", bearer)
		is.Equal(status, 200) // the token of before is good, and the room is there
		is.Equal(same, room)  // as it was, to the microsecond
		status, again := moved.send("POST", "/rooms/", `{"name":"Élan 'quoted' \\ 🙂"}`, bearer)
		is.Equal(status, 201)
		is.Equal(again["id"], room["id"]) // a request that is sent again is not done again
		status, _ = moved.send("POST", "/application/token/", form, formType)
		is.Equal(status, 200) // the secret is good
	})
}

// TestEveryRowArrives copies more rows than one statement inserts, and compares them.
func TestEveryRowArrives(t *testing.T) {
	each(t, func(t *testing.T, from *bun.DB, to string) {
		is := is.New(t)
		at := time.Date(2026, 3, 29, 1, 59, 59, 999999000, time.UTC)
		rows := make([]bun.TupleValues, 1203)
		for i := range rows {
			rows[i] = bun.Tuple([]any{fmt.Sprintf("user-%04d", i), fmt.Sprintf("u%d@example.com", i), i%2 == 0,
				at.Add(time.Duration(i) * time.Microsecond)})
		}
		_, err := from.ExecContext(t.Context(),
			tables.SQL(from, "INSERT INTO {users} (id, email, active, created_at) VALUES ?"), bun.List(rows))
		is.NoErr(err)
		db := open(t, to)
		_, err = transfer.Copy(t.Context(), from, db)
		is.NoErr(err)
		is.Equal(users(t, db), users(t, from)) // all of them, with their truth values and times
	})
}

func users(t *testing.T, db *bun.DB) (list []string) {
	t.Helper()
	var rows []struct {
		ID, Email string
		Active    bool
		CreatedAt time.Time
	}
	err := db.NewRaw(tables.SQL(db, "SELECT id, email, active, created_at FROM {users} ORDER BY id")).
		Scan(t.Context(), &rows)
	is.New(t).NoErr(err)
	is.New(t).Equal(len(rows), 1203)
	for _, row := range rows {
		list = append(list, fmt.Sprint(row.ID, row.Email, row.Active, row.CreatedAt.UnixMicro()))
	}
	return list
}

// TestRefusals are the databases between which nothing is copied.
func TestRefusals(t *testing.T) {
	tests := map[string]struct {
		statement string // executed before
		onTarget  bool
		want      error
	}{
		"a row in the second database": {"INSERT INTO {protected_addresses} (email) VALUES ('a@example.com')", true,
			transfer.ErrNotEmpty},
		"a table more in the first": {"CREATE TABLE {of_another_program} (id TEXT)", false, transfer.ErrSchema},
		"an older schema":           {"DELETE FROM {rooms_migrations} WHERE version_id = 4", false, transfer.ErrSchema},
		"a newer schema": {"INSERT INTO {registry_migrations} (id, version_id, is_applied, tstamp) " +
			"VALUES (999, 999, 1 = 1, '2026-01-01 00:00:00')", false, transfer.ErrSchema},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			from, target := dbtest.Open(t, dbtest.SQLite(t)), dbtest.Open(t, dbtest.SQLite(t))
			addUser(t, from)
			db := from
			if test.onTarget {
				db = target
			}
			_, err := db.ExecContext(t.Context(), tables.SQL(db, test.statement))
			is.NoErr(err)
			_, err = transfer.Copy(t.Context(), from, target)
			is.True(errors.Is(err, test.want))
			is.Equal(countUsers(t, target), 0) // nothing was copied
		})
	}
}

// TestAFailureCopiesNothing has a row that PostgreSQL refuses in the last table.
func TestAFailureCopiesNothing(t *testing.T) {
	is := is.New(t)
	from := dbtest.Open(t, dbtest.SQLite(t))
	addUser(t, from)
	_, err := from.ExecContext(t.Context(),
		tables.SQL(from, "INSERT INTO {users} (id, email, active, created_at)"+
			" VALUES ('u2', 'b@example.com', 'neither', '2026-01-01 00:00:00')"))
	is.NoErr(err) // SQLite takes any value
	to := dbtest.Open(t, dbtest.Postgres(t))
	_, err = transfer.Copy(t.Context(), from, to)
	is.True(err != nil)
	is.True(!strings.Contains(err.Error(), "b@example.com")) // errors show no data
	is.Equal(countUsers(t, to), 0)
}

func addUser(t *testing.T, db *bun.DB) {
	t.Helper()
	_, err := db.ExecContext(t.Context(),
		tables.SQL(db, "INSERT INTO {users} (id, email, active, created_at) VALUES (?, ?, ?, ?)"),
		"u1", "a@example.com", true, time.Now())
	is.New(t).NoErr(err)
}

func countUsers(t *testing.T, db *bun.DB) (n int) {
	t.Helper()
	is.New(t).NoErr(db.NewRaw(tables.SQL(db, "SELECT count(*) FROM {users}")).Scan(context.WithoutCancel(t.Context()), &n))
	return n
}
