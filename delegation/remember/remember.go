// Package remember keeps what a host's own directories answered for as long as the host allows: for so long, what was
// taken back may still be in force. Without it they are asked in every request.
package remember

import (
	"context"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"

	"github.com/anteroom-go/anteroom/delegation"
)

// most is how many answers of each kind are kept.
const most = 10_000

// Clock returns the present time; time.Now outside of tests.
type Clock func() time.Time

// memory keeps answers of one kind, each for the same time. It is safe for concurrent use.
type memory[K comparable, V any] struct {
	keep    time.Duration
	now     Clock
	mu      sync.Mutex
	entries *simplelru.LRU[K, answer[V]]
	turn    int // how often everything was forgotten
}

type answer[V any] struct {
	value V
	asked time.Time
}

func newMemory[K comparable, V any](keep time.Duration, now Clock) *memory[K, V] {
	entries, err := simplelru.NewLRU[K, answer[V]](most, nil)
	if err != nil {
		panic(err) // most is positive
	}
	return &memory[K, V]{keep: keep, now: now, entries: entries}
}

// find returns what was answered to a question, or asks and, if the answer may be kept, keeps it.
func (m *memory[K, V]) find(key K, ask func() (V, error), kept func(V) bool) (V, error) {
	asked := m.now()
	m.mu.Lock()
	known, found := m.entries.Get(key)
	turn := m.turn
	m.mu.Unlock()
	if age := asked.Sub(known.asked); found && age >= 0 && age < m.keep {
		return known.value, nil
	}
	value, err := ask()
	m.mu.Lock()
	defer m.mu.Unlock()
	if err == nil && kept(value) && turn == m.turn {
		m.entries.Add(key, answer[V]{value, asked})
	}
	return value, err
}

// forget forgets everything, and answers that are on their way.
func (m *memory[K, V]) forget() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.turn++
	m.entries.Purge()
}

// users implements [delegation.Users].
type users struct {
	directory delegation.Users
	byEmail   *memory[delegation.Email, delegation.User]
	byID      *memory[string, delegation.User]
}

// Users returns a directory whose users are remembered for a time that is positive: those whom applications may act
// for, not those who are disabled, protected or unknown.
func Users(directory delegation.Users, keep time.Duration, now Clock) delegation.Users {
	return &users{directory, newMemory[delegation.Email, delegation.User](keep, now),
		newMemory[string, delegation.User](keep, now)}
}

// UserByEmail implements [delegation.Users].
func (u *users) UserByEmail(ctx context.Context, email delegation.Email) (delegation.User, error) {
	return u.byEmail.find(email, func() (delegation.User, error) { return u.directory.UserByEmail(ctx, email) }, usable)
}

// UserByID implements [delegation.Users].
func (u *users) UserByID(ctx context.Context, id string) (delegation.User, error) {
	return u.byID.find(id, func() (delegation.User, error) { return u.directory.UserByID(ctx, id) }, usable)
}

func usable(user delegation.User) bool { return user.ID != "" && user.Active && !user.Protected }

// found is an application with what was taken back from it.
type found struct {
	app    delegation.Application
	status delegation.Status
}

// ids are what is asked about an application: its client id with that of a user and of a token, or of a secret.
type ids struct{ client, second, third string }

// applications implements [delegation.Applications].
type applications struct {
	delegation.Applications
	found   *memory[ids, found]
	secrets *memory[ids, delegation.StoredSecret]
}

// Applications returns a directory whose applications and secrets are remembered for a time that is positive, unless
// they are disabled or something was taken back. What is revoked by way of it is forgotten at once.
func Applications(directory delegation.Applications, keep time.Duration, now Clock) delegation.Applications {
	return &applications{directory, newMemory[ids, found](keep, now), newMemory[ids, delegation.StoredSecret](keep, now)}
}

// Application implements [delegation.Applications].
func (a *applications) Application(ctx context.Context, clientID, userID, tokenID string) (
	delegation.Application, delegation.Status, error) {
	ask := func() (f found, err error) {
		f.app, f.status, err = a.Applications.Application(ctx, clientID, userID, tokenID)
		return f, err
	}
	f, err := a.found.find(ids{clientID, userID, tokenID}, ask,
		func(f found) bool { return f.app.Active && !f.status.OptedOut && !f.status.Revoked })
	return f.app, f.status, err
}

// ApplicationSecret implements [delegation.Applications].
func (a *applications) ApplicationSecret(ctx context.Context, clientID, secretID string) (
	delegation.StoredSecret, error) {
	ask := func() (delegation.StoredSecret, error) {
		return a.Applications.ApplicationSecret(ctx, clientID, secretID)
	}
	return a.secrets.find(ids{clientID, secretID, ""}, ask, func(s delegation.StoredSecret) bool {
		return s.ApplicationActive && !s.Disabled && s.ID != delegation.ImportedSecretID
	})
}

// RevokeToken implements [delegation.Applications].
func (a *applications) RevokeToken(ctx context.Context, clientID, tokenID string, until time.Time) error {
	defer a.found.forget()
	return a.Applications.RevokeToken(ctx, clientID, tokenID, until)
}

// RevokeDelegation implements [delegation.Applications].
func (a *applications) RevokeDelegation(ctx context.Context, clientID, userID string) error {
	defer a.found.forget()
	return a.Applications.RevokeDelegation(ctx, clientID, userID)
}
