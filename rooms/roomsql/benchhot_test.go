package roomsql_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/rooms/roomsql"
	"github.com/anteroom-go/anteroom/server/database/dbtest"
	"github.com/anteroom-go/anteroom/server/database/session"
)

// BenchmarkHot measures what requests ask for most, eight at a time, among the 57,000 rooms of an application.
func BenchmarkHot(b *testing.B) {
	for name, url := range map[string]func(testing.TB) string{"sqlite": dbtest.SQLite, "postgres": dbtest.Postgres} {
		b.Run(name, func(b *testing.B) {
			db := dbtest.Open(b, url(b))
			fillBench(b, db, 5)
			store := roomsql.New(session.Sparing(session.Shared(db), 4))
			view := throughApp("user-7", "user-7@example.com")
			for name, do := range map[string]func(ctx context.Context) error{
				"find": func(ctx context.Context) error {
					_, _, err := store.Find(ctx, view, "0199d9f6-5c1e-7000-8000-000000028051")
					return err
				},
				"list":   func(ctx context.Context) error { return list(view, rooms.Query{})(ctx, store) },
				"create": func(ctx context.Context) error { return insertOne(ctx, store) },
			} {
				b.Run(name, func(b *testing.B) {
					b.SetParallelism(4)
					b.ReportAllocs()
					b.RunParallel(func(pb *testing.PB) {
						for pb.Next() {
							if err := do(b.Context()); err != nil {
								b.Error(err)
								return
							}
						}
					})
				})
			}
		})
	}
}

var inserted atomic.Int64

// insertOne inserts a room with an owner.
func insertOne(ctx context.Context, store *roomsql.Store) error {
	n, now := inserted.Add(1), time.Now().UTC().Truncate(time.Microsecond)
	id := uuid.Must(uuid.NewV7()).String()
	room := rooms.Room{ID: id, Slug: fmt.Sprintf("new-%d", n), Name: "n", AccessLevel: rooms.Trusted,
		Source: rooms.Source{Kind: "application", ID: "app", Name: "A"}, CreatedAt: now, UpdatedAt: now, Version: 1}
	return store.Insert(ctx, room, &rooms.Attendee{ID: id, UserID: "user-8", Role: rooms.Owner, CreatedAt: now})
}
