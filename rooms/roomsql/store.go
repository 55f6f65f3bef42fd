package roomsql

import (
	"context"
	"database/sql"
	"embed"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"

	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/rooms/internal/hook"
	"github.com/anteroom-go/anteroom/server/database/tables"
)

// Migrations holds the schema in goose's format, in the directory "migrations",
// one text for SQLite and PostgreSQL. Package tables expands the names of tables in it.
//
//go:embed migrations/*.sql
var Migrations embed.FS

// Store implements [rooms.Store], [rooms.AttendeeStore] and [rooms.Transactor],
// and the store of package stats. That of package once is [Requests].
type Store struct {
	db         bun.IDB
	texts      *tables.Texts
	statements *statements
}

// New returns the store on a database or a transaction. If that does not carry the names of the tables, they are looked
// for, which costs a query; see package tables. If that fails, every method returns why. Package server/database/handle
// makes handles of a *sql.DB or a *sql.Tx. On a handle that bun did not make, such as bun.Tx{Tx: tx}, every method
// returns an error.
func New(db bun.IDB) *Store {
	db = usable(db)
	names, err := tables.Known(db)
	if err != nil {
		db = refusing(err) // another set of tables may have the default names
	}
	return &Store{db: db, texts: names.Texts(), statements: &statements{}}
}

// on returns the store on a transaction.
func (s *Store) on(tx bun.Tx) *Store {
	return &Store{db: tx, texts: s.texts, statements: s.statements}
}

// sql expands the names of tables in a statement. What is put together of fragments
// is expanded as a whole, since fragments hold no values.
func (s *Store) sql(text string) string { return s.texts.SQL(text) }

// Stores returns the store as everything that a [rooms.Service] works on.
func (s *Store) Stores() rooms.Stores { return rooms.Stores{Rooms: s, Attendees: s, Transactor: s} }

// InTx implements [rooms.Transactor]. On a transaction it sets a savepoint in that. The SQL of the [rooms.Tx] is a
// *sql.Tx, with the placeholders of the driver.
func (s *Store) InTx(ctx context.Context, do func(ctx context.Context, tx rooms.Tx) error) error {
	return inTx(ctx, s.db, func(tx bun.Tx) error {
		return do(ctx, rooms.Tx{Stores: s.on(tx).Stores(), SQL: tx.Tx})
	})
}

// inTx runs do in a transaction, or behind a savepoint in one. Unlike the method of bun it leaves the context to its
// caller: a savepoint has that of its transaction, which may outlive the call. It returns [rooms.ErrReentry] if a hook
// of another transaction begins one, which would wait for that.
func inTx(ctx context.Context, db bun.IDB, do func(tx bun.Tx) error) error {
	if err := mayBegin(ctx, db); err != nil {
		return err
	}
	return db.RunInTx(ctx, nil, func(_ context.Context, tx bun.Tx) error { return do(tx) })
}

// mayBegin returns [rooms.ErrReentry] for a change outside of a transaction that a hook of one makes.
func mayBegin(ctx context.Context, db bun.IDB) error {
	if !within(db) && hook.Running(ctx) {
		return rooms.ErrReentry
	}
	return nil
}

// within reports whether a handle is a transaction.
func within(db bun.IDB) bool {
	_, tx := db.(bun.Tx)
	return tx
}

// sqliteTimeout is how long what may read much is worked on in SQLite. PostgreSQL has a time-out for each statement.
const sqliteTimeout = 4 * time.Second

// limited returns the context for what may read much.
func (s *Store) limited(ctx context.Context) (context.Context, context.CancelFunc) {
	if within(s.db) || isPostgres(s.db) {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, sqliteTimeout)
}

func isPostgres(db bun.IDB) bool { return db.Dialect().Name() == dialect.PG }

// lockClause returns the end of a query that locks the rows of rooms as r which it finds. On SQLite it is empty: a
// transaction there is the only one that writes, from its beginning.
func lockClause(db bun.IDB) string {
	if isPostgres(db) {
		return " FOR UPDATE OF r"
	}
	return ""
}

// affected reports whether a statement changed anything.
func affected(result sql.Result, err error) (bool, error) {
	if err != nil {
		return false, err
	}
	n, err := result.RowsAffected()
	return n > 0, err
}

// nullable returns the text as SQL has it where an empty one is NULL.
func nullable(text string) any {
	if text == "" {
		return nil
	}
	return text
}

// nullableTime is nullable for a time.
func nullableTime(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t
}
