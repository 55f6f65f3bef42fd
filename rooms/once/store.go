package once

import (
	"context"
	"time"

	"github.com/anteroom-go/anteroom/rooms"
)

// Store keeps requests and the answers to them. Implementations are safe for
// concurrent use. Any error that is not named here means that the store could not
// answer. The conformance suite is roomstest.Requests.
type Store interface {
	// Reserve makes the lease's holder the one who answers the request, and
	// returns what is known of it then. Nothing changes if the request is
	// answered, or if the lease of another holder has not run out. After that
	// only a request with the same fingerprint is taken over. A request whose
	// KeepUntil has passed counts as one that was never sent.
	Reserve(ctx context.Context, id ID, fingerprint string, lease Lease) (Reservation, error)

	// AnswerInTx runs do in a transaction and keeps the answer that it returns in
	// the same transaction. It returns the error of do, or [ErrRunning] if the
	// request is no longer the holder's; with any error nothing is kept.
	AnswerInTx(ctx context.Context, id ID, holder string, do func(ctx context.Context, tx rooms.Tx) ([]byte, error)) error

	// Answer keeps the answer to a request. It returns [ErrRunning] if the
	// request is no longer the holder's.
	Answer(ctx context.Context, id ID, holder string, answer []byte) error

	// Release forgets a request that is the holder's and has no answer.
	Release(ctx context.Context, id ID, holder string) error

	// Forget forgets requests whose KeepUntil is not after now, at most limit of
	// them, and returns how many.
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

// Lease is the right to answer a request for some time.
type Lease struct {
	// Holder is unique to one attempt to answer the request.
	Holder string
	// Now is when the lease begins, Until is when it ends.
	Now, Until time.Time
	// KeepUntil is how long the request and its answer are kept.
	KeepUntil time.Time
}

// Reservation is what is known of a request after [Store.Reserve].
type Reservation struct {
	// Held reports that the holder of the lease is to answer the request.
	Held bool
	// Fingerprint is that of the request which was sent first.
	Fingerprint string
	// Answered reports that Answer is the answer to the request.
	Answered bool
	Answer   []byte
}
