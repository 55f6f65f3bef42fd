package rooms

import (
	"context"
	"errors"

	"github.com/uptrace/bun"
)

// EventKind says what happened to a room.
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

// Event is one change of a room.
type Event struct {
	Kind EventKind
	// Room is the room after the change; a deleted one as it was.
	Room Room
	// Before is the room before an update.
	Before *Room
	// Attendee is whom an event about attendees is about, after the change; a
	// removed one as they were.
	Attendee Attendee
	// Caller made the change.
	Caller Caller
	// Tx is the transaction that the change is a part of, for an outbox of the
	// host's; nil if the store is not on SQL.
	Tx bun.IDB
}

// OnEvent is told of every change inside its transaction: with an error it
// undoes the change, and the caller gets that error. What it does elsewhere, such
// as ending a call, may turn out to have been for a change that was rolled back
// after all; what must not, it writes with Tx.
type OnEvent func(ctx context.Context, event Event) error

// tx is a store on a transaction, and the transaction itself for SQL. Without
// transactions it is the store as it is.
type tx struct {
	store Store
	db    bun.IDB
}

// lock finds a visible room that nobody else changes until the transaction ends,
// and the caller's role in it.
func (t tx) lock(ctx context.Context, caller Caller, id string) (Room, Role, error) {
	find := t.store.Find
	if transactor, ok := t.store.(Transactor); ok {
		find = transactor.Lock
	}
	room, role, err := find(ctx, caller.view(), id)
	return room, caller.roleIn(role), err
}

// inTx runs do in a transaction if the store has them.
func (s *Service) inTx(ctx context.Context, do func(ctx context.Context, tx tx) error) error {
	transactor, ok := s.config.Store.(Transactor)
	if !ok {
		return do(ctx, tx{store: s.config.Store})
	}
	return transactor.InTx(ctx, func(ctx context.Context, store Store, db bun.IDB) error {
		return do(ctx, tx{store, db})
	})
}

// step makes one change in the store and tells it: as one, if somebody listens.
func (s *Service) step(ctx context.Context, event Event, change func(ctx context.Context, store Store) error) error {
	if s.config.OnEvent == nil {
		return change(ctx, s.config.Store)
	}
	return s.inTx(ctx, func(ctx context.Context, tx tx) error {
		if err := change(ctx, tx.store); err != nil {
			return err
		}
		return s.tell(ctx, tx, event)
	})
}

// tell reports events if anybody listens.
func (s *Service) tell(ctx context.Context, tx tx, events ...Event) error {
	if s.config.OnEvent == nil {
		return nil
	}
	for _, event := range events {
		event.Tx = tx.db
		if err := s.config.OnEvent(ctx, event); err != nil {
			return &hookError{err}
		}
	}
	return nil
}

// hookError is an error of OnEvent, which is never taken for an answer of the
// store.
type hookError struct{ err error }

func (e *hookError) Error() string { return e.err.Error() }
func (e *hookError) Unwrap() error { return e.err }

// answers reports whether an error is this answer of the store.
func answers(err, answer error) bool {
	var hook *hookError
	return errors.Is(err, answer) && !errors.As(err, &hook)
}
