package fill

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"github.com/anteroom-go/anteroom/server/database/tables"
)

// sqlite fills SQLite.
type sqlite struct{ names tables.Names }

// together is how many rows one statement inserts: SQLite takes 32,766 arguments.
const together = 100

func (s sqlite) fill(ctx context.Context, db *sql.DB, plan Plan) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("fill: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // after a commit it does nothing
	restore, err := s.lighten(ctx, tx)
	if err != nil {
		return fmt.Errorf("fill: %w", err)
	}
	for _, r := range plan.relations() {
		if err := s.insert(ctx, tx, r); err != nil {
			return fmt.Errorf("fill: %s: %w", r.name, err)
		}
	}
	for _, statement := range append(restore, "ANALYZE") {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("fill: %w", err)
		}
	}
	return tx.Commit()
}

// lighten drops the indexes of rooms and members, and returns the statements that make them again.
func (s sqlite) lighten(ctx context.Context, tx *sql.Tx) (restore []string, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT name, sql FROM sqlite_master
		WHERE type = 'index' AND tbl_name IN (?, ?) AND sql IS NOT NULL`, s.names.Bare("rooms"), s.names.Bare("room_members"))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var names []string
	for rows.Next() {
		var name, statement string
		if err := rows.Scan(&name, &statement); err != nil {
			return nil, err
		}
		names, restore = append(names, name), append(restore, statement)
	}
	for _, name := range names {
		if _, err := tx.ExecContext(ctx, "DROP INDEX "+name); err != nil {
			return nil, err
		}
	}
	return restore, rows.Err()
}

func (s sqlite) insert(ctx context.Context, tx *sql.Tx, r relation) (err error) {
	row := "(" + strings.Repeat(", ?", len(r.columns))[2:] + ")"
	begin := s.names.SQL("INSERT INTO {"+r.name+"} ("+strings.Join(r.columns, ", ")+") VALUES ") + row
	many, err := tx.PrepareContext(ctx, begin+strings.Repeat(", "+row, together-1))
	if err != nil {
		return err
	}
	defer many.Close()
	var args []any
	r.rows(func(values []any) bool {
		for _, value := range values {
			args = append(args, stored(value))
		}
		if len(args) == together*len(r.columns) {
			_, err = many.ExecContext(ctx, args...)
			args = args[:0]
		}
		return err == nil
	})
	for len(args) > 0 && err == nil {
		_, err = tx.ExecContext(ctx, begin, args[:len(r.columns)]...)
		args = args[len(r.columns):]
	}
	return err
}

// stored returns a value as the stores keep it: times are texts.
func stored(value any) any {
	if t, isTime := value.(time.Time); isTime {
		return t.UTC().Format("2006-01-02 15:04:05.999999-07:00")
	}
	return value
}
