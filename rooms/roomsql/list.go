package roomsql

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"github.com/anteroom-go/anteroom/rooms"
)

// List implements [rooms.Store]. A list is one range of an index or several: for a
// program the rooms of its source, for a user the memberships by id and those by
// each address. Where a filter names few rooms, the list begins with those instead.
// A page and how many rooms there are come by one statement, but for a page beyond
// the end, which has no row for the number.
func (s *Store) List(ctx context.Context, view rooms.View, query rooms.Query) (
	found []rooms.Room, total int, err error) {
	if err := view.Validate(); err != nil {
		return nil, 0, err
	}
	ranges, counted := rangesOf(view, query), query.After == ""
	columns := fragment{sql: roomColumns + ", 0"}
	if counted {
		size := s.sizeOf(view, ranges)
		columns = fragment{roomColumns + ", (" + size.sql + ") AS total", size.args}
	}
	rows, err := s.page(ctx, columns, ranges, query)
	switch {
	case err != nil:
		return nil, 0, fmt.Errorf("roomsql: listing rooms: %w", err)
	case len(rows) > 0:
		total = rows[0].Total
	case counted && (query.Offset > 0 || query.Limit == 0):
		size := s.sizeOf(view, ranges)
		if err := s.row(ctx, fragment{"SELECT (" + size.sql + ")", size.args}, &total); err != nil {
			return nil, 0, fmt.Errorf("roomsql: counting rooms: %w", err)
		}
	}
	found, err = roomsOf(rows)
	return found, total, err
}

// mostAtOnce is for how many rooms of a page there is room from the beginning.
const mostAtOnce = 100

// page reads one page of a list: its ids from the indexes, then their rooms. In
// one step PostgreSQL may walk the rooms of all users to meet those of the list, and
// so it may in a plan for pages of any size: it is made to look for each room.
func (s *Store) page(ctx context.Context, columns fragment, ranges []idRange, query rooms.Query) (
	rows []roomRow, err error) {
	order := " ORDER BY id DESC"
	if query.OldestFirst {
		order = " ORDER BY id ASC"
	}
	ids := s.merged(ranges, order, query.Offset+query.Limit)
	join := " JOIN {rooms} AS r ON r.id = p.id"
	if isPostgres(s.db) {
		join = " CROSS JOIN LATERAL (SELECT r.* FROM {rooms} AS r WHERE r.id = p.id OFFSET 0) AS r"
	}
	page := fragment{"SELECT " + columns.sql + " FROM (" + ids.sql + order + " LIMIT ? OFFSET ?) AS p" +
		join + strings.Replace(order, "id", "p.id", 1),
		slices.Concat(columns.args, ids.args, []any{query.Limit, query.Offset})}
	rows = make([]roomRow, 0, min(query.Limit, mostAtOnce))
	var one roomRow
	into := append(one.columns(), &one.Total)
	err = s.rows(ctx, page, func(row *sql.Rows) error {
		if err := row.Scan(into...); err != nil {
			return err
		}
		rows = append(rows, one)
		return nil
	})
	return rows, err
}

// merged returns the query for the ids of ranges, each once, of which the first
// are wanted in an order. SQLite merges ranges that are in order. PostgreSQL does
// so if no more is to be had of each.
func (s *Store) merged(ranges []idRange, order string, first int) fragment {
	if len(ranges) == 1 || !isPostgres(s.db) {
		return unionOf(ranges)
	}
	parts := make([]fragment, len(ranges))
	for i, r := range ranges {
		part := r.ids()
		parts[i] = fragment{"(" + part.sql + order + " LIMIT ?)", append(slices.Clip(part.args), first)}
	}
	ids := join(parts, " UNION ALL ")
	return fragment{"SELECT DISTINCT id FROM (" + ids.sql + ") AS l", ids.args}
}

// sizeOf returns the query for how many rooms the ranges of a view hold, each
// counted once. The range by an address has none that the user owns, so the sizes
// of two ranges add up, unless a host added the user to rooms by id.
func (s *Store) sizeOf(view rooms.View, ranges []idRange) fragment {
	all := unionOf(ranges)
	if !isPostgres(s.db) {
		all.sql += " ORDER BY id DESC" // so SQLite merges the ranges as they are
	}
	all.sql = "SELECT count(*) FROM (" + all.sql + ") AS l"
	switch len(ranges) {
	case 1:
		return ranges[0].size()
	case 2:
		own, byAddress := ranges[0].size(), ranges[1].size()
		return fragment{"SELECT CASE WHEN EXISTS (SELECT 1 FROM {room_members} AS m WHERE m.user_id = ?" +
			" AND m.role <> 'owner' AND m.deleted_at IS NULL) THEN (" + all.sql + ")" +
			" ELSE (" + own.sql + ") + (" + byAddress.sql + ") END",
			slices.Concat([]any{view.UserID}, all.args, own.args, byAddress.args)}
	}
	return all
}
