package main

import (
	"context"
	"crypto/pbkdf2"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/rates"
	"github.com/anteroom-go/anteroom/delegation/registry"
	"github.com/anteroom-go/anteroom/scopes"
	"github.com/anteroom-go/anteroom/server"
	"github.com/anteroom-go/anteroom/server/database"
)

// The groups of causes. All of a group get one answer.
const (
	authentication = "authentication"
	delegating     = "delegation"
)

// The imported secrets are those of LaSuite Meet, hashed as Django does it.
const (
	importedSecret = "a secret of another product"
	iterations     = 20_000
)

// cause is a request that is refused.
type cause struct {
	group, name string
	url, form   string
	before      func() // called before each request
}

// world is a server over HTTP on a database of its own. This file is the only
// one that knows how its causes are made.
type world struct {
	db       *bun.DB
	registry *registry.Registry
	http     *httptest.Server
	ahead    atomic.Int64 // seconds that the server's clock is ahead
}

// newWorld returns a server without limits on its pace. Failures are throttled
// all the same, by the clock: it goes one second ahead before each request.
func newWorld(ctx context.Context, databaseURL string) (*world, error) {
	db, err := database.Open(ctx, databaseURL)
	if err != nil {
		return nil, err
	}
	if err := database.Migrate(ctx, db); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	w := &world{db: db}
	rootKey := delegation.NewRootKeys()
	api, err := server.New(ctx, server.Config{
		URL: "https://meet.example.org", RootKeys: rootKey, DB: db, Now: w.now, RateLimits: rates.Limits{Off: true},
	})
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	w.registry, err = registry.New(registry.Config{DB: db, RootKeys: rootKey, Now: w.now})
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	w.http = httptest.NewServer(api)
	return w, nil
}

func (w *world) close() {
	w.http.Close()
	_ = w.db.Close()
}

func (w *world) now() time.Time { return time.Now().Add(time.Duration(w.ahead.Load()) * time.Second) }

// causes sets up and returns every cause. The first one of a group is its
// baseline. It is there a second time, to show what the measuring finds between
// two that are the same.
func (w *world) causes(ctx context.Context) ([]cause, error) {
	clients, err := w.clients(ctx)
	if err != nil {
		return nil, err
	}
	users, err := w.users(ctx)
	return append(clients, users...), err
}

// client returns a request with credentials that are refused.
func (w *world) client(name, clientID string, secret delegation.Secret) cause {
	return w.cause(authentication, name, clientID, secret, "alice@example.com")
}

func (w *world) cause(group, name, clientID string, secret delegation.Secret, scope string) cause {
	form := url.Values{
		"grant_type": {"client_credentials"}, "client_id": {clientID}, "client_secret": {string(secret)}, "scope": {scope},
	}
	return cause{
		group: group, name: name, form: form.Encode(), url: w.http.URL + "/external-api/v1.0/application/token/",
		before: func() { w.ahead.Add(1) },
	}
}

// clients sets up the refusals to authenticate.
func (w *world) clients(ctx context.Context) ([]cause, error) {
	s := setup{ctx: ctx, world: w}
	clientID, other := s.wrong(application()), s.create(application())
	disabled := s.create(delegation.Application{Name: "Disabled"})
	expired, ended := s.create(application()), s.create(application())
	keys, policy := application(), application()
	keys.Keys, keys.SecretsToo = s.keys(10), true
	for i := range 900 {
		policy.Policy.Domains = append(policy.Policy.Domains, delegation.Domain(fmt.Sprintf("d%d.example.org", i)))
		policy.Policy.Emails = append(policy.Policy.Emails, delegation.Email(fmt.Sprintf("u%d@example.org", i)))
	}
	withKeys, withPolicy := s.wrong(keys), s.wrong(policy)
	unused, used := s.imported("unused"), s.imported("used")
	s.disable(disabled.id)
	s.endSecret(ended)
	lateSecret := s.expiring(expired.id)
	s.use(used.id)
	w.ahead.Add(3600) // the secret that expires has expired
	return []cause{
		w.client("wrong secret", clientID.id, clientID.secret),
		w.client("wrong secret again", clientID.id, clientID.secret),
		w.client("unknown client", "app_0000000000000000000000", clientID.secret),
		w.client("unknown secret id", clientID.id, other.secret),
		w.client("disabled application", disabled.id, disabled.secret),
		w.client("expired secret", expired.id, lateSecret),
		w.client("disabled secret", ended.id, ended.secret),
		w.client("imported secret, never used", unused.id, "a wrong secret of another product"),
		w.client("imported secret, used", used.id, "a wrong secret of another product"),
		w.client("ten keys", withKeys.id, withKeys.secret),
		w.client("policy of 1,800 entries", withPolicy.id, withPolicy.secret),
	}, s.err
}

// users sets up the refusals to delegate.
func (w *world) users(ctx context.Context) ([]cause, error) {
	s := setup{ctx: ctx, world: w}
	app := s.create(application())
	for _, name := range []string{"inactive", "protected", "optedout"} {
		user, err := w.registry.AddUser(ctx, delegation.Email(name+"@example.com"))
		s.note(err)
		switch name {
		case "inactive":
			_, err = w.registry.SetUserActive(ctx, user.Email, false)
		case "protected":
			_, err = w.registry.SetUserProtected(ctx, user.Email, true)
		case "optedout":
			err = w.registry.SetOptOut(ctx, app.id, user.ID, true)
		}
		s.note(err)
	}
	var causes []cause
	for _, user := range [][2]string{
		{"unknown user", "unknown@example.com"}, {"unknown user again", "unknown@example.com"},
		{"inactive user", "inactive@example.com"}, {"protected user", "protected@example.com"},
		{"user who opted out", "optedout@example.com"}, {"outside the policy", "unknown@example.org"},
	} {
		causes = append(causes, w.cause(delegating, user[0], app.id, app.secret, user[1]))
	}
	return causes, s.err
}

// credentials are an application's id and a secret of it.
type credentials struct {
	id     string
	secret delegation.Secret
}

func application() delegation.Application {
	return delegation.Application{
		Name: "Calendar", Scopes: scopes.NewSet(scopes.RoomsList),
		Policy: delegation.Policy{Domains: []delegation.Domain{"example.com"}},
	}
}

// setup registers applications and keeps the first error.
type setup struct {
	ctx   context.Context
	world *world
	err   error
}

func (s *setup) note(err error) {
	if s.err == nil {
		s.err = err
	}
}

func (s *setup) create(app delegation.Application) credentials {
	created, secret, err := s.world.registry.CreateApplication(s.ctx, app)
	s.note(err)
	return credentials{created.ClientID, secret}
}

// wrong returns the credentials of an application whose stored MAC is changed.
func (s *setup) wrong(app delegation.Application) credentials {
	c := s.create(app)
	_, err := s.world.db.ExecContext(s.ctx, "UPDATE application_secrets SET mac = ? WHERE client_id = ?",
		strings.Repeat("ab", sha256.Size), c.id)
	s.note(err)
	return c
}

func (s *setup) keys(n int) (keys []delegation.Key) {
	for range n {
		private, err := delegation.GenerateKey(jose.ES256)
		s.note(err)
		public, err := delegation.NewKey(private.Public)
		s.note(err)
		keys = append(keys, public)
	}
	return keys
}

func (s *setup) disable(clientID string) {
	_, err := s.world.registry.UpdateApplication(s.ctx, clientID, func(app *delegation.Application) error {
		app.Active = false
		return nil
	})
	s.note(err)
}

func (s *setup) endSecret(c credentials) {
	id, err := c.secret.ID()
	s.note(err)
	s.note(s.world.registry.DisableSecret(s.ctx, c.id, id))
}

func (s *setup) expiring(clientID string) delegation.Secret {
	_, secret, err := s.world.registry.AddSecret(s.ctx, clientID, "", s.world.now().Add(time.Minute))
	s.note(err)
	return secret
}

func (s *setup) imported(id string) credentials {
	key, err := pbkdf2.Key(sha256.New, importedSecret, []byte("salt"), iterations, sha256.Size)
	s.note(err)
	app := application()
	app.ClientID = id
	hash := fmt.Sprintf("pbkdf2_sha256$%d$salt$%s", iterations, base64.StdEncoding.EncodeToString(key))
	_, _, err = s.world.registry.ImportApplication(s.ctx, app, hash)
	s.note(err)
	return credentials{id: id}
}

// use gets a token with an imported secret, which replaces its hash.
func (s *setup) use(clientID string) {
	_, err := s.world.registry.AddUser(s.ctx, "alice@example.com")
	s.note(err)
	c := s.world.client("", clientID, importedSecret)
	response, err := s.world.http.Client().Post(c.url, "application/x-www-form-urlencoded", strings.NewReader(c.form))
	s.note(err)
	if err == nil {
		s.note(response.Body.Close())
		if response.StatusCode != 200 {
			s.note(fmt.Errorf("the imported secret is answered by %s", response.Status))
		}
	}
}
