package rooms

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"
)

// List implements [Store].
func (s *SQLStore) List(ctx context.Context, view View, query Query) ([]Room, int, error) {
	l, total := listing(view, query.Filter), 0
	if query.After == "" {
		if err := s.db.NewRaw(`SELECT count(*) FROM `+l.counted+` WHERE `+l.condition, l.args...).Scan(ctx, &total); err != nil {
			return nil, 0, fmt.Errorf("rooms: counting rooms: %w", err)
		}
		if query.Offset >= total {
			return nil, total, nil
		}
	}
	found, err := s.page(ctx, l, query)
	return found, total, err
}

// page reads one page of a list.
func (s *SQLStore) page(ctx context.Context, l list, query Query) ([]Room, error) {
	order, beyond := " DESC", " < ?"
	if query.OldestFirst {
		order, beyond = " ASC", " > ?"
	}
	if query.After != "" {
		l.and(l.order+beyond, query.After)
	}
	var rows []row
	err := s.db.NewRaw(`SELECT `+columns+` FROM `+l.listed+` WHERE `+l.condition+` ORDER BY `+l.order+order+` LIMIT ? OFFSET ?`,
		append(l.args, query.Limit, query.Offset)...).Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("rooms: listing rooms: %w", err)
	}
	found := make([]Room, len(rows))
	for i, r := range rows {
		if found[i], err = r.room(); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// list is the range of one index that holds the rooms of a view in their order.
type list struct {
	counted, listed  string // the tables to count in and to read from
	condition, order string
	args             []any
}

// and narrows the list.
func (l *list) and(condition string, args ...any) {
	l.condition += " AND " + condition
	l.args = append(l.args, args...)
}

// listing starts from the memberships of the view's user; without a user, from
// the rooms of its source.
func listing(view View, filter Filter) list {
	l := list{counted: "room_members AS m", listed: "room_members AS m JOIN rooms AS r ON r.id = m.room_id",
		condition: "m.user_id = ? AND m.deleted_at IS NULL", order: "m.room_id", args: []any{view.User}}
	source := []any{view.SourceKind, view.SourceID}
	switch {
	case view.AllSources:
	case view.User != "":
		l.and("m.source_kind = ? AND m.source_id = ?", source...)
	default:
		l = list{"rooms AS r", "rooms AS r", "r.source_kind = ? AND r.source_id = ? AND r.deleted_at IS NULL", "r.id", source}
	}
	if !filter.narrow(&l) {
		return l
	}
	l.counted = l.listed
	if !view.AllSources { // which the index of external ids begins with
		l.and("r.source_kind = ? AND r.source_id = ?", source...)
	}
	l.and("r.deleted_at IS NULL")
	return l
}

// narrow adds the conditions of the filter, and reports whether there are any.
func (f Filter) narrow(l *list) (narrowed bool) {
	for _, one := range []struct {
		given     bool
		condition string
		value     any
	}{
		{f.Slug != "", "r.slug = ?", f.Slug},
		{len(f.ExternalIDs) > 0, "r.external_id IN (?)", bun.List(f.ExternalIDs)},
		{f.AccessLevel != "", "r.access_level = ?", string(f.AccessLevel)},
		{!f.CreatedAfter.IsZero(), "r.created_at > ?", f.CreatedAfter.UTC()},
		{!f.CreatedBefore.IsZero(), "r.created_at < ?", f.CreatedBefore.UTC()},
		{!f.UpdatedAfter.IsZero(), "r.updated_at > ?", f.UpdatedAfter.UTC()},
	} {
		if one.given {
			l.and(one.condition, one.value)
			narrowed = true
		}
	}
	return narrowed
}
