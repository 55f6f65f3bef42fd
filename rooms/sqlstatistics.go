package rooms

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Sources implements [StatisticsStore]. It leaps from source to source in an
// index instead of reading every room.
func (s *SQLStore) Sources(ctx context.Context) (sources []Source, err error) {
	var last Source
	for {
		err := s.db.NewRaw(`SELECT source_kind, source_id, source_name FROM rooms WHERE (source_kind, source_id) > (?, ?)
			ORDER BY source_kind, source_id, created_at DESC LIMIT 1`, last.Kind, last.ID).Scan(ctx, &last.Kind, &last.ID, &last.Name)
		if errors.Is(err, sql.ErrNoRows) {
			return sources, nil
		}
		if err != nil {
			return nil, fmt.Errorf("rooms: listing sources: %w", err)
		}
		sources = append(sources, last)
	}
}

// Count implements [StatisticsStore].
func (s *SQLStore) Count(ctx context.Context, view View, starts []time.Time, end time.Time) ([]Count, error) {
	counts := make([]Count, len(starts))
	if len(starts) == 0 {
		return counts, nil
	}
	created, err := s.countBy(ctx, `SELECT ? AS period, count(*) AS rooms, count(DISTINCT m.user_id) AS users
		FROM rooms AS r LEFT JOIN room_members AS m ON m.room_id = r.id AND m.role = 'owner'`, "r.created_at", view, starts, end)
	if err != nil {
		return nil, err
	}
	deleted, err := s.countBy(ctx, `SELECT ? AS period, count(*) AS rooms, 0 AS users FROM rooms AS r`, "r.deleted_at", view, starts, end)
	if err != nil {
		return nil, err
	}
	for _, c := range created {
		counts[c.Period].Created, counts[c.Period].Users = c.Rooms, c.Users
	}
	for _, c := range deleted {
		counts[c.Period].Deleted = c.Rooms
	}
	return counts, nil
}

type periodRow struct{ Period, Rooms, Users int }

// countBy counts the rooms of a view by the period that a time of theirs is in:
// one range of an index a period.
func (s *SQLStore) countBy(ctx context.Context, count, column string, view View, starts []time.Time, end time.Time) ([]periodRow, error) {
	condition := " WHERE r.source_kind = ? AND r.source_id = ? AND " + column + " >= ? AND " + column + " < ?"
	if view.User != "" {
		condition += " AND EXISTS (SELECT 1 FROM room_members AS v WHERE v.room_id = r.id AND v.user_id = ?)"
	}
	one := count + condition + " HAVING count(*) > 0"
	var args []any
	for i, start := range starts {
		next := end
		if i+1 < len(starts) {
			next = starts[i+1]
		}
		args = append(args, i, view.SourceKind, view.SourceID, start.UTC(), next.UTC())
		if view.User != "" {
			args = append(args, view.User)
		}
	}
	var rows []periodRow
	query := one + strings.Repeat(" UNION ALL "+one, len(starts)-1)
	if err := s.db.NewRaw(query, args...).Scan(ctx, &rows); err != nil {
		return nil, fmt.Errorf("rooms: counting rooms: %w", err)
	}
	return rows, nil
}
