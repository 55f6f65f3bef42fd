package once

import (
	"context"
	"time"

	"github.com/anteroom-go/anteroom/rooms"
)

// Store keeps the answers to requests. Implementations are safe for concurrent use.
// Any error that is not named here means that the store could not answer. The
// conformance suite is roomstest.Requests.
type Store interface {
	// Answer returns the answer that is kept for the request. If there is none, it
	// runs do in a transaction and keeps the answer that do returns in the same
	// transaction, so that there are both or neither, whatever ends the process, the
	// database or ctx. Do may run several times, each time in a new transaction, of
	// which only the last one is kept.
	//
	// If do returns an error, what it did is undone. With an answer of at least one
	// byte beside the error that answer is kept all the same, and returned without the
	// error; with none nothing is kept, and Answer returns the error.
	//
	// Of several calls for one request one at a time runs do. The others wait for its
	// end, or return [ErrRunning] at once.
	Answer(ctx context.Context, request Attempt, do func(ctx context.Context, tx rooms.Tx) ([]byte, error)) (Kept, error)

	// Forget forgets answers whose KeepUntil is not after now, at most limit of them,
	// and returns how many.
	Forget(ctx context.Context, now time.Time, limit int) (int, error)
}

// ID is what distinguishes requests: two with the same ID are the same request.
type ID struct {
	// SourceKind and SourceID are the source of the caller.
	SourceKind, SourceID string
	// Program is set for a caller that is a program, UserID for one that is a
	// user.
	Program bool
	UserID  string
	// Route and Key are those of the [Request].
	Route, Key string
}

// Attempt is one attempt to get the answer to a request.
type Attempt struct {
	ID
	// Fingerprint is that of the [Request].
	Fingerprint string
	// Now is the time of the attempt. An answer whose KeepUntil is not after it counts
	// as one that was never given.
	Now time.Time
	// KeepUntil is how long the answer is kept, if this attempt gives it.
	KeepUntil time.Time
}

// Kept is an answer that is kept.
type Kept struct {
	// Answer is what do returned.
	Answer []byte
	// Fingerprint is that of the attempt that gave the answer.
	Fingerprint string
	// Replayed reports that it was an earlier attempt.
	Replayed bool
}
