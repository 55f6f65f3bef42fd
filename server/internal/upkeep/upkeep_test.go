package upkeep_test

import (
	"context"
	"errors"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/matryer/is"
	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/server/database/dbtest"
	"github.com/anteroom-go/anteroom/server/database/schema"
	"github.com/anteroom-go/anteroom/server/database/session"
	"github.com/anteroom-go/anteroom/server/database/tables"
	"github.com/anteroom-go/anteroom/server/internal/upkeep"
)

// TestANewerSchema has another program migrate the database.
func TestANewerSchema(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		is := is.New(t)
		d, err := upkeep.Of(t.Context(), db)
		is.NoErr(err)
		raise := func(to int) {
			_, err := db.ExecContext(t.Context(), tables.SQL(db, "UPDATE {schema_floors} SET floor = ? WHERE name = 'rooms'"), to)
			is.NoErr(err)
		}
		is.NoErr(d.Work(t.Context()))
		is.NoErr(d.Refusal())
		raise(9999)
		var version *schema.VersionError
		is.True(errors.As(d.Work(t.Context()), &version))
		is.True(errors.Is(d.Refusal(), schema.ErrNewer)) // the database is not used any more
		is.True(version.Name == "rooms" && version.Floor == 9999)
		_, err = upkeep.Of(t.Context(), db)
		is.True(errors.Is(err, schema.ErrNewer)) // and none that starts uses it
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		is.True(d.Work(ctx) != nil)
		is.True(errors.Is(d.Refusal(), schema.ErrNewer)) // what cannot be found out stays as it was
		raise(1)
		is.NoErr(d.Work(t.Context()))
		is.NoErr(d.Refusal()) // a migration that is taken back lets it go on
	})
}

// TestTheLogStaysShort writes while others always read.
func TestTheLogStaysShort(t *testing.T) {
	is := is.New(t)
	url := dbtest.SQLite(t)
	db := dbtest.Open(t, url)
	_, err := db.ExecContext(t.Context(), tables.SQL(db, "CREATE TABLE filler (b BLOB)"))
	is.NoErr(err)
	d, err := upkeep.Of(t.Context(), session.Shared(db))
	is.NoErr(err)
	ctx, cancel := context.WithCancel(t.Context())
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			for ctx.Err() == nil { // so that there is always one that reads the log
				_ = db.NewRaw(tables.SQL(db, "SELECT count(*) FROM filler WHERE b = x'00'")).Scan(ctx, new(int))
			}
		})
	}
	size := func() int64 {
		info, err := os.Stat(strings.TrimPrefix(url, "file:") + "-wal")
		is.NoErr(err)
		return info.Size()
	}
	var largest int64
	for range 60 {
		_, err := db.ExecContext(t.Context(), tables.SQL(db, "INSERT INTO filler VALUES (randomblob(1000000))"))
		is.NoErr(err)
		_, err = db.ExecContext(t.Context(), tables.SQL(db, "DELETE FROM filler WHERE rowid > 5"))
		is.NoErr(err)
		largest = max(largest, size())
		is.NoErr(d.Work(t.Context()))
	}
	cancel()
	wait.Wait()
	is.True(largest < 40<<20) // sixty megabytes went through it
}

func TestWorkThatHangsIsDoneAgain(t *testing.T) {
	is := is.New(t)
	ctx, cancel := context.WithCancel(t.Context())
	var errs []error
	rounds := 0
	upkeep.Every(ctx, time.Millisecond, 5*time.Millisecond, func(ctx context.Context) error {
		rounds++
		<-ctx.Done() // as a statement does on a silent connection
		return ctx.Err()
	}, func(err error) {
		if errs = append(errs, err); len(errs) == 3 {
			cancel()
		}
	})
	is.True(rounds >= 3)
	is.True(errors.Is(errs[2], context.DeadlineExceeded))
}

func TestErrorsAreReportedSparingly(t *testing.T) {
	is := is.New(t)
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	var omissions []int
	report := upkeep.Sparing(func() time.Time { return now }, func(_ error, omitted int) {
		omissions = append(omissions, omitted)
	})
	for range 150 {
		report(errors.New("away"))
		now = now.Add(time.Second)
	}
	is.Equal(omissions, []int{0, 59, 59}) // at once, and then once a minute
}
