package roomsql

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"github.com/anteroom-go/anteroom/rooms"
)

// Find implements [rooms.Store].
func (s *Store) Find(ctx context.Context, view rooms.View, id string) (rooms.Room, rooms.Role, error) {
	if err := view.Validate(); err != nil {
		return rooms.Room{}, "", err
	}
	own := kept(id)
	condition := fragment{"r.id = " + own.sql, own.args}.and("r.deleted_at IS NULL")
	if !view.AllSources {
		condition = condition.and("r.source_kind = ? AND r.source_id = ?", view.SourceKind, view.SourceID)
	}
	if view.Program {
		return s.one(ctx, fragment{sql: "''"}, fragment{}, condition)
	}
	role := highest(rolesIn(own, view.UserID, view.Addresses)) // no row without a role, and so no room
	return s.one(ctx, fragment{sql: "v.role"}, fragment{" CROSS JOIN " + role.sql + " AS v", role.args}, condition)
}

// Door implements [rooms.AttendeeStore].
func (s *Store) Door(ctx context.Context, slug string, visitor rooms.Visitor) (rooms.Room, rooms.Role, error) {
	condition := fragment{"r.slug = ? AND r.deleted_at IS NULL", []any{slug}}
	role := highestRole(visitor.UserID, visitor.Addresses)
	return s.one(ctx, fragment{"COALESCE(" + role.sql + ", '')", role.args}, fragment{}, condition)
}

// one returns the one room that fulfils a condition, and the role in it, which may come from what is joined.
func (s *Store) one(ctx context.Context, role, joined, condition fragment) (rooms.Room, rooms.Role, error) {
	var found roomRow
	err := s.row(ctx, fragment{"SELECT " + roomColumns + ", " + role.sql + " FROM {rooms} AS r" + joined.sql +
		" WHERE " + condition.sql, slices.Concat(role.args, joined.args, condition.args)},
		append(found.columns(), &found.Role)...)
	if errors.Is(err, sql.ErrNoRows) {
		return rooms.Room{}, "", rooms.ErrNotFound
	}
	if err != nil {
		return rooms.Room{}, "", fmt.Errorf("roomsql: finding a room: %w", err)
	}
	room, err := found.room()
	return room, rooms.Role(found.Role), err
}

// Lock implements [rooms.Transactor]. PostgreSQL waits for the lock first and
// finds the room afterwards: a query that waits has read the roles before.
func (s *Store) Lock(ctx context.Context, view rooms.View, id string) (rooms.Room, rooms.Role, error) {
	if err := view.Validate(); err != nil {
		return rooms.Room{}, "", err
	}
	if !isPostgres(s.db) {
		return s.Find(ctx, view, id)
	}
	own, condition := kept(id), visible(view)
	_, err := s.exec(ctx, s.db, fragment{
		"SELECT 1 FROM {rooms} AS r WHERE r.id = " + own.sql + " AND " + condition.sql + lockClause(s.db),
		slices.Concat(own.args, condition.args)})
	if err != nil {
		return rooms.Room{}, "", fmt.Errorf("roomsql: locking a room: %w", err)
	}
	return s.Find(ctx, view, id)
}
