package registry_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/matryer/is"
	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/registry"
	"github.com/anteroom-go/anteroom/server/database/dbtest"
	"github.com/anteroom-go/anteroom/server/database/tables"
)

func TestKeysAreOpenedOnce(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, url string) {
		is := is.New(t)
		rootKeys := delegation.NewRootKeys()
		ids := make([]string, 6)
		errs := make([]error, len(ids))
		dbs := make([]*bun.DB, len(ids))
		for i := range dbs {
			dbs[i] = dbtest.Open(t, url)
		}
		var wait sync.WaitGroup
		for i := range ids {
			reg := newRegistry(t, registry.Config{DB: dbs[i], RootKeys: rootKeys})
			wait.Go(func() { ids[i], errs[i] = signingKey(t.Context(), reg) })
		}
		wait.Wait()
		for i := range ids {
			is.NoErr(errs[i])
			is.Equal(ids[i], ids[0]) // one key for all who start at once
		}
		_, err := signingKey(t.Context(), newRegistry(t, registry.Config{DB: dbs[0], RootKeys: delegation.NewRootKeys()}))
		is.Equal(err, registry.ErrRootKeyMismatch) // another root key does not open it
		_, err = signingKey(t.Context(), newRegistry(t, registry.Config{DB: dbs[0]}))
		is.Equal(err, registry.ErrRootKeyRequired) // nor does none
		_, err = dbs[0].ExecContext(t.Context(), "UPDATE {signing_keys} SET kid = 'another'")
		is.NoErr(err)
		_, err = signingKey(t.Context(), newRegistry(t, registry.Config{DB: dbs[0], RootKeys: rootKeys}))
		is.Equal(err, registry.ErrRootKeyMismatch) // a sealed key does not open under another id
	})
}

func signingKey(ctx context.Context, reg *registry.Registry) (string, error) {
	keys, err := reg.OpenKeys(ctx)
	if err != nil {
		return "", err
	}
	set, err := keys.KeySet(ctx)
	return set.SigningKeyID(), err
}

// TestNothingSecretIsStored reads every column of every table.
func TestNothingSecretIsStored(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		is := is.New(t)
		reg := newRegistry(t, registry.Config{DB: db, RootKeys: delegation.NewRootKeys()})
		_, err := reg.OpenKeys(t.Context())
		is.NoErr(err)
		_, secret, err := reg.CreateApplication(t.Context(), delegation.Application{Name: "Calendar"})
		is.NoErr(err)
		var dump strings.Builder
		for _, table := range []string{"applications", "application_secrets", "users", "signing_keys"} {
			var rows []map[string]any
			is.NoErr(db.NewRaw(tables.SQL(db, "SELECT * FROM "+table)).Scan(t.Context(), &rows))
			fmt.Fprintf(&dump, "%s %v\n", table, rows)
		}
		id, err := secret.ID()
		is.NoErr(err)
		is.True(strings.Contains(dump.String(), id))                   // the public id is there
		is.True(!strings.Contains(dump.String(), string(secret)[16:])) // the secret part is not
		is.True(!strings.Contains(dump.String(), "PRIVATE KEY"))
	})
}

func TestRootKeyIsNeededForSecretsOnly(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		is := is.New(t)
		without := newRegistry(t, registry.Config{DB: db})
		_, _, err := without.CreateApplication(t.Context(), delegation.Application{Name: "Calendar"})
		is.Equal(err, registry.ErrRootKeyRequired)
		list, err := without.Applications(t.Context())
		is.NoErr(err)
		is.Equal(len(list), 0) // no application without its secret
		_, err = registry.New(registry.Config{})
		is.True(err != nil) // a registry needs a database
	})
}

func TestSecretsUnderAnotherRootKeyAreNotMade(t *testing.T) {
	each(t, func(t *testing.T, h *house) { // a server has started here, with its root key
		is := is.New(t)
		other := newRegistry(t, registry.Config{DB: h.db, RootKeys: delegation.NewRootKeys()})
		_, _, err := other.CreateApplication(t.Context(), delegation.Application{Name: "CRM"})
		is.True(errors.Is(err, registry.ErrRootKeyMismatch)) // its secret would work nowhere
		_, _, err = other.AddSecret(t.Context(), h.app.ClientID, "", time.Time{})
		is.True(errors.Is(err, registry.ErrRootKeyMismatch))
		list, err := h.Applications(t.Context())
		is.NoErr(err)
		is.Equal(len(list), 1) // nothing was left behind
	})
}
