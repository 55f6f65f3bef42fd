// Package verified remembers tokens whose signatures were verified, so that the next request
// with one does not verify it again.
//
// Only what stands in a token is remembered, and what one set of keys signed: another set ends
// everything at once, whichever key has gone. Whether the token is good at this moment is
// decided with every request: by its times, and by the application and the user behind it.
package verified

import (
	"crypto/sha256"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"

	"github.com/anteroom-go/anteroom/delegation/internal/jwt"
)

// Most is how many tokens are remembered. It bounds the memory to about three megabytes.
const Most = 4096

// ID names a token: the SHA-256 of its whole text, with the signature.
type ID [sha256.Size]byte

// IDOf returns the id of a token.
func IDOf(token string) ID { return sha256.Sum256([]byte(token)) }

// Memory holds the claims of tokens that keys of one set signed. Sets are equal if nothing in
// them changed. The token that was not used for longest makes room. It is safe for concurrent
// use.
type Memory[Set comparable] struct {
	mu      sync.Mutex
	set     Set
	entries *simplelru.LRU[ID, jwt.Claims]
}

// New returns an empty memory.
func New[Set comparable]() *Memory[Set] {
	entries, err := simplelru.NewLRU[ID, jwt.Claims](Most, nil)
	if err != nil {
		panic(err) // of a size that is not positive
	}
	return &Memory[Set]{entries: entries}
}

// Claims returns the claims of a token: those that are remembered, if they were verified by the
// present set of keys, or else those that verify returns. The caller keeps them if the token is good
// at this moment.
func (m *Memory[Set]) Claims(token string, now time.Time, present func() (Set, error),
	verify func() (jwt.Claims, Set, error)) (claims jwt.Claims, keep func(jwt.Claims), err error) {
	id := IDOf(token)
	claims, by, found := m.Find(id, now)
	if found {
		set, err := present()
		if err != nil {
			return jwt.Claims{}, nil, err
		}
		if set == by {
			return claims, func(jwt.Claims) {}, nil
		}
	}
	if claims, by, err = verify(); err != nil {
		return jwt.Claims{}, nil, err
	}
	return claims, func(claims jwt.Claims) { m.Keep(id, by, claims) }, nil
}

// Find returns the claims of a token that has not expired, and the set of keys by which it was
// verified. The caller compares that with the present set, and changes nothing in the claims.
func (m *Memory[Set]) Find(id ID, now time.Time) (claims jwt.Claims, by Set, found bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	claims, found = m.entries.Get(id)
	if found && now.Unix() >= *claims.Expires {
		m.entries.Remove(id)
		return jwt.Claims{}, by, false
	}
	return claims, m.set, found
}

// Keep remembers the claims of a token that was verified by a set of keys, and forgets what
// another set verified.
func (m *Memory[Set]) Keep(id ID, by Set, claims jwt.Claims) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if by != m.set {
		m.entries.Purge()
		m.set = by
	}
	m.entries.Add(id, claims)
}

// Len returns how many tokens are remembered.
func (m *Memory[Set]) Len() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.entries.Len()
}
