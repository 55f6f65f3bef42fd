package lease

import (
	"fmt"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// Memory keeps values of one type while its [Holder] has a lease. It is bounded: the entry
// that was not used for longest makes room. It is safe for concurrent use.
type Memory[V any] struct {
	holder  *Holder
	entries *simplelru.LRU[string, entry[V]]
	about   map[Change]keys // of entries, by what they depend on
}

type entry[V any] struct {
	value V
	about []Change
}

// Fill is the permission to keep what is read after it was given.
type Fill struct{ turn uint64 }

// Fill returns the permission to keep what is read from now on, in transactions that begin now.
func (h *Holder) Fill() Fill {
	h.mu.Lock()
	defer h.mu.Unlock()
	return Fill{turn: h.turn}
}

// NewMemory returns an empty memory of at most size entries. It returns an error if size is
// not positive.
func NewMemory[V any](holder *Holder, size int) (*Memory[V], error) {
	m := &Memory[V]{holder: holder, about: map[Change]keys{}}
	entries, err := simplelru.NewLRU(size, m.unlink)
	if err != nil {
		return nil, fmt.Errorf("lease: making a memory: %w", err)
	}
	m.entries = entries
	holder.mu.Lock()
	defer holder.mu.Unlock()
	holder.memories = append(holder.memories, m)
	return m, nil
}

// Find returns the value with a key if there is one and memory may answer the question. If
// not, the caller takes a [Holder.Fill], reads the database, and may give what it finds to
// Keep.
func (m *Memory[V]) Find(q Question, key string) (value V, found bool) {
	m.holder.mu.Lock()
	defer m.holder.mu.Unlock()
	if !q.good || !m.holder.good(q.at) {
		return value, false
	}
	e, found := m.entries.Get(key)
	return e.value, found
}

// Keep remembers a value until one of the changes that it depends on comes. It does nothing
// if any change was applied since the fill was given, because the value may be from before.
// What it depends on must contain every change that makes the value another.
func (m *Memory[V]) Keep(fill Fill, key string, value V, about ...Change) {
	m.holder.mu.Lock()
	defer m.holder.mu.Unlock()
	if !m.holder.joined || fill.turn != m.holder.turn {
		return
	}
	m.entries.Remove(key)
	m.entries.Add(key, entry[V]{value: value, about: about})
	for _, change := range about {
		m.about[change] = m.about[change].with(key)
	}
}

// Len returns the number of entries.
func (m *Memory[V]) Len() int {
	m.holder.mu.Lock()
	defer m.holder.mu.Unlock()
	return m.entries.Len()
}

// forget implements forgetter.
func (m *Memory[V]) forget(change Change) {
	for _, key := range m.about[change].all() {
		m.entries.Remove(key)
	}
}

// forgetAll implements forgetter.
func (m *Memory[V]) forgetAll() { m.entries.Purge() }

// unlink follows the removal of an entry.
func (m *Memory[V]) unlink(key string, removed entry[V]) {
	for _, change := range removed.about {
		rest := m.about[change].without(key)
		if rest == (keys{}) {
			delete(m.about, change)
			continue
		}
		m.about[change] = rest
	}
}
