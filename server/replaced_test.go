package server_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/registry"
	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/rooms/once"
	"github.com/anteroom-go/anteroom/rooms/stats"
	"github.com/anteroom-go/anteroom/scopes"
	"github.com/anteroom-go/anteroom/server"
)

// replacement replaces one field of Config; decides reports over HTTP whether the
// replacement does.
type replacement struct {
	replace func(t *testing.T, c *server.Config)
	decides func(a *api) bool
}

// TestEachFieldAlone replaces each field of Config alone: the replacement decides,
// and without it something else did.
func TestEachFieldAlone(t *testing.T) {
	all := replacements()
	for _, field := range reflect.VisibleFields(reflect.TypeFor[server.Config]()) {
		t.Run(field.Name, func(t *testing.T) {
			one, found := all[field.Name]
			is := is.New(t)
			is.True(found) // every field has a replacement
			if *decorated && slices.Contains([]string{"SigningAlgorithm", "KeyRotation", "KeyPublication"}, field.Name) {
				return // they are of the keys in DB, which are replaced then
			}
			is.True(!one.decides(onSQLite(t))) // which differs from the default
			is.True(one.decides(onSQLite(t, func(c *server.Config) { one.replace(t, c) })))
		})
	}
}

// set returns a replacement of a plain field.
func set(change func(c *server.Config), decides func(a *api) bool) replacement {
	return replacement{func(_ *testing.T, c *server.Config) { change(c) }, decides}
}

// room returns a new room of alice's.
func (a *api) room(body string) object { return a.create(body, a.token("alice@example.com")) }

// accepts reports whether a body makes a room.
func (a *api) accepts(body string) bool {
	return a.call("POST", "/rooms/", body, a.token("alice@example.com")).StatusCode == 201
}

func replacements() map[string]replacement {
	var events, issued atomic.Int64
	log, told := new(syncBuffer), new(syncBuffer)
	all := map[string]replacement{
		"URL": set(func(c *server.Config) { c.URL = "https://other.example" }, func(a *api) bool {
			return a.send("GET", "/.well-known/oauth-authorization-server", "").json(a.T)["issuer"] == "https://other.example"
		}),
		"RoomURL": set(func(c *server.Config) { c.RoomURL = "https://join.example" }, func(a *api) bool {
			return strings.HasPrefix(a.room("")["url"].(string), "https://join.example/")
		}),
		"BasePath": set(func(c *server.Config) { c.BasePath = "/api/v1" }, func(a *api) bool {
			return a.sendTo("GET", "/api/v1/rooms/", "").StatusCode == 401
		}),
		"Withdrawn": set(func(c *server.Config) { c.Withdrawn = true }, func(a *api) bool {
			return a.statusOf("GET", base+"/rooms/") == 404 && a.statusOf("GET", "/readyz") == 200
		}),
		"TokenTTL": set(func(c *server.Config) { c.TokenTTL = 90 * time.Second }, func(a *api) bool {
			return a.ask(a.clientID, a.secret, "alice@example.com").json(a.T)["expires_in"] == 90.0
		}),
		"AllowPublic": set(func(c *server.Config) { c.AllowPublic = true }, func(a *api) bool {
			return a.accepts(`{"access_level":"public"}`)
		}),
		"DefaultAccessLevel": set(func(c *server.Config) { c.DefaultAccessLevel = rooms.Restricted }, func(a *api) bool {
			return a.room("")["access_level"] == "restricted"
		}),
		"Configuration": set(func(c *server.Config) { c.Configuration = func(map[string]any, *rooms.Faults) {} },
			func(a *api) bool {
				return a.accepts(`{"configuration":{"of_the_host":1}}`)
			}),
		"SigningAlgorithm": set(func(c *server.Config) { c.SigningAlgorithm = "EdDSA" }, func(a *api) bool {
			return strings.Contains(a.send("GET", "/.well-known/jwks.json", "").body, `"EdDSA"`)
		}),
		"Telephony": set(func(c *server.Config) { c.Telephony.PINLength = 6 }, func(a *api) bool {
			return len(a.room("")["telephony"].(object)["pin_code"].(string)) == 6
		}),
		"RateLimits": set(func(c *server.Config) { c.RateLimits.Off = true }, func(a *api) bool {
			return a.call("GET", "/rooms/", "", a.token("alice@example.com")).Header.Get("RateLimit") == ""
		}),
		"TrustedProxies": set(func(c *server.Config) {
			c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
		}, func(a *api) bool {
			a.send("GET", "/healthz", "", "X-Forwarded-For: 192.0.2.7")
			return strings.Contains(a.log.String(), `"remote":"192.0.2.7"`)
		}),
		"RateCounter": set(func(c *server.Config) {
			c.RateCounter, c.Logger = refusedRates{}, slog.New(slog.NewTextHandler(told, nil))
		}, func(a *api) bool {
			r := a.call("GET", "/rooms/", "", a.token("alice@example.com"))
			return r.StatusCode == 200 && strings.Contains(told.String(), "not shared")
		}),
		"Logger": set(func(c *server.Config) { c.Logger = slog.New(slog.NewTextHandler(log, nil)) }, func(a *api) bool {
			a.send("GET", "/healthz", "")
			return log.String() != ""
		}),
		"OnEvent": set(func(c *server.Config) { c.OnEvent = func(context.Context, delegation.Event) { events.Add(1) } },
			func(a *api) bool {
				a.token("alice@example.com")
				return events.Load() > 0
			}),
		"OnRoomEvent": set(func(c *server.Config) {
			c.OnRoomEvent = func(context.Context, rooms.Event) error { return rooms.ErrForbidden }
		}, func(a *api) bool { return !a.accepts("") }),
		"Now": set(func(c *server.Config) { c.Now = func() time.Time { return time.Now().AddDate(10, 0, 0) } },
			func(a *api) bool {
				return a.room("")["created_at"].(string)[:4] == time.Now().AddDate(10, 0, 0).Format("2006")
			}),
		"Observer": set(func(c *server.Config) {
			c.Observer.TokenIssued = func(context.Context, string) { issued.Add(1) }
		}, func(a *api) bool { a.token("alice@example.com"); return issued.Load() > 0 }),
		"Ready": set(func(c *server.Config) { c.Ready = func(ctx context.Context) error { return io.EOF } },
			func(a *api) bool { return a.send("GET", "/readyz", "").StatusCode == 503 }),
		"KeyRotation":    set(func(c *server.Config) { c.KeyRotation = time.Hour }, (*api).rotates),
		"AuditRetention": set(func(c *server.Config) { c.AuditRetention = -1 }, (*api).keepsRecords),
		// the next key is due an hour after the first one began to sign
		"KeyPublication": set(func(c *server.Config) { c.KeyPublication = 2159 * time.Hour }, (*api).rotates),
	}
	for _, more := range []map[string]replacement{replacedIdentities(), replacedStores(), replacedSeams(),
		replacedProofs(), replacedGoogle()} {
		for name, one := range more {
			all[name] = one
		}
	}
	return all
}

// rotates reports whether a key of two hours is replaced, within the seconds in
// which Run looks at it twice.
func (a *api) rotates() bool {
	ctx, cancel := context.WithTimeout(a.Context(), 4*time.Second)
	defer cancel()
	a.clock.advance(2 * time.Hour)
	go a.http.Config.Handler.(*server.Server).Run(ctx)
	for ctx.Err() == nil {
		if strings.Count(a.send("GET", "/.well-known/jwks.json", "").body, `"kid"`) > 1 {
			return true
		}
	}
	return false
}

// otherRegistry returns a registry on the database of a configuration.
func otherRegistry(t *testing.T, c *server.Config) *registry.Registry {
	t.Helper()
	reg, err := registry.New(registry.Config{DB: c.DB, RootKeys: c.RootKeys, Now: c.Now})
	is.New(t).NoErr(err)
	return reg
}

// The contracts below answer one question in another way than the database does.
type (
	disabledApplications struct{ delegation.Applications }
	anySecret            struct{ delegation.Records }
	usedAssertions       struct{}
	disabledUsers        struct{ delegation.Users }
	noProvisioner        struct{}
	oneKey               struct{ set *delegation.KeySet }
	emptyStore           struct{ rooms.Store }
	runningRequests      struct{ once.Store }
	sevens               struct{ stats.Store }
)

func (d disabledApplications) ApplicationSecret(ctx context.Context, clientID, secretID string,
) (delegation.StoredSecret, error) {
	secret, err := d.Applications.ApplicationSecret(ctx, clientID, secretID)
	secret.ApplicationActive = false
	return secret, err
}

func (anySecret) CheckImportedSecret(context.Context, string, delegation.Secret,
	func(context.Context) (func(), error)) (bool, error) {
	return true, nil
}

func (usedAssertions) UseAssertion(context.Context, string, string, time.Time) error {
	return delegation.ErrAssertionUsed
}

func (d disabledUsers) UserByEmail(ctx context.Context, email delegation.Email) (delegation.User, error) {
	user, err := d.Users.UserByEmail(ctx, email)
	user.Active = false
	return user, err
}

func (noProvisioner) ProvisionUser(context.Context, delegation.Email) (delegation.User, error) {
	return delegation.User{}, errors.New("no new users today")
}

func (k oneKey) KeySet(context.Context) (*delegation.KeySet, error) { return k.set, nil }

func (emptyStore) List(context.Context, rooms.View, rooms.Query) ([]rooms.Room, int, error) {
	return nil, 0, nil
}

func (runningRequests) Answer(context.Context, once.Attempt, func(context.Context, rooms.Tx) ([]byte, error),
) (once.Kept, error) {
	return once.Kept{}, once.ErrRunning
}

func (sevens) Count(_ context.Context, _ rooms.View, starts []time.Time, _ time.Time) ([]stats.Count, error) {
	return slices.Repeat([]stats.Count{{Created: 7}}, len(starts)), nil
}

func replacedIdentities() map[string]replacement {
	status := func(a *api, scope string) int { return a.ask(a.clientID, a.secret, scope).StatusCode }
	return map[string]replacement{
		"Applications": {func(t *testing.T, c *server.Config) {
			c.Applications = disabledApplications{otherRegistry(t, c)}
		}, func(a *api) bool { return status(a, "alice@example.com") == 401 }},
		"Records": {func(t *testing.T, c *server.Config) { c.Records = anySecret{otherRegistry(t, c)} }, func(a *api) bool {
			app := delegation.Application{ClientID: "crm", Name: "CRM", Scopes: scopes.All(),
				Policy: delegation.Policy{Any: true}}
			_, _, err := a.registry.ImportApplication(a.Context(), app, djangoHash)
			is.New(a.T).NoErr(err)
			return a.ask("crm", "not the imported secret", "alice@example.com").StatusCode == 200
		}},
		"Assertions": {func(_ *testing.T, c *server.Config) { c.Assertions = usedAssertions{} }, func(a *api) bool {
			assertion := a.signing("ES256")(nil)
			return a.form("grant_type", "client_credentials", "scope", "alice@example.com", "client_assertion_type",
				assertionType,
				"client_assertion", assertion).StatusCode == 401
		}},
		"Program": {func(t *testing.T, c *server.Config) { c.Program, c.Users = "meet", otherRegistry(t, c) }, keptByMeet},
		"Users": {func(t *testing.T, c *server.Config) { c.Users = disabledUsers{otherRegistry(t, c)} },
			func(a *api) bool { return status(a, "alice@example.com") == 400 }},
		"RememberUsers": {func(t *testing.T, c *server.Config) {
			c.Users, c.RememberUsers = otherRegistry(t, c), time.Hour
		}, func(a *api) bool {
			a.token("alice@example.com")
			_, err := a.registry.SetUserActive(a.Context(), "alice@example.com", false)
			is.New(a.T).NoErr(err)
			return status(a, "alice@example.com") == 200
		}},
		"RememberApplications": {func(t *testing.T, c *server.Config) {
			c.Applications, c.RememberApplications = otherRegistry(t, c), time.Hour
		}, func(a *api) bool {
			a.token("alice@example.com")
			a.change(func(app *delegation.Application) { app.Active = false })
			return status(a, "alice@example.com") == 200
		}},
		"Provisioner": {func(_ *testing.T, c *server.Config) { c.Provisioner = noProvisioner{} }, func(a *api) bool {
			a.change(func(app *delegation.Application) { app.Provision = true })
			return status(a, "new@example.com") == 503
		}},
		"Keys": {func(t *testing.T, c *server.Config) {
			key, err := delegation.GenerateKey("EdDSA")
			is.New(t).NoErr(err)
			set, err := delegation.NewKeySet(key)
			is.New(t).NoErr(err)
			c.Keys = oneKey{set}
		}, func(a *api) bool {
			return strings.Contains(a.send("GET", "/.well-known/jwks.json", "").body, `"EdDSA"`)
		}},
		"RootKeys": {func(t *testing.T, c *server.Config) { c.RootKeys = fixedRootKeys(t) }, func(a *api) bool {
			reg, err := registry.New(registry.Config{DB: a.config.DB, RootKeys: fixedRootKeys(a.T)})
			is.New(a.T).NoErr(err)
			app, secret, err := reg.CreateApplication(a.Context(), delegation.Application{
				Name: "CRM", Scopes: scopes.All(), Policy: delegation.Policy{Any: true}})
			return err == nil && a.ask(app.ClientID, secret, "alice@example.com").StatusCode == 200
		}},
	}
}

// fixedRootKeys returns the same root keys every time.
func fixedRootKeys(t *testing.T) delegation.RootKeys {
	t.Helper()
	keys, err := delegation.ParseRootKeys(strings.Repeat("07", 32))
	is.New(t).NoErr(err)
	return keys
}
