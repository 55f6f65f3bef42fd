package registry

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"github.com/anteroom-go/anteroom/delegation"
)

// The timing of signing keys.
const (
	// DefaultRotation is how long a key signs if Config.RotateEvery is zero.
	DefaultRotation = 90 * 24 * time.Hour
	// JWKSMaxAge is how long verifiers may keep the published keys.
	JWKSMaxAge = 5 * time.Minute
	// refreshEvery is how often a process looks for changes of other ones.
	refreshEvery = time.Second
	// pendingFor is how long a key is published before it signs: until every process publishes it,
	// and every verifier has asked again.
	pendingFor = JWKSMaxAge + 2*refreshEvery
	// retiringFor is how long a key is published after it signed: until its last token has expired,
	// with a minute for clocks that differ.
	retiringFor = delegation.MaxTokenTTL + time.Minute
)

// KeyState is where a signing key is in its life.
type KeyState string

// The states of a signing key. The first three are published; one key is active, and it alone
// signs.
const (
	KeyPending     KeyState = "pending"
	KeyActive      KeyState = "active"
	KeyRetiring    KeyState = "retiring"
	KeyRetired     KeyState = "retired"
	KeyCompromised KeyState = "compromised"
)

// Keys are the signing keys of the database, held in memory. They implement [delegation.Keys].
type Keys struct {
	registry *Registry
	known    []keyRow // what set was made of; touched by one goroutine at a time
	set      atomic.Pointer[delegation.KeySet]
}

// KeySet implements [delegation.Keys].
func (k *Keys) KeySet(context.Context) (*delegation.KeySet, error) { return k.set.Load(), nil }

// OpenKeys reads the signing keys, creating the first one if none signs. Of several processes that
// do so at once, one creates it and all use it. It returns ErrRootKeyRequired without root keys,
// and ErrRootKeyMismatch if they do not open a key.
func (r *Registry) OpenKeys(ctx context.Context) (*Keys, error) {
	keys := &Keys{registry: r}
	err := keys.Refresh(ctx)
	if errors.Is(err, errNoActiveKey) {
		if err := r.insertKey(ctx, r.db, KeyActive); err != nil {
			return nil, err
		}
		err = keys.Refresh(ctx)
	}
	if err != nil {
		return nil, err
	}
	return keys, nil
}

// Run keeps the keys up to date until ctx ends: it takes over what other processes changed within a
// second or two, and moves keys through their lives when their time has come. It passes errors to
// report, unless that is nil, and tries again.
func (k *Keys) Run(ctx context.Context, report func(error)) {
	tick := time.NewTicker(refreshEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := errors.Join(k.registry.AdvanceKeys(ctx), k.Refresh(ctx)); err != nil && ctx.Err() == nil && report != nil {
			report(err)
		}
	}
}

var errNoActiveKey = errors.New("registry: no signing key is active")

// Refresh reads every key that is published, the active one first: it signs. It is for one
// goroutine at a time.
func (k *Keys) Refresh(ctx context.Context) error {
	var rows []keyRow
	err := sealedKeys(k.registry.db, &rows).Where("k.state IN ('active', 'pending', 'retiring')").
		OrderExpr("CASE k.state WHEN 'active' THEN 0 ELSE 1 END, k.created_at, k.kid").Scan(ctx)
	if err != nil {
		return fmt.Errorf("registry: reading the signing keys: %w", err)
	}
	if slices.Equal(rows, k.known) && k.known != nil {
		return nil
	}
	if len(rows) == 0 || rows[0].State != KeyActive {
		return errNoActiveKey
	}
	set, current, err := k.registry.unsealAll(rows)
	if err != nil {
		return err
	}
	k.set.Store(set)
	k.known = rows
	if !current {
		_, err = k.registry.Reseal(ctx)
	}
	return err
}

// unsealAll makes a set of which the first key signs. Current reports whether all were sealed under
// the present root key.
func (r *Registry) unsealAll(rows []keyRow) (set *delegation.KeySet, current bool, err error) {
	keys := make([]delegation.Key, len(rows))
	current = true
	for i, row := range rows {
		private, sealedNow, err := r.unseal(row.KID, row.Sealed)
		if err != nil {
			return nil, false, err
		}
		if keys[i], err = delegation.NewKey(private); err != nil {
			return nil, false, err
		}
		if keys[i].ID != row.KID {
			return nil, false, fmt.Errorf("registry: the signing key %s is kept under another id", keys[i].ID)
		}
		current = current && sealedNow
	}
	set, err = delegation.NewKeySet(keys[0], keys[1:]...)
	return set, current, err
}
