// Package calls is what a host tells the face of Google Meet's API of conferences: the calls that run,
// or ran, in rooms. Rooms exist without calls, so each part may be missing.
package calls

import (
	"context"
	"time"

	"github.com/anteroom-go/anteroom/rooms"
)

// Source tells of calls. Its functions are safe for concurrent use. The zero Source means that no call
// ever runs.
type Source struct {
	// Active returns the id of the record of the call that runs in a room, or "" if none does. Nil means
	// that none does.
	Active func(ctx context.Context, room rooms.Room) (recordID string, err error)
	// End ends the call that runs in a room. It is no error if none does. It is called for callers who may
	// change the room. Nil means that none runs.
	End func(ctx context.Context, room rooms.Room) error
	// Records returns the records of calls in rooms that the caller sees, the latest first, at most
	// Query.Limit. Nil means that there are none.
	Records func(ctx context.Context, caller rooms.Caller, query Query) ([]Record, error)
}

// Record is the record of a call.
type Record struct {
	// ID is unique, of letters, digits, hyphens and underscores.
	ID string
	// RoomID is where the call was.
	RoomID string
	// Start is when it began, End when it ended; zero while it runs. Expire is when the record is
	// forgotten; zero means that it is not known.
	Start, End, Expire time.Time
}

// Query selects records. What is zero selects all.
type Query struct {
	// ID is that of the record.
	ID string
	// RoomID is that of the room.
	RoomID string
	// StartFrom and StartTo, and EndFrom and EndTo, are the first and the last time at which it began or
	// ended.
	StartFrom, StartTo, EndFrom, EndTo time.Time
	// Running selects calls that have not ended.
	Running bool
	// After is the id of the last record of the page before.
	After string
	// Limit is how many records are returned at most.
	Limit int
}
