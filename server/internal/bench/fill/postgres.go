package fill

import (
	"context"
	"fmt"
	"iter"

	"github.com/jackc/pgx/v5"

	"github.com/anteroom-go/anteroom/server/database/tables"
)

// postgres fills PostgreSQL.
type postgres struct {
	conn  *pgx.Conn
	names tables.Names
}

func (p postgres) fill(ctx context.Context, plan Plan) error {
	err := pgx.BeginFunc(ctx, p.conn, func(tx pgx.Tx) error {
		// What is faster this way; the settings end with the transaction.
		_, err := tx.Exec(ctx, `SET LOCAL maintenance_work_mem = '512MB'; SET LOCAL work_mem = '64MB';
			SET LOCAL statement_timeout = 0; SET LOCAL max_parallel_maintenance_workers = 2`)
		if err != nil {
			return err
		}
		restore, err := p.lighten(ctx, tx)
		if err != nil {
			return err
		}
		for _, r := range plan.relations() {
			if err := p.copy(ctx, tx, r); err != nil {
				return fmt.Errorf("%s: %w", r.name, err)
			}
		}
		for _, statement := range restore {
			if _, err := tx.Exec(ctx, statement); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		_, err = p.conn.Exec(ctx, p.names.SQL("VACUUM (ANALYZE) {rooms}, {room_members}, {applications}, {users}"))
	}
	if err != nil {
		return fmt.Errorf("fill: %w", err)
	}
	return nil
}

// lighten drops the indexes and keys of rooms and members, and returns the statements that make them again. Foreign
// keys come last, and are dropped first.
func (p postgres) lighten(ctx context.Context, tx pgx.Tx) (restore []string, err error) {
	const ours = `(SELECT oid FROM pg_class WHERE oid IN ($1::text::regclass, $2::text::regclass))`
	rows, err := tx.Query(ctx, `
		SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname),
			format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid)),
			CASE contype WHEN 'f' THEN 0 ELSE 1 END AS turn
		FROM pg_constraint WHERE contype IN ('p', 'u', 'f') AND (conrelid IN `+ours+` OR confrelid IN `+ours+`)
		UNION ALL
		SELECT format('DROP INDEX %s', indexrelid::regclass), pg_get_indexdef(indexrelid), 1
		FROM pg_index WHERE indrelid IN `+ours+` AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = indexrelid)
		ORDER BY 3, 2`, p.names.Table("rooms"), p.names.Table("room_members"))
	if err != nil {
		return nil, err
	}
	type part struct {
		Drop, Make string
		Turn       int
	}
	parts, err := pgx.CollectRows(rows, pgx.RowToStructByPos[part])
	for i, part := range parts {
		if _, err := tx.Exec(ctx, part.Drop); err != nil {
			return nil, err
		}
		restore = append(restore, parts[len(parts)-1-i].Make)
	}
	return restore, err
}

// copy sends the rows of a table by COPY.
func (p postgres) copy(ctx context.Context, tx pgx.Tx, r relation) error {
	next, stop := iter.Pull(iter.Seq[[]any](r.rows))
	defer stop()
	table := pgx.Identifier{p.names.Bare(r.name)}
	if p.names.Schema != "" {
		table = pgx.Identifier{p.names.Schema, p.names.Bare(r.name)}
	}
	_, err := tx.CopyFrom(ctx, table, r.columns, pgx.CopyFromFunc(func() ([]any, error) {
		row, more := next()
		if !more {
			return nil, nil
		}
		return row, nil
	}))
	return err
}
