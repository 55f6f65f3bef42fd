package roomsql

import (
	"context"
	"fmt"
	"slices"

	"github.com/anteroom-go/anteroom/rooms"
)

// List implements [rooms.Store]. A list is one range of an index or several: for a
// program the rooms of its source, for a user the memberships by id and those by
// each address. Most turn out to be a single range, and are read as one.
// Where a filter names few rooms, the list begins with those instead.
func (s *Store) List(ctx context.Context, view rooms.View, query rooms.Query) ([]rooms.Room, int, error) {
	if err := view.Validate(); err != nil {
		return nil, 0, err
	}
	ranges, filter, total := rangesOf(view, query.Filter), perRoom(query.Filter), 0
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
		if filter.sql == "" {
			r = r.whole()
		}
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
		r = r.whole()
		parts[i] = fragment{"(SELECT count(*) FROM " + r.table + " WHERE " + r.where.sql + ")", r.where.args}
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
	for i, r := range ranges {
		switch ranges[i] = r.filtered(filter); {
		case query.After != "":
			ranges[i] = ranges[i].and(r.id+beyond, query.After)
		case filter.sql == "":
			ranges[i] = r.whole()
		}
	}
	ids := s.merged(ranges, " ORDER BY id"+order, query)
	var rows []roomRow
	err := s.db.NewRaw("SELECT "+roomColumns+" FROM ("+ids.sql+") AS p JOIN rooms AS r ON r.id = p.id ORDER BY p.id"+order,
		ids.args...).Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("roomsql: listing rooms: %w", err)
	}
	return roomsOf(rows)
}

// merged returns the query for the ids of a page. SQLite merges ranges that are in
// order. PostgreSQL reads all of each, so it gets no more of them than the page
// needs.
func (s *Store) merged(ranges []idRange, order string, query rooms.Query) fragment {
	parts := make([]fragment, len(ranges))
	for i, r := range ranges {
		parts[i] = r.ids()
		if len(ranges) > 1 && isPostgres(s.db) {
			parts[i].sql = "SELECT * FROM (" + parts[i].sql + order + " LIMIT ?) AS l"
			parts[i].args = append(slices.Clip(parts[i].args), query.Offset+query.Limit)
		}
	}
	ids := join(parts, " UNION ")
	return fragment{ids.sql + order + " LIMIT ? OFFSET ?", append(ids.args, query.Limit, query.Offset)}
}
