package transfer

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"

	"github.com/anteroom-go/anteroom/delegation/registry/audit"
	"github.com/anteroom-go/anteroom/server/database/migrate"
	"github.com/anteroom-go/anteroom/server/database/tables"
	"github.com/anteroom-go/anteroom/server/internal/transfer/columns"
)

// Errors of [Copy].
var (
	ErrNotEmpty = errors.New("the database to write is not empty")
	ErrSchema   = errors.New("the schema of the database to read is not that of this program")
)

// batch is how many rows one statement inserts.
const batch = 500

// Copied is how many rows of a table were copied.
type Copied struct {
	Table string
	Rows  int
}

// Copy migrates the second database and copies every row of the first one into it, in
// one transaction. What it reads is one state of the first database, which cannot be
// written meanwhile if it is SQLite. It returns ErrNotEmpty if a table of the second
// one has rows, and ErrSchema if the first one has other tables, other columns or
// another version than the second one.
func Copy(ctx context.Context, from, to *bun.DB) (copied []Copied, err error) {
	if err := sameDatabase(from, to); err != nil {
		return nil, err
	}
	if err := migrate.Up(ctx, to); err != nil {
		return nil, err
	}
	err = from.RunInTx(ctx, reading(from), func(ctx context.Context, source bun.Tx) error {
		return to.RunInTx(ctx, nil, func(ctx context.Context, target bun.Tx) error {
			list, err := compared(ctx, source, target)
			if err != nil {
				return err
			}
			if copied, err = copyAll(ctx, source, target, list); err != nil {
				return err
			}
			return audit.Append(ctx, target, audit.Change{Kind: audit.DatabaseCopied, After: counts(copied)})
		})
	})
	if err != nil {
		return nil, fmt.Errorf("copying: %w", err)
	}
	return copied, nil
}

// counts returns how many rows of each table were copied, for the audit trail that was copied with them.
func counts(copied []Copied) audit.Values {
	values := audit.Values{}
	for _, one := range copied {
		values[one.Table] = one.Rows
	}
	return values
}

// sameDatabase refuses one handle for both: its transactions would wait for each
// other.
func sameDatabase(from, to *bun.DB) error {
	if from == to {
		return ErrNotEmpty
	}
	return nil
}

// reading returns the options of a transaction in which the database stands still.
// On SQLite a transaction holds the lock of writers from its beginning.
func reading(db *bun.DB) *sql.TxOptions {
	if db.Dialect().Name() == dialect.PG {
		return &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}
	}
	return nil
}

// copyAll copies the tables in turn and counts what arrived.
func copyAll(ctx context.Context, source, target bun.Tx, list []table) (copied []Copied, err error) {
	for _, t := range list {
		rows, err := copyTable(ctx, source, target, t)
		if err != nil {
			return nil, fmt.Errorf("table %s: %w", t.name, err)
		}
		var there int
		if err := target.NewRaw("SELECT count(*) FROM ?", tables.Table(target, t.name)).Scan(ctx, &there); err != nil {
			return nil, err
		}
		if there != rows {
			return nil, fmt.Errorf("table %s: %d rows were read and %d are there", t.name, rows, there)
		}
		copied = append(copied, Copied{t.name, rows})
	}
	return copied, nil
}

// copyTable copies the rows of a table and returns how many there were.
func copyTable(ctx context.Context, source, target bun.Tx, t table) (n int, err error) {
	rows, err := source.QueryContext(ctx, "SELECT ? FROM ?", bun.List(columns.Names(t.columns)),
		tables.Table(source, t.name))
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	var pending [][]any
	for rows.Next() {
		row, err := columns.Scan(rows, t.columns)
		if err != nil {
			return 0, err
		}
		if pending = append(pending, row); len(pending) < batch {
			continue
		}
		if err := insert(ctx, target, t, pending); err != nil {
			return 0, err
		}
		n, pending = n+len(pending), nil
	}
	if err := rows.Err(); err != nil {
		return 0, err
	}
	return n + len(pending), insert(ctx, target, t, pending)
}

// insert inserts rows, whose values are in the order of the columns.
func insert(ctx context.Context, target bun.Tx, t table, rows [][]any) error {
	if len(rows) == 0 {
		return nil
	}
	tuples := make([]bun.TupleValues, len(rows))
	for i, row := range rows {
		tuples[i] = columns.Tuple(row)
	}
	_, err := target.ExecContext(ctx, "INSERT INTO ? (?) VALUES ?",
		tables.Table(target, t.name), bun.List(columns.Names(t.columns)), bun.List(tuples))
	return err
}
