package rooms_test

import (
	"context"
	"errors"
	"testing"

	"github.com/matryer/is"
	"github.com/uptrace/bun"

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
