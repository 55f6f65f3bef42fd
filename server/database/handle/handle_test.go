package handle_test

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib"
	"github.com/matryer/is"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"
	_ "modernc.org/sqlite"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/registry"
	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/rooms/roomsql"
	"github.com/anteroom-go/anteroom/scopes"
	"github.com/anteroom-go/anteroom/server"
	"github.com/anteroom-go/anteroom/server/database/dbtest"
	"github.com/anteroom-go/anteroom/server/database/handle"
	"github.com/anteroom-go/anteroom/server/database/migrate"
)

var (
	caller     = rooms.ForUser(rooms.Source{Kind: "application", ID: "app_calendar"}, "4711", "alice@example.com")
	errChanged = errors.New("the host errChanged its mind")
)

// each runs a test with the host's own pool on both databases.
func each(t *testing.T, run func(t *testing.T, pool *sql.DB, dialect handle.Dialect)) {
	t.Helper()
	hosts := map[handle.Dialect]func(t *testing.T) (driver, dsn string){
		handle.SQLite: func(t *testing.T) (string, string) {
			return "sqlite", dbtest.SQLite(t) + "?_txlock=immediate&_pragma=foreign_keys(1)&_pragma=busy_timeout(10000)"
		},
		handle.Postgres: func(t *testing.T) (string, string) { return "pgx", dbtest.Postgres(t) },
	}
	for dialect, host := range hosts {
		t.Run(string(dialect), func(t *testing.T) {
			pool, err := sql.Open(host(t))
			is.New(t).NoErr(err)
			t.Cleanup(func() { _ = pool.Close() })
			run(t, pool, dialect)
		})
	}
}

// migrated returns a handle on a pool, with the schema.
func migrated(t *testing.T, pool *sql.DB) *bun.DB {
	t.Helper()
	db, err := handle.DB(t.Context(), pool, "")
	is.New(t).NoErr(err)
	is.New(t).NoErr(migrate.Up(t.Context(), db))
	return db
}

// TestAHostsPool: everything works on the pool that the host has.
func TestAHostsPool(t *testing.T) {
	each(t, func(t *testing.T, pool *sql.DB, named handle.Dialect) {
		is := is.New(t)
		db := migrated(t, pool)
		is.Equal(db.Dialect().Name() == dialect.PG, named == handle.Postgres) // as found
		api, err := server.New(t.Context(), server.Config{URL: "https://meet.example.org", RootKeys: rootKeys, DB: db})
		is.NoErr(err)
		room, _, err := api.Rooms().Create(t.Context(), caller, rooms.Change{Name: new("Budget")})
		is.NoErr(err)
		var name string
		is.NoErr(pool.QueryRowContext(t.Context(), "SELECT name FROM "+table(db, "rooms")).Scan(&name))
		is.Equal(name, room.Name) // where the host sees it
	})
}

// TestAHostsTransaction: what is made in the host's transaction comes and goes with it.
func TestAHostsTransaction(t *testing.T) {
	each(t, func(t *testing.T, pool *sql.DB, _ handle.Dialect) {
		db := migrated(t, pool)
		service, err := rooms.New(rooms.Config{Stores: roomsql.New(db).Stores(), ParseAddress: parseAddress})
		is.New(t).NoErr(err)
		reg := newRegistry(t, db)
		for _, end := range []func(*sql.Tx) error{(*sql.Tx).Rollback, (*sql.Tx).Commit} {
			is := is.New(t)
			own, err := pool.BeginTx(t.Context(), nil)
			is.NoErr(err)
			tx, err := handle.Tx(t.Context(), db, own)
			is.NoErr(err)
			inside := service.On(roomsql.New(tx).Stores())
			room, _, err := inside.Create(t.Context(), caller, rooms.Change{ExternalID: new("same")})
			is.NoErr(err)
			again, created, err := inside.Create(t.Context(), caller, rooms.Change{ExternalID: new("same")})
			is.NoErr(err) // what is refused does not spoil the host's transaction
			is.True(!created && again.ID == room.ID)
			app, _, err := newRegistry(t, tx).CreateApplication(t.Context(), delegation.Application{Name: "Calendar",
				Scopes: scopes.Rooms(), Policy: delegation.Policy{Any: true}})
			is.NoErr(err)
			is.NoErr(end(own))
			_, err = service.Retrieve(t.Context(), caller, room.ID)
			_, _, appErr := reg.Application(t.Context(), app.ClientID, "", "")
			is.Equal(err == nil, appErr == nil)
			is.NoErr(ended(pool)) // and nothing holds a connection
			if err == nil {
				is.NoErr(service.Delete(t.Context(), caller, room.ID, nil))
			}
		}
		is := is.New(t)
		own, err := pool.BeginTx(t.Context(), nil)
		is.NoErr(err)
		defer own.Rollback()
		tx, err := handle.Tx(t.Context(), db, own)
		is.NoErr(err)
		is.Equal(roomsql.New(tx).InTx(t.Context(), func(ctx context.Context, inner rooms.Tx) error {
			_, _, err := service.On(inner.Stores).Create(ctx, caller, rooms.Change{})
			is.NoErr(err)
			return errChanged
		}), errChanged)
		page, err := service.On(roomsql.New(tx).Stores()).List(t.Context(), caller, rooms.ListOptions{})
		is.NoErr(err)
		is.Equal(page.Total, 0) // a transaction within it is undone alone
	})
}

// ended returns an error if a connection of the pool is in use.
func ended(pool *sql.DB) error {
	if n := pool.Stats().InUse; n != 0 {
		return errors.New("a connection is in use")
	}
	return nil
}

// TestHandlesThatBunDidNotMake: nothing panics, and the error names what to call.
func TestHandlesThatBunDidNotMake(t *testing.T) {
	is := is.New(t)
	pool, err := sql.Open("sqlite", dbtest.SQLite(t))
	is.NoErr(err)
	defer pool.Close()
	own, err := pool.BeginTx(t.Context(), nil)
	is.NoErr(err)
	defer own.Rollback()
	for _, db := range []bun.IDB{bun.Tx{Tx: own}, &bun.Tx{Tx: own}, bun.Conn{}, (*bun.DB)(nil)} {
		store := roomsql.New(db)
		service, err := rooms.New(rooms.Config{Stores: store.Stores(), ParseAddress: parseAddress})
		is.NoErr(err)
		ctx, view := t.Context(), caller.View()
		_, _, created := service.Create(ctx, caller, rooms.Change{})
		_, listed := service.List(ctx, caller, rooms.ListOptions{})
		_, retrieved := service.Retrieve(ctx, caller, "0199d9f6-5c1e-7d2a-9a53-1d2f3b4c5d6e")
		_, admitted := service.Admit(ctx, "aae-erez-aaz", rooms.Visitor{})
		_, _, locked := store.Lock(ctx, view, "x")
		_, people := store.Attendees(ctx, "x")
		_, sources := store.Sources(ctx)
		_, counted := store.CountPINs(ctx, []string{"1"})
		_, released := store.ReleasePINs(ctx, at, 1)
		_, forgotten := store.Requests().Forget(ctx, at, 1)
		_, registered := registry.New(registry.Config{DB: db, RootKeys: rootKeys})
		_, served := server.New(ctx, server.Config{URL: "https://meet.example.org", RootKeys: rootKeys, DB: db})
		for _, err := range []error{created, listed, retrieved, admitted, locked, people, sources, counted, released,
			forgotten, registered, served, service.Forget(ctx, "a@example.com"), store.Delete(ctx, view, "x", 1, at),
			store.Update(ctx, view, rooms.Room{}, 1)} {
			is.True(err != nil && strings.Contains(err.Error(), "server/database/handle"))
		}
	}
}

func TestHandlesThatCannotBeMade(t *testing.T) {
	is := is.New(t)
	_, err := handle.DB(t.Context(), nil, "")
	is.True(err != nil)
	_, err = handle.Tx(t.Context(), nil, nil)
	is.True(err != nil)
	pool, err := sql.Open("sqlite", dbtest.SQLite(t))
	is.NoErr(err)
	_, err = handle.DB(t.Context(), pool, "mysql")
	is.True(err != nil && strings.Contains(err.Error(), "mysql"))
	is.NoErr(pool.Close())
	_, err = handle.DB(t.Context(), pool, "")
	is.True(err != nil) // no dialect is guessed
}
