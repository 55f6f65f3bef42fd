package registry_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/matryer/is"
	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/registry"
	"github.com/anteroom-go/anteroom/server/database/dbtest"
	"github.com/anteroom-go/anteroom/server/database/tables"
)

var noTime time.Time

func TestLastUse(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		is := is.New(t)
		start := time.Date(2026, 5, 1, 8, 0, 0, 0, time.UTC)
		lastUsed := func() time.Time {
			list, err := h.Secrets(t.Context(), h.app.ClientID)
			is.NoErr(err)
			return list[0].LastUsedAt
		}
		id, err := h.secret.ID()
		is.NoErr(err)
		is.True(lastUsed().IsZero()) // never
		h.SecretUsed(h.app.ClientID, id, start)
		is.True(lastUsed().IsZero()) // nothing is written in a request
		is.NoErr(h.SaveUses(t.Context()))
		is.True(lastUsed().Equal(start))
		h.SecretUsed(h.app.ClientID, id, start.Add(59*time.Minute))
		is.NoErr(h.SaveUses(t.Context()))
		is.True(lastUsed().Equal(start)) // to the hour
		h.SecretUsed(h.app.ClientID, id, start.Add(time.Hour))
		is.NoErr(h.SaveUses(t.Context()))
		is.True(lastUsed().Equal(start.Add(time.Hour)))
		other := newRegistry(t, registry.Config{DB: h.db})
		other.SecretUsed(h.app.ClientID, id, start.Add(time.Minute)) // a process whose clock is behind
		is.NoErr(other.SaveUses(t.Context()))
		is.True(lastUsed().Equal(start.Add(time.Hour))) // never goes back
	})
}

func TestUsesAreSavedLater(t *testing.T) {
	is := is.New(t)
	db := dbtest.Open(t, dbtest.SQLite(t))
	reg := newRegistry(t, registry.Config{DB: db})
	reg.SecretUsed("app", "id", time.Now())
	is.NoErr(db.Close())
	is.True(reg.SaveUses(t.Context()) != nil)
	is.True(reg.SaveUses(t.Context()) != nil) // it is not forgotten
}

func TestFirstUse(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		is := is.New(t)
		replicas := []*registry.Registry{h.Registry, newRegistry(t, registry.Config{DB: h.db}), newRegistry(t,
			registry.Config{DB: h.db})}
		var firsts atomic.Int64
		errs := make([]error, 24)
		var wait sync.WaitGroup
		for i := range errs {
			wait.Go(func() {
				first, err := replicas[i%3].FirstUse(t.Context(), h.app.ClientID, "alice", time.Now())
				if first {
					firsts.Add(1)
				}
				errs[i] = err
			})
		}
		wait.Wait()
		is.NoErr(errors.Join(errs...))
		is.Equal(firsts.Load(), int64(1)) // in whichever process
		is.NoErr(h.RevokeDelegation(t.Context(), h.app.ClientID, "bob"))
		first, err := h.FirstUse(t.Context(), h.app.ClientID, "bob", time.Now())
		is.NoErr(err)
		is.True(first) // what an operator did for bob was no use
	})
}

func TestOneProcessCleans(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		is := is.New(t)
		now := time.Date(2026, 5, 1, 8, 0, 0, 0, time.UTC)
		clock := func() time.Time { return now }
		first := newRegistry(t, registry.Config{DB: db, Now: clock})
		second := newRegistry(t, registry.Config{DB: db, Now: clock})
		expired := func() int {
			var n int
			is.NoErr(db.NewRaw(tables.SQL(db, "SELECT count(*) FROM {revoked_tokens} WHERE expires_at < ?"), now).Scan(t.Context(), &n))
			return n
		}
		revoke := func() { is.NoErr(first.RevokeToken(t.Context(), "app", "token", now.Add(-time.Hour))) }
		revoke()
		is.NoErr(first.Housekeep(t.Context()))
		is.Equal(expired(), 0) // the first that comes is elected
		revoke()
		is.NoErr(second.Housekeep(t.Context()))
		is.Equal(expired(), 1) // the second leaves it to the first
		is.NoErr(first.Housekeep(t.Context()))
		is.Equal(expired(), 0)
		now = now.Add(time.Hour) // the first has stopped
		revoke()
		is.NoErr(second.Housekeep(t.Context()))
		is.Equal(expired(), 0)
	})
}

// queries counts the statements that reach the database.
type queries struct{ n atomic.Int64 }

func (q *queries) BeforeQuery(ctx context.Context, _ *bun.QueryEvent) context.Context {
	q.n.Add(1)
	return ctx
}

func (q *queries) AfterQuery(context.Context, *bun.QueryEvent) {}

func TestClientFailuresCostOneQuery(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		is := is.New(t)
		rootKeys := delegation.NewRootKeys()
		reg := newImporter(t, db, rootKeys)
		app, secret, err := reg.CreateApplication(t.Context(), legacy(""))
		is.NoErr(err)
		disabled, disabledSecret, err := reg.CreateApplication(t.Context(), legacy(""))
		is.NoErr(err)
		_, err = reg.UpdateApplication(t.Context(), disabled.ClientID,
			func(app *delegation.Application) error { app.Active = false; return nil })
		is.NoErr(err)
		id, err := secret.ID()
		is.NoErr(err)
		_, ended, err := reg.AddSecret(t.Context(), app.ClientID, "", noTime)
		is.NoErr(err)
		is.NoErr(reg.DisableSecret(t.Context(), app.ClientID, id))
		is.NoErr(reg.ask(t.Context(), app.ClientID, ended)) // the other one still works
		wrong := delegation.NewSecret()
		count := &queries{}
		counted := newImporter(t, db.WithQueryHook(count), rootKeys)
		for name, c := range map[string]struct {
			id     string
			secret delegation.Secret
		}{
			"unknown client": {"app_unknown", wrong}, "wrong secret": {app.ClientID,
				wrong}, "disabled application": {disabled.ClientID, disabledSecret},
			"disabled secret": {app.ClientID, secret}, "another's secret": {app.ClientID, disabledSecret},
			"a password": {app.ClientID, "hunter2"}, "a password of no client": {"app_unknown", "hunter2"},
		} {
			count.n.Store(0)
			err := counted.ask(t.Context(), c.id, c.secret)
			want := int64(1)
			if strings.HasPrefix(name, "a password") { // and one for the imported secret, whether or not there is one
				want = 2
			}
			if !errors.Is(err, delegation.ErrInvalidClient) || count.n.Load() != want {
				t.Errorf("%s: %v after %d queries", name, err, count.n.Load())
			}
		}
	})
}
