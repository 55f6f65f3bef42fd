package roomsql

import (
	"context"
	"sort"
	"time"

	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/rooms/stats"
)

// countMemberships counts the rooms of a user one by one.
func (s *Store) countMemberships(ctx context.Context, view rooms.View, periods []period) ([]stats.Count, error) {
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
	counts, seen := make([]stats.Count, len(periods)), map[ownerIn]bool{}
	for _, room := range found {
		if i, counted := periodAt(periods, room.CreatedAt); counted {
			counts[i].Created++
			if owner := (ownerIn{i, room.Owner}); room.Owner != "" && !seen[owner] {
				counts[i].Users++
				seen[owner] = true
			}
		}
		if i, counted := periodAt(periods, room.DeletedAt.Time); counted && !room.DeletedAt.IsZero() {
			counts[i].Deleted++
		}
	}
	return counts, err
}

// everMemberships returns the query for the rooms of the view's source in which the user has or had a role, each once:
// ranges of live and of past memberships, by id and by address.
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

// periodAt returns the period that a time is in, if it is in one.
func periodAt(periods []period, t time.Time) (i int, in bool) {
	i = sort.Search(len(periods), func(i int) bool { return periods[i].begins.After(t) }) - 1
	return i, i >= 0 && t.Before(periods[i].ends)
}
