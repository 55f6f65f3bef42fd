package googlekeys_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/matryer/is"
	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/by"
	"github.com/anteroom-go/anteroom/delegation/google"
	"github.com/anteroom-go/anteroom/delegation/google/googletest"
	"github.com/anteroom-go/anteroom/delegation/registry"
	"github.com/anteroom-go/anteroom/delegation/registry/audit"
	"github.com/anteroom-go/anteroom/delegation/registry/googlekeys"
	"github.com/anteroom-go/anteroom/scopes"
	"github.com/anteroom-go/anteroom/server/database/dbtest"
	"github.com/anteroom-go/anteroom/server/database/tables"
)

// office is a registry with applications, and their keys.
type office struct {
	*googlekeys.Store
	*registry.Registry
	db   *bun.DB
	told []delegation.Event
}

func open(t *testing.T, db *bun.DB) *office {
	t.Helper()
	is := is.New(t)
	o := &office{db: db}
	var err error
	o.Registry, err = registry.New(registry.Config{DB: db, RootKeys: delegation.NewRootKeys()})
	is.NoErr(err)
	o.Store, err = googlekeys.New(googlekeys.Config{DB: db,
		OnEvent: func(_ context.Context, event delegation.Event) { o.told = append(o.told, event) }})
	is.NoErr(err)
	return o
}

// application registers an application.
func (o *office) application(t *testing.T) string {
	t.Helper()
	app, _, err := o.CreateApplication(as(t), delegation.Application{Name: "Calendar",
		Scopes: scopes.NewSet(scopes.RoomsCreate)})
	is.New(t).NoErr(err)
	return app.ClientID
}

func as(t *testing.T) context.Context {
	ctx, err := by.Operator(t.Context(), "olivia")
	is.New(t).NoErr(err)
	return ctx
}

// TestStore runs every test on one database of each kind.
func TestStore(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		o := open(t, db)
		t.Run("contract", o.contract)
		t.Run("administration", o.administration)
		t.Run("last use", o.lastUse)
		t.Run("record", o.record) // last, as it breaks the database
	})
}

func (o *office) contract(t *testing.T) {
	googletest.Keys(t, func(t *testing.T) googletest.Place {
		return googletest.Place{Keys: o.Store, First: o.application(t), Second: o.application(t),
			Add: func(t *testing.T, clientID string) google.Key {
				key, _, err := o.Add(as(t), clientID, "")
				is.New(t).NoErr(err)
				return key
			},
			End: func(t *testing.T, clientID, keyID string) { is.New(t).NoErr(o.End(as(t), clientID, keyID)) }}
	})
}

func (o *office) administration(t *testing.T) {
	is := is.New(t)
	id, other := o.application(t), o.application(t)
	key, private, err := o.Add(as(t), id, "laptop")
	is.NoErr(err)
	is.True(private.PublicKey.Equal(key.Public)) // what is kept belongs to what is printed
	all, err := o.All(t.Context(), id)
	is.NoErr(err)
	is.Equal(all[0].Label, "laptop")
	is.Equal(o.End(as(t), other, key.ID), googlekeys.ErrKeyNotFound) // another application's key stays
	is.NoErr(o.End(as(t), id, key.ID))
	is.Equal(o.End(as(t), id, key.ID), googlekeys.ErrKeyNotFound) // once
	all, err = o.All(t.Context(), id)
	is.NoErr(err)
	is.True(!all[0].EndedAt.IsZero()) // a key that was ended is still listed
	for range google.MaxKeys {
		_, _, err = o.Add(as(t), id, "")
		is.NoErr(err)
	}
	_, _, err = o.Add(as(t), id, "")
	is.True(errors.Is(err, googlekeys.ErrTooMany)) // good keys are few
	for _, label := range []string{strings.Repeat("x", 256), "a\nb", "\xff"} {
		_, _, err = o.Add(as(t), id, label)
		is.Equal(err, googlekeys.ErrLabel)
	}
	for _, unknown := range []string{"", "app_x", "\x00"} {
		_, _, err = o.Add(as(t), unknown, "")
		is.Equal(err, delegation.ErrApplicationNotFound)
		_, err = o.All(t.Context(), unknown)
		is.Equal(err, delegation.ErrApplicationNotFound)
	}
	is.NoErr(o.DeleteApplication(as(t), id))
	keys, err := o.GoogleKeys(t.Context(), id)
	is.NoErr(err)
	is.Equal(len(keys), 0) // keys go with their application
}

// record makes each change, and each change whose record cannot be written.
func (o *office) record(t *testing.T) {
	is := is.New(t)
	o.told = nil
	id := o.application(t)
	key, _, err := o.Add(as(t), id, "laptop")
	is.NoErr(err)
	is.NoErr(o.End(as(t), id, key.ID))
	entries, _, err := audit.List(t.Context(), o.db, audit.Query{ClientID: id})
	is.NoErr(err)
	is.Equal(entries[0].Kind, audit.GoogleKeyEnded)
	is.Equal(entries[1].Kind, audit.GoogleKeyAdded)
	is.Equal([]string{entries[0].By, entries[0].Subject}, []string{"olivia", key.ID})
	is.Equal(o.told[1], delegation.Event{Kind: audit.GoogleKeyEnded, By: "olivia", ClientID: id, KeyID: key.ID})
	_, err = o.db.ExecContext(t.Context(), tables.SQL(o.db, "DROP TABLE {audit_trail}"))
	is.NoErr(err)
	_, _, err = o.Add(as(t), id, "")
	is.True(err != nil) // without its record nothing is changed
	keys, err := o.GoogleKeys(t.Context(), id)
	is.NoErr(err)
	is.Equal(len(keys), 0)
}

func (o *office) lastUse(t *testing.T) {
	is := is.New(t)
	id := o.application(t)
	key, _, err := o.Add(as(t), id, "")
	is.NoErr(err)
	at := time.Date(2027, 1, 2, 3, 4, 5, 0, time.UTC)
	is.NoErr(o.GoogleKeyUsed(t.Context(), id, key.ID, at))
	all, err := o.All(t.Context(), id)
	is.NoErr(err)
	is.True(all[0].LastUsedAt.Equal(at)) // for the operator's list
}
