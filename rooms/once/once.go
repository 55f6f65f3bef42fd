package rooms

import (
	"context"
	"crypto/rand"
	"errors"
	"time"
)

// How long an answer is kept, and how long giving it may take before somebody
// else may start over.
const (
	keepAnswers  = 24 * time.Hour
	answerWithin = time.Minute
)

// What is said of a request that was sent before.
var (
	// ErrRequestReused says that the key was used for another request.
	ErrRequestReused = errors.New("rooms: the key was used for another request")
	// ErrRequest says that a [Request] is not complete: a mistake of the
	// program.
	ErrRequest = errors.New("rooms: a request has a route, a key and a fingerprint of 1 to 255 characters")
	// ErrRequestRunning says that the request is being answered right now.
	ErrRequestRunning = errors.New("rooms: the request is being answered")
)

// Request is a request that its sender may send again.
type Request struct {
	// Route is what is asked for: at most 255 characters.
	Route string
	// Key tells the requests of one user through one source to one route apart:
	// at most 255 characters.
	Key string
	// Fingerprint differs where requests differ: at most 255 characters.
	Fingerprint string
}

func (r Request) valid() bool {
	for _, text := range []string{r.Route, r.Key, r.Fingerprint} {
		if text == "" || !printable(text, 255) {
			return false
		}
	}
	return true
}

// RequestID tells requests apart.
type RequestID struct {
	SourceKind, SourceID, User, Route, Key string
}

// Lease says who answers a request, from when until when, and how long what
// comes of it is kept.
type Lease struct {
	Holder                string
	Now, Until, KeepUntil time.Time
}

// Reservation is what is known of a request after somebody tried to reserve it.
type Reservation struct {
	// Held says that the request is theirs to answer.
	Held bool
	// Fingerprint is that of the request which came first.
	Fingerprint string
	// Answer is nil as long as there is none.
	Answer []byte
}

// RequestStore is what a [Store] that is a [Transactor] implements as well if it
// keeps answers. The suite is roomstest.Requests.
type RequestStore interface {
	// Reserve notes that the lease's holder answers the request, unless
	// somebody did, or does and their lease has not run out. A request whose
	// KeepUntil has passed is forgotten; one without an answer is taken over
	// with the same fingerprint only.
	Reserve(ctx context.Context, id RequestID, fingerprint string, lease Lease) (Reservation, error)

	// Answer keeps the answer to a request that is still the holder's; else
	// ErrRequestRunning.
	Answer(ctx context.Context, id RequestID, holder string, answer []byte) error

	// Release forgets a request that is still the holder's and not answered.
	Release(ctx context.Context, id RequestID, holder string) error

	// ForgetRequests forgets what was to be kept until now, at most limit
	// requests, and says how many.
	ForgetRequests(ctx context.Context, now time.Time, limit int) (int, error)
}

// Once answers a request at most once. Do gets a service whose changes are kept
// together with the answer that it returns, or not at all. An answer beside an
// error is kept as well, without any change. Without an answer the error is
// returned, and the request may be sent again. Replayed says that the answer was
// given before. Do does not invite anybody: the directory would be asked while
// the transaction holds a connection. ErrRequestReused, ErrRequestRunning, ErrUnsupported.
func (s *Service) Once(ctx context.Context, caller Caller, request Request, do func(ctx context.Context, s *Service) ([]byte, error)) (answer []byte, replayed bool, err error) {
	held, kept, err := s.claim(ctx, caller, request)
	if err != nil || kept != nil {
		return kept, kept != nil, err
	}
	answer, err = s.answer(ctx, held, do)
	return answer, false, err
}

// claim is a request that is ours to answer.
type claim struct {
	id     RequestID
	holder string
	store  RequestStore
}

// claim makes a request ours to answer, or returns the answer that was kept.
func (s *Service) claim(ctx context.Context, caller Caller, request Request) (held claim, kept []byte, err error) {
	store, ok := s.config.Store.(RequestStore)
	if _, atomic := s.config.Store.(Transactor); !ok || !atomic {
		return claim{}, nil, ErrUnsupported
	}
	if err := caller.validate(); err != nil {
		return claim{}, nil, err
	}
	if !request.valid() {
		return claim{}, nil, ErrRequest
	}
	id := RequestID{caller.Source.Kind, caller.Source.ID, caller.User, request.Route, request.Key}
	now, holder := s.now(), rand.Text()
	found, err := store.Reserve(ctx, id, request.Fingerprint, Lease{Holder: holder, Now: now, Until: now.Add(answerWithin), KeepUntil: now.Add(keepAnswers)})
	switch {
	case err != nil:
		return claim{}, nil, err
	case found.Fingerprint != request.Fingerprint:
		return claim{}, nil, ErrRequestReused
	case found.Answer == nil && !found.Held:
		return claim{}, nil, ErrRequestRunning
	}
	return claim{id, holder, store}, found.Answer, nil
}

// answer does what is asked for.
func (s *Service) answer(ctx context.Context, held claim, do func(context.Context, *Service) ([]byte, error)) (answer []byte, err error) {
	settled := false
	defer func() {
		if !settled { // do may have panicked
			err = errors.Join(err, held.release(ctx))
		}
	}()
	var refused error
	err = s.inTx(ctx, func(ctx context.Context, tx tx) error {
		if answer, refused = do(ctx, s.on(tx.store)); refused != nil {
			return refused
		}
		return tx.store.(RequestStore).Answer(ctx, held.id, held.holder, answer)
	})
	if refused != nil && answer != nil {
		err = held.store.Answer(ctx, held.id, held.holder, answer)
	}
	settled = err == nil
	if err != nil {
		answer = nil
	}
	return answer, err
}

// release lets go of a request that stays without an answer, also when its
// sender is gone.
func (c claim) release(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	return c.store.Release(ctx, c.id, c.holder)
}

// ForgetRequests forgets answers that were kept for long enough, in small
// batches. Any number of processes may call it.
func (s *Service) ForgetRequests(ctx context.Context) error {
	store, ok := s.config.Store.(RequestStore)
	if !ok {
		return nil
	}
	const batch = 1000
	for {
		if n, err := store.ForgetRequests(ctx, s.now(), batch); err != nil || n < batch {
			return err
		}
	}
}
