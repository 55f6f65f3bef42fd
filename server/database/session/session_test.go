package session_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/matryer/is"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"
	"github.com/uptrace/bun/dialect/sqlitedialect"

	"github.com/anteroom-go/anteroom/server/database/dbtest"
	"github.com/anteroom-go/anteroom/server/database/migrate"
	"github.com/anteroom-go/anteroom/server/database/session"
)

// host opens a database as a host does that knows nothing of this package.
func host(t *testing.T, driver, address string) *bun.DB {
	t.Helper()
	pool, err := sql.Open(driver, address)
	is.New(t).NoErr(err)
	t.Cleanup(func() { _ = pool.Close() })
	if driver == "sqlite" {
		return bun.NewDB(pool, sqlitedialect.New())
	}
	return bun.NewDB(pool, pgdialect.New())
}

func TestCheckOfAHostsPool(t *testing.T) {
	tests := map[string]struct{ parameter, wrong string }{
		"as it comes":             {"", ""},
		"another time zone":       {"&timezone=Asia/Kathmandu", ""},
		"backslashes escape":      {"&standard_conforming_strings=off", "standard_conforming_strings"},
		"NULL equals NULL":        {"&transform_null_equals=on", "transform_null_equals"},
		"Latin letters":           {"&client_encoding=LATIN1", "client_encoding"},
		"other dates":             {"&datestyle=German", "DateStyle"},
		"serializable":            {"&default_transaction_isolation=serializable", "default_transaction_isolation"},
		"no foreign keys":         {"&session_replication_role=replica", "session_replication_role"},
		"a schema that is not":    {"&search_path=nowhere", "search_path"},
		"two settings, the first": {"&standard_conforming_strings=off&search_path=nowhere", "standard_conforming_strings"},
	}
	address := dbtest.Postgres(t)
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			db := host(t, "pgx", address+test.parameter)
			err := session.Check(t.Context(), db)
			var wrong *session.SettingError
			is.Equal(errors.As(err, &wrong), test.wrong != "") // what cannot be relied on is refused
			if test.wrong == "" {
				is.NoErr(err)
				is.NoErr(migrate.Up(t.Context(), db))
				return
			}
			is.Equal(wrong.Setting, test.wrong)
			is.True(wrong.Want != "" && wrong.Remedy != "")                             // and the way to mend it is named
			is.True(errors.As(migrate.Up(t.Context(), db), new(*session.SettingError))) // nothing is migrated either
			is.NoErr(db.RunInTx(t.Context(), nil, func(ctx context.Context, tx bun.Tx) error {
				is.Equal(session.Check(ctx, tx).Error(), err.Error()) // a host's transaction is checked alike
				return nil
			}))
		})
	}
}

func TestCheckOfAHostsFile(t *testing.T) {
	for pragmas, names := range map[string]string{
		"?_pragma=foreign_keys(1)&_pragma=busy_timeout(100)": "",
		"?_pragma=busy_timeout(100)":                         "foreign_keys",
		"?_pragma=foreign_keys(1)":                           "busy_timeout",
	} {
		t.Run(names, func(t *testing.T) {
			is := is.New(t)
			err := session.Check(t.Context(), host(t, "sqlite", "file:"+t.TempDir()+"/host.db"+pragmas))
			var wrong *session.SettingError
			is.Equal(errors.As(err, &wrong), names != "")
			is.True(wrong == nil || wrong.Setting == names)
		})
	}
}

func TestDeadlocksAreRetried(t *testing.T) {
	is := is.New(t)
	pool := dbtest.Open(t, dbtest.Postgres(t))
	_, err := pool.ExecContext(t.Context(), "CREATE TABLE pair AS SELECT id, 0 AS n FROM generate_series(1, 2) AS id")
	is.NoErr(err)
	db := session.Shared(pool)
	var met, wait sync.WaitGroup
	met.Add(2)
	add := func(ctx context.Context, tx bun.Tx, id int) error {
		_, err := tx.ExecContext(ctx, "UPDATE pair SET n = n + 1 WHERE id = ?", id)
		return err
	}
	errs := make([]error, 2)
	for i := range errs {
		meet := sync.OnceFunc(func() { met.Done(); met.Wait() })
		wait.Go(func() {
			errs[i] = db.RunInTx(t.Context(), nil, func(ctx context.Context, tx bun.Tx) error {
				if err := add(ctx, tx, 1+i); err != nil {
					return err
				}
				meet() // both hold one row, and now want the other one
				return add(ctx, tx, 2-i)
			})
		})
	}
	wait.Wait()
	is.NoErr(errors.Join(errs...)) // the one that was given up succeeds afterwards
	var sum int
	is.NoErr(pool.NewRaw("SELECT sum(n) FROM pair").Scan(t.Context(), &sum))
	is.Equal(sum, 4) // and is counted once
}

func TestRetriesAreBounded(t *testing.T) {
	pool := dbtest.Open(t, dbtest.Postgres(t))
	count := func(t *testing.T, db bun.IDB, state string) (runs int) {
		is := is.New(t)
		err := db.RunInTx(t.Context(), nil, func(ctx context.Context, tx bun.Tx) error {
			runs++
			_, err := tx.ExecContext(ctx, "DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '"+state+"'; END $$")
			return fmt.Errorf("in a transaction: %w", err)
		})
		is.True(err != nil) // the last error is returned
		return runs
	}
	for state, runs := range map[string]int{"40001": 5, "40P01": 5, "23505": 1, "40003": 1} {
		t.Run(state, func(t *testing.T) {
			is := is.New(t)
			is.Equal(count(t, session.Shared(pool), state), runs)
			is.Equal(count(t, pool, state), 1)
			tx, err := pool.BeginTx(t.Context(), nil)
			is.NoErr(err)
			defer tx.Rollback()
			is.Equal(count(t, session.Shared(tx), state), 1) // never inside a host's transaction
		})
	}
}

func TestRetriesEndWithTheContext(t *testing.T) {
	is := is.New(t)
	ctx, cancel := context.WithCancel(t.Context())
	runs := 0
	db := session.Shared(dbtest.Open(t, dbtest.Postgres(t)))
	err := db.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
		runs++
		_, err := tx.ExecContext(ctx, "DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '40001'; END $$")
		cancel()
		return err
	})
	is.True(err != nil)
	is.Equal(runs, 1)
}
