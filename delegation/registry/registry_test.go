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
	"github.com/anteroom-go/anteroom/scopes"
	"github.com/anteroom-go/anteroom/server/database/dbtest"
)

func newRegistry(t testing.TB, config registry.Config) *registry.Registry {
	t.Helper()
	reg, err := registry.New(config)
	is.New(t).NoErr(err)
	return reg
}

func TestPurge(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		is := is.New(t)
		is.NoErr(h.RevokeToken(t.Context(), h.app.ClientID, "old", time.Now().Add(-time.Hour)))
		is.NoErr(h.RevokeToken(t.Context(), h.app.ClientID, "young", time.Now().Add(time.Hour)))
		is.NoErr(h.UseAssertion(t.Context(), h.app.ClientID, "old", time.Now().Add(-time.Hour)))
		is.NoErr(h.UseAssertion(t.Context(), h.app.ClientID, "young", time.Now().Add(time.Hour)))
		is.NoErr(h.Purge(t.Context()))
		is.NoErr(h.UseAssertion(t.Context(), h.app.ClientID, "old", time.Now()))
		is.Equal(h.UseAssertion(t.Context(), h.app.ClientID, "young", time.Now()), delegation.ErrAssertionUsed)
		_, old, err := h.Application(t.Context(), h.app.ClientID, "", "old")
		is.NoErr(err)
		_, young, err := h.Application(t.Context(), h.app.ClientID, "", "young")
		is.NoErr(err)
		is.True(!old.Revoked && young.Revoked) // what has expired is forgotten, and nothing else
	})
}

// house is a registry, an authority over it, and one application.
type house struct {
	*registry.Registry
	db        *bun.DB
	authority *delegation.Authority
	app       delegation.Application
	secret    delegation.Secret
}

func each(t *testing.T, run func(t *testing.T, h *house)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		is := is.New(t)
		rootKeys := delegation.NewRootKeys()
		h := &house{db: db, Registry: newRegistry(t, registry.Config{DB: db, RootKeys: rootKeys})}
		keys, err := h.OpenKeys(t.Context())
		is.NoErr(err)
		h.authority, err = delegation.New(delegation.Config{
			Issuer: "https://meet.example.org", Audience: "https://meet.example.org/external-api", RootKeys: rootKeys,
			Applications: h, Users: h, Keys: keys, Records: h, Assertions: h, Provisioner: h,
		})
		is.NoErr(err)
		h.app, h.secret, err = h.CreateApplication(t.Context(), delegation.Application{
			Name: "Calendar", Scopes: scopes.Rooms(), Policy: delegation.Policy{Domains: []delegation.Domain{"example.com"}},
		})
		is.NoErr(err)
		_, err = h.AddUser(t.Context(), "alice@example.com")
		is.NoErr(err)
		run(t, h)
	})
}

func (h *house) issue(t *testing.T, secret delegation.Secret) (string, error) {
	token, err := h.authority.Issue(t.Context(), delegation.TokenRequest{Credentials: delegation.Credentials{ClientID: h.app.ClientID, ClientSecret: secret}, Scope: "alice@example.com"})
	return string(token.Access), err
}

func (h *house) change(t *testing.T, change func(*delegation.Application)) {
	t.Helper()
	_, err := h.UpdateApplication(t.Context(), h.app.ClientID, func(app *delegation.Application) error { change(app); return nil })
	is.New(t).NoErr(err)
}

func TestAuthorityOverTime(t *testing.T) {
	happenings := map[string]func(t *testing.T, h *house) error{
		"application disabled": func(t *testing.T, h *house) error {
			h.change(t, func(a *delegation.Application) { a.Active = false })
			return nil
		},
		"application deleted": func(t *testing.T, h *house) error { return h.DeleteApplication(t.Context(), h.app.ClientID) },
		"domain removed": func(t *testing.T, h *house) error {
			h.change(t, func(a *delegation.Application) { a.Policy = delegation.Policy{} })
			return nil
		},
		"user disabled": func(t *testing.T, h *house) error {
			_, err := h.SetUserActive(t.Context(), "alice@example.com", false)
			return err
		},
		"user protected": func(t *testing.T, h *house) error {
			_, err := h.SetUserProtected(t.Context(), "alice@example.com", true)
			return err
		},
		"user opted out": func(t *testing.T, h *house) error {
			user, err := h.UserByEmail(t.Context(), "alice@example.com")
			return errors.Join(err, h.SetOptOut(t.Context(), h.app.ClientID, user.ID, true))
		},
		"tokens of the application ended": func(t *testing.T, h *house) error { return h.RevokeApplication(t.Context(), h.app.ClientID) },
		"tokens of the delegation ended": func(t *testing.T, h *house) error {
			user, err := h.UserByEmail(t.Context(), "alice@example.com")
			return errors.Join(err, h.RevokeDelegation(t.Context(), h.app.ClientID, user.ID))
		},
	}
	for name, happen := range happenings {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, h *house) {
				is := is.New(t)
				token, err := h.issue(t, h.secret)
				is.NoErr(err)
				_, err = h.authority.Verify(t.Context(), token)
				is.NoErr(err) // good before
				is.NoErr(happen(t, h))
				_, err = h.authority.Verify(t.Context(), token)
				is.True(errors.Is(err, delegation.ErrInvalidToken)) // and not after, on the next request
			})
		})
	}
}

func TestSecrets(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		is := is.New(t)
		stored, second, err := h.AddSecret(t.Context(), h.app.ClientID, "second", time.Time{})
		is.NoErr(err)
		for _, secret := range []delegation.Secret{h.secret, second} {
			_, err = h.issue(t, secret)
			is.NoErr(err) // several secrets work side by side
		}
		is.NoErr(h.DisableSecret(t.Context(), h.app.ClientID, stored.ID))
		is.NoErr(h.DisableSecret(t.Context(), h.app.ClientID, stored.ID)) // twice is once
		_, err = h.issue(t, second)
		is.True(errors.Is(err, delegation.ErrInvalidClient)) // the disabled one does not work
		_, err = h.issue(t, h.secret)
		is.NoErr(err) // the other one does
		list, err := h.Secrets(t.Context(), h.app.ClientID)
		is.NoErr(err)
		is.Equal(len(list), 2)                         // both are listed, the oldest first
		is.True(!list[0].Disabled && list[1].Disabled) // with their states
		is.Equal(list[1].Label, "second")              // and notes
		is.Equal(h.DisableSecret(t.Context(), h.app.ClientID, "unknown"), delegation.ErrSecretNotFound)
		is.Equal(h.DisableSecret(t.Context(), "unknown", stored.ID), delegation.ErrApplicationNotFound)
		_, err = h.Secrets(t.Context(), "unknown")
		is.Equal(err, delegation.ErrApplicationNotFound)
		_, _, err = h.AddSecret(t.Context(), "unknown", "", time.Time{})
		is.Equal(err, delegation.ErrApplicationNotFound)
		_, _, err = h.AddSecret(t.Context(), h.app.ClientID, "", time.Now().Add(-time.Second))
		is.True(errors.As(err, new(*registry.ConfigError))) // not one that never worked
	})
}

func TestSecretsAreLimited(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		is := is.New(t)
		errs := make([]error, 2*registry.MaxSecrets)
		var wait sync.WaitGroup
		for i := range errs {
			wait.Go(func() { _, _, errs[i] = h.AddSecret(t.Context(), h.app.ClientID, "", time.Time{}) })
		}
		wait.Wait()
		added := 1 // with the application
		for _, err := range errs {
			if err == nil {
				added++
			} else {
				is.Equal(err, registry.ErrTooManySecrets) // and no other reason
			}
		}
		is.Equal(added, registry.MaxSecrets) // however many ask at once
	})
}

func TestRotateSecret(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		is := is.New(t)
		_, second, err := h.RotateSecret(t.Context(), h.app.ClientID, "", time.Hour)
		is.NoErr(err)
		for _, secret := range []delegation.Secret{h.secret, second} {
			_, err = h.issue(t, secret)
			is.NoErr(err) // both work while they overlap
		}
		list, err := h.Secrets(t.Context(), h.app.ClientID)
		is.NoErr(err)
		is.True(!list[0].ExpiresAt.IsZero() && list[1].ExpiresAt.IsZero()) // the old one expires
		_, third, err := h.RotateSecret(t.Context(), h.app.ClientID, "", 0)
		is.NoErr(err)
		for _, secret := range []delegation.Secret{h.secret, second} {
			_, err = h.issue(t, secret)
			is.True(errors.Is(err, delegation.ErrInvalidClient)) // without an overlap they end at once
		}
		_, err = h.issue(t, third)
		is.NoErr(err)
	})
}

func TestApplications(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		is := is.New(t)
		second, _, err := h.CreateApplication(t.Context(), delegation.Application{Name: "CRM"})
		is.NoErr(err)
		is.True(second.Active)                       // registered is active
		is.Equal(second.Reach, delegation.ReachOwn)  // and sees the least
		is.Equal(second.Policy, delegation.Policy{}) // acts for no user
		is.True(second.Scopes.Empty())               // and may do nothing
		list, err := h.Applications(t.Context())
		is.NoErr(err)
		is.Equal(len(list), 2)
		is.Equal(list[0].ClientID, h.app.ClientID) // the oldest first

		changed, err := h.UpdateApplication(t.Context(), second.ClientID, func(a *delegation.Application) error {
			a.ClientID, a.Name, a.CreatedAt = "other", "CRM 2", time.Time{}
			return nil
		})
		is.NoErr(err)
		is.Equal(changed.ClientID, second.ClientID)        // an id is for life
		is.True(changed.CreatedAt.Equal(second.CreatedAt)) // so is the time of creation
		is.Equal(changed.Name, "CRM 2")
		same, err := h.UpdateApplication(t.Context(), second.ClientID, func(*delegation.Application) error { return nil })
		is.NoErr(err)
		is.True(same.UpdatedAt.Equal(changed.UpdatedAt)) // no change writes nothing
		refused := errors.New("refused")
		_, err = h.UpdateApplication(t.Context(), second.ClientID, func(*delegation.Application) error { return refused })
		is.Equal(err, refused)
		is.NoErr(h.DeleteApplication(t.Context(), second.ClientID))
		for _, id := range []string{second.ClientID, "unknown", "", "\x00", "\xff", strings.Repeat("x", 300)} {
			is.Equal(h.DeleteApplication(t.Context(), id), delegation.ErrApplicationNotFound) // odd ids are unknown ids
			_, err = h.UpdateApplication(t.Context(), id, func(*delegation.Application) error { return nil })
			is.Equal(err, delegation.ErrApplicationNotFound)
			_, _, err = h.ApplicationSecret(t.Context(), id, "x")
			is.Equal(err, delegation.ErrApplicationNotFound)
		}
		_, _, err = h.ApplicationSecret(t.Context(), h.app.ClientID, "\x00")
		is.Equal(err, delegation.ErrSecretNotFound)
	})
}

func TestInvalidApplications(t *testing.T) {
	long := strings.Repeat("x", 256)
	tests := map[string]struct {
		field string
		spoil func(*delegation.Application)
	}{
		"no name":              {"Name", func(a *delegation.Application) { a.Name = "" }},
		"a blank name":         {"Name", func(a *delegation.Application) { a.Name = " \u00a0" }},
		"a long name":          {"Name", func(a *delegation.Application) { a.Name = long }},
		"an escape sequence":   {"Name", func(a *delegation.Application) { a.Name = "\x1b[31m" }},
		"NUL in the name":      {"Name", func(a *delegation.Application) { a.Name = "a\x00b" }},
		"a line separator":     {"Name", func(a *delegation.Application) { a.Name = "a\u2028b" }},
		"invalid UTF-8":        {"Name", func(a *delegation.Application) { a.Name = "\xff" }},
		"an unknown scope":     {"Scopes", func(a *delegation.Application) { a.Scopes = scopes.NewSet("rooms:fly") }},
		"a wildcard scope":     {"Scopes", func(a *delegation.Application) { a.Scopes = scopes.NewSet("rooms:*") }},
		"another reach":        {"Reach", func(a *delegation.Application) { a.Reach = "all" }},
		"a short life":         {"TokenTTL", func(a *delegation.Application) { a.TokenTTL = time.Second }},
		"a long life":          {"TokenTTL", func(a *delegation.Application) { a.TokenTTL = 2 * time.Hour }},
		"a fraction":           {"TokenTTL", func(a *delegation.Application) { a.TokenTTL = time.Minute + 1 }},
		"any and a domain":     {"Policy", func(a *delegation.Application) { a.Policy.Any = true }},
		"a domain in capitals": {"Policy.Domains", func(a *delegation.Application) { a.Policy.Domains = []delegation.Domain{"Example.com"} }},
		"a bare wildcard":      {"Policy.Domains", func(a *delegation.Application) { a.Policy.Domains = []delegation.Domain{"*"} }},
		"two domains in one":   {"Policy.Domains", func(a *delegation.Application) { a.Policy.Domains = []delegation.Domain{"a.com b.com"} }},
		"a bad address":        {"Policy.Emails", func(a *delegation.Application) { a.Policy.Emails = []delegation.Email{"u@localhost"} }},
		"too many domains":     {"Policy", func(a *delegation.Application) { a.Policy.Domains = make([]delegation.Domain, 1001) }},
	}
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		reg := newRegistry(t, registry.Config{DB: db, RootKeys: delegation.NewRootKeys()})
		good := delegation.Application{Name: "Good", Policy: delegation.Policy{Domains: []delegation.Domain{"example.com"}}}
		kept, _, err := reg.CreateApplication(t.Context(), good)
		is.New(t).NoErr(err)
		for name, test := range tests {
			t.Run(name, func(t *testing.T) {
				is := is.New(t)
				bad := good
				test.spoil(&bad)
				var invalid *registry.ConfigError
				_, _, err := reg.CreateApplication(t.Context(), bad)
				is.True(errors.As(err, &invalid))
				is.Equal(invalid.Field, test.field) // named on creation
				_, err = reg.UpdateApplication(t.Context(), kept.ClientID, func(a *delegation.Application) error { test.spoil(a); return nil })
				is.True(errors.As(err, &invalid))
				is.Equal(invalid.Field, test.field) // and on change
				list, err := reg.Applications(t.Context())
				is.NoErr(err)
				is.Equal(len(list), 1)            // nothing half done
				is.Equal(list[0].Name, good.Name) // nothing changed
			})
		}
	})
}

func TestConcurrentUpdatesAllCount(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		is := is.New(t)
		errs := make([]error, 16)
		var wait sync.WaitGroup
		for i := range errs {
			wait.Go(func() {
				_, errs[i] = h.UpdateApplication(t.Context(), h.app.ClientID, func(a *delegation.Application) error {
					a.Policy.Domains = append(a.Policy.Domains, delegation.Domain(fmt.Sprintf("d%d.example", i)))
					return nil
				})
			})
		}
		wait.Wait()
		for _, err := range errs {
			is.NoErr(err)
		}
		app, _, err := h.Application(t.Context(), h.app.ClientID, "", "")
		is.NoErr(err)
		is.Equal(len(app.Policy.Domains), 17) // none lost
	})
}

func TestUsers(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		is := is.New(t)
		_, err := h.AddUser(t.Context(), "alice@example.com")
		is.Equal(err, registry.ErrUserExists) // one user for one address
		for _, email := range []delegation.Email{"", "Bob@example.com", "bob", "b\x00b@example.com"} {
			_, err = h.AddUser(t.Context(), email)
			is.True(errors.As(err, new(*registry.ConfigError))) // normalised addresses only
			_, err = h.ProvisionUser(t.Context(), email)
			is.True(errors.As(err, new(*registry.ConfigError)))
			_, err = h.SetUserActive(t.Context(), email, false)
			is.Equal(err, delegation.ErrUserNotFound)
		}
		_, err = h.AddUser(t.Context(), "aaron@example.com")
		is.NoErr(err)
		list, err := h.Users(t.Context())
		is.NoErr(err)
		is.Equal(len(list), 2)
		is.Equal(list[0].Email, delegation.Email("aaron@example.com")) // by address
		_, err = h.UserByID(t.Context(), "\xff\x00")
		is.Equal(err, delegation.ErrUserNotFound) // odd ids are unknown ids
	})
}

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
		_, err = dbs[0].ExecContext(t.Context(), "UPDATE signing_keys SET kid = 'another'")
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
			is.NoErr(db.NewRaw("SELECT * FROM "+table).Scan(t.Context(), &rows))
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
