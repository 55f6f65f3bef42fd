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
		if err := s.db.NewRaw(`SELECT count(*) FROM `+l.table+` WHERE `+l.condition, l.args...).Scan(ctx, &total); err != nil {
			return nil, 0, fmt.Errorf("rooms: counting rooms: %w", err)
		}
		if query.Offset >= total {
			return nil, total, nil
		}
	}
	found, err := s.page(ctx, l, query)
	return found, total, err
}

// page reads one page of a list: its ids from the index, then their rooms. In one
// step PostgreSQL may walk the rooms of everybody to meet those of the list.
func (s *SQLStore) page(ctx context.Context, l list, query Query) ([]Room, error) {
	order, beyond := " DESC", " < ?"
	if query.OldestFirst {
		order, beyond = " ASC", " > ?"
	}
	if query.After != "" {
		l.and(l.id+beyond, query.After)
	}
	var rows []row
	err := s.db.NewRaw(`SELECT `+columns+` FROM (SELECT `+l.id+` AS id FROM `+l.table+` WHERE `+l.condition+`
		ORDER BY `+l.id+order+` LIMIT ? OFFSET ?) AS p JOIN rooms AS r ON r.id = p.id ORDER BY p.id`+order,
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

// list is the range of one index that holds the ids of the rooms of a view in
// their order.
type list struct {
	table, id, condition string
	args                 []any
}

// and narrows the list.
func (l *list) and(condition string, args ...any) {
	l.condition += " AND " + condition
	l.args = append(l.args, args...)
}

// listing returns the list of a view, with what a filter leaves of it.
func listing(view View, filter Filter) list {
	l := span(view)
	named, other := filter.named(), filter.other()
	if len(named) > 0 {
		sql, args := all(named)
		l.and(l.id+" IN (SELECT r.id FROM rooms AS r WHERE r.deleted_at IS NULL AND "+sql+")", args...)
	}
	sql, args := all(other)
	switch {
	case len(other) == 0:
		l.and(l.id + " > ''") // all have one; it tells SQLite which index
	case view.User == "":
		l.and(sql, args...)
	default: // the rooms are asked one by one, lest PostgreSQL starts from those of everybody
		l.and("(SELECT "+sql+" FROM rooms AS r WHERE r.id = m.room_id)", args...)
	}
	return l
}

// span starts from the memberships of the view's user; without a user, from the
// rooms of its source.
func span(view View) list {
	source := []any{view.SourceKind, view.SourceID}
	if view.User == "" {
		return list{"rooms AS r", "r.id", "r.source_kind = ? AND r.source_id = ? AND r.deleted_at IS NULL", source}
	}
	l := list{"room_members AS m", "m.room_id", "m.user_id = ? AND m.deleted_at IS NULL", []any{view.User}}
	if !view.AllSources {
		l.and("m.source_kind = ? AND m.source_id = ?", source...)
	}
	return l
}

// condition is a condition on rooms as r.
type condition struct {
	sql   string
	value any
}

// all joins conditions.
func all(conditions []condition) (sql string, args []any) {
	for i, c := range conditions {
		if i > 0 {
			sql += " AND "
		}
		sql, args = sql+c.sql, append(args, c.value)
	}
	return sql, args
}

// named are the conditions that an index of rooms answers.
func (f Filter) named() (given []condition) {
	if f.Slug != "" {
		given = append(given, condition{"r.slug = ?", f.Slug})
	}
	if len(f.ExternalIDs) > 0 {
		given = append(given, condition{"r.external_id IN (?)", bun.List(f.ExternalIDs)})
	}
	return given
}

// other are the conditions that are asked of each room.
func (f Filter) other() (given []condition) {
	if f.AccessLevel != "" {
		given = append(given, condition{"r.access_level = ?", string(f.AccessLevel)})
	}
	if !f.CreatedAfter.IsZero() {
		given = append(given, condition{"r.created_at > ?", f.CreatedAfter.UTC()})
	}
	if !f.CreatedBefore.IsZero() {
		given = append(given, condition{"r.created_at < ?", f.CreatedBefore.UTC()})
	}
	if !f.UpdatedAfter.IsZero() {
		given = append(given, condition{"r.updated_at > ?", f.UpdatedAfter.UTC()})
	}
	return given
}
