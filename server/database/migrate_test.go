package database_test

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/matryer/is"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"

	"github.com/anteroom-go/anteroom/server/database"
	"github.com/anteroom-go/anteroom/server/database/dbtest"
	"github.com/anteroom-go/anteroom/server/database/internal/filelock"
	"github.com/anteroom-go/anteroom/server/database/migrate"
	"github.com/anteroom-go/anteroom/server/database/tables"
)

func TestTwelveProcessesAtOnce(t *testing.T) {
	dbtest.EachURL(t, twelveProcesses)
	t.Run("pgbouncer", func(t *testing.T) { twelveProcesses(t, dbtest.PgBouncer(t, dbtest.Postgres(t), 2)) })
}

func twelveProcesses(t *testing.T, url string) {
	is := is.New(t)
	outputs, errs := make([]string, 12), make([]error, 12)
	var wait sync.WaitGroup
	for i := range errs {
		wait.Go(func() {
			command := exec.Command(os.Args[0])
			command.Env = append(os.Environ(), childURL+"="+url)
			output, err := command.CombinedOutput()
			outputs[i], errs[i] = string(output), err
		})
	}
	wait.Wait()
	for i, err := range errs {
		if err != nil {
			t.Errorf("a process failed: %v: %s", err, outputs[i])
		}
	}
	var users int
	is.NoErr(dbtest.Open(t, url).NewRaw("SELECT count(*) FROM {users}").Scan(t.Context(), &users))
	is.Equal(users, 12) // all came up and wrote
}

func migrations(files map[string]string) fstest.MapFS {
	fsys := fstest.MapFS{}
	for name, text := range files {
		fsys["migrations/"+name] = &fstest.MapFile{Data: []byte(text)}
	}
	return fsys
}

func TestMigrationsAreWholeOrNotAtAll(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		is := is.New(t)
		first := "-- +goose Up\nCREATE TABLE one (i INTEGER);\n"
		broken := "-- +goose Up\nCREATE TABLE two (i INTEGER);\nINSERT INTO missing VALUES (1);\n"
		apply := func(second string) error {
			files := migrations(map[string]string{"00001_one.sql": first, "00002_two.sql": second})
			return migrate.Apply(t.Context(), db, "test_migrations", files)
		}
		err := apply(broken)
		is.True(err != nil)
		_, err = db.ExecContext(t.Context(), tables.SQL(db, "INSERT INTO one VALUES (1)"))
		is.NoErr(err) // what was whole stays
		_, err = db.ExecContext(t.Context(), tables.SQL(db, "INSERT INTO two VALUES (1)"))
		is.True(err != nil) // what broke half-way left nothing
		mended := strings.Replace(broken, "missing", "one", 1)
		for range 2 { // and once mended it is applied, once
			is.NoErr(apply(mended))
		}
		var n int
		is.NoErr(db.NewRaw(tables.SQL(db, "SELECT count(*) FROM one")).Scan(t.Context(), &n))
		is.Equal(n, 2)
	})
}

func TestMigrateObeysItsContext(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		is := is.New(t)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		is.True(errors.Is(database.Migrate(ctx, db), context.Canceled))
		is.NoErr(database.Migrate(t.Context(), db)) // and lets go of its lock
	})
}

// held takes the lock of migrations, and returns what releases it.
func held(t *testing.T, db *bun.DB) (release func()) {
	t.Helper()
	is := is.New(t)
	if db.Dialect().Name() == dialect.PG {
		tx, err := db.BeginTx(t.Context(), nil)
		is.NoErr(err)
		_, err = tx.ExecContext(t.Context(), tables.SQL(tx, "SELECT pg_advisory_xact_lock(7020676848177606509)"))
		is.NoErr(err)
		return func() { _ = tx.Rollback() }
	}
	var path string
	is.NoErr(db.NewRaw(tables.SQL(db, "SELECT file FROM pragma_database_list WHERE name = 'main'")).Scan(t.Context(), &path))
	release, err := filelock.Lock(t.Context(), path, nil)
	is.NoErr(err)
	return release
}

func TestNothingPendingLocksNothing(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, url string) {
		is := is.New(t)
		defer held(t, dbtest.Open(t, url))()
		dbtest.Open(t, url) // opens and migrates while another process holds the lock
		db, err := database.Open(t.Context(), url)
		is.NoErr(err)
		defer db.Close()
		is.NoErr(database.Migrate(t.Context(), db))
	})
}

// onWrite is a writer that calls a function.
type onWrite func(record string)

func (w onWrite) Write(record []byte) (int, error) { w(string(record)); return len(record), nil }

func TestWaitingIsReported(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, url string) {
		is := is.New(t)
		holder, err := database.Open(t.Context(), url)
		is.NoErr(err)
		defer holder.Close()
		release := held(t, holder)
		db, err := database.Open(t.Context(), url)
		is.NoErr(err)
		defer db.Close()
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		is.True(errors.Is(database.Migrate(ctx, db), context.DeadlineExceeded)) // waiting ends with the context
		var records []string
		logger := slog.New(slog.NewTextHandler(onWrite(func(record string) {
			records = append(records, record)
			release()
		}), nil))
		is.NoErr(migrate.Migrator{Logger: logger}.Up(t.Context(), db))
		is.Equal(len(records), 1)                                // that it waits is reported once
		is.True(strings.Contains(records[0], "another process")) // and why
	})
}

func TestAPoolOfOneCannotMigrate(t *testing.T) {
	is := is.New(t)
	db, err := database.Open(t.Context(), dbtest.Postgres(t))
	is.NoErr(err)
	defer db.Close()
	db.SetMaxOpenConns(1)
	is.True(strings.Contains(database.Migrate(t.Context(), db).Error(), "pool of one")) // it would wait for itself
}

func applyOwn(ctx context.Context, db *bun.DB, files fstest.MapFS) error {
	return migrate.Apply(ctx, db, "own_migrations", files)
}

// TestTheSecondSetWaitsForTheFirst has a migration of the first set fail, and cannot begin with it then.
func TestTheSecondSetWaitsForTheFirst(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, url string) {
		is := is.New(t)
		db := open(t, url)
		_, err := db.ExecContext(t.Context(), tables.SQL(db, "CREATE TABLE {leases} (i INTEGER)")) // which the first set creates
		is.NoErr(err)
		err = migrate.Up(t.Context(), db)
		is.True(strings.Contains(err.Error(), "registry_migrations"))
		_, err = db.ExecContext(t.Context(), tables.SQL(db, "SELECT 1 FROM {rooms}"))
		is.True(err != nil) // nothing of the second set is there
		_, err = db.ExecContext(t.Context(), tables.SQL(db, "DROP TABLE {leases}"))
		is.NoErr(err)
		is.NoErr(migrate.Up(t.Context(), db))
		is.NoErr(migrate.Check(t.Context(), db))
	})
}

// TestPatienceEnds waits for another process, but not for ever.
func TestPatienceEnds(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, url string) {
		is := is.New(t)
		release := held(t, open(t, url))
		db := open(t, url)
		err := migrate.Migrator{Patience: 200 * time.Millisecond}.Up(t.Context(), db)
		is.True(errors.Is(err, migrate.ErrLocked))
		is.True(strings.Contains(err.Error(), "another process is migrating the database, for 200ms now"))
		release()
		is.NoErr(migrate.Migrator{Patience: time.Minute}.Up(t.Context(), db))
	})
}
