package roomsql

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/rooms/stats"
)

// Sources implements [stats.Store]. It leaps from source to source in an index
// instead of reading every room.
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

// Count implements [stats.Store].
func (s *Store) Count(ctx context.Context, view rooms.View, starts []time.Time, end time.Time) (
	counts []stats.Count, err error) {
	if err := view.Validate(); err != nil {
		return nil, err
	}
	switch {
	case len(starts) == 0:
		return []stats.Count{}, nil
	case view.Program:
		counts, err = s.countSource(ctx, view, starts, end)
	default:
		counts, err = s.countUser(ctx, view, starts, end)
	}
	if err != nil {
		return nil, fmt.Errorf("roomsql: counting rooms: %w", err)
	}
	return counts, nil
}

// countSource counts all rooms of a source: for each period three ranges of
// indexes that hold all that is counted.
func (s *Store) countSource(ctx context.Context, view rooms.View, starts []time.Time, end time.Time) (
	counts []stats.Count, err error) {
	const ofSource = `source_kind = ? AND source_id = ?`
	period := ", (?, " + timestamp(s.db) + ", " + timestamp(s.db) + ")"
	var args []any
	for i, start := range starts {
		next := end
		if i+1 < len(starts) {
			next = starts[i+1]
		}
		args = append(args, i, start.UTC(), next.UTC())
	}
	source := []any{view.SourceKind, view.SourceID}
	err = s.db.NewRaw(s.sql(`WITH periods (n, begins, ends) AS (VALUES `+strings.Repeat(period, len(starts))[len(", "):]+`)
		SELECT (SELECT count(*) FROM {rooms} WHERE `+ofSource+`
				AND created_at >= p.begins AND created_at < p.ends) AS created,
			(SELECT count(*) FROM {rooms} WHERE `+ofSource+`
				AND deleted_at >= p.begins AND deleted_at < p.ends) AS deleted,
			(SELECT count(DISTINCT user_id) FROM {room_members} WHERE `+ofSource+` AND role = 'owner'
				AND created_at >= p.begins AND created_at < p.ends) AS users
		FROM periods AS p ORDER BY p.n`), slices.Concat(args, source, source, source)...).Scan(ctx, &counts)
	return counts, err
}

// timestamp returns the placeholder of a time where nothing else tells the type.
// SQLite has times as texts.
func timestamp(db bun.IDB) string {
	if isPostgres(db) {
		return "CAST(? AS TIMESTAMPTZ)"
	}
	return "?"
}

// countUser counts the rooms of a user, which are read one by one: a user has few
// of those of the source.
func (s *Store) countUser(ctx context.Context, view rooms.View, starts []time.Time, end time.Time) (
	[]stats.Count, error) {
	mine := everMemberships(view)
	var found []struct {
		CreatedAt time.Time    `bun:"created_at"`
		DeletedAt bun.NullTime `bun:"deleted_at"`
		Owner     string       `bun:"owner"`
	}
	err := s.db.NewRaw(s.sql(`SELECT (SELECT r.created_at FROM {rooms} AS r WHERE r.id = mine.room_id) AS created_at,
			mine.deleted_at, (SELECT o.user_id FROM {room_members} AS o
				WHERE o.room_id = mine.room_id AND o.role = 'owner' LIMIT 1) AS owner
		FROM (`+mine.sql+`) AS mine`), mine.args...).Scan(ctx, &found)
	counts, seen := make([]stats.Count, len(starts)), map[ownerIn]bool{}
	for _, room := range found {
		if i, counted := periodOf(room.CreatedAt, starts, end); counted {
			counts[i].Created++
			if owner := (ownerIn{i, room.Owner}); room.Owner != "" && !seen[owner] {
				counts[i].Users++
				seen[owner] = true
			}
		}
		if i, counted := periodOf(room.DeletedAt.Time, starts, end); counted && !room.DeletedAt.IsZero() {
			counts[i].Deleted++
		}
	}
	return counts, err
}

// everMemberships returns the query for the rooms of the view's source in which
// the user has or had a role, each once: ranges of live and of past memberships,
// by id and by address.
func everMemberships(view rooms.View) fragment {
	who := []fragment{{"user_id = ?", []any{view.UserID}}}
	if len(view.Addresses) > 0 {
		who = append(who, fragment{"user_id IS NULL AND address IN (?)", []any{bun.List(view.Addresses)}})
	}
	var parts []fragment
	for _, one := range who {
		for _, when := range []string{"deleted_at IS NULL", "deleted_at IS NOT NULL"} {
			part := one.and("source_kind = ? AND source_id = ? AND "+when, view.SourceKind, view.SourceID)
			part.sql = "SELECT room_id, deleted_at FROM {room_members} WHERE " + part.sql
			parts = append(parts, part)
		}
	}
	return join(parts, " UNION ")
}

// ownerIn is the owner of a room that was created in a period.
type ownerIn struct {
	period int
	owner  string
}

// periodOf returns the period that a time is in, if it is in one.
func periodOf(t time.Time, starts []time.Time, end time.Time) (i int, in bool) {
	i = sort.Search(len(starts), func(i int) bool { return starts[i].After(t) }) - 1
	return i, i >= 0 && t.Before(end)
}
