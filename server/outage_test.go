package server_test

import (
	"context"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/matryer/is"
	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/delegation/registry"
	"github.com/anteroom-go/anteroom/server"
	"github.com/anteroom-go/anteroom/server/database/dbtest"
	"github.com/anteroom-go/anteroom/server/database/tables"
)

// eventually waits for a condition.
func eventually(t *testing.T, met func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for !met() {
		select {
		case <-ctx.Done():
			t.Fatal("it never comes to that")
		case <-tick.C:
		}
	}
}

// running serves a database with everything that is done between requests.
func running(t *testing.T, db *bun.DB) *api {
	t.Helper()
	a := serve(t, db, unlimited)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		a.http.Config.Handler.(*server.Server).Run(ctx)
	}()
	t.Cleanup(func() { cancel(); <-done })
	return a
}

// away reports whether the server tells callers and gateways to come back later.
func (a *api) away(token string) bool {
	call, ready := a.call("GET", "/rooms/", "", token), a.send("GET", "/readyz", "")
	retry := call.Header.Get("Retry-After") != ""
	return call.StatusCode == 503 && retry && ready.StatusCode == 503 && a.send("GET", "/healthz", "").StatusCode == 200
}

// TestTokensPassLockedRooms has thirty changes wait for one room, on a pool of sixteen connections.
func TestTokensPassLockedRooms(t *testing.T) {
	is := is.New(t)
	address := dbtest.Postgres(t)
	a := serve(t, dbtest.Open(t, address+"&silence_timeout=0"), unlimited) // as if locks were waited for for ever
	token := a.token("alice@example.com")
	room := a.create(`{"name": "Budget"}`, token)
	other, err := dbtest.Open(t, address).BeginTx(t.Context(), nil)
	is.NoErr(err)
	defer other.Rollback()
	_, err = other.ExecContext(t.Context(), tables.SQL(other, "UPDATE {rooms} SET name = 'locked' WHERE id = ?"), room["id"])
	is.NoErr(err)
	var wait sync.WaitGroup
	statuses := make([]int, 30)
	for i := range statuses {
		wait.Go(func() {
			statuses[i] = a.call("PATCH", "/rooms/"+room["id"].(string), `{"name": "x"}`, token).StatusCode
		})
	}
	for range 20 {
		is.Equal(a.ask(a.clientID, a.secret, "alice@example.com").StatusCode, 200) // tokens wait for none of them
		is.Equal(a.call("GET", "/rooms/", "", token).StatusCode, 200)              // nor does a list
	}
	is.NoErr(other.Rollback())
	wait.Wait()
	for _, status := range statuses {
		is.True(status == 200 || status == 503) // those who had waited for too long may come back
	}
}

// TestANewerSchemaEndsAnswers has another program migrate the database under a running server.
func TestANewerSchemaEndsAnswers(t *testing.T) {
	databases(t, func(t *testing.T, db *bun.DB) {
		is := is.New(t)
		a := running(t, db)
		token := a.token("alice@example.com")
		_, err := db.ExecContext(t.Context(), tables.SQL(db, "UPDATE {schema_floors} SET floor = 9999 WHERE name = 'registry'"))
		is.NoErr(err)
		eventually(t, func() bool { return a.away(token) })
		is.Equal(a.ask(a.clientID, a.secret, "alice@example.com").StatusCode, 503)
		is.True(strings.Contains(a.log.String(), "newer than this program can work with")) // the log tells why
		_, err = db.ExecContext(t.Context(), tables.SQL(db, "UPDATE {schema_floors} SET floor = 11 WHERE name = 'registry'"))
		is.NoErr(err)
		eventually(t, func() bool { return a.call("GET", "/rooms/", "", token).StatusCode == 200 })
		_, err = server.New(t.Context(), a.plain)
		is.NoErr(err)
	})
}

// TestADeletedFileEndsAnswers moves the file away under a running server.
func TestADeletedFileEndsAnswers(t *testing.T) {
	is := is.New(t)
	url := dbtest.SQLite(t)
	a := running(t, dbtest.Open(t, url))
	path := strings.TrimPrefix(url, "file:")
	token := a.token("alice@example.com")
	is.NoErr(os.Rename(path, path+".away"))
	is.True(a.away(token))                                           // at once
	is.Equal(a.call("POST", "/rooms/", "{}", token).StatusCode, 503) // no room is promised
	is.Equal(a.ask(a.clientID, a.secret, "alice@example.com").StatusCode, 503)
	is.NoErr(os.Rename(path+".away", path))
	is.Equal(a.call("POST", "/rooms/", "{}", token).StatusCode, 201)
}

// TestSilentConnectionsStopNoHousekeeping stops all sessions of a server, none of which ends by that.
func TestSilentConnectionsStopNoHousekeeping(t *testing.T) {
	is := is.New(t)
	address := dbtest.Postgres(t)
	a := running(t, dbtest.Open(t, address))
	token := a.token("alice@example.com")
	resume := dbtest.HangSessions(t, address)
	keys, err := a.another(address).SigningKeys(t.Context())
	is.NoErr(err)
	is.NoErr(a.another(address).CompromiseKey(t.Context(), keys[0].ID))
	eventually(t, func() bool { return a.call("GET", "/rooms/", "", token).StatusCode == 401 }) // it is taken over
	is.Equal(a.call("GET", "/rooms/", "", a.token("alice@example.com")).StatusCode, 200)        // and so is the next key
	resume()
}

// TestAHungDatabaseEndsAnswers stops all of PostgreSQL.
func TestAHungDatabaseEndsAnswers(t *testing.T) {
	cluster := dbtest.Cluster(t)
	a := running(t, dbtest.Open(t, cluster))
	token := a.token("alice@example.com")
	resume := dbtest.Hang(t, cluster)
	eventually(t, func() bool { return a.away(token) })
	is.New(t).True(strings.Contains(a.log.String(), `"event":"keys.stale"`) ||
		strings.Contains(a.log.String(), "housekeeping")) // the log tells
	resume()
	eventually(t, func() bool {
		return a.call("GET", "/rooms/", "", token).StatusCode == 200 && a.send("GET", "/readyz", "").StatusCode == 200
	}) // and it is over when the cause is
}

// another returns the registry of another process.
func (a *api) another(address string) *registry.Registry {
	a.Helper()
	reg, err := registry.New(registry.Config{DB: dbtest.Open(a.T, address), RootKeys: a.config.RootKeys})
	is.New(a.T).NoErr(err)
	return reg
}
