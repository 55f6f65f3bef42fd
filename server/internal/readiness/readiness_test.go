package readiness_test

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/matryer/is"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/registry"
	"github.com/anteroom-go/anteroom/server/database"
	"github.com/anteroom-go/anteroom/server/database/dbtest"
	"github.com/anteroom-go/anteroom/server/database/tables"
	"github.com/anteroom-go/anteroom/server/internal/readiness"
)

func TestResults(t *testing.T) {
	is := is.New(t)
	let := make(chan struct{})
	defer close(let)
	p := readiness.New(
		readiness.Check{Name: "good", Run: func(context.Context) error { return nil }},
		readiness.Check{Name: "bad", Run: func(context.Context) error { return errors.New(strings.Repeat("é", 500)) }},
		readiness.Check{Name: "deaf", Run: func(context.Context) error { <-let; return nil }},
		readiness.Check{Name: "slow", Run: func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }},
	)
	results := p.Results()
	is.Equal(results[0], readiness.Result{Name: "good", OK: true})
	is.True(!results[1].OK && len(results[1].Reason) <= 300)                               // reasons are bounded
	is.Equal(results[2], readiness.Result{Name: "deaf", Reason: "no answer within 1s"})    // whatever hangs
	is.Equal(results[3], readiness.Result{Name: "slow", Reason: "no answer within 1s"})    // or gives up
	is.True(strings.Contains(p.Ready(t.Context()).Error(), "; deaf: no answer within 1s")) // all reasons in one error
	is.NoErr(readiness.New().Ready(t.Context()))
}

// world is a database under test, and the keys that a process holds of it.
type world struct {
	*testing.T
	db     *bun.DB // of an operator
	url    string
	checks map[string]readiness.Check
	reg    *registry.Registry
	keys   *registry.Keys
	now    time.Time
}

// each prepares the checks on either database.
func each(t *testing.T, run func(t *testing.T, w *world)) {
	t.Helper()
	dbtest.EachURL(t, func(t *testing.T, url string) {
		is := is.New(t)
		w := &world{T: t, url: url, db: dbtest.Open(t, url), now: time.Now(), checks: map[string]readiness.Check{}}
		var err error
		w.reg, err = registry.New(registry.Config{DB: w.db, RootKeys: delegation.NewRootKeys()})
		is.NoErr(err)
		w.keys, err = w.reg.OpenKeys(t.Context())
		is.NoErr(err)
		w.prepare(&readiness.Database{})
		run(t, w)
	})
}

func (w *world) prepare(d *readiness.Database) {
	w.Helper()
	is := is.New(w.T)
	own, err := database.Open(w.Context(), w.url)
	is.NoErr(err)
	w.Cleanup(func() { _ = own.Close() })
	d.DB, d.Keys, d.Now = own, func() delegation.Keys { return w.keys }, func() time.Time { return w.now }
	checks, err := d.Prepare(w.Context())
	is.NoErr(err)
	for _, check := range checks {
		w.checks[check.Name] = check
	}
}

// reason returns what a check finds; empty if nothing is wrong.
func (w *world) reason(name string) string {
	w.Helper()
	if err := w.checks[name].Run(w.Context()); err != nil {
		return err.Error()
	}
	return ""
}

func (w *world) exec(query string, args ...any) {
	w.Helper()
	_, err := w.db.ExecContext(w.Context(), tables.SQL(w.db, query), args...)
	is.New(w.T).NoErr(err)
}

func TestEverythingIsWell(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		is := is.New(t)
		is.True(len(w.checks) == 7)
		for name := range w.checks {
			is.Equal(w.reason(name), "")
		}
	})
}

func TestSchema(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		is := is.New(t)
		w.exec("INSERT INTO {registry_migrations} (version_id, is_applied) VALUES (99, TRUE)")
		is.Equal(w.reason("schema"), "") // newer, and it bears the program: an upgrade is under way
		w.exec("UPDATE {schema_floors} SET floor = 99")
		is.True(strings.Contains(w.reason("schema"), "newer than this program")) // it does not
		w.exec("DELETE FROM {registry_migrations} WHERE version_id > 5")
		is.True(strings.Contains(w.reason("schema"), "older than this program"))
		w.exec("DROP TABLE {rooms_migrations}")
		is.True(w.reason("schema") != "")
		w.exec("ALTER TABLE {applications} DROP COLUMN domains")
		is.True(w.reason("applications") != "") // what requests read
	})
}

func TestSigningKeys(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		is := is.New(t)
		is.Equal(w.reason("signing_key"), "")
		is.NoErr(w.reg.RotateKey(t.Context()))
		is.Equal(w.reason("signing_key"), "") // the process may need a moment
		w.now = w.now.Add(6 * time.Second)
		is.True(strings.Contains(w.reason("signing_key"), "has not taken over")) // but no more
		is.NoErr(w.keys.Refresh(t.Context()))
		is.Equal(w.reason("signing_key"), "")
		w.exec("UPDATE {signing_keys} SET state = 'compromised'")
		is.Equal(w.reason("signing_key"), "no signing key is active")
	})
}

func TestLease(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		is := is.New(t)
		is.Equal(w.reason("lease"), "") // not yet taken
		is.NoErr(w.reg.Housekeep(t.Context()))
		w.now = w.now.Add(4 * time.Minute)
		is.Equal(w.reason("lease"), "") // another process may take it
		w.now = w.now.Add(2 * time.Minute)
		is.True(strings.HasPrefix(w.reason("lease"), "no process has cleaned up for 2m5")) // none did
		w.exec("DELETE FROM {leases}")
		is.Equal(w.reason("lease"), "no process has ever cleaned up")
		is.NoErr(w.reg.Housekeep(t.Context()))
	})
}

func TestClock(t *testing.T) {
	is := is.New(t)
	w := &world{T: t, url: dbtest.Postgres(t), checks: map[string]readiness.Check{}, now: time.Now()}
	w.prepare(&readiness.Database{})
	is.Equal(w.reason("clock"), "")
	w.now = time.Now().Add(time.Minute)
	is.True(strings.HasPrefix(w.reason("clock"), "the clock is 5")) // nearly a minute ahead
	w.now = time.Now().Add(-time.Minute)
	is.True(strings.HasPrefix(w.reason("clock"), "the clock is -")) // behind
}

func TestReadOnly(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		is := is.New(t)
		is.Equal(w.reason("writable"), "")
		if w.db.Dialect().Name() == dialect.PG {
			w.exec("DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = on', " +
				"current_database()); END $$")
		} else {
			w.exec("CREATE TRIGGER full_disk BEFORE UPDATE ON {leases} BEGIN SELECT RAISE(FAIL, 'disk full'); END")
		}
		w.prepare(&readiness.Database{})
		is.True(w.reason("writable") != "") // a real write is refused
		is.Equal(w.reason("database"), "")  // although it can be read
	})
}

func TestWriterAtWork(t *testing.T) {
	is := is.New(t)
	w := &world{T: t, url: dbtest.SQLite(t), checks: map[string]readiness.Check{}, now: time.Now()}
	w.db = dbtest.Open(t, w.url)
	w.prepare(&readiness.Database{})
	tx, err := w.db.BeginTx(t.Context(), nil) // takes the write lock
	is.NoErr(err)
	is.Equal(w.reason("writable"), "") // whoever writes shows that it can be written
	is.NoErr(tx.Rollback())
}

func TestFile(t *testing.T) {
	is := is.New(t)
	w := &world{T: t, url: dbtest.SQLite(t), checks: map[string]readiness.Check{}, now: time.Now()}
	w.db = dbtest.Open(t, w.url)
	w.prepare(&readiness.Database{})
	path := strings.TrimPrefix(w.url, "file:")
	is.Equal(w.reason("file"), "")
	is.NoErr(os.Rename(path, path+".away"))
	is.Equal(w.reason("file"), "the database file is gone")
	is.NoErr(os.WriteFile(path, nil, 0o600))
	is.Equal(w.reason("file"), "the database file was replaced by another one")
}
