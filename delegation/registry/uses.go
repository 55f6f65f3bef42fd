package registry

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

const (
	// usedEvery is how coarsely the last use of a secret is kept.
	usedEvery = time.Hour
	// maxUses bounds what a process remembers of uses. What it forgets costs
	// one statement more.
	maxUses = 100_000
)

// pair is a client id and the id of a secret or of a user.
type pair [2]string

// uses is what this process knows of uses: it saves nearly every statement.
type uses struct {
	mu      sync.Mutex
	secrets map[pair]time.Time // when the last use was last noted
	unsaved map[pair]time.Time // secrets whose last use is yet to be kept
	users   map[pair]bool      // for whom an application has acted
}

func newUses() *uses {
	return &uses{secrets: map[pair]time.Time{}, unsaved: map[pair]time.Time{}, users: map[pair]bool{}}
}

// SecretUsed implements [delegation.UseRecorder]. [Registry.SaveUses] keeps what
// it notes.
func (r *Registry) SecretUsed(clientID, secretID string, at time.Time) {
	u, key := r.uses, pair{clientID, secretID}
	u.mu.Lock()
	defer u.mu.Unlock()
	if last, known := u.secrets[key]; known && at.Before(last.Add(usedEvery)) {
		return
	}
	if len(u.secrets) >= maxUses {
		clear(u.secrets)
	}
	u.secrets[key], u.unsaved[key] = at, at
}

// SaveUses keeps when secrets were last used, to the hour.
func (r *Registry) SaveUses(ctx context.Context) error {
	u := r.uses
	u.mu.Lock()
	unsaved := u.unsaved
	u.unsaved = map[pair]time.Time{}
	u.mu.Unlock()
	var errs []error
	for key, at := range unsaved {
		if err := r.saveUse(ctx, key, at); err != nil {
			errs = append(errs, err)
			u.again(key, at)
		}
	}
	return errors.Join(errs...)
}

func (r *Registry) saveUse(ctx context.Context, key pair, at time.Time) error {
	at = at.UTC().Truncate(time.Microsecond)
	_, err := r.db.ExecContext(ctx, `UPDATE application_secrets SET last_used_at = ?
		WHERE client_id = ? AND secret_id = ? AND (last_used_at IS NULL OR last_used_at < ?)`, at, key[0], key[1], at)
	if err != nil {
		return fmt.Errorf("registry: noting the use of a secret: %w", err)
	}
	return nil
}

// again keeps a use for the next time, unless there is a newer one.
func (u *uses) again(key pair, at time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if _, newer := u.unsaved[key]; !newer {
		u.unsaved[key] = at
	}
}

// FirstUse implements [delegation.UseRecorder].
func (r *Registry) FirstUse(ctx context.Context, clientID, userID string, at time.Time) (bool, error) {
	key := pair{clientID, userID}
	if r.uses.knows(key) {
		return false, nil
	}
	first, err := affected(r.db.ExecContext(ctx, `INSERT INTO delegations (client_id, user_id, first_used_at) VALUES (?, ?, ?)
		ON CONFLICT (client_id, user_id) DO UPDATE SET first_used_at = excluded.first_used_at
		WHERE delegations.first_used_at IS NULL`, clientID, userID, at.UTC().Truncate(time.Microsecond)))
	if err != nil {
		return false, fmt.Errorf("registry: noting the first use for a user: %w", err)
	}
	r.uses.learn(key)
	return first, nil
}

func (u *uses) knows(key pair) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.users[key]
}

func (u *uses) learn(key pair) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if len(u.users) >= maxUses {
		clear(u.users)
	}
	u.users[key] = true
}
