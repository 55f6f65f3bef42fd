package roomsql

import (
	"slices"
	"strings"

	"github.com/anteroom-go/anteroom/rooms"
)

// fragment is a piece of SQL with its arguments.
type fragment struct {
	sql  string
	args []any
}

// and returns both conditions as one.
func (f fragment) and(sql string, args ...any) fragment {
	return fragment{f.sql + " AND " + sql, append(f.args[:len(f.args):len(f.args)], args...)}
}

// in returns the condition that an expression has one of some values. The last one is
// repeated until there are one, two, four or so on, so that there are few texts.
func in(expression string, values []string) fragment {
	n := 1
	for n < len(values) {
		n *= 2
	}
	args := make([]any, n)
	for i := range args {
		args[i] = values[min(i, len(values)-1)]
	}
	return fragment{expression + " IN (?" + strings.Repeat(", ?", n-1) + ")", args}
}

// visible returns the condition on rooms as r that the view sees the room.
func visible(view rooms.View) fragment {
	condition := fragment{sql: "r.deleted_at IS NULL"}
	if !view.AllSources {
		condition = condition.and("r.source_kind = ? AND r.source_id = ?", view.SourceKind, view.SourceID)
	}
	if !view.Program {
		roles := rolesOf(view.UserID, view.Addresses)
		condition = condition.and("EXISTS ("+roles.sql+")", roles.args...)
	}
	return condition
}

// rolesOf returns the query for the roles that a user has in the room r: by id, as its owner, and by address, as an
// attendee. The address of an owner gives no role to another user who has it.
func rolesOf(userID string, addresses []string) fragment {
	return rolesIn(fragment{sql: "r.id"}, userID, addresses)
}

// rolesIn is rolesOf for the room that an expression names.
func rolesIn(room fragment, userID string, addresses []string) fragment {
	const of = `SELECT m.role FROM {room_members} AS m WHERE m.room_id = `
	roles := fragment{of + room.sql + " AND m.user_id = ?", append(slices.Clone(room.args), nullable(userID))}
	if len(addresses) > 0 {
		byAddress := in("m.address", addresses)
		roles.sql += " UNION ALL " + of + room.sql + " AND m.user_id IS NULL AND " + byAddress.sql
		roles.args = slices.Concat(roles.args, room.args, byAddress.args)
	}
	return roles
}

// highestRole returns the expression for the highest of a user's roles in the room r; NULL if there is none.
func highestRole(userID string, addresses []string) fragment {
	return highest(rolesOf(userID, addresses))
}

// highest returns the query for the highest of some roles, in parentheses.
func highest(roles fragment) fragment {
	return fragment{"(SELECT h.role FROM (" + roles.sql + ") AS h ORDER BY " + roleOrder("h") + " LIMIT 1)", roles.args}
}

// roleOrder returns the expression that orders rows of a table by their role, the highest first.
func roleOrder(table string) string {
	return "CASE " + table + ".role WHEN 'owner' THEN 0 WHEN 'administrator' THEN 1 ELSE 2 END"
}
