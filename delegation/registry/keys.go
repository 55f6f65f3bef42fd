package registry

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/anteroom-go/anteroom/delegation"
)

// Keys are the signing keys of the database, held in memory. They implement
// [delegation.Keys].
type Keys struct {
	set atomic.Pointer[delegation.KeySet]
}

// KeySet implements [delegation.Keys].
func (k *Keys) KeySet(context.Context) (*delegation.KeySet, error) { return k.set.Load(), nil }

// keyRow is a signing key as SQL has it.
type keyRow struct {
	KID    string `bun:"kid"`
	State  string `bun:"state"`
	Sealed string `bun:"sealed"`
}

// OpenKeys reads the signing keys, creating the first one if none signs. Of
// several processes that do so at once, one creates it and all use it.
// ErrRootKeyRequired, ErrRootKeyMismatch.
func (r *Registry) OpenKeys(ctx context.Context) (*Keys, error) {
	set, err := r.loadKeys(ctx)
	if errors.Is(err, errNoActiveKey) {
		if err := r.createKey(ctx); err != nil {
			return nil, err
		}
		set, err = r.loadKeys(ctx)
	}
	if err != nil {
		return nil, err
	}
	keys := &Keys{}
	keys.set.Store(set)
	return keys, nil
}

var errNoActiveKey = errors.New("registry: no signing key is active")

// loadKeys reads every key that is published, the active one first: it signs.
func (r *Registry) loadKeys(ctx context.Context) (*delegation.KeySet, error) {
	var rows []keyRow
	err := r.db.NewRaw(`SELECT kid, state, sealed FROM signing_keys WHERE state IN ('active', 'pending', 'retiring')
		ORDER BY CASE state WHEN 'active' THEN 0 ELSE 1 END, created_at`).Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("registry: reading the signing keys: %w", err)
	}
	if len(rows) == 0 || rows[0].State != "active" {
		return nil, errNoActiveKey
	}
	keys := make([]delegation.Key, len(rows))
	for i, row := range rows {
		if keys[i], err = unseal(r.config.RootKey, row.KID, row.Sealed); err != nil {
			return nil, err
		}
		if keys[i].ID != row.KID {
			return nil, fmt.Errorf("registry: the signing key %s is kept under another id", keys[i].ID)
		}
	}
	return delegation.NewKeySet(keys[0], keys[1:]...)
}

// createKey makes an active ES256 key, unless there is one by now.
func (r *Registry) createKey(ctx context.Context) error {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return fmt.Errorf("registry: generating a signing key: %w", err)
	}
	key, err := delegation.NewKey(private)
	if err != nil {
		return err
	}
	sealed, err := seal(r.config.RootKey, key.ID, private)
	if err != nil {
		return err
	}
	now := r.now()
	_, err = r.db.ExecContext(ctx, `INSERT INTO signing_keys (kid, algorithm, state, sealed, created_at, activated_at)
		VALUES (?, ?, 'active', ?, ?, ?) ON CONFLICT DO NOTHING`, key.ID, string(key.Algorithm), sealed, now, now)
	if err != nil {
		return fmt.Errorf("registry: inserting a signing key: %w", err)
	}
	return nil
}
