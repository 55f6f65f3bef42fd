package prepared_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/matryer/is"
	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/server/database"
	"github.com/anteroom-go/anteroom/server/database/dbtest"
	"github.com/anteroom-go/anteroom/server/database/native"
)

// count returns how many statements a session has prepared.
const count = "SELECT count(*) FROM pg_prepared_statements"

// TestPreparedOnce looks at a session itself.
func TestPreparedOnce(t *testing.T) {
	is := is.New(t)
	db := open(t, dbtest.Postgres(t)+"&pool_max_conns=2")
	db.SetMaxOpenConns(1)
	for i := range 5 {
		var text string
		is.NoErr(db.NewRaw("SELECT ?", fmt.Sprint(i)).Scan(t.Context(), &text))
		is.NoErr(native.Row(t.Context(), db, "SELECT CAST($1 AS TEXT)", []any{fmt.Sprint(i)}, &text))
		is.Equal(text, fmt.Sprint(i))
	}
	is.Equal(number(t, db, count), 1) // what bun wrote arguments into is not prepared, the other one is
	for i := range 150 {
		var text string
		query := fmt.Sprintf("SELECT CAST($1 AS TEXT) AS text%d", i)
		is.NoErr(native.Row(t.Context(), db, query, []any{"x"}, &text))
	}
	is.Equal(number(t, db, count), 128) // the number of statements is bounded
}

// TestMigrationBeside changes a table while statements on it are prepared, and forgets them all.
func TestMigrationBeside(t *testing.T) {
	is := is.New(t)
	db := open(t, dbtest.Postgres(t)+"&pool_max_conns=2")
	db.SetMaxOpenConns(1)
	change := func(text string) {
		t.Helper()
		_, err := db.ExecContext(t.Context(), text)
		is.NoErr(err)
	}
	read := func(db bun.IDB) error {
		var id, kind string
		return native.Row(t.Context(), db, "SELECT id, kind FROM notes WHERE id = $1", []any{"a"}, &id, &kind)
	}
	change("CREATE TABLE notes (id TEXT, kind VARCHAR(5))")
	change("INSERT INTO notes VALUES ('a', 'b')")
	is.NoErr(read(db))
	change("ALTER TABLE notes ADD COLUMN more TEXT")
	is.NoErr(read(db)) // a column more is nothing to it
	change("ALTER TABLE notes ALTER COLUMN kind TYPE TEXT")
	is.NoErr(read(db)) // it is planned again when its result has another type
	is.NoErr(db.RunInTx(t.Context(), nil, func(_ context.Context, tx bun.Tx) error { return read(tx) }))
	change("DEALLOCATE ALL")
	is.NoErr(read(db)) // the session has forgotten it
	is.NoErr(db.RunInTx(t.Context(), nil, func(_ context.Context, tx bun.Tx) error { return read(tx) }))
	change("ALTER TABLE notes ALTER COLUMN kind TYPE VARCHAR(9)")
	is.NoErr(read(db)) // as before, without being prepared
	_, err := native.Exec(t.Context(), db, "UPDATE notes SET kind = $1", "much too long")
	is.True(err != nil) // other errors are returned
	is.NoErr(read(db))
}

// TestPooler sends statements by way of a pooler in transaction mode, which gives each of them another session.
func TestPooler(t *testing.T) {
	is := is.New(t)
	db := open(t, dbtest.PgBouncer(t, dbtest.Postgres(t), 3))
	_, err := db.ExecContext(t.Context(), "CREATE TABLE notes (id TEXT PRIMARY KEY, n BIGINT)")
	is.NoErr(err)
	var all sync.WaitGroup
	failed := make(chan error, 1000)
	for worker := range 8 {
		all.Go(func() {
			for i := range 30 {
				failed <- work(t.Context(), db, fmt.Sprintf("%d-%d", worker, i), i)
			}
		})
	}
	all.Wait()
	close(failed)
	for err := range failed {
		is.NoErr(err) // no statement fails behind a pooler, in a transaction or outside
	}
	is.Equal(number(t, db, "SELECT count(*) FROM notes WHERE n > 0"), 240) // and none is lost
}

// work sends a few statements, some of them in a transaction.
func work(ctx context.Context, db *bun.DB, id string, i int) error {
	const query = "SELECT n FROM notes WHERE id = $1"
	var n int
	if _, err := native.Exec(ctx, db, "INSERT INTO notes (id, n) VALUES ($1, $2)", id, 0); err != nil {
		return err
	}
	err := db.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
		if err := native.Row(ctx, tx, query, []any{id}, &n); err != nil {
			return err
		}
		_, err := native.Exec(ctx, tx, fmt.Sprintf("UPDATE notes SET n = $1 + %d WHERE id = $2", i%5), 1, id)
		return err
	})
	if err != nil {
		return err
	}
	return native.Row(ctx, db, query, []any{id}, &n)
}

func open(t *testing.T, url string) *bun.DB {
	t.Helper()
	db, err := database.Open(t.Context(), url)
	is.New(t).NoErr(err)
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func number(t *testing.T, db *bun.DB, query string) (n int) {
	t.Helper()
	is.New(t).NoErr(db.NewRaw(query).Scan(t.Context(), &n))
	return n
}

// TestValues reads values of many types with arguments and without, by our conversion and by stdlib's.
func TestValues(t *testing.T) {
	is := is.New(t)
	db := open(t, dbtest.Postgres(t)+"&pool_max_conns=2")
	for _, value := range []string{"TRUE", "FALSE", "'text'", "''", "NULL", "CAST('x' AS VARCHAR)", "CAST('x' AS CHAR(3))",
		"CAST(-3 AS SMALLINT)", "CAST(-70000 AS INT)", "CAST(-9e18 AS BIGINT)", "CAST(1.5 AS REAL)",
		"CAST(-2.25 AS FLOAT8)", "CAST('1.10' AS NUMERIC)", "CAST('ab' AS BYTEA)", "DATE '2026-02-03'",
		"TIMESTAMP '2026-02-03 04:05:06.789'", "TIMESTAMPTZ '2026-02-03 04:05:06.789+02'", "TIMESTAMPTZ '1901-01-01'",
		"TIMESTAMPTZ 'infinity'", "TIMESTAMPTZ '-infinity'", "CAST('{\"a\":1}' AS JSONB)", "CAST('[1]' AS JSON)",
		"CAST(5 AS OID)", "ARRAY['a','b']", "gen_random_uuid() <> gen_random_uuid()", "INTERVAL '1 day'",
	} {
		var ours, theirs any
		is.NoErr(db.DB.QueryRowContext(t.Context(), "SELECT "+value+" WHERE $1 = 1", 1).Scan(&ours))
		is.NoErr(db.DB.QueryRowContext(t.Context(), "SELECT "+value).Scan(&theirs))
		is.Equal(fmt.Sprintf("%T %v", ours, ours), fmt.Sprintf("%T %v", theirs, theirs)) // one value, whoever reads it
	}
}
