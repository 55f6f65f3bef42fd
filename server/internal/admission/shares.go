package admission

import "time"

const (
	// sharesWindow is for how long a slot counts: for one window at least, and two
	// at most.
	sharesWindow = time.Minute
	// maxShares is how many names are counted in a window. It bounds the memory.
	maxShares = 10_000
)

// shares count how many slots each name had in this window and in the last one.
// They are not safe for concurrent use.
type shares struct {
	now       func() time.Time
	since     time.Time
	this, old map[string]int
}

func newShares(now func() time.Time) *shares {
	return &shares{now: now, since: now(), this: map[string]int{}}
}

func (s *shares) add(name string) {
	s.turn()
	s.this[name]++
}

func (s *shares) of(name string) int {
	s.turn()
	return s.this[name] + s.old[name]
}

// turn begins another window if this one is over, or full.
func (s *shares) turn() {
	now := s.now()
	if now.Sub(s.since) < sharesWindow && len(s.this) < maxShares {
		return
	}
	if now.Sub(s.since) >= 2*sharesWindow {
		s.this = nil
	}
	s.since, s.this, s.old = now, map[string]int{}, s.this
}
