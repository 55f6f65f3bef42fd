package registry

import (
	"context"
	"encoding/hex"
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

// useMemory is what this process knows of uses: it saves nearly every statement.
type useMemory struct {
	mu      sync.Mutex
	secrets map[pair]time.Time // when the last use was last noted
	unsaved map[pair]time.Time // secrets whose last use is yet to be kept
	users   map[pair]bool      // for whom an application has acted
}

func newUseMemory() *useMemory {
	return &useMemory{secrets: map[pair]time.Time{}, unsaved: map[pair]time.Time{}, users: map[pair]bool{}}
}

// RenewSecret implements [delegation.Records].
func (r *Registry) RenewSecret(ctx context.Context, clientID, secretID string, mac []byte) error {
	if r.config.RootKeys.IsZero() {
		return ErrRootKeyRequired
	}
	row := secretRow{ClientID: clientID, SecretID: secretID, MAC: hex.EncodeToString(mac), RootKey: r.config.RootKeys.ID()}
	_, err := r.db.NewUpdate().Model(&row).Column("mac", "root_key", "imported_hash").WherePK().Exec(ctx)
	if err != nil {
		return fmt.Errorf("registry: renewing a secret: %w", err)
	}
	return nil
}

// SecretUsed implements [delegation.Records]. [Registry.SaveUses] keeps what it
// notes.
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
	row := secretRow{ClientID: key[0], SecretID: key[1], LastUsedAt: at.UTC().Truncate(time.Microsecond)}
	_, err := r.db.NewUpdate().Model(&row).Column("last_used_at").WherePK().
		Where("last_used_at IS NULL OR last_used_at < ?", row.LastUsedAt).Exec(ctx)
	if err != nil {
		return fmt.Errorf("registry: noting the use of a secret: %w", err)
	}
	return nil
}

// again keeps a use for the next time, unless there is a newer one.
func (u *useMemory) again(key pair, at time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if _, newer := u.unsaved[key]; !newer {
		u.unsaved[key] = at
	}
}

// FirstUse implements [delegation.Records].
func (r *Registry) FirstUse(ctx context.Context, clientID, userID string, at time.Time) (bool, error) {
	key := pair{clientID, userID}
	if r.uses.knows(key) {
		return false, nil
	}
	row := delegationRow{ClientID: clientID, UserID: userID, FirstUsedAt: at.UTC().Truncate(time.Microsecond)}
	first, err := affected(r.db.NewInsert().Model(&row).On("CONFLICT (client_id, user_id) DO UPDATE").
		Set("first_used_at = EXCLUDED.first_used_at").Where("d.first_used_at IS NULL").Exec(ctx))
	if err != nil {
		return false, fmt.Errorf("registry: noting the first use for a user: %w", err)
	}
	r.uses.learn(key)
	return first, nil
}

func (u *useMemory) knows(key pair) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.users[key]
}

func (u *useMemory) learn(key pair) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if len(u.users) >= maxUses {
		clear(u.users)
	}
	u.users[key] = true
}
