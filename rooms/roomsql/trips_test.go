package roomsql_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/matryer/is"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"

	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/rooms/roomsql"
	"github.com/anteroom-go/anteroom/server/database/dbtest"
	"github.com/anteroom-go/anteroom/server/database/session"
)

// trips counts what is sent to the database, the beginnings and ends of transactions too. Each waits for an answer.
type trips struct{ sent []string }

func (r *trips) BeforeQuery(ctx context.Context, _ *bun.QueryEvent) context.Context { return ctx }

func (r *trips) AfterQuery(_ context.Context, event *bun.QueryEvent) {
	word, _, _ := strings.Cut(strings.TrimSpace(event.Query), " ")
	r.sent = append(r.sent, word)
}

// TestRoundTrips pins how often each operation waits for the database.
func TestRoundTrips(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		is := is.New(t)
		counted := &trips{}
		stores := roomsql.New(session.Shared(db.WithQueryHook(counted))).Stores()
		config := rooms.Config{Stores: stores, ParseAddress: func(a string) (string, bool) { return a, true }}
		quiet, err := rooms.New(config)
		is.NoErr(err)
		config.OnEvent = func(context.Context, rooms.Event) error { return nil }
		heard, err := rooms.New(config)
		is.NoErr(err)
		sends := func(want ...string) {
			t.Helper()
			is.Equal(counted.sent, want)
			counted.sent = nil
		}
		insert := []string{"BEGIN", "INSERT", "INSERT", "COMMIT"}
		if db.Dialect().Name() == dialect.PG {
			insert = []string{"WITH"} // both inserts
		}

		room, _, err := quiet.Create(t.Context(), alice, rooms.Change{ExternalID: new("one")})
		is.NoErr(err)
		sends(insert...)
		_, err = quiet.Retrieve(t.Context(), alice, room.ID)
		is.NoErr(err)
		sends("SELECT")
		_, err = quiet.List(t.Context(), alice, rooms.ListOptions{})
		is.NoErr(err)
		sends("SELECT") // the page and how many there are
		_, err = quiet.Update(t.Context(), alice, room.ID, rooms.Change{Name: new("other")}, nil)
		is.NoErr(err)
		sends("SELECT", "UPDATE") // the external id needs no transaction
		_, err = quiet.Attendees(t.Context(), alice, room.ID)
		is.NoErr(err)
		sends("SELECT", "SELECT")
		_, created, err := quiet.Create(t.Context(), alice, rooms.Change{ExternalID: new("one")})
		is.NoErr(err)
		is.True(!created)
		counted.sent = nil
		is.NoErr(quiet.Delete(t.Context(), alice, room.ID, nil))
		sends("SELECT", "BEGIN", "UPDATE", "UPDATE", "COMMIT") // the second one sees who was added meanwhile

		_, _, err = heard.Create(t.Context(), alice, rooms.Change{})
		is.NoErr(err)
		if db.Dialect().Name() == dialect.PG {
			sends("BEGIN", "WITH", "COMMIT") // one transaction with what the host writes
			return
		}
		sends(slices.Concat([]string{"BEGIN", "SAVEPOINT"}, insert[1:3], []string{"RELEASE", "COMMIT"})...)
	})
}
