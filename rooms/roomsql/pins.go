package roomsql

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/rooms/pins"
)

var _ pins.Store = (*Store)(nil) // the compiler checks the contract

// ReleasePINs implements [pins.Store]. A deleted room stays deleted, so that no PIN is taken from a live one. On
// PostgreSQL it passes over rooms that are locked: it waits for none, and finds them the next time.
func (s *Store) ReleasePINs(ctx context.Context, deletedBefore time.Time, limit int) (int, error) {
	skip := ""
	if isPostgres(s.db) {
		skip = " FOR UPDATE SKIP LOCKED"
	}
	result, err := s.db.ExecContext(ctx, s.sql(`WITH due AS MATERIALIZED (SELECT r.id FROM {rooms} AS r
			WHERE r.pin IS NOT NULL AND r.deleted_at IS NOT NULL AND r.deleted_at < ?
			ORDER BY r.deleted_at LIMIT ?`+skip+`)
		UPDATE {rooms} SET pin = NULL WHERE id IN (SELECT due.id FROM due)`), deletedBefore.UTC(), limit)
	if err != nil {
		return 0, fmt.Errorf("roomsql: releasing PINs: %w", err)
	}
	n, err := result.RowsAffected()
	return int(n), err
}

// CountPINs implements [pins.Store].
func (s *Store) CountPINs(ctx context.Context, asked []string) (n int, err error) {
	if len(asked) == 0 {
		return 0, nil
	}
	err = s.db.NewRaw(s.sql("SELECT count(*) FROM {rooms} AS r WHERE r.pin IN (?)"), bun.List(asked)).Scan(ctx, &n)
	if err != nil {
		return 0, fmt.Errorf("roomsql: counting PINs: %w", err)
	}
	return n, nil
}
