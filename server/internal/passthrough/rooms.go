package passthrough

import (
	"context"
	"time"

	"github.com/anteroom-go/anteroom/rooms"
)

// Stores wraps those of the stores that there are.
func Stores(stores rooms.Stores) rooms.Stores {
	if stores.Rooms != nil {
		stores.Rooms = Rooms{stores.Rooms}
	}
	if stores.Attendees != nil {
		stores.Attendees = Attendees{stores.Attendees}
	}
	if stores.Transactor != nil {
		stores.Transactor = Transactor{stores.Transactor}
	}
	return stores
}

// Rooms passes the calls of a [rooms.Store] on.
type Rooms struct{ To rooms.Store }

// Insert implements [rooms.Store].
func (s Rooms) Insert(ctx context.Context, room rooms.Room, owner *rooms.Attendee) error {
	return s.To.Insert(ctx, room, owner)
}

// Find implements [rooms.Store].
func (s Rooms) Find(ctx context.Context, view rooms.View, id string) (rooms.Room, rooms.Role, error) {
	return s.To.Find(ctx, view, id)
}

// List implements [rooms.Store].
func (s Rooms) List(ctx context.Context, view rooms.View, query rooms.Query) ([]rooms.Room, int, error) {
	return s.To.List(ctx, view, query)
}

// Update implements [rooms.Store].
func (s Rooms) Update(ctx context.Context, view rooms.View, room rooms.Room, version int64) error {
	return s.To.Update(ctx, view, room, version)
}

// Delete implements [rooms.Store].
func (s Rooms) Delete(ctx context.Context, view rooms.View, id string, version int64, at time.Time) error {
	return s.To.Delete(ctx, view, id, version, at)
}

// Attendees passes the calls of a [rooms.AttendeeStore] on.
type Attendees struct{ To rooms.AttendeeStore }

// Attendees implements [rooms.AttendeeStore].
func (s Attendees) Attendees(ctx context.Context, roomID string) ([]rooms.Attendee, error) {
	return s.To.Attendees(ctx, roomID)
}

// ChangeAttendees implements [rooms.AttendeeStore].
func (s Attendees) ChangeAttendees(ctx context.Context, roomID string, changes rooms.AttendeeChanges) error {
	return s.To.ChangeAttendees(ctx, roomID, changes)
}

// Door implements [rooms.AttendeeStore].
func (s Attendees) Door(ctx context.Context, slug string, visitor rooms.Visitor) (rooms.Room, rooms.Role, error) {
	return s.To.Door(ctx, slug, visitor)
}

// Rename implements [rooms.AttendeeStore].
func (s Attendees) Rename(ctx context.Context, from, to string) error {
	return s.To.Rename(ctx, from, to)
}

// Forget implements [rooms.AttendeeStore].
func (s Attendees) Forget(ctx context.Context, address string) error {
	return s.To.Forget(ctx, address)
}

// Transactor passes the calls of a [rooms.Transactor] on, and wraps the stores of
// its transactions.
type Transactor struct{ To rooms.Transactor }

// InTx implements [rooms.Transactor].
func (t Transactor) InTx(ctx context.Context, do func(ctx context.Context, tx rooms.Tx) error) error {
	return t.To.InTx(ctx, func(ctx context.Context, tx rooms.Tx) error {
		return do(ctx, rooms.Tx{Stores: Stores(tx.Stores), SQL: tx.SQL})
	})
}

// Lock implements [rooms.Transactor].
func (t Transactor) Lock(ctx context.Context, view rooms.View, id string) (rooms.Room, rooms.Role, error) {
	return t.To.Lock(ctx, view, id)
}
