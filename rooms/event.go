package rooms

import (
	"context"

	"github.com/anteroom-go/anteroom/rooms/internal/hook"
)

// EventKind is what happened to a room.
type EventKind string

// The kinds of events.
const (
	EventRoomCreated     EventKind = "room.created"
	EventRoomUpdated     EventKind = "room.updated"
	EventRoomDeleted     EventKind = "room.deleted"
	EventAttendeeAdded   EventKind = "attendee.added"
	EventAttendeeChanged EventKind = "attendee.changed"
	EventAttendeeRemoved EventKind = "attendee.removed"
)

// Event is one change of a room, or of one of its attendees.
type Event struct {
	Kind EventKind
	// Room is the room after the change; a deleted one as it was.
	Room Room
	// Before is the room before an update; nil for other kinds.
	Before *Room
	// Attendee is the attendee after the change; a removed one as it was. It is zero for
	// events of rooms.
	Attendee Attendee
	// Caller made the change.
	Caller Caller
	// Tx is the transaction that the change is a part of, for an outbox of the host's; nil
	// if the store is not on SQL. Stores are those in it, for [Service.On].
	Tx     Querier
	Stores Stores
}

// inTx runs do in a transaction. It returns [ErrUnsupported] if the stores have none.
func (s *Service) inTx(ctx context.Context, do func(ctx context.Context, tx Tx) error) error {
	if s.config.Stores.Transactor == nil {
		return ErrUnsupported
	}
	return s.config.Stores.Transactor.InTx(ctx, do)
}

// step makes one change in the store, and reports it in the same transaction if the host
// listens.
func (s *Service) step(ctx context.Context, event Event, change func(ctx context.Context, store Store) error) error {
	if s.config.OnEvent == nil {
		return change(ctx, s.config.Stores.Rooms)
	}
	return s.inTx(ctx, func(ctx context.Context, tx Tx) error {
		if err := change(ctx, tx.Rooms); err != nil {
			return err
		}
		return s.notify(ctx, tx, event)
	})
}

// notify reports events if the host listens.
func (s *Service) notify(ctx context.Context, tx Tx, events ...Event) error {
	if s.config.OnEvent == nil {
		return nil
	}
	for _, event := range events {
		event.Tx, event.Stores = tx.SQL, tx.Stores
		if err := hook.Run(ctx, func(ctx context.Context) error { return s.config.OnEvent(ctx, event) }); err != nil {
			return err
		}
	}
	return nil
}

// enter returns [ErrReentry] if OnEvent calls a service that would wait for its transaction.
func (s *Service) enter(ctx context.Context) error {
	if hook.Running(ctx) && !s.onOthers {
		return ErrReentry
	}
	return nil
}
