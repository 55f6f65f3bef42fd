package rooms

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/uptrace/bun"
)

// memberRow is an attendee as SQL has them.
type memberRow struct {
	ID        string    `bun:"id"`
	UserID    string    `bun:"user_id"`
	Address   string    `bun:"address"`
	Role      string    `bun:"role"`
	CreatedAt time.Time `bun:"created_at"`
}

// memberColumns are those of memberRow, from the table room_members as m.
const memberColumns = `m.id, COALESCE(m.user_id, '') AS user_id, COALESCE(m.address, '') AS address, m.role, m.created_at`

func (r memberRow) attendee() Attendee {
	return Attendee{ID: r.ID, UserID: r.UserID, Address: r.Address, Role: Role(r.Role), CreatedAt: r.CreatedAt.UTC()}
}

// Attendees implements [AttendeeStore].
func (s *SQLStore) Attendees(ctx context.Context, roomID string) ([]Attendee, error) {
	var rows []memberRow
	err := s.db.NewRaw(`SELECT `+memberColumns+` FROM room_members AS m WHERE m.room_id = ? AND m.deleted_at IS NULL
		ORDER BY CASE m.role WHEN 'owner' THEN 0 ELSE 1 END, m.id`, roomID).Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("rooms: listing attendees: %w", err)
	}
	all := make([]Attendee, len(rows))
	for i, r := range rows {
		all[i] = r.attendee()
	}
	return all, nil
}

// ChangeAttendees implements [AttendeeStore].
func (s *SQLStore) ChangeAttendees(ctx context.Context, roomID string, changes AttendeeChanges) error {
	return s.db.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
		var source Source
		err := tx.NewRaw(`SELECT source_kind, source_id FROM rooms WHERE id = ? AND deleted_at IS NULL`, roomID).Scan(ctx, &source.Kind, &source.ID)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			return ErrNotFound
		case err != nil:
			return fmt.Errorf("rooms: finding the room of attendees: %w", err)
		}
		if err := removeMembers(ctx, tx, roomID, changes.Remove); err != nil {
			return err
		}
		if err := changeMembers(ctx, tx, roomID, changes.Change); err != nil {
			return err
		}
		if err := insertMembers(ctx, tx, roomID, source, changes.Add); err != nil {
			return err
		}
		return activateMembers(ctx, tx, roomID, changes.Activate)
	})
}

// activateMembers gives people who were pending in one room to their users.
func activateMembers(ctx context.Context, tx bun.Tx, roomID string, people []Attendee) error {
	for _, a := range people {
		_, err := tx.ExecContext(ctx, `UPDATE room_members AS m SET user_id = ? WHERE m.room_id = ? AND m.id = ? AND m.user_id IS NULL
			AND `+roleless, a.UserID, roomID, a.ID, a.UserID)
		if err != nil {
			return fmt.Errorf("rooms: activating an attendee: %w", err)
		}
	}
	return nil
}

// insertMembers adds people to a room by one statement.
func insertMembers(ctx context.Context, tx bun.Tx, roomID string, source Source, people []Attendee) error {
	if len(people) == 0 {
		return nil
	}
	const columns = 8
	args := make([]any, 0, columns*len(people))
	for _, a := range people {
		args = append(args, roomID, a.ID, null(a.UserID), null(a.Address), string(a.Role), source.Kind, source.ID, a.CreatedAt)
	}
	values := strings.Repeat(", (?, ?, ?, ?, ?, ?, ?, ?)", len(people))
	_, err := tx.ExecContext(ctx, `INSERT INTO room_members (room_id, id, user_id, address, role, source_kind, source_id, created_at)
		VALUES `+values[len(", "):], args...)
	if err != nil {
		return fmt.Errorf("rooms: inserting people: %w", err)
	}
	return nil
}

// changeMembers gives people their new roles, by one statement a role.
func changeMembers(ctx context.Context, tx bun.Tx, roomID string, people []Attendee) error {
	byRole := map[Role][]string{}
	for _, a := range people {
		byRole[a.Role] = append(byRole[a.Role], a.ID)
	}
	for role, ids := range byRole {
		_, err := tx.ExecContext(ctx, `UPDATE room_members SET role = ? WHERE room_id = ? AND id IN (?)`, string(role), roomID, bun.List(ids))
		if err != nil {
			return fmt.Errorf("rooms: changing roles: %w", err)
		}
	}
	return nil
}

func removeMembers(ctx context.Context, tx bun.Tx, roomID string, people []Attendee) error {
	if len(people) == 0 {
		return nil
	}
	ids := make([]string, len(people))
	for i, a := range people {
		ids[i] = a.ID
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM room_members WHERE room_id = ? AND id IN (?)`, roomID, bun.List(ids)); err != nil {
		return fmt.Errorf("rooms: removing people: %w", err)
	}
	return nil
}

// waiting is the condition on room_members as m that somebody is pending under an
// address.
const waiting = `m.address = ? AND m.user_id IS NULL AND m.deleted_at IS NULL`

// roleless is the condition on room_members as m that a user has no role in the
// room.
const roleless = `NOT EXISTS (SELECT 1 FROM room_members AS o WHERE o.room_id = m.room_id AND o.user_id = ?)`

// Activate implements [AttendeeStore]. It locks the rooms, always in one order,
// so that nobody gives the user a role in one of them meanwhile. Mostly there is
// nothing to do, which is seen without a transaction.
func (s *SQLStore) Activate(ctx context.Context, address, userID string) error {
	var waits bool
	err := s.db.NewRaw(`SELECT EXISTS (SELECT 1 FROM room_members AS m WHERE `+waiting+`)`, address).Scan(ctx, &waits)
	if err == nil && waits {
		err = s.db.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error { return activate(ctx, tx, address, userID) })
	}
	if err != nil {
		return fmt.Errorf("rooms: activating attendees: %w", err)
	}
	return nil
}

func activate(ctx context.Context, tx bun.Tx, address, userID string) error {
	var ids []string
	err := tx.NewRaw(`SELECT r.id FROM rooms AS r WHERE r.id IN (SELECT m.room_id FROM room_members AS m WHERE `+waiting+`)
		ORDER BY r.id`+forUpdate(tx), address).Scan(ctx, &ids)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `UPDATE room_members AS m SET user_id = ? WHERE `+waiting+` AND m.room_id IN (?) AND `+roleless, userID, address, bun.List(ids), userID)
	return err
}

// Door implements [AttendeeStore].
func (s *SQLStore) Door(ctx context.Context, slug, userID, address string) (Room, Attendee, error) {
	var found row
	err := s.db.NewRaw(`SELECT `+columns+` FROM rooms AS r WHERE r.slug = ? AND r.deleted_at IS NULL`, slug).Scan(ctx, &found)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return Room{}, Attendee{}, ErrNotFound
	case err != nil:
		return Room{}, Attendee{}, fmt.Errorf("rooms: finding a room: %w", err)
	}
	attendee, err := s.highest(ctx, found.ID, userID, address)
	if err != nil {
		return Room{}, Attendee{}, err
	}
	room, err := found.room()
	return room, attendee, err
}

// highest returns the attendee with the highest role of those that somebody is in
// a room.
func (s *SQLStore) highest(ctx context.Context, roomID, userID, address string) (Attendee, error) {
	var found memberRow
	err := s.db.NewRaw(`SELECT `+memberColumns+` FROM room_members AS m
		WHERE m.room_id = ? AND m.deleted_at IS NULL AND (m.user_id = ? OR m.user_id IS NULL AND m.address = ?)
		ORDER BY CASE m.role WHEN 'owner' THEN 0 WHEN 'administrator' THEN 1 ELSE 2 END LIMIT 1`,
		roomID, null(userID), null(address)).Scan(ctx, &found)
	if errors.Is(err, sql.ErrNoRows) {
		return Attendee{}, nil
	}
	if err != nil {
		return Attendee{}, fmt.Errorf("rooms: finding the role of somebody: %w", err)
	}
	return found.attendee(), nil
}
