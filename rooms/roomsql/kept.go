package roomsql

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/rooms/stats"
)

const (
	// longestKept is the length of the longest period that is kept. The triggers look
	// no further for periods that contain a time.
	longestKept = 32 * 24 * time.Hour
	// keptFrom is how many rooms make periods worth keeping.
	keptFrom = 500
	// manyRooms is from how many rooms on periods are counted and kept a few at a time,
	// so that a statement which is cut has a part behind it.
	manyRooms = 200_000
	// fewPeriods is how many periods of so many rooms are counted at a time.
	fewPeriods = 8
	// maxKept is how many periods of one source are kept: those of a year, in several time zones.
	maxKept = 5_000
)

// countSource counts all rooms of a source: what is kept of it, and the rest anew.
func (s *Store) countSource(ctx context.Context, view rooms.View, periods []period) ([]stats.Count, error) {
	counts, missing, err := s.keptCounts(ctx, view, periods)
	if err != nil || len(missing) == 0 {
		return counts, err
	}
	atOnce := len(missing)
	if atOnce > fewPeriods {
		many, err := s.hasMany(ctx, view, period{periods[missing[0]].begins, periods[missing[atOnce-1]].ends})
		if err != nil {
			return nil, err
		}
		if many {
			atOnce = fewPeriods
		}
	}
	for len(missing) > 0 {
		part := missing[:min(atOnce, len(missing))]
		missing = missing[len(part):]
		if err := s.countMissing(ctx, view, periods, part, counts); err != nil {
			return nil, err
		}
	}
	return counts, nil
}

// countMissing counts the periods with some numbers into counts, and keeps them if they have many rooms.
func (s *Store) countMissing(ctx context.Context, view rooms.View, periods []period, which []int,
	counts []stats.Count) error {
	some := make([]period, len(which))
	for i, n := range which {
		some[i] = periods[n]
	}
	counted, err := s.countPeriods(ctx, view, some)
	if err != nil {
		return err
	}
	total := 0
	for i, n := range which {
		counts[n] = counted[i]
		total += counted[i].Created + counted[i].Deleted
	}
	long := slices.ContainsFunc(some, func(p period) bool { return p.ends.Sub(p.begins) > longestKept })
	if total < keptFrom || long || within(s.db) {
		return nil
	}
	return s.keep(ctx, view, some)
}

// keptCounts returns what is kept of periods, and the numbers of those that are not.
func (s *Store) keptCounts(ctx context.Context, view rooms.View, periods []period) (
	counts []stats.Count, missing []int, err error) {
	var rows []struct {
		Begins, Ends time.Time
		stats.Count
	}
	err = s.db.NewRaw(s.sql(`SELECT k.begins, k.ends, k.created, k.deleted, k.users FROM {room_statistics} AS k
		WHERE k.source_kind = ? AND k.source_id = ? AND k.ends > ? AND k.ends <= ? AND k.created IS NOT NULL`),
		view.SourceKind, view.SourceID, periods[0].begins, periods[len(periods)-1].ends).Scan(ctx, &rows)
	if err != nil {
		return nil, nil, err
	}
	kept := make(map[period]stats.Count, len(rows))
	for _, row := range rows {
		kept[period{row.Begins.UTC(), row.Ends.UTC()}] = row.Count
	}
	counts = make([]stats.Count, len(periods))
	for i, p := range periods {
		var found bool
		if counts[i], found = kept[p]; !found {
			missing = append(missing, i)
		}
	}
	return counts, missing, nil
}

// hasMany reports whether a source has many rooms that were created in a period.
func (s *Store) hasMany(ctx context.Context, view rooms.View, within period) (many bool, err error) {
	err = s.db.NewRaw(s.sql(`SELECT count(*) = ? FROM (SELECT 1 FROM {rooms} AS r
		WHERE r.source_kind = ? AND r.source_id = ? AND r.created_at >= ? AND r.created_at < ? LIMIT ?) AS l`),
		manyRooms, view.SourceKind, view.SourceID, within.begins, within.ends, manyRooms).Scan(ctx, &many)
	return many, err
}

// keep has those of the periods that are over for an hour counted once more and kept. First it makes their rows known
// to every writer. They are counted when all transactions that may not know of them have ended: if that is not yet so,
// by a later call. A writer that comes after that removes the row, and one at the same time waits for the row or has it
// removed before it is filled.
func (s *Store) keep(ctx context.Context, view rooms.View, periods []period) error {
	rows, begins, ends := s.rowsOf(periods), periods[0].begins, periods[len(periods)-1].ends
	source := []any{view.SourceKind, view.SourceID}
	lately := "datetime('now', '-1 hour')"
	if isPostgres(s.db) {
		lately = "CURRENT_TIMESTAMP - INTERVAL '1 hour'"
	}
	for _, step := range []fragment{
		{`DELETE FROM {room_statistics} WHERE source_kind = ? AND source_id = ? AND (SELECT count(*)
			FROM {room_statistics} AS k WHERE k.source_kind = ? AND k.source_id = ?) > ?`,
			append(append(source, source...), maxKept)},
		{`WITH periods (n, begins, ends) AS (` + rows.sql + `)
			INSERT INTO {room_statistics} (source_kind, source_id, begins, ends) SELECT ?, ?, p.begins, p.ends
			FROM periods AS p WHERE p.ends <= ` + lately + ` AND ` + s.shortEnough("p") + `
			ON CONFLICT DO NOTHING`, append(rows.args, source...)},
		s.marked("{room_statistics}", "created IS NULL", source),
		{`UPDATE {room_statistics} AS p SET created = ` + createdInPeriod + `, deleted = ` + deletedInPeriod +
			`, users = ` + usersInPeriod + ` WHERE p.source_kind = ? AND p.source_id = ? AND p.ends > ? AND p.ends <= ?
			AND p.created IS NULL` + s.everyoneKnows("p"), append(source[:2:2], begins, ends)},
	} {
		if step.sql == "" {
			continue
		}
		if _, err := s.db.NewRaw(s.sql(step.sql), step.args...).Exec(ctx); err != nil {
			return fmt.Errorf("keeping statistics: %w", err)
		}
	}
	return nil
}

// shortEnough returns the condition that a period may be kept.
func (s *Store) shortEnough(table string) string {
	if isPostgres(s.db) {
		return table + ".ends <= " + table + ".begins + INTERVAL '32 days'"
	}
	return "julianday(" + table + ".ends) <= julianday(" + table + ".begins) + 32"
}

// marked returns the statement that gives new rows of a source their mark: the number of a transaction that began when
// they were visible already. SQLite, which has one writer at a time, needs none.
func (s *Store) marked(table, unready string, source []any) fragment {
	if !isPostgres(s.db) {
		return fragment{}
	}
	return fragment{"UPDATE " + table + " SET mark = CAST(CAST(pg_current_xact_id() AS TEXT) AS BIGINT)" +
		" WHERE source_kind = ? AND source_id = ? AND mark = 0 AND " + unready, source}
}

// everyoneKnows returns the condition that all transactions have ended which may have
// written before a row was visible to them.
func (s *Store) everyoneKnows(table string) string {
	if !isPostgres(s.db) {
		return ""
	}
	return " AND " + table + ".mark > 0 AND " + table + ".mark <" +
		" CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS TEXT) AS BIGINT)"
}
