package admission

import (
	"context"
	"slices"
	"sync"
	"time"
)

// The bounds of a Queue.
const (
	MaxWaiting       = 64 // requests that wait for a slot
	MaxWaitingInLane = 16 // of them, those of one client from one origin
)

// lane is where the requests of one client id from one origin wait for each
// other: one of them at a time takes a slot.
type lane struct{ client, origin string }

// Queue gives few slots to many clients: each free slot to the lane whose client
// and origin had the fewest lately, and of several to the one that came first.
// Therefore two clients take turns, however many requests one of them sends from
// however many origins; and one origin that sends many client ids does not keep
// others waiting. It is safe for concurrent use.
type Queue struct {
	mu      sync.Mutex
	free    int // slots
	busy    map[lane]bool
	waiting []*ticket // the oldest first
	clients *shares
	origins *shares
}

// ticket is a request that waits. Turn is closed when its wait has ended.
type ticket struct {
	lane     lane
	turn     chan struct{}
	admitted bool
}

// NewQueue returns an empty queue.
func NewQueue(slots int, now func() time.Time) *Queue {
	return &Queue{free: slots, busy: map[lane]bool{}, clients: newShares(now), origins: newShares(now)}
}

// Enter waits for a slot and reports whether there was one before ctx ended. It
// returns false at once if the queue is full. The caller calls leave, once, to
// give the slot back.
func (q *Queue) Enter(ctx context.Context, client, origin string) (leave func(), admitted bool) {
	t := &ticket{lane: lane{client, origin}, turn: make(chan struct{})}
	if !q.join(t) {
		return nil, false
	}
	select {
	case <-t.turn:
	case <-ctx.Done():
		q.give(t)
		return nil, false
	}
	if !t.admitted {
		return nil, false
	}
	return sync.OnceFunc(func() { q.leave(t.lane) }), true
}

// join adds a ticket. It reports false if there is no place for it.
func (q *Queue) join(t *ticket) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	inLane := 0
	for _, other := range q.waiting {
		if other.lane == t.lane {
			inLane++
		}
	}
	if inLane >= MaxWaitingInLane || len(q.waiting) >= MaxWaiting && !q.displace(t) {
		return false
	}
	q.waiting = append(q.waiting, t)
	q.serve()
	return true
}

// displace sends the ticket away whose lane had the most, if that is more than
// the lane of t had.
func (q *Queue) displace(t *ticket) bool {
	last := slices.MaxFunc(q.waiting, func(a, b *ticket) int { return q.had(a.lane) - q.had(b.lane) })
	if q.had(last.lane) <= q.had(t.lane) {
		return false
	}
	q.remove(last)
	close(last.turn)
	return true
}

// had returns how many slots the client and the origin of a lane had lately.
func (q *Queue) had(l lane) int { return q.clients.of(l.client) + q.origins.of(l.origin) }

// serve gives free slots away.
func (q *Queue) serve() {
	for q.free > 0 {
		next := q.next()
		if next == nil {
			return
		}
		q.remove(next)
		q.free--
		q.busy[next.lane] = true
		q.clients.add(next.lane.client)
		q.origins.add(next.lane.origin)
		next.admitted = true
		close(next.turn)
	}
}

// next returns the ticket whose turn it is, or nil.
func (q *Queue) next() (next *ticket) {
	for _, t := range q.waiting {
		if !q.busy[t.lane] && (next == nil || q.had(t.lane) < q.had(next.lane)) {
			next = t
		}
	}
	return next
}

func (q *Queue) remove(t *ticket) {
	q.waiting = slices.DeleteFunc(q.waiting, func(other *ticket) bool { return other == t })
}

// give gives back what a request has whose caller left: its place or its slot.
func (q *Queue) give(t *ticket) {
	q.mu.Lock()
	admitted := t.admitted
	q.remove(t)
	q.mu.Unlock()
	if admitted {
		q.leave(t.lane)
	}
}

// leave gives back the slot of a lane.
func (q *Queue) leave(l lane) {
	q.mu.Lock()
	defer q.mu.Unlock()
	delete(q.busy, l)
	q.free++
	q.serve()
}
