package roomsql

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/rooms/stats"
)

// Sources implements [stats.Store]. It leaps from source to source in an index instead of reading every room.
func (s *Store) Sources(ctx context.Context) (sources []rooms.Source, err error) {
	var last rooms.Source
	for {
		err := s.db.NewRaw(s.sql(`SELECT source_kind, source_id, source_name FROM {rooms}
			WHERE (source_kind, source_id) > (?, ?) ORDER BY source_kind, source_id, created_at DESC LIMIT 1`),
			last.Kind, last.ID).Scan(ctx, &last.Kind, &last.ID, &last.Name)
		if errors.Is(err, sql.ErrNoRows) {
			return sources, nil
		}
		if err != nil {
			return nil, fmt.Errorf("roomsql: listing sources: %w", err)
		}
		sources = append(sources, last)
	}
}

// Count implements [stats.Store]. What was counted once is kept, see the migration of room_statistics and room_tallies:
// for a source the periods that are over, for a user with many rooms how many there were in each quarter of an hour.
func (s *Store) Count(ctx context.Context, view rooms.View, starts []time.Time, end time.Time) (
	counts []stats.Count, err error) {
	if err := view.Validate(); err != nil {
		return nil, err
	}
	ctx, cancel := s.limited(ctx)
	defer cancel()
	periods := periodsOf(starts, end)
	switch {
	case len(periods) == 0:
		return []stats.Count{}, nil
	case view.Program:
		counts, err = s.countSource(ctx, view, periods)
	default:
		counts, err = s.countUser(ctx, view, periods)
	}
	if err != nil {
		return nil, fmt.Errorf("roomsql: counting rooms: %w", err)
	}
	return counts, nil
}

// period is a stretch of time: begins ≤ t < ends.
type period struct{ begins, ends time.Time }

// periodsOf returns the periods that begin at some times and end with each other.
func periodsOf(starts []time.Time, end time.Time) []period {
	periods := make([]period, len(starts))
	for i, start := range starts {
		periods[i] = period{start.UTC(), end.UTC()}
		if i > 0 {
			periods[i-1].ends = start.UTC()
		}
	}
	return periods
}

// rowsOf returns a table of periods, "VALUES (n, begins, ends), …".
func (s *Store) rowsOf(periods []period) fragment {
	one := fragment{sql: "(?, " + timestamp(s.db) + ", " + timestamp(s.db) + ")"}
	rows := make([]fragment, len(periods))
	for i, p := range periods {
		rows[i] = fragment{one.sql, []any{i, p.begins, p.ends}}
	}
	all := join(rows, ", ")
	all.sql = "VALUES " + all.sql
	return all
}

// timestamp returns the placeholder of a time where nothing else tells the type. SQLite has times as texts.
func timestamp(db bun.IDB) string {
	if isPostgres(db) {
		return "CAST(? AS TIMESTAMPTZ)"
	}
	return "?"
}

// sourceCounts are the columns that count all rooms of a source in the period of a
// row p: three ranges of indexes that hold all that is counted.
const (
	createdInPeriod = `(SELECT count(*) FROM {rooms} AS r
		WHERE r.source_kind = p.source_kind AND r.source_id = p.source_id
		AND r.created_at >= p.begins AND r.created_at < p.ends)`
	deletedInPeriod = `(SELECT count(*) FROM {rooms} AS r
		WHERE r.source_kind = p.source_kind AND r.source_id = p.source_id
		AND r.deleted_at >= p.begins AND r.deleted_at < p.ends)`
	usersInPeriod = `(SELECT count(DISTINCT m.user_id) FROM {room_members} AS m
		WHERE m.source_kind = p.source_kind AND m.source_id = p.source_id AND m.role = 'owner'
		AND m.created_at >= p.begins AND m.created_at < p.ends)`
)

// countPeriods counts all rooms of a source.
func (s *Store) countPeriods(ctx context.Context, view rooms.View, periods []period) (
	counts []stats.Count, err error) {
	rows := s.rowsOf(periods)
	err = s.db.NewRaw(s.sql(`WITH periods (n, begins, ends) AS (`+rows.sql+`)
		SELECT `+createdInPeriod+` AS created, `+deletedInPeriod+` AS deleted, `+usersInPeriod+` AS users
		FROM (SELECT n, begins, ends, ? AS source_kind, ? AS source_id FROM periods) AS p ORDER BY p.n`),
		append(rows.args, view.SourceKind, view.SourceID)...).Scan(ctx, &counts)
	return counts, err
}
