package rooms

import (
	"context"
	"errors"
	"time"

	"github.com/uptrace/bun"
)

// What a [Store] answers besides ErrNotFound and ErrExternalIDTaken.
var (
	// ErrCodeTaken says that the slug or the PIN belongs to another room, live
	// or deleted.
	ErrCodeTaken = errors.New("rooms: slug or PIN taken")
	// ErrConflict says that the room is no longer as it was read.
	ErrConflict = errors.New("rooms: changed since it was read")
)

// Store keeps rooms and finds them. The rules are the [Service]'s; a store
// knows none. Implementations are safe for concurrent use; each method is one
// atomic step, and what it refuses leaves no trace. Any other error means that
// the store could not answer. The conformance suite is roomstest.Store.
//
// Rooms come complete and checked, with times in UTC and microseconds, which
// they keep. A room is visible through a [View] as that says; what is not
// visible does not exist for any method.
type Store interface {
	// Insert keeps a new room, and its owner unless that has no UserID; both
	// were created at the same time.
	// ErrCodeTaken if the slug or the PIN was ever given to a room;
	// ErrExternalIDTaken if a live room with the same source kind and id has
	// the same external id. If both are so, either.
	Insert(ctx context.Context, room Room, owner Attendee) error

	// Find returns the live, visible room with the id, and the role of the
	// view's user in it: none for a view without a user. ErrNotFound.
	Find(ctx context.Context, view View, id string) (Room, Role, error)

	// List returns the live, visible rooms that the query selects, and how many
	// there are without its Limit and Offset. With After they are not counted:
	// the number is 0.
	List(ctx context.Context, view View, query Query) ([]Room, int, error)

	// Update replaces what changes of a room (Name, AccessLevel,
	// Configuration, ExternalID, Metadata, ExpiresAt, UpdatedAt and Version) if
	// it is live, visible and of the given version; otherwise ErrConflict.
	// ErrExternalIDTaken as for Insert.
	Update(ctx context.Context, view View, room Room, version int64) error

	// Delete ends a live, visible room; at is when. ErrNotFound, so that of
	// several calls one succeeds. Its slug and PIN stay taken, its external
	// id becomes free.
	Delete(ctx context.Context, view View, id string, at time.Time) error
}

// Query selects rooms.
type Query struct {
	Filter
	// OldestFirst orders by ascending id; otherwise ids descend.
	OldestFirst bool
	// After is the id after which the list begins, in its order; there need not
	// be such a room.
	After string
	// Limit is how many rooms are returned at most, after the first Offset.
	Limit, Offset int
}

// Filter leaves rooms out of a list. The zero Filter leaves none out.
type Filter struct {
	// Slug is that of the room; ExternalIDs hold that of the room.
	Slug        string
	ExternalIDs []string
	AccessLevel AccessLevel
	// A room that was created or changed at exactly one of these times is left
	// out.
	CreatedAfter, CreatedBefore, UpdatedAfter time.Time
}

// Transactor is what a [Store] implements as well if it can make several steps
// one. Without it [Config].OnEvent is called after the change and cannot undo it,
// and concurrent changes of the attendees of one room may miss each other. The
// suite is roomstest.Transactor.
type Transactor interface {
	// InTx runs do with a store on a transaction, which is rolled back if do
	// returns an error. That store implements what this one does. Db is the
	// transaction itself, for SQL; else nil.
	InTx(ctx context.Context, do func(ctx context.Context, store Store, db bun.IDB) error) error

	// Lock is Find for a room that nobody else changes until the transaction
	// ends.
	Lock(ctx context.Context, view View, id string) (Room, Role, error)
}

// View says which rooms are visible.
type View struct {
	// User has a role in every visible room. Empty means that no user is
	// asked for, and AllSources is false.
	User string
	// SourceKind and SourceID are the source of every visible room, unless
	// AllSources.
	SourceKind, SourceID string
	// AllSources makes rooms of all sources visible in which User has a role.
	AllSources bool
}
