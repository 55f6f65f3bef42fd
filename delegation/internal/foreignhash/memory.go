package foreignhash

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"sync"
)

// memorySize is how many outcomes each of the two halves of a Memory holds.
const memorySize = 10_000

// Memory remembers the outcomes of comparisons, so that one that was made costs a
// MAC the next time. An outcome belongs to the hash with which it was found: one
// that is replaced is compared anew. It holds no secrets, and its size is bounded.
// It is safe for concurrent use.
type Memory struct {
	key []byte

	mu           sync.Mutex
	recent, past map[[sha256.Size]byte]bool
	running      map[[sha256.Size]byte]chan struct{} // comparisons that are being made
}

// NewMemory returns an empty Memory.
func NewMemory() *Memory {
	key := make([]byte, sha256.Size)
	_, _ = rand.Read(key) // never fails: crypto/rand ends the program instead
	return &Memory{key: key, recent: map[[sha256.Size]byte]bool{},
		running: map[[sha256.Size]byte]chan struct{}{}}
}

// Outcome returns the outcome of the comparison of a client's secret with a hash,
// if it is remembered.
func (m *Memory) Outcome(hash, clientID, secret string) (match, known bool) {
	key := m.mac(hash, clientID, secret)
	m.mu.Lock()
	defer m.mu.Unlock()
	if match, known = m.recent[key]; known {
		return match, true
	}
	match, known = m.past[key]
	return match, known
}

// Learn remembers an outcome. It forgets the older half of the others if there
// are too many.
func (m *Memory) Learn(hash, clientID, secret string, match bool) {
	key := m.mac(hash, clientID, secret)
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.recent) >= memorySize {
		m.recent, m.past = map[[sha256.Size]byte]bool{}, m.recent
	}
	m.recent[key] = match
}

// Begin lets one caller at a time make a comparison. End ends it, whatever came of it.
// Begin returns a nil end to the others, and a channel that is closed when it has
// ended: a burst of requests with one secret costs one comparison.
func (m *Memory) Begin(hash, clientID, secret string) (end func(), ended <-chan struct{}) {
	key := m.mac(hash, clientID, secret)
	m.mu.Lock()
	defer m.mu.Unlock()
	if other, running := m.running[key]; running {
		return nil, other
	}
	own := make(chan struct{})
	m.running[key] = own
	return func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		delete(m.running, key)
		close(own)
	}, own
}

// mac names a comparison. Under a key of this process it tells nothing about the
// secret.
func (m *Memory) mac(texts ...string) (sum [sha256.Size]byte) {
	mac := hmac.New(sha256.New, m.key)
	for _, text := range texts {
		mac.Write(binary.BigEndian.AppendUint64(nil, uint64(len(text))))
		mac.Write([]byte(text))
	}
	mac.Sum(sum[:0])
	return sum
}
