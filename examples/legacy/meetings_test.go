package main

import (
	"database/sql"
	"strconv"
	"sync/atomic"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib"
	"github.com/matryer/is"
	"github.com/uptrace/bun"
	_ "modernc.org/sqlite"

	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/rooms/roomstest"
	"github.com/anteroom-go/anteroom/server/database/dbtest"
	"github.com/anteroom-go/anteroom/server/database/handle"
)

// each runs a test with the product's database, on both kinds.
func each(t *testing.T, run func(t *testing.T, db *bun.DB)) {
	t.Helper()
	for driver, dsn := range map[string]func(*testing.T) string{
		"sqlite": func(t *testing.T) string { return dbtest.SQLite(t) + options },
		"pgx":    func(t *testing.T) string { return dbtest.Postgres(t) },
	} {
		t.Run(driver, func(t *testing.T) {
			is := is.New(t)
			pool, err := sql.Open(driver, dsn(t))
			is.NoErr(err)
			t.Cleanup(func() { _ = pool.Close() })
			is.NoErr(create(t.Context(), pool))
			db, err := handle.DB(t.Context(), pool, "")
			is.NoErr(err)
			run(t, db)
		})
	}
}

// TestMeetings runs the suite that every store must pass, with numbers for ids.
func TestMeetings(t *testing.T) {
	each(t, func(t *testing.T, db *bun.DB) {
		for n := 3; n <= 10; n++ {
			_, err := db.DB.Exec("INSERT INTO accounts (id, mail, blocked) VALUES ($1, $2, FALSE)", n, strconv.Itoa(n))
			is.New(t).NoErr(err)
		}
		var last atomic.Int64
		last.Store(95) // so that there are ids of two lengths, which order as numbers
		host := roomstest.Host{
			NewID:  func() string { return strconv.FormatInt(last.Add(1), 10) },
			UserID: func(n int) string { return strconv.Itoa(n + 1) },
		}
		host.Store(t, func(t *testing.T) rooms.Stores {
			is := is.New(t)
			for _, statement := range []string{"DELETE FROM meetings", "UPDATE numbers SET last = 95"} {
				_, err := db.DB.Exec(statement)
				is.NoErr(err)
			}
			last.Store(95)
			return stores(db.DB, db.Dialect())
		})
	})
}
