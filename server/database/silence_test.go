package database_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/matryer/is"
	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/server/database"
	"github.com/anteroom-go/anteroom/server/database/dbtest"
	"github.com/anteroom-go/anteroom/server/database/session"
)

// open opens a database for the length of a test.
func open(t *testing.T, url string) *bun.DB {
	t.Helper()
	db, err := database.Open(t.Context(), url)
	is.New(t).NoErr(err)
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// eventually waits for a condition.
func eventually(t *testing.T, met func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for !met() {
		select {
		case <-ctx.Done():
			t.Fatal("it never comes to that")
		case <-tick.C:
		}
	}
}

// TestAHungServerIsNoticed stops every process of PostgreSQL, while connections are in use, idle and wanted. No
// statement has a deadline of its own.
func TestAHungServerIsNoticed(t *testing.T) {
	for name, address := range map[string]func(t *testing.T) (url, cluster string){
		"direct": func(t *testing.T) (string, string) {
			cluster := dbtest.Cluster(t)
			return cluster + "&silence_timeout=1&pool_max_conns=4", cluster
		},
		"pooled": func(t *testing.T) (string, string) {
			cluster := dbtest.Cluster(t)
			return dbtest.PgBouncer(t, cluster, 4) + "&silence_timeout=1&pool_max_conns=4", cluster
		},
	} {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			url, cluster := address(t)
			db := open(t, url)
			tx, err := db.BeginTx(t.Context(), nil)
			is.NoErr(err)
			_, err = tx.ExecContext(t.Context(), "CREATE TABLE t (i INTEGER)")
			is.NoErr(err)
			resume := dbtest.Hang(t, cluster)
			_, err = tx.ExecContext(t.Context(), "INSERT INTO t VALUES (1)")
			is.True(err != nil) // a transaction ends
			_ = tx.Rollback()
			errs := make([]error, 40)
			var wait sync.WaitGroup
			for i := range errs {
				wait.Go(func() { _, errs[i] = db.ExecContext(t.Context(), "SELECT 1") })
			}
			wait.Wait()
			for _, err := range errs {
				is.True(err != nil) // and so does every statement, although no one told it to
			}
			resume()
			if name == "pooled" { // PgBouncer 1.18 may end itself at a cancel request for such a server
				return
			}
			eventually(t, func() bool {
				_, err := db.ExecContext(t.Context(), "SELECT 1")
				return err == nil
			}) // and it is over when the server answers again
		})
	}
}

// TestPatientWorkMaySayNothing runs a statement that takes longer than the limit.
func TestPatientWorkMaySayNothing(t *testing.T) {
	is := is.New(t)
	db := open(t, dbtest.Postgres(t)+"&silence_timeout=1")
	_, err := db.ExecContext(t.Context(), "SELECT pg_sleep(1.5)")
	is.True(err != nil) // as requests have it
	patient := session.Silence(t.Context(), 0)
	_, err = db.ExecContext(patient, "SELECT pg_sleep(1.5)")
	is.NoErr(err) // as migrations have it
	is.NoErr(db.RunInTx(patient, nil, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.ExecContext(ctx, "SELECT pg_sleep(1.5)")
		return err
	}))
	_, err = db.ExecContext(t.Context(), "SELECT pg_sleep(1.5)")
	is.True(err != nil) // and the connection is not patient for ever
	is.Equal(session.SilenceOf(t.Context(), time.Second), time.Second)
}

// TestMigrationsAreNotLimited applies a migration that takes longer than the limit.
func TestMigrationsAreNotLimited(t *testing.T) {
	is := is.New(t)
	db := open(t, dbtest.Postgres(t)+"&silence_timeout=1")
	slow := migrations(map[string]string{"00001_slow.sql": "-- +goose Up\nSELECT pg_sleep(2);\n"})
	is.NoErr(applyOwn(t.Context(), db, slow))
}

// TestAWaitForALockEnds has a statement wait for a row that another transaction has changed.
func TestAWaitForALockEnds(t *testing.T) {
	is := is.New(t)
	address := dbtest.Postgres(t)
	db := open(t, address+"&silence_timeout=1")
	_, err := db.ExecContext(t.Context(), "CREATE TABLE t AS SELECT 1 AS i")
	is.NoErr(err)
	tx, err := db.BeginTx(t.Context(), nil)
	is.NoErr(err)
	_, err = tx.ExecContext(t.Context(), "UPDATE t SET i = 2")
	is.NoErr(err)
	_, err = db.ExecContext(t.Context(), "UPDATE t SET i = 3")
	is.True(err != nil && !errors.Is(err, context.Canceled))
	eventually(t, func() bool {
		var waiting int
		err := db.NewRaw("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND "+
			"wait_event_type = 'Lock'").Scan(t.Context(), &waiting)
		return err == nil && waiting == 0
	}) // the server is told to give up, too
	is.NoErr(tx.Commit()) // the one who holds the lock is not concerned
	var i int
	is.NoErr(db.NewRaw("SELECT i FROM t").Scan(t.Context(), &i))
	is.Equal(i, 2) // and the one who gave up changed nothing
}

func TestSilenceOfAURL(t *testing.T) {
	for _, value := range []string{"-1", "3601", "5s", ""} {
		_, err := database.Open(t.Context(), "postgres://u@127.0.0.1:1/d?silence_timeout="+value)
		is.New(t).True(err != nil && err.Error() == "silence_timeout must be a number of seconds from 0 to 3600")
	}
}

// TestStatementsEnd has PostgreSQL end statements that take too long, and their work, and keep the connection.
func TestStatementsEnd(t *testing.T) {
	is := is.New(t)
	db := open(t, dbtest.Postgres(t)+"&silence_timeout=1&pool_max_conns=2")
	var before, after int
	is.NoErr(db.NewRaw("SELECT pg_backend_pid()").Scan(t.Context(), &before))
	_, err := db.ExecContext(t.Context(), "SELECT pg_sleep(60)")
	var refusal *pgconn.PgError
	is.True(errors.As(err, &refusal) && refusal.Code == "57014")
	is.NoErr(db.NewRaw("SELECT pg_backend_pid()").Scan(t.Context(), &after))
	is.Equal(before, after) // the connection goes on
	setting := func(ctx context.Context) (value string) {
		is.NoErr(db.NewRaw("SELECT current_setting('statement_timeout')").Scan(ctx, &value))
		return value
	}
	is.Equal(setting(t.Context()), "800ms")                 // a little less than the limit of silence
	is.Equal(setting(session.Silence(t.Context(), 0)), "0") // patient work has as long as it takes
	is.Equal(setting(session.Silence(t.Context(), 10*time.Second)), "8s")
	is.Equal(setting(t.Context()), "800ms") // and no one else
	tx, err := db.BeginTx(session.Silence(t.Context(), 0), nil)
	is.NoErr(err)
	_, err = tx.ExecContext(session.Silence(t.Context(), 0), "SELECT pg_sleep(1)")
	is.NoErr(err)
	is.NoErr(tx.Rollback())
	is.Equal(setting(t.Context()), "800ms") // also after its transaction was undone
	is.NoErr(db.Close())
	own := open(t, dbtest.Postgres(t)+"&statement_timeout=7000")
	db = own
	is.Equal(setting(t.Context()), "7s") // an operator's own counts
}
