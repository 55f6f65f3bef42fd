package roomsql

import (
	"context"
	"errors"
	"fmt"

	"github.com/uptrace/bun"
)

var errNoAddress = errors.New("roomsql: an address is never empty")

// roomsAtOnce is how many rooms Rename and Forget change by one statement.
const roomsAtOnce = 1000

// Rename implements [rooms.AttendeeStore].
func (s *Store) Rename(ctx context.Context, from, to string) error {
	if from == "" || to == "" {
		return errNoAddress
	}
	if from == to {
		return nil
	}
	return s.everywhere(ctx, from, func(tx bun.Tx, ids []string) error {
		if err := s.removeLower(ctx, tx, ids, from, to); err != nil {
			return err
		}
		_, err := tx.NewUpdate().Model((*memberRow)(nil)).ModelTableExpr(s.sql("{room_members} AS m")).Set("address = ?", to).
			Where("m.room_id IN (?) AND m.address = ?", bun.List(ids), from).Exec(ctx)
		return err
	})
}

// removeLower removes, where both addresses stand in one of the rooms, the one
// with the lower role; of equal roles the first one.
func (s *Store) removeLower(ctx context.Context, tx bun.Tx, ids []string, from, to string) error {
	lower := roleOrder("h") + " < " + roleOrder("m")
	equal := roleOrder("h") + " = " + roleOrder("m")
	_, err := tx.NewDelete().Model((*memberRow)(nil)).ModelTableExpr(s.sql("{room_members} AS m")).
		Where("m.room_id IN (?) AND m.address IN (?, ?)", bun.List(ids), from, to).
		Where(s.sql("EXISTS (SELECT 1 FROM {room_members} AS h WHERE h.room_id = m.room_id AND h.address IN (?, ?)"+
			" AND h.address <> m.address AND ("+lower+" OR "+equal+" AND m.address = ?))"), from, to, from).Exec(ctx)
	return err
}

// Forget implements [rooms.AttendeeStore].
func (s *Store) Forget(ctx context.Context, address string) error {
	if address == "" {
		return errNoAddress
	}
	return s.everywhere(ctx, address, func(tx bun.Tx, ids []string) error {
		_, err := tx.NewDelete().Model((*memberRow)(nil)).ModelTableExpr(s.sql("{room_members} AS m")).
			Where("m.room_id IN (?) AND m.address = ? AND m.role <> 'owner'", bun.List(ids), address).Exec(ctx)
		if err != nil {
			return err
		}
		_, err = tx.NewUpdate().Model((*memberRow)(nil)).ModelTableExpr(s.sql("{room_members} AS m")).Set("address = NULL").
			Where("m.room_id IN (?) AND m.address = ?", bun.List(ids), address).Exec(ctx)
		return err
	})
}

// everywhere locks all rooms in which an address stands, deleted ones too, and changes some of them at a time. Rooms
// are locked in the order of their ids, so that calls which meet wait for each other instead of forming a circle.
func (s *Store) everywhere(ctx context.Context, address string, change func(tx bun.Tx, ids []string) error) error {
	err := inTx(ctx, s.db, func(tx bun.Tx) error {
		last := ""
		for {
			ids, err := s.lockRooms(ctx, tx, address, last)
			if err != nil || len(ids) == 0 {
				return err
			}
			if err := change(tx, ids); err != nil {
				return err
			}
			last = ids[len(ids)-1]
		}
	})
	if err != nil {
		return fmt.Errorf("roomsql: changing an address: %w", err)
	}
	return nil
}

// lockRooms returns the ids of the first rooms after an id in which an address stands, and locks them in this order.
// Each of the three parts is a range of an index. SQLite has nothing to lock: a transaction there is the only one that
// writes.
func (s *Store) lockRooms(ctx context.Context, tx bun.Tx, address, after string) (ids []string, err error) {
	const standing = "SELECT m.room_id AS id FROM {room_members} AS m WHERE m.address = ? AND m.room_id > ? AND "
	query := standing + "m.user_id IS NULL AND m.deleted_at IS NULL UNION ALL " +
		standing + "m.user_id IS NULL AND m.deleted_at IS NOT NULL UNION ALL " +
		standing + "m.user_id IS NOT NULL ORDER BY id LIMIT ?"
	if isPostgres(tx) {
		query = "SELECT l.id FROM (" + query + ") AS p CROSS JOIN LATERAL" +
			" (SELECT r.id FROM {rooms} AS r WHERE r.id = p.id FOR UPDATE) AS l ORDER BY p.id"
	}
	err = tx.NewRaw(s.sql(query), address, after, address, after, address, after, roomsAtOnce).Scan(ctx, &ids)
	return ids, err
}
