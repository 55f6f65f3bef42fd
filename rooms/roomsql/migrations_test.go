package roomsql_test

import (
	"context"
	"fmt"
	"io/fs"
	"testing"
	"testing/fstest"
	"time"

	"github.com/matryer/is"
	"github.com/pressly/goose/v3"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"

	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/rooms/once"
	"github.com/anteroom-go/anteroom/rooms/roomsql"
	"github.com/anteroom-go/anteroom/server/database"
	"github.com/anteroom-go/anteroom/server/database/dbtest"
	"github.com/anteroom-go/anteroom/server/database/migrate"
	"github.com/anteroom-go/anteroom/server/database/tables"
)

// migrated returns a database with the first migrations, which some statements
// have filled.
func migrated(t *testing.T, url string, files []string, fill ...string) *bun.DB {
	t.Helper()
	is := is.New(t)
	db, err := database.Open(t.Context(), url)
	is.NoErr(err)
	t.Cleanup(func() { _ = db.Close() })
	db = tables.On(db, tables.Names{}) // those of older programs
	first := fstest.MapFS{}
	for _, name := range files {
		text, err := roomsql.Migrations.ReadFile("migrations/" + name)
		is.NoErr(err)
		first["migrations/"+name] = &fstest.MapFile{Data: text}
	}
	is.NoErr(migrate.Apply(t.Context(), db, "rooms_migrations", tables.Names{}.FilesOn(db, first)))
	for _, statement := range fill {
		_, err := db.ExecContext(t.Context(), tables.SQL(db, statement))
		is.NoErr(err)
	}
	return db
}

const (
	keptID, goneID = "0199d9f6-5c1e-7d2a-9a53-1d2f3b4c5d6e", "0199d9f6-5c1e-7d2a-9a53-1d2f3b4c5d6f"
	insertRooms    = `INSERT INTO {rooms} (id, slug, name, access_level, configuration, source_kind, source_id,
			source_name,
		version, created_at, updated_at, deleted_at) VALUES
		('` + keptID + `', 'aaa-aaaa-aaa', 'Budget', 'trusted', '{}', 'application', 'app', 'Calendar',
			1, '2026-01-02', '2026-01-02', NULL),
		('` + goneID + `', 'bbb-bbbb-bbb', 'Gone', 'trusted', '{}', 'application', 'app', 'Calendar',
			1, '2026-01-02', '2026-01-02', '2026-01-03')`
)

// throughApp is the view of a user through the application of the migrated rooms.
func throughApp(user string, addresses ...string) rooms.View {
	return rooms.View{UserID: user, Addresses: addresses, SourceKind: "application", SourceID: "app"}
}

// sees asserts that a view lists the kept room only, in which its user has a role;
// none if the role is empty.
func sees(t *testing.T, store *roomsql.Store, view rooms.View, want rooms.Role) {
	t.Helper()
	is := is.New(t)
	found, total, err := store.List(t.Context(), view, rooms.Query{Limit: 10})
	is.NoErr(err)
	if want == "" {
		is.Equal(total, 0)
		return
	}
	is.True(total == 1 && len(found) == 1 && found[0].ID == keptID && found[0].Name == "Budget")
	_, role, err := store.Find(t.Context(), view, keptID)
	is.NoErr(err)
	is.Equal(role, want)
}

func TestMigrationKeepsRoomsOfTheFirstSchema(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, url string) {
		is := is.New(t)
		db := migrated(t, url, []string{"00001_rooms.sql"}, insertRooms,
			`INSERT INTO {room_members} (room_id, user_id, role, source_kind, source_id, created_at) VALUES
				('`+keptID+`', 'alice', 'owner', 'application', 'app', '2026-01-02'),
				('`+keptID+`', 'bob', 'member', 'application', 'app', '2026-01-02'),
				('`+keptID+`', 'carol', 'administrator', 'application', 'app', '2026-01-02')`)
		is.NoErr(database.Migrate(t.Context(), db))
		store := roomsql.New(db)
		sees(t, store, throughApp("alice"), rooms.Owner)
		sees(t, store, throughApp("bob"), rooms.Member) // those whom a host added by id go on by id
		sees(t, store, throughApp("carol"), rooms.Administrator)
		sees(t, store, throughApp("dave"), "")
		people, err := store.Attendees(t.Context(), keptID)
		is.NoErr(err)
		is.True(len(people) == 3 && people[0].UserID == "alice" && people[0].Role == rooms.Owner) // everyone is there
		is.True(people[1].ID != people[2].ID && people[1].ID != "")                               // with an id of their own
	})
}

var filledSecond = []string{insertRooms,
	`INSERT INTO {room_members} (room_id, id, user_id, address, role, source_kind, source_id, created_at,
			deleted_at) VALUES
		('` + keptID + `', '` + keptID + `', 'alice', 'alice@example.com', 'owner', 'application', 'app', '2026-01-02', NULL),
		('` + keptID + `', 'a1', 'bob', 'bob@example.com', 'administrator', 'application', 'app', '2026-01-02', NULL),
		('` + keptID + `', 'a2', NULL, 'bob@example.org', 'member', 'application', 'app', '2026-01-02', NULL),
		('` + keptID + `', 'a3', NULL, 'carol@example.com', 'member', 'application', 'app', '2026-01-02', NULL),
		('` + keptID + `', 'a4', 'dave', NULL, 'member', 'application', 'app', '2026-01-02', NULL),
		('` + goneID + `', 'a5', 'bob', 'bob@example.com', 'member', 'application', 'app', '2026-01-02', '2026-01-03')`,
	`INSERT INTO {room_requests} (source_kind, source_id, user_id, route, key, fingerprint, holder, locked_until, answer,
			expires_at) VALUES
		('application', 'app', 'bob', 'POST', 'k', 'f', 'h', '2026-01-02', 'Qm9i', '2027-01-01'),
		('application', 'app', '', 'POST', 'k', 'f', 'h', '2026-01-02', 'TWU=', '2027-01-01')`,
}

func TestMigrationMakesAttendeesAddresses(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, url string) {
		is := is.New(t)
		db := migrated(t, url, []string{"00001_rooms.sql", "00002_attendees.sql"}, filledSecond...)
		is.NoErr(database.Migrate(t.Context(), db))
		store := roomsql.New(db)
		sees(t, store, throughApp("alice"), rooms.Owner)
		sees(t, store, throughApp("bob", "bob@example.com"), rooms.Administrator) // who was active comes with it
		sees(t, store, throughApp("bob", "bob@example.org", "bob@example.com"), rooms.Administrator)
		sees(t, store, throughApp("bob"), "")                                // the id alone gives no role any more
		sees(t, store, throughApp("new", "carol@example.com"), rooms.Member) // who was pending, as well
		sees(t, store, throughApp("dave"), rooms.Member)                     // a host's own go on by id
		sees(t, store, throughApp("eve", "alice@example.com"), "")           // an owner's address gives no role
		people, err := store.Attendees(t.Context(), keptID)
		is.NoErr(err)
		var all []string
		for _, a := range people {
			all = append(all, fmt.Sprintf("%s %s %s", a.UserID, a.Address, a.Role))
		}
		is.Equal(all, []string{"alice alice@example.com owner", " bob@example.com administrator", " bob@example.org member",
			" carol@example.com member", "dave  member"}) // roles and addresses are as they were
		from, to := []time.Time{day("2026-01-01")}, day("2026-02-01")
		counts, err := store.Count(t.Context(), throughApp("bob", "bob@example.com"), from, to)
		is.NoErr(err)
		is.True(counts[0].Created == 2 && counts[0].Deleted == 1) // past rooms count by the address
		for id, want := range map[once.ID]string{{UserID: "bob"}: "Bob", {Program: true}: "Me"} {
			id.SourceKind, id.SourceID, id.Route, id.Key = "application", "app", "POST", "k"
			now := day("2026-01-02")
			found, err := store.Requests().Answer(t.Context(), once.Attempt{ID: id, Fingerprint: "f", Now: now, KeepUntil: now},
				func(context.Context, rooms.Tx) ([]byte, error) { return []byte("anew"), nil })
			is.NoErr(err)
			is.Equal(string(found.Answer), want) // answers are kept for who got them
		}
	})
}

func TestMigrationDown(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, url string) {
		is := is.New(t)
		db := migrated(t, url, []string{"00001_rooms.sql", "00002_attendees.sql"}, filledSecond...)
		is.NoErr(database.Migrate(t.Context(), db))
		files, err := fs.Sub(tables.Names{}.FilesOn(db, roomsql.Migrations), "migrations")
		is.NoErr(err)
		which := goose.DialectSQLite3
		if db.Dialect().Name() == dialect.PG {
			which = goose.DialectPostgres
		}
		migrations, err := goose.NewProvider(which, db.DB, files,
			goose.WithTableName("rooms_migrations"), goose.WithDisableGlobalRegistry(true))
		is.NoErr(err)
		_, err = migrations.DownTo(t.Context(), 2)
		is.NoErr(err)
		var pending, callers int
		const bobs = `SELECT count(*) FROM {room_members} WHERE user_id IS NULL AND address = 'bob@example.com'`
		is.NoErr(db.NewRaw(tables.SQL(db, bobs)).Scan(t.Context(), &pending))
		is.Equal(pending, 2) // attendees are pending in the second schema
		is.NoErr(db.NewRaw(tables.SQL(db, `SELECT count(*) FROM {room_requests} WHERE user_id IN ('', 'bob')`)).
			Scan(t.Context(), &callers))
		is.Equal(callers, 2)
		is.NoErr(database.Migrate(t.Context(), db)) // and up again
		sees(t, roomsql.New(db), throughApp("bob", "bob@example.com"), rooms.Administrator)
		_, err = migrations.DownTo(t.Context(), 0)
		is.NoErr(err) // all the way
	})
}

// day is a date as midnight UTC.
func day(text string) time.Time {
	parsed, _ := time.Parse(time.DateOnly, text)
	return parsed
}
