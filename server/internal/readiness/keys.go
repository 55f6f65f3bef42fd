package readiness

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/server/database/tables"
)

// keysBehind is for how long a process may hold other keys than the database: it
// looks every second.
const keysBehind = 5 * time.Second

// keyWatch is what is known of the keys of the process.
type keyWatch struct {
	mu     sync.Mutex
	agreed time.Time // when they were last found to be those of the database
	differ time.Time // since when they are not; zero if they are
}

// KeysAgreed returns when the keys of the process were last found to be those of the
// database; the zero time if that was never.
func (d *Database) KeysAgreed() time.Time {
	d.keys.mu.Lock()
	defer d.keys.mu.Unlock()
	return d.keys.agreed
}

// signingKey returns an error if no key signs, or if the process has not taken over
// what became of the keys.
func (d *Database) signingKey(ctx context.Context) error {
	var published []struct {
		KID    string `bun:"kid"`
		Active bool   `bun:"active"`
	}
	err := d.DB.NewSelect().TableExpr("?", tables.Table(d.DB, "signing_keys")).ColumnExpr("kid, state = 'active' AS active").
		Where("state IN ('active', 'pending', 'retiring')").Scan(ctx, &published)
	if err != nil {
		return err
	}
	var active string
	var ids []string
	for _, key := range published {
		ids = append(ids, key.KID)
		if key.Active {
			active = key.KID
		}
	}
	if active == "" {
		return errors.New("no signing key is active")
	}
	return d.compareKeys(ctx, active, ids)
}

// compareKeys compares the keys of the process with those of the database.
func (d *Database) compareKeys(ctx context.Context, active string, ids []string) error {
	keys := d.Keys()
	if keys == nil {
		return errors.New("the process has no keys yet")
	}
	held, err := keys.KeySet(ctx)
	if err != nil {
		return err
	}
	own, err := keyIDs(held)
	if err != nil {
		return err
	}
	slices.Sort(ids)
	same := held.SigningKeyID() == active && slices.Equal(own, ids)
	if behind := d.keys.note(same, d.Now()); behind > keysBehind {
		return fmt.Errorf("the process has not taken over the signing keys for %s", behind.Truncate(time.Second))
	}
	return nil
}

// note notes whether the keys are the same, and returns for how long they are not.
func (w *keyWatch) note(same bool, now time.Time) time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case same:
		w.agreed, w.differ = now, time.Time{}
		return 0
	case w.differ.IsZero():
		w.differ = now
	}
	return now.Sub(w.differ)
}

// keyIDs returns the ids of the keys that are published, in order.
func keyIDs(set *delegation.KeySet) ([]string, error) {
	var document struct {
		Keys []struct {
			ID string `json:"kid"`
		} `json:"keys"`
	}
	if err := json.Unmarshal(set.JWKS(), &document); err != nil {
		return nil, fmt.Errorf("readiness: reading the keys of the process: %w", err)
	}
	ids := make([]string, len(document.Keys))
	for i, key := range document.Keys {
		ids[i] = key.ID
	}
	slices.Sort(ids)
	return ids, nil
}
