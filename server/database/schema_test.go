package database_test

import (
	"errors"
	"net/url"
	"testing"

	"github.com/matryer/is"
	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/server/database"
	"github.com/anteroom-go/anteroom/server/database/dbtest"
	"github.com/anteroom-go/anteroom/server/database/migrate"
	"github.com/anteroom-go/anteroom/server/database/session"
	"github.com/anteroom-go/anteroom/server/database/tables"
)

// createRoleSchema creates what comes first on PostgreSQL's search path.
const createRoleSchema = "CREATE SCHEMA postgres"

func users(t *testing.T, db *bun.DB) (n int) {
	t.Helper()
	is.New(t).NoErr(db.NewRaw(tables.SQL(db, "SELECT count(*) FROM {users}")).Scan(t.Context(), &n))
	return n
}

func addUser(t *testing.T, db *bun.DB) {
	t.Helper()
	_, err := db.ExecContext(t.Context(), tables.SQL(db, `INSERT INTO {users} (id, email, active, created_at)
		VALUES ('alice', 'alice@example.com', true, now())`))
	is.New(t).NoErr(err)
}

func TestASchemaNamedLikeTheRole(t *testing.T) {
	is := is.New(t)
	address := dbtest.Postgres(t)
	running := dbtest.Open(t, address)
	addUser(t, running)
	statement(t, address, createRoleSchema)
	is.Equal(users(t, dbtest.Open(t, address)), 1) // the next command finds the tables
	running.SetMaxIdleConns(0)
	is.Equal(users(t, running), 1) // and the server goes on with them
	statement(t, address, "CREATE TABLE postgres.users (id TEXT)", "CREATE TABLE postgres.rooms (id TEXT)")
	is.Equal(users(t, running), 1) // whatever else is in the schema
}

// TestASchemaBehindAPooler has a search path that only the server can set.
func TestASchemaBehindAPooler(t *testing.T) {
	is := is.New(t)
	address := dbtest.Postgres(t)
	addUser(t, dbtest.Open(t, address))
	statement(t, address, createRoleSchema)
	through := dbtest.PgBouncer(t, address, 4)
	db := dbtest.Open(t, through)
	is.Equal(users(t, db), 1) // nothing is pending, so there is nothing to refuse
	statement(t, address, "DROP TABLE {rooms_migrations}")
	var wrong *session.SettingError
	is.True(errors.As(database.Migrate(t.Context(), db), &wrong)) // a second set of tables is refused
	is.Equal(wrong.Setting, "search_path")
	var count int
	is.NoErr(db.NewRaw(tables.SQL(db, "SELECT count(*) FROM pg_tables WHERE schemaname = 'postgres'")).Scan(t.Context(), &count))
	is.Equal(count, 0) // and not begun
}

// TestAPoolerThatIgnoresSettings lets some settings of a new connection pass, with
// no effect, and refuses others.
func TestAPoolerThatIgnoresSettings(t *testing.T) {
	const some = "ignore_startup_parameters = default_transaction_isolation, transform_null_equals"
	for _, ignored := range []string{some, some + ", search_path"} {
		is := is.New(t)
		address := dbtest.Postgres(t)
		addUser(t, dbtest.Open(t, address))
		statement(t, address, createRoleSchema)
		is.Equal(users(t, dbtest.Open(t, dbtest.PgBouncer(t, address, 4, ignored))), 1) // it works all the same
	}
}

func TestTwoSetsOfTables(t *testing.T) {
	is := is.New(t)
	address := dbtest.Postgres(t)
	running := dbtest.Open(t, address)
	addUser(t, running)
	statement(t, address, createRoleSchema)
	dbtest.Open(t, with(address, "search_path", "postgres")) // another set, which was asked for
	is.Equal(users(t, running), 1)                           // the server keeps its own
	_, err := database.Open(t.Context(), address)
	var wrong *session.SettingError
	is.True(errors.As(err, &wrong)) // which of the two is meant is not guessed
	is.Equal(wrong.Setting, "search_path")
	is.Equal(users(t, dbtest.Open(t, with(address, "search_path", "public"))), 1) // but can be told
}

func TestNoSchema(t *testing.T) {
	is := is.New(t)
	_, err := database.Open(t.Context(), with(dbtest.Postgres(t), "search_path", "nowhere"))
	var wrong *session.SettingError
	is.True(errors.As(err, &wrong) && wrong.Setting == "search_path")
}

// TestTheRestOfThePathStays lets a host that uses our pool reach its own tables.
func TestTheRestOfThePathStays(t *testing.T) {
	is := is.New(t)
	address := dbtest.Postgres(t)
	dbtest.Open(t, address)
	statement(t, address, `CREATE SCHEMA "the ""host"""`, `CREATE TABLE "the ""host""".own (i INTEGER)`)
	db := dbtest.Open(t, with(address, "search_path", `"the ""host""", public`))
	_, err := db.ExecContext(t.Context(), tables.SQL(db, "INSERT INTO own VALUES (1)"))
	is.NoErr(err)
	is.Equal(users(t, db), 0)
}

// TestAHostsMigrations are not held to the schema of our tables.
func TestAHostsMigrations(t *testing.T) {
	is := is.New(t)
	address := dbtest.Postgres(t)
	dbtest.Open(t, address)
	statement(t, address, "CREATE SCHEMA host")
	db := hostPool(t, with(address, "search_path", "host, public"))
	own := migrations(map[string]string{"00001_own.sql": "-- +goose Up\nCREATE TABLE own (i INTEGER);\n"})
	for range 2 {
		is.NoErr(migrate.Apply(t.Context(), db, "own_migrations", own))
	}
	_, err := db.ExecContext(t.Context(), tables.SQL(db, "INSERT INTO host.own VALUES (1)"))
	is.NoErr(err) // they are where the host wants them
	is.NoErr(migrate.Up(t.Context(), db))
	is.Equal(users(t, db), 0) // and ours where they were
	u, err := url.Parse(address)
	is.NoErr(err)
	statement(t, address, "ALTER DATABASE "+u.Path[1:]+" SET search_path = public, host")
	var wrong *session.SettingError
	own["migrations/00002_more.sql"] = own["migrations/00001_own.sql"]
	err = migrate.Apply(t.Context(), hostPool(t, address), "own_migrations", own)
	is.True(errors.As(err, &wrong)) // a second version table is refused them, too
}
