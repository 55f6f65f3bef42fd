package admission

import (
	"context"
	"fmt"
	"runtime"
	"time"
)

// BusyError means that a client has to come back later.
type BusyError struct {
	// RetryAfter is how long to wait before.
	RetryAfter time.Duration
}

// Error returns a sentence for logs.
func (e *BusyError) Error() string { return fmt.Sprintf("no place for %v", e.RetryAfter) }

// busyFor is how long to wait if there is no place in the queue.
const busyFor = 2 * time.Second

// Gate admits what authentications cost, and counts those that failed. It is safe
// for concurrent use.
type Gate struct {
	throttle *throttle
	queue    *Queue
}

// NewGate returns a gate that has seen no failures. A quarter of the processors
// may be busy behind it, or one.
func NewGate(now func() time.Time) *Gate {
	return &Gate{throttle: newThrottle(now), queue: NewQueue(max(1, runtime.GOMAXPROCS(0)/4), now)}
}

// Admit waits until it is the turn of a client id, as sent from an origin. The
// caller calls done when the work behind the gate has ended. It returns a
// [*BusyError], before or after the wait, to a client that failed too often or
// for whom there is no place, and when ctx ends first.
func (g *Gate) Admit(ctx context.Context, clientID, origin string) (done func(), err error) {
	l := lane{clientID, origin}
	if wait := g.throttle.wait(l); wait > 0 {
		return nil, &BusyError{wait}
	}
	leave, admitted := g.queue.Enter(ctx, clientID, origin)
	if !admitted {
		return nil, &BusyError{busyFor}
	}
	if wait := g.throttle.wait(l); wait > 0 {
		leave()
		return nil, &BusyError{wait}
	}
	return leave, nil
}

// Failed counts a failed authentication of a client id from an origin. It returns
// how long to wait if there were too many, else zero. Failures from one origin do
// not count against the client elsewhere.
func (g *Gate) Failed(clientID, origin string) (wait time.Duration) {
	return g.throttle.failed(lane{clientID, origin})
}
