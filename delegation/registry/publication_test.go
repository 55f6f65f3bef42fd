package registry_test

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/matryer/is"
	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/registry"
	"github.com/anteroom-go/anteroom/server/database/dbtest"
	"github.com/anteroom-go/anteroom/server/database/tables"
)

// waiting returns the key that waits to sign.
func (s *safe) waiting(t *testing.T) registry.KeyInfo {
	t.Helper()
	list, err := s.SigningKeys(t.Context())
	is.New(t).NoErr(err)
	for _, key := range list {
		if key.State == registry.KeyPending {
			return key
		}
	}
	t.Fatal("no key waits")
	return registry.KeyInfo{}
}

func TestAKeyIsPublishedADayBeforeItSigns(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		is := is.New(t)
		s := newSafe(t, db, nil)
		keys, err := s.OpenKeys(t.Context())
		is.NoErr(err)
		set, err := keys.KeySet(t.Context())
		is.NoErr(err)
		is.True(set.SigningKeyID() != "") // the first key signs at once
		is.NoErr(s.RotateKey(t.Context()))
		is.NoErr(keys.Refresh(t.Context()))
		next := s.waiting(t)
		is.True(next.SignsAt.Equal(s.now.Add(24 * time.Hour)))
		set, err = keys.KeySet(t.Context())
		is.NoErr(err)
		is.True(bytes.Contains(set.JWKS(), []byte(next.ID))) // the coming key is published
		is.Equal(s.pass(t, keys, 24*time.Hour), next.ID)
		list, err := s.SigningKeys(t.Context())
		is.NoErr(err)
		for _, key := range list {
			is.True(key.SignsAt.IsZero())                             // none is coming any more
			is.Equal(key.ActivatedAt.Equal(s.now), key.ID == next.ID) // and this one is here
		}
	})
}

// TestProcessesAgreeWhenAKeySigns has a process with another configuration look at a
// key: the time stands in the database.
func TestProcessesAgreeWhenAKeySigns(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		is := is.New(t)
		s := newSafe(t, db, nil)
		_, err := s.OpenKeys(t.Context())
		is.NoErr(err)
		hasty := newRegistry(t, registry.Config{DB: db, RootKeys: delegation.NewRootKeys(),
			PublishFor: registry.MinPublication, Now: func() time.Time { return s.now }})
		is.NoErr(s.RotateKey(t.Context()))
		s.now = s.now.Add(time.Hour)
		is.NoErr(hasty.AdvanceKeys(t.Context()))
		is.Equal(s.states(t), states{"active": 1, "pending": 1}) // whoever made it decided
		is.NoErr(hasty.RotateKey(t.Context()))                   // brings it forward
		is.Equal(s.states(t), states{"active": 1, "pending": 1})
		is.NoErr(s.RotateKey(t.Context())) // does not put it off again
		is.NoErr(s.AdvanceKeys(t.Context()))
		is.Equal(s.states(t), states{"active": 1, "retiring": 1})
	})
}

// TestKeysOfAnOlderProgram has a waiting key whose row does not tell when it signs.
func TestKeysOfAnOlderProgram(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		is := is.New(t)
		s := newSafe(t, db, nil)
		_, err := s.OpenKeys(t.Context())
		is.NoErr(err)
		is.NoErr(s.RotateKey(t.Context()))
		_, err = db.ExecContext(t.Context(), tables.SQL(db, "UPDATE {signing_keys} SET signs_at = NULL"))
		is.NoErr(err)
		is.True(s.waiting(t).SignsAt.Equal(s.now.Add(24 * time.Hour)))
		s.now = s.now.Add(24*time.Hour - time.Second)
		is.NoErr(s.AdvanceKeys(t.Context()))
		is.Equal(s.states(t), states{"active": 1, "pending": 1})
		s.now = s.now.Add(time.Second)
		is.NoErr(s.AdvanceKeys(t.Context()))
		is.Equal(s.states(t), states{"active": 1, "retiring": 1})
	})
}

// TestAWaitingKeyOfAClockThatWasAhead mends the time at which a key signs, too.
func TestAWaitingKeyOfAClockThatWasAhead(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		is := is.New(t)
		s := newSafe(t, db, nil)
		_, err := s.OpenKeys(t.Context())
		is.NoErr(err)
		right := s.now
		s.now = right.Add(1000 * 24 * time.Hour)
		is.NoErr(s.RotateKey(t.Context()))
		s.now = right
		is.NoErr(s.AdvanceKeys(t.Context()))
		is.True(s.waiting(t).SignsAt.Equal(right.Add(24 * time.Hour))) // a day from now, not in years
	})
}

func TestPublicationsThatAreRefused(t *testing.T) {
	is := is.New(t)
	db := dbtest.Open(t, dbtest.SQLite(t))
	for _, config := range []registry.Config{
		{PublishFor: time.Second}, {PublishFor: -1}, {PublishFor: registry.JWKSMaxAge},
		{PublishFor: 2 * time.Hour, RotateEvery: time.Hour},
	} {
		config.DB = db
		_, err := registry.New(config)
		var invalid *registry.ConfigError
		is.True(errors.As(err, &invalid))
		is.Equal(invalid.Field, "PublishFor")
	}
	for _, config := range []registry.Config{
		{RotateEvery: time.Hour}, {RotateEvery: -1}, {PublishFor: registry.MinPublication}, {PublishFor: 1000 * time.Hour},
		{PublishFor: 10000 * time.Hour, RotateEvery: -1}, {PublishFor: time.Hour, RotateEvery: time.Hour},
	} {
		config.DB = db
		_, err := registry.New(config)
		is.NoErr(err)
	}
}
