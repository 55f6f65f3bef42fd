package rooms_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/matryer/is"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"

	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/rooms/roomstest"
	"github.com/anteroom-go/anteroom/server/database/dbtest"
)

var (
	calendar = rooms.Source{Kind: "application", ID: "app_calendar", Name: "Calendar"}
	alice    = rooms.Caller{User: "alice", Source: calendar}
)

func TestSQLStore(t *testing.T) {
	suites := map[string]func(*testing.T, func(*testing.T) rooms.Store){
		"store": roomstest.Store, "transactor": roomstest.Transactor, "attendees": roomstest.Attendees,
		"requests": roomstest.Requests, "statistics": roomstest.Statistics,
	}
	for name, url := range map[string]func(testing.TB) string{"sqlite": dbtest.SQLite, "postgres": dbtest.Postgres} {
		for suite, run := range suites {
			t.Run(suite+"/"+name, func(t *testing.T) {
				run(t, func(t *testing.T) rooms.Store { return rooms.NewSQLStore(dbtest.Open(t, url(t))) })
			})
		}
	}
}

// service is a service on a database or a transaction of it.
func service(t *testing.T, db bun.IDB, config rooms.Config) *rooms.Service {
	t.Helper()
	config.Store = rooms.NewSQLStore(db)
	s, err := rooms.New(config)
	is.New(t).NoErr(err)
	return s
}

func TestHostsRollbackTakesTheRoomWithIt(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		is := is.New(t)
		var room rooms.Room
		changedMind := errors.New("the host changed its mind")
		err := db.RunInTx(t.Context(), nil, func(ctx context.Context, tx bun.Tx) (err error) {
			inside := service(t, tx, rooms.Config{})
			room, _, err = inside.Create(ctx, alice, rooms.Draft{Name: "Budget"})
			is.NoErr(err)
			_, err = inside.Retrieve(ctx, alice, room.ID)
			is.NoErr(err) // inside the transaction the room is there
			return changedMind
		})
		is.Equal(err, changedMind)
		_, err = service(t, db, rooms.Config{}).Retrieve(t.Context(), alice, room.ID)
		is.True(errors.Is(err, rooms.ErrNotFound)) // and outside it never was
		var members int
		is.NoErr(db.NewRaw("SELECT count(*) FROM room_members").Scan(t.Context(), &members))
		is.Equal(members, 0) // nor its owner
	})
}

func TestRefusalsDoNotSpoilTheHostsTransaction(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		is := is.New(t)
		var last rooms.Room
		is.NoErr(db.RunInTx(t.Context(), nil, func(ctx context.Context, tx bun.Tx) error {
			store, inside := rooms.NewSQLStore(tx), service(t, tx, rooms.Config{})
			first, _, err := inside.Create(ctx, alice, rooms.Draft{ExternalID: "one"})
			is.NoErr(err)
			second, _, err := inside.Create(ctx, alice, rooms.Draft{ExternalID: "two"})
			is.NoErr(err)
			collision := first
			collision.ID, collision.ExternalID = "0199d9f6-5c1e-7d2a-9a53-1d2f3b4c5d6e", ""
			is.Equal(store.Insert(ctx, collision, rooms.Attendee{ID: "owner", UserID: "alice", Role: rooms.Owner}), rooms.ErrCodeTaken) // a slug collides
			again, created, err := inside.Create(ctx, alice, rooms.Draft{ExternalID: "one"})
			is.NoErr(err)
			is.True(!created && again.ID == first.ID) // an external id collides on creation
			taken := "one"
			_, err = inside.Update(ctx, alice, second.ID, rooms.Change{ExternalID: &taken})
			is.Equal(err, rooms.ErrExternalIDTaken) // and on change
			last, _, err = inside.Create(ctx, alice, rooms.Draft{})
			return err // after all that the transaction still works
		}))
		_, err := service(t, db, rooms.Config{}).Retrieve(t.Context(), alice, last.ID)
		is.NoErr(err) // and commits
	})
}

// TestListIsOneIndexRange holds the queries of lists against the indexes that
// were made for them: no table is scanned and nothing is sorted.
func TestListIsOneIndexRange(t *testing.T) {
	queries := map[string]string{
		"own": `SELECT r.name FROM room_members AS m JOIN rooms AS r ON r.id = m.room_id
			WHERE m.user_id = 'u7' AND m.source_kind = 'application' AND m.source_id = 'a' AND m.deleted_at IS NULL
			ORDER BY m.room_id DESC LIMIT 20 OFFSET 0`,
		"all sources": `SELECT r.name FROM room_members AS m JOIN rooms AS r ON r.id = m.room_id
			WHERE m.user_id = 'u7' AND m.deleted_at IS NULL ORDER BY m.room_id DESC LIMIT 20 OFFSET 0`,
		"no user": `SELECT r.name FROM rooms AS r
			WHERE r.source_kind = 'application' AND r.source_id = 'a' AND r.deleted_at IS NULL ORDER BY r.id DESC LIMIT 20 OFFSET 0`,
	}
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		fill(t, db, 3000)
		for name, query := range queries {
			t.Run(name, func(t *testing.T) {
				is := is.New(t)
				plan := explain(t, db, query)
				for _, bad := range []string{"SCAN ", "TEMP B-TREE", "Seq Scan", "Sort", "Bitmap"} {
					is.True(!strings.Contains(plan, bad)) // one range of one index, in its order
				}
			})
		}
	})
}

// fill makes n rooms of twenty users by plain SQL.
func fill(t *testing.T, db *bun.DB, n int) {
	t.Helper()
	is := is.New(t)
	numbers := fmt.Sprintf("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) ", n)
	text := func(prefix string) string { return "'" + prefix + "' || CAST(i AS TEXT)" }
	for _, statement := range []string{
		`INSERT INTO rooms (id, slug, name, access_level, configuration, source_kind, source_id, source_name, version, created_at, updated_at) ` +
			numbers + `SELECT ` + text("room-") + `, ` + text("slug-") + `, 'n', 'trusted', '{}', 'application', 'a', 'A', 1, '2026-01-01', '2026-01-01' FROM n`,
		`INSERT INTO room_members (room_id, id, user_id, role, source_kind, source_id, created_at) ` +
			numbers + `SELECT ` + text("room-") + `, 'owner', 'u' || CAST(i % 20 AS TEXT), 'owner', 'application', 'a', '2026-01-01' FROM n`,
		`ANALYZE`,
	} {
		if db.Dialect().Name() == dialect.PG {
			statement = strings.ReplaceAll(statement, "'2026-01-01'", "TIMESTAMPTZ '2026-01-01'")
		}
		_, err := db.ExecContext(t.Context(), statement)
		is.NoErr(err)
	}
}

// explain returns how the database would answer the query.
func explain(t *testing.T, db *bun.DB, query string) string {
	t.Helper()
	is := is.New(t)
	if db.Dialect().Name() == dialect.PG {
		var lines []string
		is.NoErr(db.NewRaw("EXPLAIN "+query).Scan(t.Context(), &lines))
		return strings.Join(lines, "\n")
	}
	var steps []struct {
		ID, Parent, Notused int
		Detail              string
	}
	is.NoErr(db.NewRaw("EXPLAIN QUERY PLAN "+query).Scan(t.Context(), &steps))
	var plan strings.Builder
	for _, step := range steps {
		plan.WriteString(step.Detail + "\n")
	}
	return plan.String()
}
