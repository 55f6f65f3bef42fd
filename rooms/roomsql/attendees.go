package roomsql

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/server/database/native"
)

// memberRow is a row of the table room_members: an owner, who has a user id, or an attendee, who has an address. Rows
// of others with a user id and no address are a host's own. OwnerID is the owner of the room, who never changes; empty
// if it has none.
type memberRow struct {
	bun.BaseModel `bun:"table:room_members,alias:m"`

	RoomID     string    `bun:"room_id,pk"`
	ID         string    `bun:"id,pk"`
	UserID     string    `bun:"user_id,nullzero"`
	Address    string    `bun:"address,nullzero"`
	Role       string    `bun:"role"`
	SourceKind string    `bun:"source_kind"`
	SourceID   string    `bun:"source_id"`
	OwnerID    string    `bun:"owner_id"`
	CreatedAt  time.Time `bun:"created_at"`
}

// memberColumns are the columns of memberRow.
const memberColumns = "room_id, id, user_id, address, role, source_kind, source_id, owner_id, created_at"

// insertion returns the statement that inserts the row.
func (r *memberRow) insertion() fragment {
	return fragment{"INSERT INTO {room_members} (" + memberColumns + ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
		[]any{r.RoomID, r.ID, nullable(r.UserID), nullable(r.Address), r.Role, r.SourceKind, r.SourceID, r.OwnerID,
			r.CreatedAt}}
}

// insertionWith returns the statement of PostgreSQL that inserts the row and a room, or
// neither if a unique value of the room is taken.
func (r *memberRow) insertionWith(room roomRow) fragment {
	first, then := room.insertion(), r.insertion()
	return fragment{"WITH inserted AS (" + first.sql + ` RETURNING id)
		INSERT INTO {room_members} (` + memberColumns + `)
		SELECT inserted.id, ?, ?, ?, ?, ?, ?, ?, CAST(? AS TIMESTAMPTZ) FROM inserted`,
		slices.Concat(first.args, then.args[1:])}
}

// Attendees implements [rooms.AttendeeStore].
func (s *Store) Attendees(ctx context.Context, roomID string) ([]rooms.Attendee, error) {
	own, all := kept(roomID), []rooms.Attendee{}
	err := s.rows(ctx, fragment{`SELECT m.id, COALESCE(m.user_id, ''), COALESCE(m.address, ''), m.role, m.created_at
		FROM {room_members} AS m WHERE m.room_id = ` + own.sql + ` AND m.deleted_at IS NULL
		ORDER BY ` + roleOrder("m") + ` > 0, m.id`, own.args}, func(row *sql.Rows) error {
		var a rooms.Attendee
		err := row.Scan(&a.ID, &a.UserID, &a.Address, (*string)(&a.Role), native.Time(&a.CreatedAt))
		all = append(all, a)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("roomsql: listing attendees: %w", err)
	}
	return all, nil
}

// ChangeAttendees implements [rooms.AttendeeStore]. It locks the room first, as [Store.Rename] and [Store.Forget] do.
func (s *Store) ChangeAttendees(ctx context.Context, roomID string, changes rooms.AttendeeChanges) error {
	return inTx(ctx, s.db, func(tx bun.Tx) error {
		var room memberRow
		own := kept(roomID)
		err := tx.NewRaw(s.sql(`SELECT r.id, r.source_kind, r.source_id,
				COALESCE((SELECT max(o.user_id) FROM {room_members} AS o
				WHERE o.room_id = r.id AND o.role = 'owner'), '') FROM {rooms} AS r
			WHERE r.id = `+own.sql+` AND r.deleted_at IS NULL`+lockClause(tx)), own.args...).
			Scan(ctx, &room.RoomID, &room.SourceKind, &room.SourceID, &room.OwnerID)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			return rooms.ErrNotFound
		case err != nil:
			return fmt.Errorf("roomsql: finding the room of attendees: %w", err)
		}
		if err := s.removeMembers(ctx, tx, room.RoomID, changes.Remove); err != nil {
			return err
		}
		if err := s.changeMembers(ctx, tx, room.RoomID, changes.Change); err != nil {
			return err
		}
		return s.insertMembers(ctx, tx, room, changes.Add)
	})
}

// insertMembers adds owners and attendees to a room by one statement. Their rows have what room has of the room.
func (s *Store) insertMembers(ctx context.Context, tx bun.Tx, room memberRow, people []rooms.Attendee) error {
	if len(people) == 0 {
		return nil
	}
	rows := make([]memberRow, len(people))
	for i, a := range people {
		rows[i] = room
		rows[i].ID, rows[i].UserID, rows[i].Address = a.ID, a.UserID, a.Address
		rows[i].Role, rows[i].CreatedAt = string(a.Role), a.CreatedAt
	}
	if _, err := tx.NewInsert().Model(&rows).ModelTableExpr(s.sql("{room_members} AS m")).Exec(ctx); err != nil {
		return fmt.Errorf("roomsql: inserting attendees: %w", err)
	}
	return nil
}

// changeMembers gives attendees their new roles, by one statement for each role.
func (s *Store) changeMembers(ctx context.Context, tx bun.Tx, roomID string, people []rooms.Attendee) error {
	byRole := map[rooms.Role][]string{}
	for _, a := range people {
		byRole[a.Role] = append(byRole[a.Role], a.ID)
	}
	for role, ids := range byRole {
		_, err := tx.NewUpdate().Model((*memberRow)(nil)).
			ModelTableExpr(s.sql("{room_members} AS m")).Set("role = ?", string(role)).
			Where("m.room_id = ? AND m.id IN (?)", roomID, bun.List(ids)).Exec(ctx)
		if err != nil {
			return fmt.Errorf("roomsql: changing roles: %w", err)
		}
	}
	return nil
}

func (s *Store) removeMembers(ctx context.Context, tx bun.Tx, roomID string, people []rooms.Attendee) error {
	if len(people) == 0 {
		return nil
	}
	ids := make([]string, len(people))
	for i, a := range people {
		ids[i] = a.ID
	}
	_, err := tx.NewDelete().Model((*memberRow)(nil)).ModelTableExpr(s.sql("{room_members} AS m")).
		Where("m.room_id = ? AND m.id IN (?)", roomID, bun.List(ids)).Exec(ctx)
	if err != nil {
		return fmt.Errorf("roomsql: removing attendees: %w", err)
	}
	return nil
}
