package roomsql_test

import (
	"context"
	"errors"
	"testing"

	"github.com/matryer/is"
	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/rooms/once"
	"github.com/anteroom-go/anteroom/rooms/pins"
	"github.com/anteroom-go/anteroom/rooms/roomsql"
	"github.com/anteroom-go/anteroom/rooms/roomstest"
	"github.com/anteroom-go/anteroom/rooms/stats"
	"github.com/anteroom-go/anteroom/server/database/dbtest"
	"github.com/anteroom-go/anteroom/server/database/tables"
)

var alice = rooms.ForUser(rooms.Source{Kind: "application", ID: "app_calendar", Name: "Calendar"}, "alice")

func TestStore(t *testing.T) {
	for name, url := range map[string]func(testing.TB) string{"sqlite": dbtest.SQLite, "postgres": dbtest.Postgres} {
		open := func(t *testing.T) *roomsql.Store { return roomsql.New(dbtest.Open(t, url(t))) }
		stores := func(t *testing.T) rooms.Stores { return open(t).Stores() }
		t.Run("store/"+name, func(t *testing.T) { roomstest.Store(t, stores) })
		t.Run("attendees/"+name, func(t *testing.T) { roomstest.Attendees(t, stores) })
		t.Run("transactor/"+name, func(t *testing.T) { roomstest.Transactor(t, stores) })
		t.Run("requests/"+name, func(t *testing.T) {
			roomstest.Requests(t, func(t *testing.T) (once.Store, rooms.Store) { s := open(t); return s.Requests(), s })
		})
		t.Run("pins/"+name, func(t *testing.T) {
			roomstest.PINs(t, func(t *testing.T) (pins.Store, rooms.Store) { s := open(t); return s, s })
		})
		t.Run("statistics/"+name, func(t *testing.T) {
			roomstest.Statistics(t, func(t *testing.T) (stats.Store, rooms.Stores) { s := open(t); return s, s.Stores() })
		})
	}
}

// TestOddIDs: an id is compared, never interpreted, also where no service stands before it.
func TestOddIDs(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		is := is.New(t)
		room, _, err := service(t, db).Create(t.Context(), alice, rooms.Change{})
		is.NoErr(err)
		for _, id := range []string{"", "x", "%", "' OR '1'='1", "42", room.ID + " "} {
			_, _, err := roomsql.New(db).Find(t.Context(), alice.View(), id)
			is.True(errors.Is(err, rooms.ErrNotFound))
		}
	})
}

// service returns a service on a database or a transaction of it.
func service(t *testing.T, db bun.IDB) *rooms.Service {
	t.Helper()
	stores := roomsql.New(db).Stores()
	s, err := rooms.New(rooms.Config{Stores: rooms.Stores{Rooms: stores.Rooms, Transactor: stores.Transactor}})
	is.New(t).NoErr(err)
	return s
}

func TestHostsRollbackTakesTheRoomWithIt(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		is := is.New(t)
		var room rooms.Room
		changedMind := errors.New("the host changed its mind")
		err := db.RunInTx(t.Context(), nil, func(ctx context.Context, tx bun.Tx) (err error) {
			inside := service(t, tx)
			room, _, err = inside.Create(ctx, alice, rooms.Change{})
			is.NoErr(err)
			_, err = inside.Retrieve(ctx, alice, room.ID)
			is.NoErr(err) // inside the transaction the room is there
			return changedMind
		})
		is.Equal(err, changedMind)
		_, err = service(t, db).Retrieve(t.Context(), alice, room.ID)
		is.True(errors.Is(err, rooms.ErrNotFound)) // and outside it never was
		var members int
		is.NoErr(db.NewRaw(tables.SQL(db, "SELECT count(*) FROM {room_members}")).Scan(t.Context(), &members))
		is.Equal(members, 0) // nor its owner
	})
}

func TestRefusalsDoNotSpoilTheHostsTransaction(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		is := is.New(t)
		var last rooms.Room
		is.NoErr(db.RunInTx(t.Context(), nil, func(ctx context.Context, tx bun.Tx) error {
			store, inside := roomsql.New(tx), service(t, tx)
			one, two := "one", "two"
			first, _, err := inside.Create(ctx, alice, rooms.Change{ExternalID: &one})
			is.NoErr(err)
			second, _, err := inside.Create(ctx, alice, rooms.Change{ExternalID: &two})
			is.NoErr(err)
			collision := first
			collision.ID, collision.ExternalID = "0199d9f6-5c1e-7d2a-9a53-1d2f3b4c5d6e", ""
			is.Equal(store.Insert(ctx, collision, nil), rooms.ErrCodeTaken) // a slug collides
			again, created, err := inside.Create(ctx, alice, rooms.Change{ExternalID: &one})
			is.NoErr(err)
			is.True(!created && again.ID == first.ID) // an external id collides on creation
			_, err = inside.Update(ctx, alice, second.ID, rooms.Change{ExternalID: &one}, nil)
			is.Equal(err, rooms.ErrExternalIDTaken) // and on change
			guest := rooms.Attendee{ID: "guest", Address: "guest@example.com", Role: rooms.Member, CreatedAt: first.CreatedAt}
			twice := guest
			twice.ID = "twice"
			err = store.ChangeAttendees(ctx, first.ID, rooms.AttendeeChanges{Add: []rooms.Attendee{guest, twice}})
			is.True(err != nil) // an address collides
			last, _, err = inside.Create(ctx, alice, rooms.Change{})
			return err // after all that the transaction still works
		}))
		_, err := service(t, db).Retrieve(t.Context(), alice, last.ID)
		is.NoErr(err) // and commits
	})
}

// TestALockIsWaitedForFirst needs two transactions side by side, which SQLite does
// not have.
func TestALockIsWaitedForFirst(t *testing.T) {
	is := is.New(t)
	db := dbtest.Open(t, dbtest.Postgres(t))
	store := roomsql.New(db)
	room, _, err := service(t, db).Create(t.Context(), alice, rooms.Change{})
	is.NoErr(err)
	guest := rooms.Attendee{ID: "guest", Address: "bob@example.com", Role: rooms.Administrator, CreatedAt: room.CreatedAt}
	is.NoErr(store.ChangeAttendees(t.Context(), room.ID, rooms.AttendeeChanges{Add: []rooms.Attendee{guest}}))
	bobs := rooms.ForUser(alice.Source, "bob", "bob@example.com").View()
	locked := make(chan error, 1)
	is.NoErr(store.InTx(t.Context(), func(ctx context.Context, tx rooms.Tx) error {
		_, _, err := tx.Transactor.Lock(ctx, alice.View(), room.ID)
		is.NoErr(err)
		go func() {
			locked <- store.InTx(t.Context(), func(ctx context.Context, tx rooms.Tx) error {
				_, _, err := tx.Transactor.Lock(ctx, bobs, room.ID)
				return err
			})
		}()
		waitForLock(t, db)
		return tx.Attendees.ChangeAttendees(ctx, room.ID, rooms.AttendeeChanges{Remove: []rooms.Attendee{guest}})
	}))
	is.True(errors.Is(<-locked, rooms.ErrNotFound)) // the role is the one after the wait
}

// waitForLock returns when a session of the database waits for a lock.
func waitForLock(t *testing.T, db *bun.DB) {
	t.Helper()
	for waiting := 0; waiting == 0; {
		err := db.NewRaw(tables.SQL(db, `SELECT count(*) FROM pg_stat_activity
			WHERE datname = current_database() AND wait_event_type = 'Lock'`)).Scan(t.Context(), &waiting)
		is.New(t).NoErr(err)
	}
}
