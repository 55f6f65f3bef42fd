package registry_test

import (
	"errors"
	"testing"

	"github.com/google/uuid"
	"github.com/matryer/is"
	"github.com/uptrace/bun"
	"golang.org/x/crypto/bcrypt"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/delegationtest"
	"github.com/anteroom-go/anteroom/delegation/dpop"
	"github.com/anteroom-go/anteroom/delegation/registry"
	"github.com/anteroom-go/anteroom/server/database/dbtest"
)

// TestConformance runs the suite of every contract on both databases.
func TestConformance(t *testing.T) {
	for name, url := range map[string]func(testing.TB) string{"sqlite": dbtest.SQLite, "postgres": dbtest.Postgres} {
		records := func(t *testing.T) delegationtest.RecordsFixture { return recordsFixture(t, dbtest.Open(t, url(t))) }
		users := func(t *testing.T) delegationtest.UsersFixture { return usersFixture(t, dbtest.Open(t, url(t))) }
		t.Run(name+"/applications", func(t *testing.T) {
			delegationtest.Applications(t, func(t *testing.T) delegationtest.ApplicationsFixture {
				return records(t).ApplicationsFixture
			})
		})
		t.Run(name+"/records", func(t *testing.T) { delegationtest.Records(t, records) })
		t.Run(name+"/users", func(t *testing.T) { delegationtest.Users(t, users) })
		t.Run(name+"/provisioner", func(t *testing.T) { delegationtest.Provisioner(t, users) })
		t.Run(name+"/assertions", func(t *testing.T) {
			delegationtest.Assertions(t, func(t *testing.T) delegation.Assertions {
				return newRegistry(t, registry.Config{DB: dbtest.Open(t, url(t))})
			})
		})
		t.Run(name+"/proofs", func(t *testing.T) {
			delegationtest.Proofs(t, func(t *testing.T) dpop.Uses {
				return newRegistry(t, registry.Config{DB: dbtest.Open(t, url(t))})
			})
		})
		t.Run(name+"/keys", func(t *testing.T) {
			delegationtest.Keys(t, func(t *testing.T) delegation.Keys {
				reg := newRegistry(t, registry.Config{DB: dbtest.Open(t, url(t)), RootKeys: delegation.NewRootKeys()})
				keys, err := reg.OpenKeys(t.Context())
				is.New(t).NoErr(err)
				return keys
			})
		})
	}
}

// TestOddUserIDs: an id is compared, never interpreted, also where no Authority stands before it.
func TestOddUserIDs(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		is := is.New(t)
		f := usersFixture(t, db)
		id := f.Add(t, "u@example.com", true)
		for _, other := range []string{"", id + "x", " " + id, "u@example.com", "' OR '1'='1", "%"} {
			_, err := f.Users.UserByID(t.Context(), other)
			is.True(errors.Is(err, delegation.ErrUserNotFound)) // nothing but the id itself
		}
		for _, other := range []delegation.Email{"", "u"} {
			_, err := f.Users.UserByEmail(t.Context(), other)
			is.True(errors.Is(err, delegation.ErrUserNotFound))
		}
		app, _, err := newRegistry(t, registry.Config{DB: db, RootKeys: delegation.NewRootKeys()}).
			CreateApplication(t.Context(), legacy("odd"))
		is.NoErr(err)
		for _, odd := range []string{"unknown", "' OR '1'='1", "\x00", "\xff"} {
			reg := newRegistry(t, registry.Config{DB: db, RootKeys: delegation.NewRootKeys()})
			_, status, err := reg.Application(t.Context(), app.ClientID, odd, odd)
			is.NoErr(err)
			is.Equal(status, delegation.Status{}) // whatever is asked for
			_, err = reg.ApplicationSecret(t.Context(), app.ClientID, odd)
			is.True(errors.Is(err, delegation.ErrSecretNotFound))
			_, _, err = reg.Application(t.Context(), odd, "", "")
			is.True(errors.Is(err, delegation.ErrApplicationNotFound))
		}
	})
}

func recordsFixture(t *testing.T, db *bun.DB) delegationtest.RecordsFixture {
	is := is.New(t)
	rootKeys := delegation.NewRootKeys()
	reg := newRegistry(t, registry.Config{DB: db, RootKeys: rootKeys})
	return delegationtest.RecordsFixture{
		ApplicationsFixture: delegationtest.ApplicationsFixture{
			Applications: reg, RootKeys: rootKeys,
			Add: func(t *testing.T, app delegation.Application) (string, delegation.Secret) {
				created, secret, err := reg.CreateApplication(t.Context(), app)
				is.NoErr(err)
				_, err = reg.UpdateApplication(t.Context(), created.ClientID, func(a *delegation.Application) error {
					a.Active = app.Active
					return nil
				})
				is.NoErr(err)
				return created.ClientID, secret
			},
			AddSecret: func(t *testing.T, clientID string, like delegation.StoredSecret) delegation.Secret {
				stored, secret, err := reg.AddSecret(t.Context(), clientID, like.Label, like.ExpiresAt)
				is.NoErr(err)
				if like.Disabled {
					is.NoErr(reg.DisableSecret(t.Context(), clientID, stored.ID))
				}
				return secret
			},
			OptOut: func(t *testing.T, clientID, userID string) {
				is.NoErr(reg.SetOptOut(t.Context(), clientID, userID, true))
			},
		},
		Records: reg,
		Import: func(t *testing.T, secret delegation.Secret) string {
			hash, err := bcrypt.GenerateFromPassword([]byte(secret), bcrypt.MinCost)
			is.NoErr(err)
			app, _, err := reg.ImportApplication(t.Context(), legacy("legacy"), string(hash))
			is.NoErr(err)
			return app.ClientID
		},
		SaveUses: func(t *testing.T) { is.NoErr(reg.SaveUses(t.Context())) },
	}
}

func usersFixture(t *testing.T, db *bun.DB) delegationtest.UsersFixture {
	is := is.New(t)
	reg := newRegistry(t, registry.Config{DB: db})
	return delegationtest.UsersFixture{Users: reg, Provisioner: reg, NewID: uuid.NewString,
		Add: func(t *testing.T, email delegation.Email, active bool) string {
			_, err := reg.AddUser(t.Context(), email)
			is.NoErr(err)
			user, err := reg.SetUserActive(t.Context(), email, active)
			is.NoErr(err)
			return user.ID
		}}
}
