package registry

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/delegation"
)

// The timing of signing keys.
const (
	// DefaultRotation is how long a key signs unless it is said otherwise.
	DefaultRotation = 90 * 24 * time.Hour
	// JWKSMaxAge is how long verifiers may keep the published keys.
	JWKSMaxAge = 5 * time.Minute
	// refreshEvery is how often a process looks for changes of other ones.
	refreshEvery = time.Second
	// pendingFor is how long a key is published before it signs: until every
	// process publishes it, and every verifier has asked again.
	pendingFor = JWKSMaxAge + 2*refreshEvery
	// retiringFor is how long a key is published after it signed: until its
	// last token has expired, with a minute for clocks that differ.
	retiringFor = delegation.MaxTokenTTL + time.Minute
)

// KeyState is where a signing key is in its life.
type KeyState string

// The states of a signing key. The first three are published; one key is
// active, and it alone signs.
const (
	KeyPending     KeyState = "pending"
	KeyActive      KeyState = "active"
	KeyRetiring    KeyState = "retiring"
	KeyRetired     KeyState = "retired"
	KeyCompromised KeyState = "compromised"
)

// Keys are the signing keys of the database, held in memory. They implement
// [delegation.Keys].
type Keys struct {
	registry *Registry
	known    []keyRow // what set was made of; touched by one goroutine at a time
	set      atomic.Pointer[delegation.KeySet]
}

// KeySet implements [delegation.Keys].
func (k *Keys) KeySet(context.Context) (*delegation.KeySet, error) { return k.set.Load(), nil }

// keyRow is a signing key as SQL has it.
type keyRow struct {
	KID    string   `bun:"kid"`
	State  KeyState `bun:"state"`
	Sealed string   `bun:"sealed"`
}

// OpenKeys reads the signing keys, creating the first one if none signs. Of
// several processes that do so at once, one creates it and all use it.
// ErrRootKeyRequired, ErrRootKeyMismatch.
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

// Run keeps the keys up to date until ctx ends: it takes over what other
// processes changed within a second or two, and moves keys through their lives when
// their time has come. What fails is told to report, if there is one, and tried
// again.
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

// Refresh reads every key that is published, the active one first: it signs. It
// is for one goroutine at a time.
func (k *Keys) Refresh(ctx context.Context) error {
	var rows []keyRow
	err := k.registry.db.NewRaw(`SELECT kid, state, sealed FROM signing_keys WHERE state IN ('active', 'pending', 'retiring')
		ORDER BY CASE state WHEN 'active' THEN 0 ELSE 1 END, created_at, kid`).Scan(ctx, &rows)
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

// unsealAll makes a set of which the first key signs, and says whether all were
// sealed under the present root key.
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

// generateKey makes a key whose id does not begin with a hyphen: operators give
// ids as arguments, where it would begin a flag.
func (r *Registry) generateKey() (crypto.Signer, delegation.Key, error) {
	for {
		private, err := delegation.GeneratePrivateKey(r.config.Algorithm)
		if err != nil {
			return nil, delegation.Key{}, err
		}
		key, err := delegation.NewKey(private)
		if err != nil || key.ID[0] != '-' {
			return private, key, err
		}
	}
}

// insertKey makes a key in the state, unless there is one in it by now.
func (r *Registry) insertKey(ctx context.Context, db bun.IDB, state KeyState) error {
	private, key, err := r.generateKey()
	if err != nil {
		return err
	}
	sealed, err := seal(r.config.RootKey, key.ID, private)
	if err != nil {
		return err
	}
	now := r.now()
	activated := bun.NullTime{}
	if state == KeyActive {
		activated.Time = now
	}
	result, err := db.ExecContext(ctx, `INSERT INTO signing_keys (kid, algorithm, state, sealed, created_at, activated_at)
		VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`, key.ID, string(key.Algorithm), string(state), sealed, now, activated)
	created, err := affected(result, err)
	if err != nil {
		return fmt.Errorf("registry: inserting a signing key: %w", err)
	}
	if created {
		r.tell(ctx, delegation.Event{Kind: delegation.EventKeyCreated, KeyID: key.ID})
	}
	return nil
}

// tell reports an event if anybody listens.
func (r *Registry) tell(ctx context.Context, event delegation.Event) {
	if r.config.OnEvent != nil {
		r.config.OnEvent(ctx, event)
	}
}
