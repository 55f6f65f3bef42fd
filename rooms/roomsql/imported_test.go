package roomsql_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/matryer/is"
	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/rooms/roomsql"
	"github.com/anteroom-go/anteroom/server/database/dbtest"
)

// The ids of rooms that come from another product, made at random (RFC 9562 §5.4): the
// older room has the greater one.
const (
	olderID = "f47ac10b-58cc-4372-a567-0e02b2c3d479"
	newerID = "016b1d0e-9f3c-4c1a-8d2e-5b6f7a8c9d0e"
)

func importedRoom(id, slug string, created time.Time) rooms.Room {
	return rooms.Room{ID: id, Slug: slug, Name: slug, AccessLevel: rooms.Trusted, CreatedAt: created, UpdatedAt: created,
		Version: 1, Source: rooms.Source{Kind: "application", ID: "app", Name: "Calendar"}}
}

// TestImportedRoomsKeepTheirIDs does with rooms of foreign ids what callers do with rooms.
func TestImportedRoomsKeepTheirIDs(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		is := is.New(t)
		store, ctx, view := roomsql.New(db), t.Context(), throughApp("alice")
		owner := func(at time.Time) *rooms.Attendee {
			return &rooms.Attendee{ID: "owner", UserID: "alice", Role: rooms.Owner, CreatedAt: at}
		}
		ours := uuid.Must(uuid.NewV7()).String() // made now, after the others
		now := time.Now().UTC().Truncate(time.Microsecond)
		is.NoErr(store.Insert(ctx, importedRoom(newerID, "daily-stand_up", day("2025-05-05")), owner(day("2025-05-05"))))
		is.NoErr(store.Insert(ctx, importedRoom(olderID, "team", day("2024-04-04")), owner(day("2024-04-04"))))
		is.NoErr(store.Insert(ctx, importedRoom(ours, "aaa-bbbb-ccc", now), owner(now)))
		twice := importedRoom(olderID, "other", day("2023-03-03"))
		is.Equal(store.Insert(ctx, twice, nil), rooms.ErrCodeTaken) // an id is one room's

		listed := func(query rooms.Query) (ids []string) {
			query.Limit = 10
			found, _, err := store.List(ctx, view, query)
			is.NoErr(err)
			for _, room := range found {
				ids = append(ids, room.ID)
			}
			return ids
		}
		is.Equal(listed(rooms.Query{}), []string{ours, newerID, olderID})                              // by creation
		is.Equal(listed(rooms.Query{After: newerID}), []string{olderID})                               // it goes on
		is.Equal(listed(rooms.Query{After: olderID, OldestFirst: true}), []string{newerID, ours})      // either way
		is.Equal(listed(rooms.Query{Filter: rooms.Filter{Slug: "daily-stand_up"}}), []string{newerID}) // and has filters
		is.Equal(len(listed(rooms.Query{After: uuid.NewString()})), 0)                                 // no such place
		room, role, err := store.Find(ctx, view, newerID)
		is.NoErr(err)
		// It is found by the id that it had.
		is.True(room.ID == newerID && role == rooms.Owner && room.CreatedAt.Equal(day("2025-05-05")))

		guest := rooms.Attendee{ID: "a1", Address: "bob@example.com", Role: rooms.Member, CreatedAt: now}
		is.NoErr(store.ChangeAttendees(ctx, newerID, rooms.AttendeeChanges{Add: []rooms.Attendee{guest}}))
		people, err := store.Attendees(ctx, newerID)
		is.NoErr(err)
		is.Equal(len(people), 2) // attendees are those of the room
		room.Name, room.Version = "Renamed", 2
		is.NoErr(store.Update(ctx, view, room, 1))
		is.Equal(store.Update(ctx, view, room, 1), rooms.ErrConflict) // versions count
		is.NoErr(store.InTx(ctx, func(_ context.Context, tx rooms.Tx) error {
			locked, _, err := tx.Transactor.Lock(ctx, view, newerID)
			is.Equal(locked.Name, "Renamed")
			return err
		}))
		is.NoErr(store.Delete(ctx, view, newerID, 2, now))
		_, _, err = store.Find(ctx, view, newerID)
		is.Equal(err, rooms.ErrNotFound)
		is.Equal(listed(rooms.Query{}), []string{ours, olderID})
		is.Equal(listed(rooms.Query{After: newerID}), []string{olderID}) // also after one that is deleted meanwhile
	})
}

// TestListIDs are made of the time and the id, whatever the time of the import.
func TestListIDs(t *testing.T) {
	is := is.New(t)
	at := time.Date(2024, 4, 4, 10, 0, 0, 123456000, time.UTC)
	id := roomsql.ListID(olderID, at)
	parsed, err := uuid.Parse(id)
	is.NoErr(err)
	is.True(parsed.Version() == 7 && parsed.Variant() == uuid.RFC4122)
	seconds, fraction := parsed.Time().UnixTime()
	is.True(seconds == at.Unix() && fraction/1e6 == 123)                        // RFC 9562 §5.7
	is.Equal(roomsql.ListID(olderID, at), id)                                   // the same each time
	is.True(roomsql.ListID(newerID, at) != id)                                  // another for another room
	is.True(roomsql.ListID(olderID, at.Add(time.Microsecond)) > id)             // a microsecond counts
	is.Equal(roomsql.ListID(keptID, at), keptID)                                // ours stay
	is.Equal(roomsql.ListID("x", at), "x")                                      // and what is no UUID
	is.True(roomsql.ListID(olderID, time.Time{}) < roomsql.ListID(newerID, at)) // before 1970 is the beginning
}
