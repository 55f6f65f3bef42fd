package registry_test

import (
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
	token, err := h.authority.Issue(t.Context(),
		delegation.TokenRequest{Credentials: delegation.Credentials{ClientID: h.app.ClientID, ClientSecret: secret},
			Scope: "alice@example.com"})
	return string(token.Access), err
}

func (h *house) change(t *testing.T, change func(*delegation.Application)) {
	t.Helper()
	_, err := h.UpdateApplication(t.Context(), h.app.ClientID,
		func(app *delegation.Application) error { change(app); return nil })
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
		"tokens of the application ended": func(t *testing.T, h *house) error {
			return h.RevokeApplication(t.Context(),
				h.app.ClientID)
		},
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
			_, err = h.ApplicationSecret(t.Context(), id, "x")
			is.Equal(err, delegation.ErrApplicationNotFound)
		}
		_, err = h.ApplicationSecret(t.Context(), h.app.ClientID, "\x00")
		is.Equal(err, delegation.ErrSecretNotFound)
	})
}

func TestInvalidApplications(t *testing.T) {
	long := strings.Repeat("x", 256)
	tests := map[string]struct {
		field string
		spoil func(*delegation.Application)
	}{
		"no name":            {"Name", func(a *delegation.Application) { a.Name = "" }},
		"a blank name":       {"Name", func(a *delegation.Application) { a.Name = " \u00a0" }},
		"a long name":        {"Name", func(a *delegation.Application) { a.Name = long }},
		"an escape sequence": {"Name", func(a *delegation.Application) { a.Name = "\x1b[31m" }},
		"NUL in the name":    {"Name", func(a *delegation.Application) { a.Name = "a\x00b" }},
		"a line separator":   {"Name", func(a *delegation.Application) { a.Name = "a\u2028b" }},
		"invalid UTF-8":      {"Name", func(a *delegation.Application) { a.Name = "\xff" }},
		"an unknown scope":   {"Scopes", func(a *delegation.Application) { a.Scopes = scopes.NewSet("rooms:fly") }},
		"a wildcard scope":   {"Scopes", func(a *delegation.Application) { a.Scopes = scopes.NewSet("rooms:*") }},
		"another reach":      {"Reach", func(a *delegation.Application) { a.Reach = "all" }},
		"a short life":       {"TokenTTL", func(a *delegation.Application) { a.TokenTTL = time.Second }},
		"a long life":        {"TokenTTL", func(a *delegation.Application) { a.TokenTTL = 2 * time.Hour }},
		"a fraction":         {"TokenTTL", func(a *delegation.Application) { a.TokenTTL = time.Minute + 1 }},
		"any and a domain":   {"Policy", func(a *delegation.Application) { a.Policy.Any = true }},
		"a domain in capitals": {"Policy.Domains",
			func(a *delegation.Application) { a.Policy.Domains = []delegation.Domain{"Example.com"} }},
		"a bare wildcard": {"Policy.Domains",
			func(a *delegation.Application) { a.Policy.Domains = []delegation.Domain{"*"} }},
		"two domains in one": {"Policy.Domains",
			func(a *delegation.Application) { a.Policy.Domains = []delegation.Domain{"a.com b.com"} }},
		"a bad address": {"Policy.Emails",
			func(a *delegation.Application) { a.Policy.Emails = []delegation.Email{"u@localhost"} }},
		"too many domains": {"Policy",
			func(a *delegation.Application) { a.Policy.Domains = make([]delegation.Domain, 1001) }},
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
				_, err = reg.UpdateApplication(t.Context(), kept.ClientID,
					func(a *delegation.Application) error { test.spoil(a); return nil })
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
