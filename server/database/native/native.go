package native

import (
	"context"
	"database/sql"

	"github.com/uptrace/bun"
)

// Queued is a pool whose changes wait for their turn, such as that of package session.
type Queued interface {
	bun.IDB
	// Pool returns the pool below, for what only reads.
	Pool() *bun.DB
	// Change makes a change of one statement on the pool below when it is its turn, and again if the database gave
	// it up for another one.
	Change(ctx context.Context, do func(pool *bun.DB) error) error
}

// Row reads the first row of a statement that changes nothing. It returns [sql.ErrNoRows] if there is none.
func Row(ctx context.Context, db bun.IDB, text string, args []any, dest ...any) error {
	found := false
	err := Rows(ctx, db, text, args, func(rows *sql.Rows) error {
		if found {
			return nil
		}
		found = true
		return rows.Scan(dest...)
	})
	if err == nil && !found {
		return sql.ErrNoRows
	}
	return err
}

// Rows calls each for every row of a statement that changes nothing. Each scans the row, and does not keep it.
func Rows(ctx context.Context, db bun.IDB, text string, args []any, each func(row *sql.Rows) error) error {
	args, err := values(db, args)
	if err != nil {
		return err
	}
	ctx, query := reading(ctx, db, text, args)
	return query.Scan(ctx, rowModel{each})
}

// Exec makes a change.
func Exec(ctx context.Context, db bun.IDB, text string, args ...any) (sql.Result, error) {
	args, err := values(db, args)
	if err != nil {
		return nil, err
	}
	if queued, ok := db.(Queued); ok {
		var result sql.Result
		err := queued.Change(ctx, func(pool *bun.DB) (err error) {
			result, err = exec(ctx, pool, text, args)
			return err
		})
		return result, err
	}
	return exec(ctx, db, text, args)
}

func exec(ctx context.Context, db bun.IDB, text string, args []any) (sql.Result, error) {
	if conn := below(db); conn != nil {
		return db.NewRaw(text).Conn(beside{conn, args}).Exec(ctx)
	}
	return db.ExecContext(ctx, forBun(text), args...)
}

// reading returns the query that reads, and the context to send it with.
func reading(ctx context.Context, db bun.IDB, text string, args []any) (context.Context, *bun.RawQuery) {
	if queued, ok := db.(Queued); ok {
		db = queued.Pool()
	}
	if pool, ok := db.(*bun.DB); ok && resolves(pool) {
		return &carrier{ctx, args}, pool.NewRaw(text)
	}
	if conn := below(db); conn != nil {
		return ctx, db.NewRaw(text).Conn(beside{conn, args})
	}
	return ctx, db.NewRaw(forBun(text), args...)
}

// below returns what a handle of bun sends its statements to; nil for a handle of another kind.
func below(db bun.IDB) bun.IConn {
	switch db := db.(type) {
	case *bun.DB:
		return db.DB
	case bun.Tx:
		return db.Tx
	case bun.Conn:
		return db.Conn
	}
	return nil
}

// beside sends one statement with its arguments, of which bun has none.
type beside struct {
	bun.IConn
	args []any
}

// QueryContext implements [bun.IConn].
func (b beside) QueryContext(ctx context.Context, text string, _ ...any) (*sql.Rows, error) {
	return b.IConn.QueryContext(ctx, text, b.args...)
}

// ExecContext implements [bun.IConn].
func (b beside) ExecContext(ctx context.Context, text string, _ ...any) (sql.Result, error) {
	return b.IConn.ExecContext(ctx, text, b.args...)
}

// rowModel implements [bun.Model] by a function, without bun's own scanning.
type rowModel struct{ each func(row *sql.Rows) error }

// ScanRows implements [bun.Model].
func (m rowModel) ScanRows(_ context.Context, rows *sql.Rows) (n int, err error) {
	for rows.Next() {
		if err := m.each(rows); err != nil {
			return n, err
		}
		n++
	}
	return n, rows.Err()
}

// Value implements [bun.Model].
func (m rowModel) Value() any { return nil }
