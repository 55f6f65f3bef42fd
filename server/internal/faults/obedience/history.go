// Package obedience finds answers that disobey commands which had returned.
package obedience

import (
	"fmt"
	"sync"
	"time"
)

// Command takes authority away, or gives it again. It takes effect at some moment between its two times.
type Command struct {
	Takes       bool
	Began, Done time.Time
}

// Answer is what a request got that was sent at Began and answered at Done.
type Answer struct {
	Server      int
	What        string
	Began, Done time.Time
	Status      int // 0 without an answer
}

// allowed reports whether the request was answered as one that has authority.
func (a Answer) allowed() bool { return a.Status >= 200 && a.Status < 300 }

// refused reports whether it was answered as one that has none. A server that does not know has a status of 500 and
// more, or no answer.
func (a Answer) refused() bool { return a.Status >= 400 && a.Status < 500 }

// History is what commands and requests saw, one of the commands after the other. It is safe for concurrent use.
type History struct {
	mu       sync.Mutex
	commands []Command
	answers  []Answer
}

// Command adds a command that has returned.
func (h *History) Command(c Command) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.commands = append(h.commands, c)
}

// Answer adds an answer.
func (h *History) Answer(a Answer) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.answers = append(h.answers, a)
}

// Sum is what a history comes to.
type Sum struct {
	Commands, Allowed, Refused, Unknown int
	Longest                             time.Duration // of a command
	Disobeyed                           []string
}

// Judge compares every answer with what the order of the commands allows: a request that began after a command had
// returned, and was answered before the next one began, is answered as that command left things, or not at all.
func (h *History) Judge() Sum {
	h.mu.Lock()
	defer h.mu.Unlock()
	sum := Sum{Commands: len(h.commands)}
	for _, c := range h.commands {
		sum.Longest = max(sum.Longest, c.Done.Sub(c.Began))
	}
	for _, a := range h.answers {
		switch {
		case a.allowed():
			sum.Allowed++
		case a.refused():
			sum.Refused++
		default:
			sum.Unknown++
			continue
		}
		if last, settled := h.settled(a); settled && last.Takes == a.allowed() {
			sum.Disobeyed = append(sum.Disobeyed, fmt.Sprintf(
				"server %d: %s sent %s after a command (takes: %v) had returned: %d",
				a.Server, a.What, a.Began.Sub(last.Done), last.Takes, a.Status))
		}
	}
	return sum
}

// settled returns the last command that had returned when a request began, and whether no other one began before its
// answer.
func (h *History) settled(a Answer) (last Command, settled bool) {
	for _, c := range h.commands {
		switch {
		case c.Done.Before(a.Began):
			last, settled = c, true
		case c.Began.Before(a.Done):
			return Command{}, false
		}
	}
	return last, settled
}
