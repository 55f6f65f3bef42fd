package roomsql

import (
	"context"
	"fmt"

	"github.com/anteroom-go/anteroom/rooms"
)

// List implements [rooms.Store]. A list is one range of an index or several: for a
// program the rooms of its source, for a user the memberships by id and those by
// each address. Most turn out to be a single range, and are read as one.
func (s *Store) List(ctx context.Context, view rooms.View, query rooms.Query) ([]rooms.Room, int, error) {
	if err := view.Validate(); err != nil {
		return nil, 0, err
	}
	ranges, filter, total := rangesOf(view), perRoom(query.Filter), 0
	for i := range ranges {
		ranges[i] = ranges[i].named(query.Filter)
	}
	if query.After == "" {
		var err error
		if ranges, total, err = s.count(ctx, ranges, filter); err != nil {
			return nil, 0, fmt.Errorf("roomsql: counting rooms: %w", err)
		}
		if query.Offset >= total {
			return nil, total, nil
		}
	}
	found, err := s.page(ctx, ranges, filter, query)
	return found, total, err
}

// count returns the ranges that are not empty, and how many rooms they hold which
// pass the filter, each counted once.
func (s *Store) count(ctx context.Context, ranges []idRange, filter fragment) (left []idRange, total int, err error) {
	if len(ranges) > 1 {
		ranges, total, err = s.sizes(ctx, ranges)
		if err != nil || len(ranges) == 0 || len(ranges) == 1 && filter.sql == "" {
			return ranges, total, err
		}
	}
	parts, order := make([]fragment, len(ranges)), ""
	for i, r := range ranges {
		parts[i] = r.filtered(filter).ids()
	}
	if len(ranges) > 1 && !isPostgres(s.db) {
		order = " ORDER BY id DESC" // so SQLite merges the ranges as they are
	}
	ids := join(parts, " UNION ")
	err = s.db.NewRaw("SELECT count(*) FROM ("+ids.sql+order+") AS l", ids.args...).Scan(ctx, &total)
	return ranges, total, err
}

// sizes returns the ranges that are not empty, and the sum of their sizes.
func (s *Store) sizes(ctx context.Context, ranges []idRange) (left []idRange, sum int, err error) {
	parts, sizes, targets := make([]fragment, len(ranges)), make([]int, len(ranges)), make([]any, len(ranges))
	for i, r := range ranges {
		ids := r.filtered(fragment{}).ids()
		parts[i] = fragment{"(SELECT count(*) FROM (" + ids.sql + ") AS l)", ids.args}
		targets[i] = &sizes[i]
	}
	counts := join(parts, ", ")
	err = s.db.NewRaw("SELECT "+counts.sql, counts.args...).Scan(ctx, targets...)
	for i, size := range sizes {
		if sum += size; size > 0 {
			left = append(left, ranges[i])
		}
	}
	return left, sum, err
}

// page reads one page of a list: its ids from the indexes, then their rooms. In
// one step PostgreSQL may walk the rooms of all users to meet those of the list.
func (s *Store) page(ctx context.Context, ranges []idRange, filter fragment, query rooms.Query) ([]rooms.Room, error) {
	order, beyond := " DESC", " < ?"
	if query.OldestFirst {
		order, beyond = " ASC", " > ?"
	}
	parts := make([]fragment, len(ranges))
	for i, r := range ranges {
		if query.After != "" {
			r = r.and(r.id+beyond, query.After)
		}
		parts[i] = r.filtered(filter).ids()
		if len(ranges) > 1 && isPostgres(s.db) { // which reads all of each range otherwise; SQLite merges them
			parts[i].sql = "SELECT * FROM (" + parts[i].sql + " ORDER BY id" + order + " LIMIT ?) AS l"
			parts[i].args = append(parts[i].args, query.Offset+query.Limit)
		}
	}
	ids := join(parts, " UNION ")
	var rows []roomRow
	args := append(ids.args, query.Limit, query.Offset)
	err := s.db.NewRaw("SELECT "+roomColumns+" FROM ("+ids.sql+" ORDER BY id"+order+" LIMIT ? OFFSET ?) AS p"+
		" JOIN rooms AS r ON r.id = p.id ORDER BY p.id"+order, args...).Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("roomsql: listing rooms: %w", err)
	}
	return roomsOf(rows)
}
