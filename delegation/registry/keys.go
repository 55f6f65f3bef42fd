package registry

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/by"
	"github.com/anteroom-go/anteroom/delegation/internal/freshness"
	"github.com/anteroom-go/anteroom/delegation/registry/clock"
	"github.com/anteroom-go/anteroom/delegation/registry/internal/recording"
)

// The timing of signing keys.
const (
	// DefaultRotation is how long a key signs if Config.RotateEvery is zero.
	DefaultRotation = 90 * 24 * time.Hour
	// JWKSMaxAge is how long verifiers may keep the published keys.
	JWKSMaxAge = 5 * time.Minute
	// refreshEvery is how often a process looks for changes of other ones, and workFor how long one
	// piece of work on keys may take, so that a silent connection is not waited for.
	refreshEvery = time.Second
	workFor      = 3 * time.Second
	// freshFor is how long keys are good that were read: after it a key may have been compromised,
	// and they neither sign nor verify until they were read again.
	freshFor = 10 * time.Second
	// DefaultPublication is how long a key is published before it signs if Config.PublishFor is zero.
	// Verifiers ask again when they like: some every quarter of an hour, some once a day.
	DefaultPublication = 24 * time.Hour
	// MinPublication is the least: until every process publishes the key, and every verifier that keeps
	// to JWKSMaxAge has asked again, also if the clock of one is ahead.
	MinPublication = JWKSMaxAge + freshFor + refreshEvery + clock.Tolerance
	// retiringFor is how long a key is published after it signed: until its last token has expired,
	// with a minute for clocks that differ.
	retiringFor = delegation.MaxTokenTTL + time.Minute
)

// defaultPublication is DefaultPublication, or less if keys rotate sooner than that.
func defaultPublication(rotateEvery time.Duration) time.Duration {
	if rotateEvery < 0 {
		return DefaultPublication
	}
	return min(DefaultPublication, max(rotateEvery/2, MinPublication))
}

// publicationProblem returns why keys cannot be published for that long before they sign, or "".
func publicationProblem(publishFor, rotateEvery time.Duration) string {
	switch {
	case publishFor < MinPublication:
		return fmt.Sprintf("must be at least %v", MinPublication)
	case rotateEvery >= time.Hour && publishFor > rotateEvery: // less is refused by itself
		return fmt.Sprintf("must not be longer than a key signs, %v", rotateEvery)
	}
	return ""
}

// KeyState is where a signing key is in its life.
type KeyState string

// The states of a signing key. The first three are published; one key is active, and it alone signs.
const (
	KeyPending     KeyState = "pending"
	KeyActive      KeyState = "active"
	KeyRetiring    KeyState = "retiring"
	KeyRetired     KeyState = "retired"
	KeyCompromised KeyState = "compromised"
)

// Keys are the signing keys of the database, held in memory. They implement [delegation.Keys], and are
// safe for concurrent use.
type Keys struct {
	registry *Registry
	watch    *freshness.Watch
	known    []keyRow // what set was made of; touched by one goroutine at a time
	set      atomic.Pointer[delegation.KeySet]
}

// KeySet implements [delegation.Keys]. It answers from memory if the keys were read within the last ten
// seconds, as [Keys.Run] does all the time; else it reads them first. It returns an error if they cannot be
// read within three seconds: which keys are good is not known then.
func (k *Keys) KeySet(ctx context.Context) (*delegation.KeySet, error) {
	ensure := k.watch.Ensure
	if k.registry.memory.Doubts(ctx) { // a key may have been compromised within the ten seconds
		now := k.registry.config.Now()
		ensure = func(ctx context.Context) error { return k.watch.EnsureSince(ctx, now) }
	}
	if err := ensure(ctx); err != nil {
		return nil, fmt.Errorf("registry: the signing keys are too old: %w", err)
	}
	return k.set.Load(), nil
}

// RefreshedAt returns when the keys were last read.
func (k *Keys) RefreshedAt() time.Time { return k.watch.Renewed() }

// OpenKeys reads the signing keys, creating the first one if none signs. Of several processes that
// do so at once, one creates it and all use it. It returns ErrRootKeyRequired without root keys,
// and ErrRootKeyMismatch if they do not open a key.
func (r *Registry) OpenKeys(ctx context.Context) (*Keys, error) {
	keys := &Keys{registry: r}
	keys.watch = freshness.New(freshness.Config{Limit: freshFor, Patience: workFor, Now: r.config.Now,
		Renew: keys.read, Changed: keys.tell})
	r.memory.OnKeys(keys.watch.Expire)
	err := keys.Refresh(ctx)
	if errors.Is(err, errNoActiveKey) {
		err = r.changes.Change(by.Server(ctx), func(ctx context.Context, tx *recording.Tx) error {
			return r.insertKey(ctx, tx, KeyActive)
		})
		if err != nil {
			return nil, err
		}
		err = keys.Refresh(ctx)
	}
	if err != nil {
		return nil, err
	}
	return keys, nil
}

// tell reports that the keys have become too old to be used, and that this is over.
func (k *Keys) tell(ctx context.Context, tooOld bool) {
	kind := delegation.EventKeysFresh
	if tooOld {
		kind = delegation.EventKeysStale
	}
	k.registry.tell(ctx, delegation.Event{Kind: kind})
}

// Run keeps the keys up to date until ctx ends: it takes over what other processes changed within a second or two, and
// moves keys through their lives when their time has come, unless this clock and that of PostgreSQL differ. It passes
// errors to report, unless that is nil, and tries again. No round waits for a connection that has fallen silent.
func (k *Keys) Run(ctx context.Context, report func(error)) {
	tick := time.NewTicker(refreshEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		err := errors.Join(within(ctx, workFor, k.registry.tendKeys), within(ctx, workFor, k.Refresh))
		if err != nil && ctx.Err() == nil {
			k.watch.Judge(ctx)
			if report != nil {
				report(err)
			}
		}
	}
}

// within gives work a time-out of its own.
func within(ctx context.Context, limit time.Duration, work func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	return work(ctx)
}

var errNoActiveKey = errors.New("registry: no signing key is active")

// Refresh reads every key that is published.
func (k *Keys) Refresh(ctx context.Context) error { return k.watch.Renew(ctx) }

// read reads every key that is published, the active one first: it signs.
func (k *Keys) read(ctx context.Context) error {
	var rows []keyRow
	err := k.registry.sealedKeys(k.registry.db, &rows).Where("k.state IN ('active', 'pending', 'retiring')").
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
		_, err = k.registry.Reseal(by.Server(ctx))
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
