package roomsql

import (
	"slices"

	"github.com/anteroom-go/anteroom/rooms"
)

// idRange is a range of an index that holds the ids of rooms in their order.
type idRange struct {
	table, id string
	where     fragment
}

// ids returns the query for the ids in the range.
func (r idRange) ids() fragment {
	return fragment{"SELECT " + r.id + " AS id FROM " + r.table + " WHERE " + r.where.sql, r.where.args}
}

// size returns the query for how many ids there are in the range.
func (r idRange) size() fragment {
	return fragment{"SELECT count(*) FROM " + r.table + " WHERE " + r.where.sql, r.where.args}
}

// unionOf returns the query for the ids of ranges, each once.
func unionOf(ranges []idRange) fragment {
	parts := make([]fragment, len(ranges))
	for i, r := range ranges {
		parts[i] = r.ids()
	}
	return join(parts, " UNION ")
}

// and returns the range without the ids that do not fulfil a condition.
func (r idRange) and(sql string, args ...any) idRange {
	r.where = r.where.and(sql, args...)
	return r
}

// rangesOf returns the ranges that hold the rooms which a query selects.
func rangesOf(view rooms.View, query rooms.Query) []idRange {
	ranges, filter := viewed(view, query.Filter), perRoom(query.Filter)
	for i, r := range ranges {
		ranges[i] = r.filtered(filter).after(query)
	}
	return ranges
}

// viewed returns the ranges that hold the rooms of a view. If a filter names
// rooms, it is the one range of those which the view sees.
func viewed(view rooms.View, filter rooms.Filter) []idRange {
	if named := namedRooms(filter); named.sql != "" {
		return []idRange{{table: "{rooms} AS r", id: "r.id", where: join([]fragment{named, visible(view)}, " AND ")}}
	}
	if view.Program {
		return []idRange{{table: "{rooms} AS r", id: "r.id", where: visible(view)}}
	}
	ranges := []idRange{memberships(view, "m.user_id = ?", view.UserID)}
	for _, address := range view.Addresses { // a room of the user's own stands in the first range already
		byAddress := memberships(view, "m.user_id IS NULL AND m.address = ?", address)
		ranges = append(ranges, byAddress.and("m.owner_id <> ?", view.UserID))
	}
	return ranges
}

// memberships returns the range of the live memberships of someone in the rooms of
// a view's sources.
func memberships(view rooms.View, who, value string) idRange {
	r := idRange{table: "{room_members} AS m", id: "m.room_id",
		where: fragment{who + " AND m.deleted_at IS NULL", []any{value}}}
	if !view.AllSources {
		r = r.and("m.source_kind = ? AND m.source_id = ?", view.SourceKind, view.SourceID)
	}
	return r
}

// namedRooms returns the condition of the part of a filter that an index of rooms
// answers; empty if there is none.
func namedRooms(filter rooms.Filter) fragment {
	var conditions []fragment
	if filter.Slug != "" {
		conditions = append(conditions, fragment{"r.slug = ?", []any{filter.Slug}})
	}
	if len(filter.ExternalIDs) > 0 {
		conditions = append(conditions, in("r.external_id", filter.ExternalIDs))
	}
	return join(conditions, " AND ")
}

// filtered returns the range with the part of a filter that each room is asked
// for, one by one, lest PostgreSQL starts from the rooms of all users.
func (r idRange) filtered(filter fragment) idRange {
	switch {
	case filter.sql == "":
		return r
	case r.id == "r.id":
		return r.and(filter.sql, filter.args...)
	}
	return r.and("(SELECT "+filter.sql+" FROM {rooms} AS r WHERE r.id = m.room_id)", filter.args...)
}

// after returns the part of the range that comes after the cursor of a query. The
// condition shows SQLite which index has the ids in their order; without a cursor
// it is one that every id fulfils.
func (r idRange) after(query rooms.Query) idRange {
	switch {
	case query.After == "":
		return r.and(r.id + " > ''")
	}
	after, order := kept(query.After), " < "
	if query.OldestFirst {
		order = " > "
	}
	return r.and(r.id+order+after.sql, after.args...)
}

// perRoom returns the condition of the part of a filter that each room is asked
// for; empty if there is none.
func perRoom(filter rooms.Filter) fragment {
	var conditions []fragment
	if filter.AccessLevel != "" {
		conditions = append(conditions, fragment{"r.access_level = ?", []any{string(filter.AccessLevel)}})
	}
	if !filter.CreatedAfter.IsZero() {
		conditions = append(conditions, fragment{"r.created_at > ?", []any{filter.CreatedAfter.UTC()}})
	}
	if !filter.CreatedBefore.IsZero() {
		conditions = append(conditions, fragment{"r.created_at < ?", []any{filter.CreatedBefore.UTC()}})
	}
	if !filter.UpdatedAfter.IsZero() {
		conditions = append(conditions, fragment{"r.updated_at > ?", []any{filter.UpdatedAfter.UTC()}})
	}
	return join(conditions, " AND ")
}

// join returns the parts one after another, with a word between them.
func join(parts []fragment, between string) (all fragment) {
	for i, part := range parts {
		if i > 0 {
			all.sql += between
		}
		all.sql, all.args = all.sql+part.sql, slices.Concat(all.args, part.args)
	}
	return all
}
