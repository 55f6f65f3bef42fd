package roomsql

import (
	"github.com/anteroom-go/anteroom/rooms"

	"github.com/uptrace/bun"
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

// rolesOf returns the query for the roles that a user has in the room r: by id, as
// its owner, and by address, as an attendee. The address of an owner gives no
// role to another user who has it.
func rolesOf(userID string, addresses []string) fragment {
	roles := fragment{`SELECT m.role FROM {room_members} AS m
		WHERE m.room_id = r.id AND m.user_id = ?`, []any{nullable(userID)}}
	if len(addresses) > 0 {
		roles.sql += ` UNION ALL SELECT m.role FROM {room_members} AS m
			WHERE m.room_id = r.id AND m.user_id IS NULL AND m.address IN (?)`
		roles.args = append(roles.args, bun.List(addresses))
	}
	return roles
}

// highestRole returns the expression for the highest of a user's roles in the
// room r; NULL if there is none.
func highestRole(userID string, addresses []string) fragment {
	roles := rolesOf(userID, addresses)
	return fragment{"(SELECT h.role FROM (" + roles.sql + ") AS h ORDER BY " + roleOrder("h") + " LIMIT 1)", roles.args}
}

// roleOrder returns the expression that orders rows of a table by their role, the
// highest first.
func roleOrder(table string) string {
	return "CASE " + table + ".role WHEN 'owner' THEN 0 WHEN 'administrator' THEN 1 ELSE 2 END"
}
