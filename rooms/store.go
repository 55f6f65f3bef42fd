package rooms

import (
	"context"
	"database/sql"
	"slices"
	"time"

	"github.com/anteroom-go/anteroom/rooms/form"
)

// Stores are the contracts that a [Service] works on.
type Stores struct {
	// Rooms keeps the rooms. Required.
	Rooms Store
	// Attendees keeps their attendees. Nil means that rooms have none but their owner: the
	// methods of a [Service] on attendees return [ErrUnsupported]. It needs Transactor.
	Attendees AttendeeStore
	// Transactor makes several steps one. Nil means that each step stands for itself, which
	// excludes Attendees and [Config].OnEvent.
	Transactor Transactor
	// IDs and Slugs are the forms of what names the store's rooms. Nil means UUIDs and letters,
	// and in [Service.On] the forms of the service.
	IDs   *form.ID
	Slugs *form.Slug
}

// Store keeps rooms and finds them. The rules are the [Service]'s; a store knows none.
// Implementations are safe for concurrent use; each method is one atomic step, and what it
// refuses leaves no trace. Any error that is not named here means that the store could not
// answer. The conformance suite is roomstest.Store.
//
// Rooms come complete and checked, with times in UTC and microseconds, which they keep. A
// room is visible through a [View] as that defines it; what is not visible does not exist
// for any method. Every method that takes a View returns [ErrView] if it is not valid.
type Store interface {
	// Insert keeps a new room and, unless it is nil, the owner, who was created at the same
	// time. It returns [ErrCodeTaken] if the id or the slug was ever given to a room or a room
	// has the PIN, and [ErrExternalIDTaken] if a live room of the same source has the same
	// external id; if both are so, either. An owner without a UserID is another error.
	Insert(ctx context.Context, room Room, owner *Attendee) error

	// Find returns the live, visible room with the id, and the highest role of the view's user
	// in it; no role for the view of a program. It returns [ErrNotFound] if there is none.
	Find(ctx context.Context, view View, id string) (Room, Role, error)

	// List returns the live, visible rooms that the query selects, each once, and how many
	// there are without its Limit and Offset: exactly, or of more than [MaxTotal] rooms a
	// lower bound n as its complement ^n, which is negative. With After they are not
	// counted: the number is 0. It may return an [*InvalidError] if the filter leaves out
	// too many rooms.
	List(ctx context.Context, view View, query Query) ([]Room, int, error)

	// Update replaces what changes of a room (Name, AccessLevel, Configuration, ExternalID,
	// Metadata, ExpiresAt, UpdatedAt and Version) if it is live, visible and of the given
	// version; otherwise it returns [ErrConflict]. It returns [ErrExternalIDTaken] as
	// Insert does.
	Update(ctx context.Context, view View, room Room, version int64) error

	// Delete ends a room that is live, visible and of the given version; at is when.
	// Otherwise it returns [ErrConflict], so that of several calls one succeeds. The slug
	// stays taken, and the PIN until a pins.Store releases it; the external id becomes free.
	Delete(ctx context.Context, view View, id string, version int64, at time.Time) error
}

// AttendeeStore keeps the attendees of rooms. The conformance suite is roomstest.Attendees.
type AttendeeStore interface {
	// Attendees returns everyone with a role in a live room, the owner first, then in the
	// order of ids.
	Attendees(ctx context.Context, roomID string) ([]Attendee, error)

	// ChangeAttendees makes all changes to the attendees of a live room, or none. It
	// returns [ErrNotFound] if there is no such room.
	ChangeAttendees(ctx context.Context, roomID string, changes AttendeeChanges) error

	// Door returns the live room with the slug, whatever its source, and the visitor's
	// highest role in it; no role if they have none. It returns [ErrNotFound] if there is
	// no such room.
	Door(ctx context.Context, slug string, visitor Visitor) (Room, Role, error)

	// Rename replaces one address by another, different one in every room, live or deleted.
	// In a room in which both stand, the one with the higher role stays, under the new
	// address; of equal roles either.
	Rename(ctx context.Context, from, to string) error

	// Forget removes an address from every room, live or deleted: an attendee with it is
	// removed, an owner stays without an address.
	Forget(ctx context.Context, address string) error
}

// AttendeeChanges are changes to the attendees of one room. No attendee in Add has the
// address of another attendee who stays.
type AttendeeChanges struct {
	Add []Attendee
	// Change holds attendees with their new role.
	Change []Attendee
	Remove []Attendee
}

// Transactor makes several steps one. The conformance suite is roomstest.Transactor.
type Transactor interface {
	// InTx runs do in a transaction, which is rolled back if do returns an error.
	// Transactions may stand in one another.
	InTx(ctx context.Context, do func(ctx context.Context, tx Tx) error) error

	// Lock is [Store.Find] for a room that no other transaction changes until this one
	// ends. It is called on the Transactor of a [Tx].
	Lock(ctx context.Context, view View, id string) (Room, Role, error)
}

// Tx is a transaction.
type Tx struct {
	// Stores work in the transaction. They can do what those outside it can.
	Stores
	// SQL is the transaction itself; nil if the store is not on SQL.
	SQL Querier
}

// Querier runs SQL, in the shape of package database/sql: *sql.DB, *sql.Tx and *sql.Conn
// are queriers. The placeholders are those of the driver.
type Querier interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// View defines which rooms are visible: those of one source in which a user has a role, or
// all of a source. A user has a role as the owner by id, and as an attendee by address; the
// address of an owner gives no other user a role. The zero View is not valid. Make one by
// [Caller.View].
type View struct {
	// UserID is the user's id. Empty with Program.
	UserID string
	// Addresses are the user's verified e-mail addresses in their canonical form, at most
	// [MaxAddresses], none of them empty or repeated. None without UserID.
	Addresses []string
	// Program makes all rooms of the source visible. It excludes UserID, Addresses and
	// AllSources.
	Program bool
	// SourceKind and SourceID are the source of every visible room, unless AllSources.
	SourceKind, SourceID string
	// AllSources makes the user's rooms of all sources visible.
	AllSources bool
}

// Validate returns [ErrView] if the view is not valid. Every method of a store that takes a
// view does this first.
func (v View) Validate() error {
	source := v.SourceKind != "" || v.AllSources
	plain := len(v.Addresses) == 0 && !v.AllSources // what a program's view has to be
	different := len(slices.Compact(slices.Sorted(slices.Values(v.Addresses)))) == len(v.Addresses)
	if (v.UserID == "") != v.Program || !source || v.Program && !plain || !validAddresses(v.Addresses) || !different {
		return ErrView
	}
	return nil
}

// Query selects rooms.
type Query struct {
	Filter
	// OldestFirst orders by ascending id, otherwise ids descend, as the store compares them: 9
	// before 10 if they are numbers. An imported id stands where its room's creation puts it.
	OldestFirst bool
	// After is the id after which the list begins, in its order. There need not be such a
	// room, unless the id was imported.
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
	// A room that was created or changed at exactly one of these times is left out.
	CreatedAfter, CreatedBefore, UpdatedAfter time.Time
}
