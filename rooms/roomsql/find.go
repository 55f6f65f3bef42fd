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
	own, condition := kept(id), visible(view)
	condition = fragment{"r.id = " + own.sql, own.args}.and(condition.sql, condition.args...)
	return s.one(ctx, highestRole(view.UserID, view.Addresses), condition)
}

// Door implements [rooms.AttendeeStore].
func (s *Store) Door(ctx context.Context, slug string, visitor rooms.Visitor) (rooms.Room, rooms.Role, error) {
	condition := fragment{"r.slug = ? AND r.deleted_at IS NULL", []any{slug}}
	return s.one(ctx, highestRole(visitor.UserID, visitor.Addresses), condition)
}

// one returns the one room that fulfils a condition, and the role in it.
func (s *Store) one(ctx context.Context, role, condition fragment) (rooms.Room, rooms.Role, error) {
	var found roomRow
	err := s.db.NewRaw(s.sql("SELECT "+roomColumns+", "+role.sql+" AS role FROM {rooms} AS r WHERE "+condition.sql),
		slices.Concat(role.args, condition.args)...).Scan(ctx, &found)
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
	_, err := s.db.ExecContext(ctx,
		s.sql("SELECT 1 FROM {rooms} AS r WHERE r.id = "+own.sql+" AND "+condition.sql+lockClause(s.db)),
		slices.Concat(own.args, condition.args)...)
	if err != nil {
		return rooms.Room{}, "", fmt.Errorf("roomsql: locking a room: %w", err)
	}
	return s.Find(ctx, view, id)
}
