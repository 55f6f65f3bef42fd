package rooms

import (
	"context"
	"errors"
	"time"
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
	// Insert keeps a new room, and makes owner its owner unless owner is
	// empty. ErrCodeTaken if the slug or the PIN was ever given to a room;
	// ErrExternalIDTaken if a live room with the same source kind and id has
	// the same external id. If both are so, either.
	Insert(ctx context.Context, room Room, owner string) error

	// Find returns the live, visible room with the id, and the role of the
	// view's user in it: none for a view without a user. ErrNotFound.
	Find(ctx context.Context, view View, id string) (Room, Role, error)

	// List returns live, visible rooms in descending order of id, at most
	// limit of them after the first offset, and how many there are in all.
	List(ctx context.Context, view View, limit, offset int) ([]Room, int, error)

	// Update replaces what changes of a room (Name, AccessLevel,
	// Configuration, ExternalID, UpdatedAt and Version) if it is live, visible
	// and of the given version; otherwise ErrConflict. ErrExternalIDTaken as
	// for Insert.
	Update(ctx context.Context, view View, room Room, version int64) error

	// Delete ends a live, visible room; at is when. ErrNotFound, so that of
	// several calls one succeeds. Its slug and PIN stay taken, its external
	// id becomes free.
	Delete(ctx context.Context, view View, id string, at time.Time) error
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
