package database_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/matryer/is"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"
	"github.com/uptrace/bun/dialect/sqlitedialect"

	"github.com/anteroom-go/anteroom/server/database"
	"github.com/anteroom-go/anteroom/server/database/dbtest"
	"github.com/anteroom-go/anteroom/server/database/session"
	"github.com/anteroom-go/anteroom/server/database/tables"
)

// statement runs SQL past everything that is under test.
func statement(t *testing.T, address string, statements ...string) {
	t.Helper()
	is := is.New(t)
	conn, err := pgx.Connect(context.Background(), address)
	is.NoErr(err)
	defer conn.Close(context.Background())
	for _, text := range statements {
		_, err := conn.Exec(context.Background(), text)
		is.NoErr(err)
	}
}

// with returns a URL with a further parameter.
func with(address, name, value string) string {
	return address + "&" + name + "=" + strings.ReplaceAll(url.QueryEscape(value), "+", "%20")
}

// inject asks for texts that are conditions if backslashes escape quotes.
func inject(t *testing.T, db *bun.DB) {
	t.Helper()
	is := is.New(t)
	_, err := db.ExecContext(t.Context(), tables.SQL(db, `INSERT INTO {users} (id, email, active, created_at)
		VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`), "victim", "victim@example.com", true, time.Now())
	is.NoErr(err)
	for _, id := range []string{`\' OR 1=1 --`, `\' OR id <> \'`} {
		var found int
		is.NoErr(db.NewRaw(tables.SQL(db, "SELECT count(*) FROM {users} WHERE id = ?"), id).Scan(t.Context(), &found))
		is.Equal(found, 0) // a text is a text
	}
}

// TestStringsAreSafe switches standard_conforming_strings off in every place where
// that can be done.
func TestStringsAreSafe(t *testing.T) {
	const off = "standard_conforming_strings=off"
	cluster := dbtest.Cluster(t, off)
	plain := dbtest.Cluster(t)
	statement(t, plain, "CREATE DATABASE of_database", "ALTER DATABASE of_database SET "+off,
		"CREATE ROLE of_role LOGIN SUPERUSER", "ALTER ROLE of_role SET "+off, "CREATE DATABASE role_db")
	named := func(database, role string) string {
		u, err := url.Parse(plain)
		is.New(t).NoErr(err)
		u.Path, u.User = "/"+database, url.User(role)
		return u.String()
	}
	addresses := map[string]func(t *testing.T) string{
		"server":   func(t *testing.T) string { return cluster },
		"database": func(t *testing.T) string { return named("of_database", "postgres") },
		"role":     func(t *testing.T) string { return named("role_db", "of_role") },
		"URL": func(t *testing.T) string {
			return with(dbtest.Postgres(t), "standard_conforming_strings",
				"off")
		},
		"URL, other letters": func(t *testing.T) string {
			return with(dbtest.Postgres(t), "Standard_Conforming_Strings",
				"off")
		},
		"options":       func(t *testing.T) string { return with(dbtest.Postgres(t), "options", "-c "+off) },
		"pooled server": func(t *testing.T) string { return dbtest.PgBouncer(t, cluster, 4) },
		"pooled URL": func(t *testing.T) string {
			return with(dbtest.PgBouncer(t, dbtest.Postgres(t), 4), "standard_conforming_strings", "off")
		},
	}
	for name, address := range addresses {
		t.Run(name, func(t *testing.T) { inject(t, dbtest.Open(t, address(t))) })
	}
}

// TestSettings gives the database every other setting that would be wrong.
func TestSettings(t *testing.T) {
	settings := map[string]string{
		"transform_null_equals": "on", "DateStyle": "'German, DMY'", "client_encoding": "LATIN1",
		"default_transaction_isolation": "serializable", "TimeZone": "'Asia/Kathmandu'",
	}
	for name, value := range settings {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			address := dbtest.Postgres(t)
			u, err := url.Parse(address)
			is.NoErr(err)
			statement(t, address, "ALTER DATABASE "+u.Path[1:]+" SET "+name+" = "+value)
			db := dbtest.Open(t, address)
			is.NoErr(session.Check(t.Context(), db)) // our own pool has the settings that it needs
			var zone string
			is.NoErr(db.NewRaw(tables.SQL(db, "SHOW TimeZone")).Scan(t.Context(), &zone))
			is.Equal(zone, "UTC") // and the time zone
		})
	}
}

// TestSettingsBehindAPooler checks what a pooler does not carry.
func TestSettingsBehindAPooler(t *testing.T) {
	settings := map[string]string{"transform_null_equals": "on", "default_transaction_isolation": "serializable"}
	for name, value := range settings {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			address := dbtest.Postgres(t)
			u, err := url.Parse(address)
			is.NoErr(err)
			statement(t, address, "ALTER DATABASE "+u.Path[1:]+" SET "+name+" = "+value)
			_, err = database.Open(t.Context(), dbtest.PgBouncer(t, address, 4))
			var wrong *session.SettingError
			is.True(errors.As(err, &wrong))
			is.True(wrong.Setting == name && wrong.Remedy != "") // it is refused, and told how to mend it
		})
	}
}

func TestServerEncoding(t *testing.T) {
	is := is.New(t)
	address := dbtest.Postgres(t)
	u, err := url.Parse(address)
	is.NoErr(err)
	u.Path += "_ascii"
	statement(t, address, "CREATE DATABASE "+u.Path[1:]+" ENCODING 'SQL_ASCII' TEMPLATE template0")
	t.Cleanup(func() { statement(t, address, "DROP DATABASE "+u.Path[1:]) })
	_, err = database.Open(t.Context(), u.String())
	var wrong *session.SettingError
	is.True(errors.As(err, &wrong) && wrong.Setting == "server_encoding") // what is not UTF-8 is refused
}

// TestAChangedSession switches the setting off in a session of the pool.
func TestAChangedSession(t *testing.T) {
	is := is.New(t)
	db := dbtest.Open(t, dbtest.Postgres(t))
	db.SetMaxOpenConns(1)
	_, err := db.ExecContext(t.Context(), tables.SQL(db, "SET standard_conforming_strings = off"))
	is.NoErr(err)
	var value string
	is.NoErr(db.NewRaw(tables.SQL(db, "SHOW standard_conforming_strings")).Scan(t.Context(), &value))
	is.Equal(value, "on") // the session was not used again
}

// hostPool opens PostgreSQL as a host does, without the care that Open takes.
func hostPool(t *testing.T, address string) *bun.DB {
	t.Helper()
	pool, err := sql.Open("pgx", address)
	is.New(t).NoErr(err)
	t.Cleanup(func() { _ = pool.Close() })
	return bun.NewDB(pool, pgdialect.New())
}

// TestPrepared pins what is prepared, whatever the URL has of pgx's own parameters.
func TestPrepared(t *testing.T) {
	address := dbtest.Postgres(t)
	for name, url := range map[string]string{
		"by itself":     address,
		"in spite of":   with(address, "default_query_exec_mode", "cache_statement"),
		"and its cache": with(address, "statement_cache_capacity", "512"),
	} {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			db := dbtest.Open(t, url)
			db.SetMaxOpenConns(1) // so that every statement is one session's
			for i := range 5 {
				is.NoErr(db.NewRaw(tables.SQL(db, "SELECT ?"), fmt.Sprint(i)).Scan(t.Context(), new(string)))
				is.NoErr(db.DB.QueryRowContext(t.Context(), tables.SQL(db, "SELECT $1::text"), fmt.Sprint(i)).Scan(new(string)))
			}
			var prepared int
			is.NoErr(db.NewRaw(tables.SQL(db, "SELECT count(*) FROM pg_prepared_statements")).Scan(t.Context(), &prepared))
			is.Equal(prepared, 1) // the one with arguments, and none that bun wrote arguments into
		})
	}
}

func TestPool(t *testing.T) {
	is := is.New(t)
	address := dbtest.Postgres(t)
	db := dbtest.Open(t, address)
	is.Equal(db.Stats().MaxOpenConnections, 16)
	var name string
	is.NoErr(db.NewRaw(tables.SQL(db, "SHOW application_name")).Scan(t.Context(), &name))
	is.Equal(name, "anteroom")
	is.Equal(dbtest.Open(t, with(address, "pool_max_conns", "5")).Stats().MaxOpenConnections, 5)
}

// hostFile opens a SQLite file as a host does.
func hostFile(t *testing.T, path string) *bun.DB {
	t.Helper()
	pool, err := sql.Open("sqlite", "file:"+path)
	is.New(t).NoErr(err)
	t.Cleanup(func() { _ = pool.Close() })
	return bun.NewDB(pool, sqlitedialect.New())
}
