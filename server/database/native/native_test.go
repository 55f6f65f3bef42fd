package native_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/matryer/is"
	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/server/database/dbtest"
	"github.com/anteroom-go/anteroom/server/database/handle"
	"github.com/anteroom-go/anteroom/server/database/native"
	"github.com/anteroom-go/anteroom/server/database/session"
)

// foreign is a handle that bun did not make.
type foreign struct{ *bun.DB }

// hook keeps the texts of statements.
type hook struct{ texts []string }

func (h *hook) BeforeQuery(ctx context.Context, _ *bun.QueryEvent) context.Context { return ctx }

func (h *hook) AfterQuery(_ context.Context, event *bun.QueryEvent) {
	h.texts = append(h.texts, event.Query)
}

// TestHandles sends a change and a query through every kind of handle.
func TestHandles(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		is := is.New(t)
		_, err := db.ExecContext(t.Context(), "CREATE TABLE notes (id TEXT, n BIGINT, at TIMESTAMPTZ, note TEXT)")
		is.NoErr(err)
		host, err := handle.DB(t.Context(), db.DB, "")
		is.NoErr(err)
		conn, err := db.Conn(t.Context())
		is.NoErr(err)
		write(t, "conn", conn, true)
		is.NoErr(conn.Close())
		write(t, "pool", db, true)
		write(t, "host", host, true)
		write(t, "shared", session.Shared(db), true)
		write(t, "sparing", session.Sparing(session.Shared(db), 1), true)
		write(t, "foreign", foreign{db}, false)
		is.NoErr(db.RunInTx(t.Context(), nil, func(_ context.Context, tx bun.Tx) error {
			write(t, "tx", tx, true)
			return nil
		}))
		own, err := db.DB.BeginTx(t.Context(), nil)
		is.NoErr(err)
		defer own.Rollback()
		tx, err := handle.Tx(t.Context(), db, own)
		is.NoErr(err)
		write(t, "tx of a host", tx, true)
	})
}

// at is a time of which no database keeps the last digits, in a zone of its own.
var at = time.Date(2026, 1, 2, 3, 4, 5, 678901234, time.FixedZone("", 3600))

// write inserts a row and reads it.
func write(t *testing.T, name string, db bun.IDB, beside bool) {
	t.Helper()
	is := is.New(t)
	done, err := native.Exec(t.Context(), db, "INSERT INTO notes (id, n, at, note) VALUES ($1, $2, $3, $4)",
		name, 1<<40, at, nil)
	is.NoErr(err)
	n, err := done.RowsAffected()
	is.NoErr(err)
	is.Equal(n, int64(1)) // the number of rows is that of the change
	var number int64
	var when, equal time.Time
	note := "old"
	const text = "SELECT n, at, note, at FROM notes WHERE id = $1 AND at = $2"
	for range 3 { // whether it is prepared already or not
		is.NoErr(native.Row(t.Context(), db, text, []any{name, at}, &number, native.Time(&when), native.Text(&note),
			native.Time(&equal)))
		is.Equal(number, int64(1<<40))
		is.True(when.Equal(at.Truncate(time.Microsecond))) // times are kept in microseconds
		is.Equal(when.Location(), time.UTC)                // and returned in UTC
		is.Equal(note, "")                                 // NULL is an empty text
	}
	err = native.Row(t.Context(), db, text, []any{"none", at}, &number)
	is.True(errors.Is(err, sql.ErrNoRows)) // there is no such row
}

// TestTexts sends texts that no column can hold as they are.
func TestTexts(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		is := is.New(t)
		const query = "SELECT CAST($1 AS TEXT)"
		for _, text := range []string{"", "'; --", "a\xff\xfeb", "ü\U0001F600", "%s ? $1"} {
			var got, formatted string
			is.NoErr(native.Row(t.Context(), db, query, []any{text}, &got))
			is.NoErr(db.NewRaw("SELECT CAST(? AS TEXT)", text).Scan(t.Context(), &formatted))
			is.Equal(got, formatted) // arguments arrive as bun writes them
		}
		var got string
		err := native.Row(t.Context(), db, query, []any{"a\x00b"}, &got)
		is.True(errors.Is(err, native.ErrNUL)) // no column can hold a NUL byte
		_, err = native.Exec(t.Context(), db, query, "a\x00b")
		is.True(errors.Is(err, native.ErrNUL))                                      // nor can a change
		is.True(native.Row(t.Context(), db, query, []any{struct{}{}}, &got) != nil) // there are no other arguments
		args := []any{"a\xff", at}
		is.NoErr(native.Row(t.Context(), db, query+" WHERE CAST($2 AS TEXT) > ''", args, &got))
		is.Equal(args, []any{"a\xff", at}) // the caller's arguments stay as they are
	})
}

// TestHooks asks what bun's hooks are told.
func TestHooks(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		is := is.New(t)
		told := &hook{}
		hooked := db.WithQueryHook(told)
		var got string
		is.NoErr(native.Row(t.Context(), hooked, "SELECT CAST($1 AS TEXT)", []any{"secret"}, &got))
		_, err := native.Exec(t.Context(), session.Shared(hooked), "DELETE FROM {rooms} WHERE id = $1", "secret")
		is.True(err != nil)                                                // braces are the caller's to expand
		is.Equal(len(told.texts), 2)                                       // hooks are told of each statement once
		is.Equal(strings.Count(strings.Join(told.texts, ""), "secret"), 0) // and of no value
	})
}

// TestReading sees to which connections of a SQLite file a statement goes.
func TestReading(t *testing.T) {
	is := is.New(t)
	db := dbtest.Open(t, dbtest.SQLite(t))
	tx, err := db.BeginTx(t.Context(), nil) // which has the only lock for writing
	is.NoErr(err)
	var only int
	const reads = "SELECT query_only FROM pragma_query_only WHERE query_only >= $1"
	is.NoErr(native.Row(t.Context(), db, reads, []any{0}, &only))
	is.Equal(only, 1) // a statement of the pool that reads has a connection that only reads
	is.NoErr(native.Row(t.Context(), session.Shared(db), reads, []any{0}, &only))
	is.Equal(only, 1)
	is.NoErr(native.Row(t.Context(), tx, reads, []any{0}, &only))
	is.Equal(only, 0) // one of a transaction stays there
	is.NoErr(tx.Rollback())
	_, err = native.Exec(t.Context(), db, "CREATE TABLE notes (id TEXT)")
	is.NoErr(err)
}

// TestSameStatementTwice reads the rows of a statement while it is sent again on the same connection.
func TestSameStatementTwice(t *testing.T) {
	is := is.New(t)
	db := dbtest.Open(t, dbtest.SQLite(t))
	is.NoErr(db.RunInTx(t.Context(), nil, func(ctx context.Context, tx bun.Tx) error {
		const numbers = "SELECT value FROM json_each('[1,2,3]') WHERE value > $1"
		var pairs []int
		err := native.Rows(ctx, tx, numbers, []any{0}, func(row *sql.Rows) error {
			var first, second int
			is.NoErr(row.Scan(&first))
			is.NoErr(native.Row(ctx, tx, numbers, []any{first - 1}, &second))
			pairs = append(pairs, first, second)
			return nil
		})
		is.Equal(pairs, []int{1, 1, 2, 2, 3, 3}) // neither changes the other
		return err
	}))
}

// TestManyTexts sends more texts than a connection keeps prepared while the rows of the first one are read, ends a
// statement early, and lets one fail.
func TestManyTexts(t *testing.T) {
	is := is.New(t)
	db := dbtest.Open(t, dbtest.SQLite(t))
	is.NoErr(db.RunInTx(t.Context(), nil, func(ctx context.Context, tx bun.Tx) error {
		const numbers = "SELECT value FROM json_each('[1,2,3]') WHERE value > $1"
		sum := 0
		err := native.Rows(ctx, tx, numbers, []any{0}, func(row *sql.Rows) error {
			var n, other int
			for i := range 150 {
				is.NoErr(native.Row(ctx, tx, fmt.Sprintf("SELECT %d + $1", i), []any{1}, &other))
				is.Equal(other, i+1)
			}
			defer func() { sum += n }()
			return row.Scan(&n)
		})
		is.Equal(sum, 6) // rows go on, though their statement is not kept any longer
		_, failed := native.Exec(ctx, tx, "INSERT INTO nowhere (id) VALUES ($1)", 1)
		is.True(failed != nil)
		canceled, cancel := context.WithCancel(ctx)
		cancel()
		var n int
		is.True(native.Row(canceled, tx, numbers, []any{0}, &n) != nil)
		is.NoErr(native.Row(ctx, tx, numbers, []any{2}, &n)) // nor do failures spoil it
		is.Equal(n, 3)
		return err
	}))
}
