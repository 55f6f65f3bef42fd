package registry_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/matryer/is"
	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/registry"
	"github.com/anteroom-go/anteroom/scopes"
	"github.com/anteroom-go/anteroom/server/database/dbtest"
)

// safe is a registry with a clock that is set by hand, and a log of events.
type safe struct {
	*registry.Registry
	now    time.Time
	mu     sync.Mutex
	events []delegation.Event
}

func newSafe(t *testing.T, db *bun.DB, change func(*registry.Config)) *safe {
	t.Helper()
	s := &safe{now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	config := registry.Config{DB: db, RootKeys: delegation.NewRootKeys(), Now: func() time.Time { return s.now },
		OnEvent: func(_ context.Context, e delegation.Event) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.events = append(s.events, e)
		}}
	if change != nil {
		change(&config)
	}
	s.Registry = newRegistry(t, config)
	return s
}

// states returns how many keys are in each state.
func (s *safe) states(t *testing.T) map[registry.KeyState]int {
	t.Helper()
	list, err := s.SigningKeys(t.Context())
	is.New(t).NoErr(err)
	count := map[registry.KeyState]int{}
	for _, key := range list {
		count[key.State]++
	}
	return count
}

// pass lets time pass, and every key take the step that is due.
func (s *safe) pass(t *testing.T, keys *registry.Keys, d time.Duration) string {
	t.Helper()
	is := is.New(t)
	s.now = s.now.Add(d)
	is.NoErr(s.AdvanceKeys(t.Context()))
	is.NoErr(keys.Refresh(t.Context()))
	set, err := keys.KeySet(t.Context())
	is.NoErr(err)
	return set.SigningKeyID()
}

type states = map[registry.KeyState]int

func TestLifeOfAKey(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		is := is.New(t)
		s := newSafe(t, db, nil)
		keys, err := s.OpenKeys(t.Context())
		is.NoErr(err)
		first := s.pass(t, keys, 0)
		is.NoErr(s.RotateKey(t.Context()))
		is.NoErr(s.RotateKey(t.Context())) // one waits: no second one is made
		is.Equal(s.states(t), states{"active": 1, "pending": 1})
		is.Equal(s.pass(t, keys, 24*time.Hour-time.Second), first) // verifiers may not have seen it yet
		second := s.pass(t, keys, time.Second)
		is.True(second != first) // now they have
		is.Equal(s.states(t), states{"active": 1, "retiring": 1})
		is.Equal(s.pass(t, keys, time.Hour), second) // tokens of the first one are still good
		is.Equal(s.states(t), states{"active": 1, "retiring": 1})
		is.Equal(s.pass(t, keys, 2*time.Minute), second)
		is.Equal(s.states(t), states{"active": 1, "retired": 1}) // now none is left
		var kinds []delegation.EventKind
		for _, e := range s.events {
			kinds = append(kinds, e.Kind)
		}
		is.Equal(kinds, []delegation.EventKind{"key.created", "key.created", "key.activated", "key.retired"}) // each once
	})
}

func TestKeysRotateBySchedule(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		is := is.New(t)
		s := newSafe(t, db, nil)
		keys, err := s.OpenKeys(t.Context())
		is.NoErr(err)
		first := s.pass(t, keys, 89*24*time.Hour-time.Second)
		is.Equal(s.states(t), states{"active": 1}) // not yet
		is.Equal(s.pass(t, keys, time.Second), first)
		is.Equal(s.states(t), states{"active": 1, "pending": 1}) // a day before ninety days are over
		is.Equal(s.pass(t, keys, 24*time.Hour-time.Second), first)
		is.True(s.pass(t, keys, time.Second) != first) // it takes over in time
	})
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		is := is.New(t)
		s := newSafe(t, db, func(c *registry.Config) { c.RotateEvery = -1 })
		keys, err := s.OpenKeys(t.Context())
		is.NoErr(err)
		s.pass(t, keys, 10*365*24*time.Hour)
		is.Equal(s.states(t), states{"active": 1}) // an operator may turn it off
	})
}

func TestTokensSurviveARotation(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		is := is.New(t)
		rootKeys := delegation.NewRootKeys()
		s := newSafe(t, db, func(c *registry.Config) { c.RootKeys = rootKeys })
		keys, err := s.OpenKeys(t.Context())
		is.NoErr(err)
		authority, err := delegation.New(delegation.Config{Issuer: "i", Audience: "a", RootKeys: rootKeys,
			Applications: s, Users: s, Keys: keys, TokenTTL: time.Hour, Now: func() time.Time { return s.now }})
		is.NoErr(err)
		app, secret, err := s.CreateApplication(t.Context(), delegation.Application{
			Name: "Calendar", Scopes: scopes.NewSet(scopes.RoomsList), Undelegated: true})
		is.NoErr(err)
		is.NoErr(s.RotateKey(t.Context()))
		s.pass(t, keys, 24*time.Hour-time.Minute)
		last, err := authority.Issue(t.Context(),
			delegation.TokenRequest{Credentials: delegation.Credentials{ClientID: app.ClientID, ClientSecret: secret}})
		is.NoErr(err)
		first := s.pass(t, keys, 59*time.Minute) // the next key signs for almost the life of the token
		_, err = authority.Verify(t.Context(), string(last.Access))
		is.NoErr(err) // which is good until it expires
		is.NoErr(s.CompromiseKey(t.Context(), first))
		is.NoErr(keys.Refresh(t.Context()))
		_, err = authority.Verify(t.Context(), string(last.Access))
		is.NoErr(err) // another key's end does not touch it
		list, err := s.SigningKeys(t.Context())
		is.NoErr(err)
		for _, key := range list {
			if key.State == registry.KeyRetiring {
				is.NoErr(s.CompromiseKey(t.Context(), key.ID))
			}
		}
		is.NoErr(keys.Refresh(t.Context()))
		_, err = authority.Verify(t.Context(), string(last.Access))
		is.True(errors.Is(err, delegation.ErrInvalidToken)) // its own key's end does
	})
}

func TestCompromisedKey(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		is := is.New(t)
		s := newSafe(t, db, nil)
		keys, err := s.OpenKeys(t.Context())
		is.NoErr(err)
		first := s.pass(t, keys, 0)
		is.NoErr(s.CompromiseKey(t.Context(), first))
		second := s.pass(t, keys, 0)
		is.True(second != first) // another signs without waiting
		is.Equal(s.states(t), states{"active": 1, "compromised": 1})
		is.NoErr(s.RotateKey(t.Context()))
		is.NoErr(s.CompromiseKey(t.Context(), second))
		is.Equal(s.states(t), states{"active": 1, "compromised": 2}) // the waiting one takes over if there is one
		for _, kid := range []string{first, second, "unknown", "", "\x00"} {
			is.True(errors.Is(s.CompromiseKey(t.Context(), kid), registry.ErrKeyNotFound)) // once
		}
		s.pass(t, keys, 100*24*time.Hour)
		is.Equal(s.states(t)["compromised"], 2) // and for good
	})
}

func TestReplicasRotateOnce(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, url string) {
		is := is.New(t)
		s := newSafe(t, dbtest.Open(t, url), nil)
		other := newRegistry(t, registry.Config{DB: dbtest.Open(t, url), RootKeys: delegation.NewRootKeys(),
			Now: func() time.Time { return s.now }})
		_, err := s.OpenKeys(t.Context())
		is.NoErr(err)
		atOnce := func(do func(r *registry.Registry) error) {
			var wait sync.WaitGroup
			errs := make([]error, 8)
			for i := range errs {
				r := s.Registry
				if i%2 == 1 {
					r = other
				}
				wait.Go(func() { errs[i] = do(r) })
			}
			wait.Wait()
			for _, err := range errs {
				is.NoErr(err) // no call loses with an error
			}
		}
		atOnce(func(r *registry.Registry) error { return r.RotateKey(t.Context()) })
		is.Equal(s.states(t), states{"active": 1, "pending": 1}) // one new key
		s.now = s.now.Add(24 * time.Hour)
		atOnce(func(r *registry.Registry) error { return r.AdvanceKeys(t.Context()) })
		is.Equal(s.states(t), states{"active": 1, "retiring": 1}) // one takes over, once
	})
}

func TestAlgorithms(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		is := is.New(t)
		rootKeys := delegation.NewRootKeys()
		for i, alg := range []jose.SignatureAlgorithm{jose.ES256, jose.EdDSA, jose.RS256} {
			s := newSafe(t, db, func(c *registry.Config) { c.Algorithm, c.RootKeys = alg, rootKeys })
			s.now = s.now.Add(time.Duration(i) * 48 * time.Hour)
			keys, err := s.OpenKeys(t.Context())
			is.NoErr(err)
			s.pass(t, keys, time.Minute)
			is.NoErr(s.RotateKey(t.Context()))
			kid := s.pass(t, keys, 24*time.Hour)
			list, err := s.SigningKeys(t.Context())
			is.NoErr(err)
			is.Equal(list[0].ID, kid)                // the newest signs
			is.Equal(list[0].Algorithm, string(alg)) // with the algorithm that was chosen
		}
		for _, config := range []registry.Config{{DB: db, Algorithm: "HS256"}, {DB: db, RotateEvery: time.Minute}} {
			_, err := registry.New(config)
			is.True(err != nil)
		}
	})
}

func TestRunTakesOverChanges(t *testing.T) {
	is := is.New(t)
	s := newSafe(t, dbtest.Open(t, dbtest.SQLite(t)), nil)
	keys, err := s.OpenKeys(t.Context())
	is.NoErr(err)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	keys.Run(ctx, func(error) { t.Error("a run that is over reports nothing") }) // ends with its context
}

func TestKeyIDsAreArguments(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		is := is.New(t)
		s := newSafe(t, db, func(c *registry.Config) { c.Algorithm = jose.EdDSA })
		for range 100 {
			is.NoErr(s.RotateKey(t.Context()))
			keys, err := s.SigningKeys(t.Context())
			is.NoErr(err)
			is.True(keys[0].ID[0] != '-') // which would begin a flag of the command line
			is.NoErr(s.CompromiseKey(t.Context(), keys[0].ID))
			s.now = s.now.Add(time.Second)
		}
	})
}
