package quota

import "sync"

// Places bound how many requests of one application are answered at the same time.
// They are safe for concurrent use. Only applications with a request in hand are
// remembered.
type Places struct {
	mu    sync.Mutex
	taken map[string]int
}

// NewPlaces returns places of which none is taken.
func NewPlaces() *Places { return &Places{taken: map[string]int{}} }

// Enter takes a place of an application that has so many, and returns the function
// that gives it back, which does so once. It returns false if all are taken. Zero
// means that there is no limit.
func (p *Places) Enter(clientID string, most int) (leave func(), entered bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if most > 0 && p.taken[clientID] >= most {
		return func() {}, false
	}
	p.taken[clientID]++
	return sync.OnceFunc(func() { p.leave(clientID) }), true
}

func (p *Places) leave(clientID string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.taken[clientID]--; p.taken[clientID] == 0 {
		delete(p.taken, clientID)
	}
}
