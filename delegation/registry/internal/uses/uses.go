// Package uses is what a process remembers of uses: it saves nearly every statement about them.
package uses

import (
	"maps"
	"sync"
	"time"
)

const (
	// usedEvery is how coarsely the last use of a secret is kept.
	usedEvery = time.Hour
	// most bounds what a process remembers of uses. What it forgets costs
	// one statement more.
	most = 100_000
)

// Pair is a client id and the id of a secret or of a user.
type Pair [2]string

// Memory is what this process knows of uses. It is safe for concurrent use.
type Memory struct {
	mu      sync.Mutex
	secrets map[Pair]time.Time // when the last use was last noted
	unsaved map[Pair]time.Time // secrets whose last use is yet to be kept
	users   map[Pair]bool      // for whom an application has acted
}

// NewMemory returns a memory that knows nothing.
func NewMemory() *Memory {
	return &Memory{secrets: map[Pair]time.Time{}, unsaved: map[Pair]time.Time{}, users: map[Pair]bool{}}
}

// Note notes the use of a secret, unless one was noted within the hour before.
func (m *Memory) Note(secret Pair, at time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if last, known := m.secrets[secret]; known && at.Before(last.Add(usedEvery)) {
		return
	}
	if len(m.secrets) >= most {
		clear(m.secrets)
	}
	m.secrets[secret], m.unsaved[secret] = at, at
}

// Take returns the uses that are yet to be kept, and forgets them.
func (m *Memory) Take() map[Pair]time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	unsaved := maps.Clone(m.unsaved)
	clear(m.unsaved)
	return unsaved
}

// Again keeps a use for the next time, unless there is a newer one.
func (m *Memory) Again(secret Pair, at time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, newer := m.unsaved[secret]; !newer {
		m.unsaved[secret] = at
	}
}

// Knows reports whether an application is known to have acted for a user.
func (m *Memory) Knows(user Pair) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.users[user]
}

// Learn notes that an application has acted for a user.
func (m *Memory) Learn(user Pair) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.users) >= most {
		clear(m.users)
	}
	m.users[user] = true
}
