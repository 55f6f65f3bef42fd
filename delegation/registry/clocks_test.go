package registry_test

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/matryer/is"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/registry"
	"github.com/anteroom-go/anteroom/delegation/registry/clock"
	"github.com/anteroom-go/anteroom/server/database/dbtest"
	"github.com/anteroom-go/anteroom/server/database/tables"
)

// kinds returns what was reported, in order.
func (s *safe) kinds() (kinds []delegation.EventKind) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.events {
		kinds = append(kinds, e.Kind)
	}
	return kinds
}

// TestAClockThatWasAhead leaves keys behind whose times lie in the future.
func TestAClockThatWasAhead(t *testing.T) {
	const days = 24 * time.Hour
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		is := is.New(t)
		s := newSafe(t, db, nil)
		keys, err := s.OpenKeys(t.Context())
		is.NoErr(err)
		s.pass(t, keys, 100*days) // for seconds the clock is ahead, and the next key is made
		is.Equal(s.states(t), states{"active": 1, "pending": 1})
		waits := s.pass(t, keys, -100*days) // then it is set right
		is.True(slices.Contains(s.kinds(), delegation.EventKeyMended))
		is.True(s.pass(t, keys, days) != waits) // and the key takes over when it would have
		s.pass(t, keys, 100*days)
		s.pass(t, keys, days)
		is.NoErr(s.Housekeep(t.Context()))
		s.pass(t, keys, -100*days)
		s.pass(t, keys, 0)
		list, err := s.SigningKeys(t.Context())
		is.NoErr(err)
		for _, key := range list {
			ended := key.State == registry.KeyRetired
			is.True(ended || !key.CreatedAt.After(s.now) && !key.ActivatedAt.After(s.now) && !key.RetiringAt.After(s.now))
		}
		before := s.pass(t, keys, 91*days)
		is.True(s.pass(t, keys, days) != before) // rotation goes on after ninety days
		is.NoErr(db.NewRaw(tables.SQL(db, "SELECT 1 FROM {leases} WHERE expires_at > ?"), s.now.Add(days)).Scan(t.Context(), new(int)))
		other := newRegistry(t, registry.Config{DB: db, Now: func() time.Time { return s.now }})
		is.NoErr(other.Housekeep(t.Context()))
		err = db.NewRaw(tables.SQL(db, "SELECT 1 FROM {leases} WHERE expires_at > ?"), s.now.Add(days)).Scan(t.Context(), new(int))
		is.True(err != nil) // and another process may be elected at once
	})
}

// TestNoKeyMovesByAWrongClock has a clock that differs from that of PostgreSQL.
func TestNoKeyMovesByAWrongClock(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		is := is.New(t)
		rootKeys := delegation.NewRootKeys()
		s := newSafe(t, db, func(c *registry.Config) { c.Now, c.RootKeys = time.Now, rootKeys })
		var ahead atomic.Bool
		wrong := newSafe(t, db, func(c *registry.Config) {
			c.Now = func() time.Time {
				if ahead.Load() {
					return time.Now().Add(100 * 24 * time.Hour)
				}
				return time.Now()
			}
			c.RootKeys = rootKeys
		})
		keys, err := wrong.OpenKeys(t.Context())
		is.NoErr(err)
		ahead.Store(true)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		rounds, refused := 0, error(nil)
		done := make(chan struct{})
		go func() {
			defer close(done)
			keys.Run(ctx, func(err error) { rounds++; refused = err; cancel() })
		}()
		if db.Dialect().Name() == dialect.SQLite { // one clock: nothing tells that it is wrong
			cancel()
			<-done
			return
		}
		<-done
		var found *clock.Error
		is.True(rounds == 1 && errors.As(refused, &found))
		is.Equal(s.states(t), states{"active": 1}) // no next key was made
		_, err = keys.KeySet(t.Context())
		is.NoErr(err) // the keys are refreshed all the same
	})
}

// TestKeysThatCannotBeReadAreNotUsed takes the database away.
func TestKeysThatCannotBeReadAreNotUsed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		is := is.New(t)
		s := newSafe(t, db, nil)
		keys, err := s.OpenKeys(t.Context())
		is.NoErr(err)
		set, err := keys.KeySet(t.Context())
		is.NoErr(err)
		_, err = db.ExecContext(t.Context(), tables.SQL(db, "ALTER TABLE {signing_keys} RENAME TO away"))
		is.NoErr(err)
		s.now = s.now.Add(10 * time.Second)
		again, err := keys.KeySet(t.Context())
		is.NoErr(err)
		is.True(again == set) // for ten seconds nothing is lost
		s.now = s.now.Add(time.Second)
		for range 2 {
			_, err = keys.KeySet(t.Context())
			is.True(err != nil) // then nothing is signed and nothing verified
		}
		is.Equal(s.kinds()[1:], []delegation.EventKind{delegation.EventKeysStale}) // which is told, once
		_, err = db.ExecContext(t.Context(), tables.SQL(db, "ALTER TABLE away RENAME TO signing_keys"))
		is.NoErr(err)
		again, err = keys.KeySet(t.Context())
		is.NoErr(err) // without Run, the next request finds out that it is over
		is.True(again == set && keys.RefreshedAt().Equal(s.now))
		is.Equal(s.kinds()[1:], []delegation.EventKind{delegation.EventKeysStale, delegation.EventKeysFresh})
	})
}
