package roomsql

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"github.com/anteroom-go/anteroom/rooms"
)

// List implements [rooms.Store]. A list is one range of an index or several: for a program the rooms of its source, for
// a user the memberships by id and those by each address. Where a filter names few rooms, the list begins with those
// instead. A page and how many rooms there are come by one statement, but for a page beyond the end, which has no row
// for the number.
func (s *Store) List(ctx context.Context, view rooms.View, query rooms.Query) (
	found []rooms.Room, total int, err error) {
	if err := view.Validate(); err != nil {
		return nil, 0, err
	}
	ctx, cancel := s.limited(ctx)
	defer cancel()
	ranges, filter, err := s.selected(ctx, view, query.Filter)
	if err != nil {
		return nil, 0, fmt.Errorf("roomsql: selecting rooms: %w", err)
	}
	columns, counted := fragment{sql: roomColumns + ", 0"}, query.After == ""
	if counted {
		size := s.sizeOf(view, ranges, filter)
		columns = fragment{roomColumns + ", (" + size.sql + ") AS total", size.args}
	}
	rows, err := s.page(ctx, columns, ranges, filter, query)
	switch {
	case err != nil:
		return nil, 0, fmt.Errorf("roomsql: listing rooms: %w", err)
	case len(rows) > 0:
		total = rows[0].Total
	case counted && (query.Offset > 0 || query.Limit == 0 || filter.sql != ""):
		size := s.sizeOf(view, ranges, filter)
		if err := s.row(ctx, fragment{"SELECT (" + size.sql + ")", size.args}, &total); err != nil {
			return nil, 0, fmt.Errorf("roomsql: counting rooms: %w", err)
		}
	}
	if len(rows) < query.Limit && filter.sql != "" {
		if err := s.allAsked(ctx, after(ranges, query), query.Filter); err != nil {
			return nil, 0, err
		}
	}
	found, err = roomsOf(rows)
	return found, total, err
}

// maxAsked is how many rooms of a range are asked whether a filter leaves them out.
const maxAsked = 20_000

// selected returns the ranges that hold the rooms of a list, and the filter of which their
// rooms are asked one by one: none if the ranges hold few rooms for their filter already.
func (s *Store) selected(ctx context.Context, view rooms.View, filter rooms.Filter) (
	ranges []idRange, asked fragment, err error) {
	ranges, asked = viewed(view, filter), perRoom(filter, "r")
	if asked.sql == "" {
		return ranges, asked, nil
	}
	if namedRooms(filter).sql != "" {
		return []idRange{ranges[0].filtered(asked)}, fragment{}, nil
	}
	ids, ok := timed(view, filter)
	if !ok {
		return ranges, asked, nil
	}
	var n int
	err = s.row(ctx, fragment{"SELECT count(*) FROM (" + ids.sql + ") AS t", ids.args}, &n)
	if err != nil || n > rooms.MaxTotal {
		return ranges, asked, err
	}
	again := perRoom(filter, "t")
	few := idRange{table: "(" + ids.sql + ") AS t", id: "t.id",
		where: fragment{again.sql, slices.Concat(ids.args, again.args)}}
	return []idRange{few}, fragment{}, nil
}

// allAsked returns an error if ranges hold more rooms than are asked for a filter.
func (s *Store) allAsked(ctx context.Context, ranges []idRange, filter rooms.Filter) error {
	if !isPostgres(s.db) {
		return nil // SQLite asks all of them
	}
	for _, r := range ranges {
		some := r.first(maxAsked + 1)
		var n int
		if err := s.row(ctx, fragment{"SELECT count(*) FROM (" + some.sql + ") AS l", some.args}, &n); err != nil {
			return fmt.Errorf("roomsql: counting what was asked: %w", err)
		}
		if n > maxAsked {
			var faults rooms.Faults
			faults.Add(askedFirst(filter), rooms.CodeTooMany,
				"Too few of the first 20,000 rooms of this list pass the filter.")
			return faults.Err()
		}
	}
	return nil
}

// askedFirst returns the name of the first part of a filter of which rooms are asked.
func askedFirst(filter rooms.Filter) string {
	switch {
	case filter.AccessLevel != "":
		return "access_level"
	case !filter.CreatedAfter.IsZero():
		return "created_after"
	case !filter.CreatedBefore.IsZero():
		return "created_before"
	}
	return "updated_after"
}

// mostAtOnce is for how many rooms of a page there is room from the beginning.
const mostAtOnce = 100

// page reads one page of a list: its ids from the indexes, then their rooms. In
// one step PostgreSQL may walk the rooms of all users to meet those of the list, and
// so it may in a plan for pages of any size: it is made to look for each room.
func (s *Store) page(ctx context.Context, columns fragment, ranges []idRange, filter fragment, query rooms.Query) (
	rows []roomRow, err error) {
	order := " ORDER BY id DESC"
	if query.OldestFirst {
		order = " ORDER BY id ASC"
	}
	ranges = after(ranges, query)
	for i, r := range ranges {
		if filter.sql != "" && isPostgres(s.db) {
			r = r.window(order)
		}
		ranges[i] = r.filtered(filter)
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

// merged returns the query for the ids of ranges, each once, of which the first are wanted in an order. SQLite merges
// ranges that are in order. PostgreSQL does so if no more is to be had of each.
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

// sizeOf returns the query for how many rooms the ranges of a view hold that fulfil a filter, each counted once. It
// asks no more than one room of each range over [rooms.MaxTotal]: if there is that one, the number n is a lower bound,
// and the query returns ^n. The range by an address has none that the user owns, so the sizes of two ranges add up,
// unless a host added the user to rooms by id.
func (s *Store) sizeOf(view rooms.View, ranges []idRange, filter fragment) fragment {
	parts, sizes, ordered := make([]fragment, len(ranges)), make([]fragment, len(ranges)), make([]idRange, len(ranges))
	for i, r := range ranges {
		r = r.after(rooms.Query{}) // so that SQLite takes the index of the list
		parts[i] = r.first(rooms.MaxTotal + 1)
		sizes[i] = sizeOf(parts[i], filter)
		ordered[i] = r
	}
	all := join(parts, " UNION ")
	if !isPostgres(s.db) { // SQLite merges the ranges as they are
		all = unionOf(ordered)
		all = fragment{all.sql + " ORDER BY id DESC LIMIT ?", append(all.args, rooms.MaxTotal+1)}
	}
	once, apart := lowerBound(sizeOf(all, filter)), lowerBound(join(sizes, " UNION ALL "))
	switch len(ranges) {
	case 1:
		return apart
	case 2:
		return fragment{"SELECT CASE WHEN EXISTS (SELECT 1 FROM {room_members} AS m WHERE m.user_id = ?" +
			" AND m.role <> 'owner' AND m.deleted_at IS NULL) THEN (" + once.sql + ") ELSE (" + apart.sql + ") END",
			slices.Concat([]any{view.UserID}, once.args, apart.args)}
	}
	return once
}

// sizeOf returns the query for how many ids of rooms there are, and for how many of them fulfil a filter.
func sizeOf(ids, filter fragment) fragment {
	fulfil := "count(*)"
	if filter.sql != "" {
		fulfil = "COALESCE(sum(CASE WHEN (SELECT " + filter.sql +
			" FROM {rooms} AS r WHERE r.id = l.id) THEN 1 ELSE 0 END), 0)"
	}
	return fragment{"SELECT count(*) AS asked, " + fulfil + " AS n FROM (" + ids.sql + ") AS l",
		slices.Concat(filter.args, ids.args)}
}

// lowerBound returns the query for the sum of sizes, which is a lower bound if one is of more
// than [rooms.MaxTotal] rooms.
func lowerBound(sizes fragment) fragment {
	return fragment{"SELECT CASE WHEN max(s.asked) > ? THEN -1 - sum(s.n) ELSE sum(s.n) END FROM (" + sizes.sql + ") AS s",
		slices.Concat([]any{rooms.MaxTotal}, sizes.args)}
}
