package roomsql

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/rooms"
)

var errOwnerWithoutUser = errors.New("roomsql: the owner of a room needs a user id")

// Insert implements [rooms.Store]. A unique violation would end a host's transaction on PostgreSQL, so the statement
// does nothing instead, and the reason is looked for afterwards. On PostgreSQL it is one statement, without a
// transaction around it unless the caller has one.
func (s *Store) Insert(ctx context.Context, room rooms.Room, owner *rooms.Attendee) error {
	if owner != nil && owner.UserID == "" {
		return errOwnerWithoutUser
	}
	row, err := newRoomRow(room)
	if err != nil {
		return err
	}
	inserted, err := s.insert(ctx, row, owner)
	switch {
	case errors.Is(err, rooms.ErrReentry):
		return err
	case err != nil:
		return fmt.Errorf("roomsql: inserting a room: %w", err)
	case !inserted:
		return s.whatIsTaken(ctx, room)
	}
	return nil
}

// insert inserts a room and its owner, or nothing if a unique value of the room is taken.
func (s *Store) insert(ctx context.Context, row roomRow, owner *rooms.Attendee) (inserted bool, err error) {
	if owner == nil {
		if err := mayBegin(ctx, s.db); err != nil {
			return false, err
		}
		return s.exec(ctx, s.db, row.insertion())
	}
	member := memberRow{RoomID: row.ID, SourceKind: row.SourceKind, SourceID: row.SourceID, OwnerID: owner.UserID,
		ID: owner.ID, UserID: owner.UserID, Address: owner.Address, Role: string(owner.Role), CreatedAt: owner.CreatedAt}
	if isPostgres(s.db) {
		if err := mayBegin(ctx, s.db); err != nil {
			return false, err
		}
		return s.exec(ctx, s.db, member.insertionWith(row))
	}
	err = inTx(ctx, s.db, func(tx bun.Tx) error {
		if inserted, err = s.exec(ctx, tx, row.insertion()); err != nil || !inserted {
			return err
		}
		_, err = s.exec(ctx, tx, member.insertion())
		return err
	})
	return inserted, err
}

// whatIsTaken returns which unique value of a room another room has:
// [rooms.ErrExternalIDTaken], or else [rooms.ErrCodeTaken].
func (s *Store) whatIsTaken(ctx context.Context, room rooms.Room) error {
	var externalID bool
	err := s.row(ctx, fragment{`SELECT EXISTS (SELECT 1 FROM {rooms}
		WHERE source_kind = ? AND source_id = ? AND external_id = ? AND deleted_at IS NULL AND id <> ?)`,
		[]any{room.Source.Kind, room.Source.ID, nullable(room.ExternalID), ListID(room.ID, room.CreatedAt)}}, &externalID)
	switch {
	case err != nil:
		return fmt.Errorf("roomsql: looking for the conflict: %w", err)
	case externalID:
		return rooms.ErrExternalIDTaken
	}
	return rooms.ErrCodeTaken
}

// Update implements [rooms.Store]. Only the external id can collide; then the statement did nothing, in a transaction
// that is rolled back to a savepoint, and the reason is looked for.
func (s *Store) Update(ctx context.Context, view rooms.View, room rooms.Room, version int64) error {
	if err := view.Validate(); err != nil {
		return err
	}
	update := func(db bun.IDB) error { return s.updateRoom(ctx, db, view, room, version) }
	if room.ExternalID == "" {
		return update(s.db)
	}
	err := mayBegin(ctx, s.db)
	if err != nil {
		return err
	}
	if within(s.db) {
		err = inTx(ctx, s.db, func(tx bun.Tx) error { return update(tx) })
	} else {
		err = update(s.db)
	}
	if err == nil || errors.Is(err, rooms.ErrConflict) {
		return err
	}
	if taken := s.whatIsTaken(ctx, room); errors.Is(taken, rooms.ErrExternalIDTaken) {
		return taken
	}
	return err
}

func (s *Store) updateRoom(ctx context.Context, db bun.IDB, view rooms.View, room rooms.Room, version int64) error {
	row, err := newRoomRow(room)
	if err != nil {
		return err
	}
	id, condition := kept(room.ID), visible(view)
	updated, err := s.exec(ctx, db, fragment{`UPDATE {rooms} AS r SET name = ?, access_level = ?, configuration = ?,
			external_id = ?, metadata = ?, expires_at = ?, updated_at = ?, version = ?
		WHERE r.id = ` + id.sql + " AND r.version = ? AND " + condition.sql,
		slices.Concat([]any{row.Name, row.AccessLevel, row.Configuration, nullable(row.ExternalID), row.Metadata,
			nullableTime(row.ExpiresAt), row.UpdatedAt, row.Version}, id.args, []any{version}, condition.args)})
	if err != nil {
		return fmt.Errorf("roomsql: updating a room: %w", err)
	}
	if !updated {
		return rooms.ErrConflict
	}
	return nil
}

// Delete implements [rooms.Store]. The memberships leave the indexes of lists and stay for the statistics. They are
// ended by a second statement, which sees those that were added while the first one waited for the room.
func (s *Store) Delete(ctx context.Context, view rooms.View, id string, version int64, at time.Time) error {
	if err := view.Validate(); err != nil {
		return err
	}
	own, condition := kept(id), visible(view)
	return inTx(ctx, s.db, func(tx bun.Tx) error {
		deleted, err := s.exec(ctx, tx, fragment{`UPDATE {rooms} AS r SET deleted_at = ?
			WHERE r.id = ` + own.sql + " AND r.version = ? AND " + condition.sql,
			slices.Concat([]any{at}, own.args, []any{version}, condition.args)})
		if err != nil {
			return fmt.Errorf("roomsql: deleting a room: %w", err)
		}
		if !deleted {
			return rooms.ErrConflict
		}
		_, err = s.exec(ctx, tx, fragment{"UPDATE {room_members} AS m SET deleted_at = ? WHERE m.room_id = " + own.sql,
			slices.Concat([]any{at}, own.args)})
		if err != nil {
			return fmt.Errorf("roomsql: ending memberships: %w", err)
		}
		return nil
	})
}
