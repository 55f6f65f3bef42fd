package roomsql

import (
	"crypto/sha256"
	"time"

	"github.com/google/uuid"
)

// ListID returns the id by which the store keeps and orders a room: the room's own if that
// is no UUID of another version than 7. A room that comes from another product, with such
// an id, is kept under a UUIDv7 of its time of creation and of its id (RFC 9562 §5.7), and
// found by the id that it had: otherwise it would stand at a random place in every list.
func ListID(id string, createdAt time.Time) string {
	if !foreignID(id) {
		return id
	}
	const millisecond = uint64(time.Millisecond)
	digest := sha256.Sum256([]byte(id))
	listID := uuid.UUID(digest[:16])
	stamp := uint64(max(createdAt.UnixMilli(), 0))<<12 | uint64(createdAt.Nanosecond())%millisecond*4096/millisecond
	for i := range 6 {
		listID[i] = byte(stamp >> (52 - 8*i))
	}
	listID[6] = 0x70 | byte(stamp>>8)&0x0f
	listID[7] = byte(stamp)
	listID[8] = 0x80 | listID[8]&0x3f
	return listID.String()
}

// foreignID reports whether an id is a UUID of another version than those that the service makes.
func foreignID(id string) bool {
	parsed, err := uuid.Parse(id)
	return err == nil && parsed.Version() != 7
}

// kept returns the expression for the id under which the store keeps the room with an id; NULL if there is none.
func kept(id string) fragment {
	if !foreignID(id) {
		return fragment{"?", []any{id}}
	}
	return fragment{"(SELECT i.id FROM {rooms} AS i WHERE i.imported_id = ?)", []any{id}}
}
