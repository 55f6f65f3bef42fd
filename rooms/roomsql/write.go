package roomsql

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/rooms"
)

var errOwnerWithoutUser = errors.New("roomsql: the owner of a room needs a user id")

// Insert implements [rooms.Store]. A unique violation would end a host's
// transaction on PostgreSQL, so the statement does nothing instead, and the reason
// is looked for afterwards.
func (s *Store) Insert(ctx context.Context, room rooms.Room, owner *rooms.Attendee) error {
	if owner != nil && owner.UserID == "" {
		return errOwnerWithoutUser
	}
	row, err := newRoomRow(room)
	if err != nil {
		return err
	}
	return inTx(ctx, s.db, func(tx bun.Tx) error {
		result, err := tx.NewInsert().Model(&row).ModelTableExpr(s.sql("{rooms} AS r")).On("CONFLICT DO NOTHING").Exec(ctx)
		inserted, err := affected(result, err)
		if err != nil {
			return fmt.Errorf("roomsql: inserting a room: %w", err)
		}
		if !inserted {
			return s.whatIsTaken(ctx, tx, room)
		}
		if owner == nil {
			return nil
		}
		return s.insertMembers(ctx, tx, memberRow{RoomID: row.ID, SourceKind: room.Source.Kind, SourceID: room.Source.ID,
			OwnerID: owner.UserID}, []rooms.Attendee{*owner})
	})
}

// whatIsTaken returns which unique value of a room another room has:
// [rooms.ErrExternalIDTaken], or else [rooms.ErrCodeTaken].
func (s *Store) whatIsTaken(ctx context.Context, db bun.IDB, room rooms.Room) error {
	var externalID bool
	err := db.NewRaw(s.sql(`SELECT EXISTS (SELECT 1 FROM {rooms}
		WHERE source_kind = ? AND source_id = ? AND external_id = ? AND deleted_at IS NULL AND id <> ?)`),
		room.Source.Kind, room.Source.ID, nullable(room.ExternalID), ListID(room.ID, room.CreatedAt)).Scan(ctx, &externalID)
	switch {
	case err != nil:
		return fmt.Errorf("roomsql: looking for the conflict: %w", err)
	case externalID:
		return rooms.ErrExternalIDTaken
	}
	return rooms.ErrCodeTaken
}

// Update implements [rooms.Store]. Only the external id can collide; then the
// savepoint or transaction is rolled back, and the reason looked for.
func (s *Store) Update(ctx context.Context, view rooms.View, room rooms.Room, version int64) error {
	if err := view.Validate(); err != nil {
		return err
	}
	if room.ExternalID == "" {
		return s.updateRoom(ctx, s.db, view, room, version)
	}
	err := inTx(ctx, s.db, func(tx bun.Tx) error { return s.updateRoom(ctx, tx, view, room, version) })
	if err == nil || errors.Is(err, rooms.ErrConflict) {
		return err
	}
	if taken := s.whatIsTaken(ctx, s.db, room); errors.Is(taken, rooms.ErrExternalIDTaken) {
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
	result, err := db.NewUpdate().Model(&row).ModelTableExpr(s.sql("{rooms} AS r")).
		Column("name", "access_level", "configuration", "external_id", "metadata", "expires_at", "updated_at", "version").
		Where(s.sql("r.id = "+id.sql), id.args...).Where("r.version = ?", version).
		Where(s.sql(condition.sql), condition.args...).Exec(ctx)
	updated, err := affected(result, err)
	if err != nil {
		return fmt.Errorf("roomsql: updating a room: %w", err)
	}
	if !updated {
		return rooms.ErrConflict
	}
	return nil
}

// Delete implements [rooms.Store]. The memberships leave the indexes of lists and
// stay for the statistics.
func (s *Store) Delete(ctx context.Context, view rooms.View, id string, version int64, at time.Time) error {
	if err := view.Validate(); err != nil {
		return err
	}
	own, condition := kept(id), visible(view)
	return inTx(ctx, s.db, func(tx bun.Tx) error {
		result, err := tx.NewUpdate().Model((*roomRow)(nil)).ModelTableExpr(s.sql("{rooms} AS r")).Set("deleted_at = ?", at).
			Where(s.sql("r.id = "+own.sql), own.args...).Where("r.version = ?", version).
			Where(s.sql(condition.sql), condition.args...).Exec(ctx)
		deleted, err := affected(result, err)
		if err != nil {
			return fmt.Errorf("roomsql: deleting a room: %w", err)
		}
		if !deleted {
			return rooms.ErrConflict
		}
		_, err = tx.NewUpdate().Model((*memberRow)(nil)).
			ModelTableExpr(s.sql("{room_members} AS m")).Set("deleted_at = ?", at).
			Where(s.sql("m.room_id = "+own.sql), own.args...).Exec(ctx)
		if err != nil {
			return fmt.Errorf("roomsql: ending memberships: %w", err)
		}
		return nil
	})
}
