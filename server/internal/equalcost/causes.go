package main

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/rates"
	"github.com/anteroom-go/anteroom/delegation/registry"
	"github.com/anteroom-go/anteroom/server"
	"github.com/anteroom-go/anteroom/server/database"
)

// The groups of causes. All of a group get one answer. A client that does not know
// of which group its request is has sent something else itself: a secret in another
// form, one that it sent before, or an address outside the policy of which an
// operator told it.
const (
	ours       = "secret of ours"
	foreign    = "secret of another product"
	repeated   = "the same one again"
	delegating = "delegation"
	outside    = "outside the policy"
)

// cause is a request that is refused.
type cause struct {
	group, name string
	url         string
	form        func() string
	before      func() // called before each request
}

// world is a server over HTTP on a database of its own. This file is the only
// one that knows how its causes are made.
type world struct {
	db       *bun.DB
	sent     *statements
	secrets  int // that were sent and are wrong, each of them new
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
	w := &world{db: db, sent: &statements{}}
	rootKey := delegation.NewRootKeys()
	api, err := server.New(ctx, server.Config{
		URL: "https://meet.example.org", RootKeys: rootKey, DB: db.WithQueryHook(w.sent), Now: w.now,
		RateLimits: rates.Limits{Off: true},
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
func (w *world) client(group, name, clientID string, secret delegation.Secret) cause {
	return w.cause(group, name, func() string { return form(clientID, secret, "alice@example.com") })
}

// invented returns a request with another wrong secret each time.
func (w *world) invented(name, clientID string) cause {
	return w.cause(foreign, name, func() string {
		w.secrets++
		return form(clientID, delegation.Secret(fmt.Sprintf("wrong secret %08d", w.secrets)), "alice@example.com")
	})
}

func (w *world) cause(group, name string, form func() string) cause {
	return cause{group: group, name: name, form: form, url: w.http.URL + "/external-api/v1.0/application/token/",
		before: func() { w.ahead.Add(1) }}
}

// form is the body of a token request.
func form(clientID string, secret delegation.Secret, scope string) string {
	return url.Values{"grant_type": {"client_credentials"}, "client_id": {clientID}, "client_secret": {string(secret)},
		"scope": {scope}}.Encode()
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
	unused, used, off := s.imported("unused"), s.imported("used"), s.imported("off")
	s.disable(disabled.id)
	s.disable(off.id)
	s.endSecret(ended)
	lateSecret := s.expiring(expired.id)
	s.use(used.id)
	w.ahead.Add(3600) // the secret that expires has expired
	causes := []cause{
		w.client(ours, "wrong secret", clientID.id, clientID.secret),
		w.client(ours, "wrong secret again", clientID.id, clientID.secret),
		w.client(ours, "unknown client", unknownClient, clientID.secret),
		w.client(ours, "unknown secret id", clientID.id, other.secret),
		w.client(ours, "disabled application", disabled.id, disabled.secret),
		w.client(ours, "expired secret", expired.id, lateSecret),
		w.client(ours, "disabled secret", ended.id, ended.secret),
		w.client(ours, "imported secret, never used", unused.id, other.secret),
		w.client(ours, "imported secret, used", used.id, other.secret),
		w.client(ours, "ten keys", withKeys.id, withKeys.secret),
		w.client(ours, "policy of 1,800 entries", withPolicy.id, withPolicy.secret),
	}
	for _, c := range [][2]string{
		{"unknown client", unknownClient}, {"unknown client again", unknownClient + "0"},
		{"no imported secret", clientID.id}, {"imported secret, never used", unused.id},
		{"imported secret, used", used.id}, {"imported secret, disabled application", off.id},
		{"ten keys", withKeys.id}, {"policy of 1,800 entries", withPolicy.id},
	} {
		causes = append(causes, w.invented(c[0], c[1]), w.client(repeated, c[0], c[1], "a wrong secret of another product"))
	}
	return append(causes, w.client(repeated, "right secret, disabled application", off.id, importedSecret)), s.err
}

const unknownClient = "app_0000000000000000000000"

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
		{"user who opted out", "optedout@example.com"},
	} {
		causes = append(causes, w.cause(delegating, user[0], func() string { return form(app.id, app.secret, user[1]) }))
	}
	causes = append(causes, w.cause(outside, "unknown user", func() string {
		return form(app.id, app.secret, "unknown@example.org")
	}))
	return causes, s.err
}
