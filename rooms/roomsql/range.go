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

// first returns the query for some ids of the range, at most so many.
func (r idRange) first(most int) fragment {
	ids := r.ids()
	return fragment{"SELECT f.id FROM (" + ids.sql + " LIMIT ?) AS f", append(slices.Clip(ids.args), most)}
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

// after returns the ranges from the cursor of a query on.
func after(ranges []idRange, query rooms.Query) []idRange {
	rest := make([]idRange, len(ranges))
	for i, r := range ranges {
		rest[i] = r.after(query)
	}
	return rest
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

// memberships returns the range of the live memberships of someone in the rooms of a view's sources.
func memberships(view rooms.View, who, value string) idRange {
	r := idRange{table: "{room_members} AS m", id: "m.room_id",
		where: fragment{who + " AND m.deleted_at IS NULL", []any{value}}}
	if !view.AllSources {
		r = r.and("m.source_kind = ? AND m.source_id = ?", view.SourceKind, view.SourceID)
	}
	return r
}

// namedRooms returns the condition of the part of a filter that an index of rooms answers; empty if there is none.
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
	return r.and("(SELECT "+filter.sql+" FROM {rooms} AS r WHERE r.id = "+r.id+")", filter.args...)
}

// window returns the first rooms of the range in the order of a list, as a range of their
// own: no more of them are asked for a filter.
func (r idRange) window(order string) idRange {
	ids := r.ids()
	return idRange{table: "(" + ids.sql + order + " LIMIT ?) AS w", id: "w.id",
		where: fragment{"w.id > ''", append(slices.Clip(ids.args), maxAsked)}}
}

// timed returns the rooms that a program sees and whose times a filter selects, by the index of one of the times: one
// more than [rooms.MaxTotal] if there are more. It reports false if the filter selects no times.
func timed(view rooms.View, filter rooms.Filter) (ids fragment, ok bool) {
	order := "updated_at"
	switch {
	case !view.Program || filter.CreatedAfter.IsZero() && filter.CreatedBefore.IsZero() && filter.UpdatedAfter.IsZero():
		return fragment{}, false
	case filter.UpdatedAfter.IsZero():
		order = "created_at"
	}
	filter.AccessLevel = ""
	times, seen := perRoom(filter, "r"), visible(view)
	return fragment{"SELECT r.id, r.access_level, r.created_at, r.updated_at FROM {rooms} AS r WHERE " + seen.sql +
		" AND " + times.sql + " ORDER BY r." + order + " DESC LIMIT ?",
		slices.Concat(seen.args, times.args, []any{rooms.MaxTotal + 1})}, true
}

// after returns the part of the range that comes after the cursor of a query. The condition shows SQLite which index
// has the ids in their order; without a cursor it is one that every id fulfils.
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
// for, as rows of a table; empty if there is none.
func perRoom(filter rooms.Filter, table string) fragment {
	var conditions []fragment
	if filter.AccessLevel != "" {
		conditions = append(conditions, fragment{table + ".access_level = ?", []any{string(filter.AccessLevel)}})
	}
	if !filter.CreatedAfter.IsZero() {
		conditions = append(conditions, fragment{table + ".created_at > ?", []any{filter.CreatedAfter.UTC()}})
	}
	if !filter.CreatedBefore.IsZero() {
		conditions = append(conditions, fragment{table + ".created_at < ?", []any{filter.CreatedBefore.UTC()}})
	}
	if !filter.UpdatedAfter.IsZero() {
		conditions = append(conditions, fragment{table + ".updated_at > ?", []any{filter.UpdatedAfter.UTC()}})
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
