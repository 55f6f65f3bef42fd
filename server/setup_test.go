package server_test

import (
	"bytes"
	"io"
	"log/slog"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/matryer/is"
	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/registry"
	"github.com/anteroom-go/anteroom/scopes"
	"github.com/anteroom-go/anteroom/server"
	"github.com/anteroom-go/anteroom/server/database/dbtest"
)

// The public URL of the server under test; it listens elsewhere.
const (
	publicURL = "https://meet.example.org"
	base      = "/external-api/v1.0"
	apiURL    = publicURL + base
)

// api is a server over real HTTP on a real database, and one application that
// may act for example.com.
type api struct {
	*testing.T
	registry *registry.Registry
	http     *httptest.Server
	log      *syncBuffer
	clock    *clock
	clientID string
	secret   delegation.Secret
	config   server.Config
	plain    server.Config // config before it was decorated
}

// clock is a clock that tests set.
type clock struct {
	mu      sync.Mutex
	offset  time.Duration
	stopped time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.stopped.IsZero() {
		return c.stopped.Add(c.offset)
	}
	return time.Now().Add(c.offset)
}

// stop keeps the clock from moving but by advance.
func (c *clock) stop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stopped = time.Now()
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.offset += d
}

// syncBuffer is a log that is written and read side by side.
type syncBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// each runs a test against a server on either database.
func each(t *testing.T, run func(t *testing.T, a *api), changes ...func(*server.Config)) {
	t.Helper()
	databases(t, func(t *testing.T, db *bun.DB) { run(t, serve(t, db, changes...)) })
}

// unlimited is for tests that call more often than the limits allow.
func unlimited(c *server.Config) { c.RateLimits.Off = true }

// onSQLite is each for what has nothing to do with the database.
func onSQLite(t *testing.T, changes ...func(*server.Config)) *api {
	t.Helper()
	return serve(t, dbtest.Open(t, dbtest.SQLite(t)), changes...)
}

func serve(t *testing.T, db *bun.DB, changes ...func(*server.Config)) *api {
	t.Helper()
	is := is.New(t)
	a := &api{T: t, log: &syncBuffer{}, clock: &clock{}}
	a.config = server.Config{
		URL: publicURL, RootKeys: delegation.NewRootKeys(), DB: db, Now: a.clock.now,
		Telephony: server.Telephony{Number: "+33901020304", Country: "FR"},
		Logger:    newLogger(a.log),
	}
	for _, change := range changes {
		change(&a.config)
	}
	a.plain = a.config
	if *decorated {
		decorate(t, &a.config)
	}
	s, err := server.New(t.Context(), a.config)
	is.NoErr(err)
	a.listen(s)
	a.registry, err = registry.New(registry.Config{DB: db, RootKeys: a.config.RootKeys})
	is.NoErr(err)
	a.clientID, a.secret = a.register(delegation.Application{
		Name: "Calendar", Scopes: scopes.All(), Policy: delegation.Policy{Domains: []delegation.Domain{"example.com"}},
	})
	a.addUser("alice@example.com")
	a.addUser("bob@example.com")
	return a
}

// newLogger returns a logger that drops nothing.
func newLogger(log io.Writer) *slog.Logger {
	return slog.New(slog.NewJSONHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// listen serves over HTTP until the test ends.
func (a *api) listen(s *server.Server) {
	a.http = httptest.NewUnstartedServer(nil)
	a.http.Config = s.HTTPServer()
	a.http.Config.ErrorLog = slog.NewLogLogger(slog.NewTextHandler(a.log, nil), slog.LevelError)
	a.http.Start()
	a.Cleanup(a.http.Close)
}

func (a *api) register(app delegation.Application) (string, delegation.Secret) {
	a.Helper()
	created, secret, err := a.registry.CreateApplication(a.Context(), app)
	is.New(a.T).NoErr(err)
	return created.ClientID, secret
}

func (a *api) addUser(email delegation.Email) delegation.User {
	a.Helper()
	user, err := a.registry.AddUser(a.Context(), email)
	is.New(a.T).NoErr(err)
	return user
}

// change changes the registered application.
func (a *api) change(change func(*delegation.Application)) {
	a.Helper()
	_, err := a.registry.UpdateApplication(a.Context(), a.clientID, func(app *delegation.Application) error {
		change(app)
		return nil
	})
	is.New(a.T).NoErr(err)
}
