package tables_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/matryer/is"
	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/registry"
	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/rooms/roomsql"
	"github.com/anteroom-go/anteroom/rooms/roomstest"
	"github.com/anteroom-go/anteroom/server/database"
	"github.com/anteroom-go/anteroom/server/database/dbtest"
	"github.com/anteroom-go/anteroom/server/database/migrate"
	"github.com/anteroom-go/anteroom/server/database/tables"
)

func TestParse(t *testing.T) {
	is := is.New(t)
	for text, want := range map[string]tables.Names{
		"meet.": {Schema: "meet"}, "meet_": {Prefix: "meet_"}, "meet.api_": {Schema: "meet", Prefix: "api_"},
		"a1_b_": {Prefix: "a1_b_"},
	} {
		names, err := tables.Parse(text)
		is.NoErr(err)
		is.Equal(names, want)
		is.Equal(names.String(), text)
	}
	for _, text := range []string{"", "meet", ".", "Meet_", "1_", "_", "a-b_", "a b_", `a"_`, "a;_", "é_", "pg_",
		"pg_toast.",
		"sqlite_", "a.b.c_", "meet_;DROP TABLE users", "{a}_", strings.Repeat("a", 31) + "_"} {
		_, err := tables.Parse(text)
		is.True(errors.Is(err, tables.ErrNames)) // would have to be quoted, or could be another's
	}
}

func TestSQL(t *testing.T) {
	is := is.New(t)
	const text = `CREATE INDEX {.users_email} ON {users} (email) -- '{}'`
	is.Equal(tables.Names{}.SQL(text), `CREATE INDEX users_email ON users (email) -- '{}'`)
	is.Equal(tables.Names{Schema: "meet", Prefix: "a_"}.SQL(text),
		`CREATE INDEX a_users_email ON meet.a_users (email) -- '{}'`)
	is.True(tables.Names{Prefix: "a_"}.Lock(7) != tables.Names{Prefix: "b_"}.Lock(7)) // they do not wait for each other
	is.Equal(tables.Names{Schema: "public"}.Lock(7), int64(7))                        // where the plain names are
	is.Equal(tables.Names{}.Lock(7), int64(7))                                        // programs before this one do
}

// opened opens a database with the tables under a name, and migrates it.
func opened(t *testing.T, url, names string) *bun.DB {
	t.Helper()
	is := is.New(t)
	db, err := database.Options{Tables: names}.Open(t.Context(), url)
	is.NoErr(err)
	t.Cleanup(func() { is.NoErr(db.Close()) })
	is.NoErr(database.Migrate(t.Context(), db))
	return db
}

// plain is the text for the names that tables had before they could be named.
func plain(url string) string {
	if strings.HasPrefix(url, "file:") {
		return "main."
	}
	return "public."
}

func registered(t *testing.T, db *bun.DB) *registry.Registry {
	t.Helper()
	reg, err := registry.New(registry.Config{DB: db, RootKeys: delegation.NewRootKeys()})
	is.New(t).NoErr(err)
	return reg
}

// TestPlainNamesAreKept opens a database of a program before this one: what is there is
// found, and nothing is made beside it.
func TestPlainNamesAreKept(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, url string) {
		is := is.New(t)
		_, err := registered(t, opened(t, url, plain(url))).AddUser(t.Context(), "alice@example.com")
		is.NoErr(err)
		found := opened(t, url, "")
		names, carried := tables.Of(found)
		is.True(carried)
		is.Equal(names, tables.Names{})
		user, err := registered(t, found).UserByEmail(t.Context(), "alice@example.com")
		is.NoErr(err)
		is.True(user.Active)
		opened(t, url, tables.DefaultOf(found).String()) // a second installation, which was asked for
		_, err = database.Open(t.Context(), url)
		is.True(errors.Is(err, tables.ErrTwo)) // which of them is meant is not guessed
		bare := bun.NewDB(found.DB, found.Dialect())
		_, _, err = roomsql.New(bare).List(t.Context(), rooms.View{UserID: "1", AllSources: true}, rooms.Query{Limit: 1})
		is.True(errors.Is(err, tables.ErrTwo)) // by no store either
		_, err = registry.New(registry.Config{DB: bare})
		is.True(errors.Is(err, tables.ErrTwo))
	})
}

// TestInstallationsBesideEachOther keeps two in one database, with a table of the host's
// that has the name of one of ours.
func TestInstallationsBesideEachOther(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, url string) {
		is := is.New(t)
		host, err := database.Open(t.Context(), url)
		is.NoErr(err)
		defer host.Close()
		one, other := opened(t, url, "one_"), opened(t, url, "other_")
		_, err = host.ExecContext(t.Context(), "CREATE TABLE users (id INTEGER)")
		is.NoErr(err)
		_, err = registered(t, one).AddUser(t.Context(), "alice@example.com")
		is.NoErr(err)
		_, err = registered(t, other).UserByEmail(t.Context(), "alice@example.com")
		is.Equal(err, delegation.ErrUserNotFound)
		for _, db := range []*bun.DB{one, other} {
			is.NoErr(migrate.Check(t.Context(), db))
		}
	})
}

// TestStoresOnOtherNames runs the suite of stores on the plain names, and on odd ones.
func TestStoresOnOtherNames(t *testing.T) {
	for name, names := range map[string]func(url string) string{
		"plain": plain, "odd": func(string) string { return "z9__rooms_" },
	} {
		t.Run(name, func(t *testing.T) {
			dbtest.EachURL(t, func(t *testing.T, url string) {
				db := opened(t, url, names(url))
				roomstest.Store(t, func(t *testing.T) rooms.Stores {
					for _, table := range []string{"{room_requests}", "{room_members}", "{rooms}"} {
						_, err := db.ExecContext(t.Context(), tables.SQL(db, "DELETE FROM "+table))
						is.New(t).NoErr(err)
					}
					return roomsql.New(db).Stores()
				})
			})
		})
	}
}

// TestARoleThatMayNotCreate is told what its database lacks.
func TestARoleThatMayNotCreate(t *testing.T) {
	is := is.New(t)
	url := dbtest.Postgres(t)
	owner, err := database.Open(t.Context(), url)
	is.NoErr(err)
	defer owner.Close()
	_, err = owner.ExecContext(t.Context(), "CREATE SCHEMA closed")
	is.NoErr(err)
	weak, err := database.Options{Tables: "closed."}.Open(t.Context(), url+"&options=-c%20role%3Dpg_monitor")
	is.NoErr(err)
	defer weak.Close()
	err = database.Migrate(t.Context(), weak)
	is.True(errors.Is(err, migrate.ErrCreate))
	is.True(strings.Contains(err.Error(), "GRANT USAGE, CREATE ON SCHEMA closed"))
}

// TestAHandleOfAHost names the tables of a pool that was opened elsewhere.
func TestAHandleOfAHost(t *testing.T) {
	is := is.New(t)
	url := dbtest.Postgres(t)
	db, err := database.Open(t.Context(), url)
	is.NoErr(err)
	defer db.Close()
	is.NoErr(database.Migrate(t.Context(), db))
	db = tables.On(db, tables.Names{Schema: "anteroom"})
	reg, err := registry.New(registry.Config{DB: db})
	is.NoErr(err)
	_, err = reg.AddUser(t.Context(), "alice@example.com")
	is.NoErr(err)
}
