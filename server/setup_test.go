package server_test

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/matryer/is"
	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/registry"
	"github.com/anteroom-go/anteroom/rooms"
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

// reply is an answer, read to its end.
type reply struct {
	*http.Response
	body string
}

// json decodes the body.
func (r reply) json(t *testing.T) map[string]any {
	t.Helper()
	var object map[string]any
	is.New(t).NoErr(json.Unmarshal([]byte(r.body), &object))
	return object
}

// code returns the error code of an answer, in either language.
func (r reply) code() string {
	var body struct{ Code, Error string }
	if r.StatusCode < 400 || json.Unmarshal([]byte(r.body), &body) != nil {
		return ""
	}
	return body.Code + body.Error
}

// fieldCodes returns what an answer says is wrong with single fields.
func (r reply) fieldCodes() (codes []any) {
	var body struct{ Errors []rooms.Fault }
	_ = json.Unmarshal([]byte(r.body), &body) // only an error has any
	for _, fault := range body.Errors {
		codes = append(codes, fault.Code)
	}
	return codes
}

// media returns the media type of an answer without its parameters.
func (r reply) media() string {
	kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	return kind
}

// basePath and urlPath are the paths of the API and of the public URL.
func (a *api) basePath() string {
	if a.config.BasePath != "" {
		return strings.TrimRight(a.config.BasePath, "/")
	}
	return base
}

func (a *api) urlPath() string {
	u, err := url.Parse(a.config.URL)
	is.New(a.T).NoErr(err)
	return strings.TrimRight(u.Path, "/")
}

// send sends a request below the base path. Headers are "Name: value".
func (a *api) send(method, path, body string, headers ...string) reply {
	a.Helper()
	if !strings.HasPrefix(path, "/.") && path != "/healthz" && path != "/readyz" {
		path = base + path
	}
	return a.sendTo(method, path, body, headers...)
}

// sendTo sends a request to any path and holds the answer against the contract.
func (a *api) sendTo(method, path, body string, headers ...string) reply {
	a.Helper()
	is := is.New(a.T)
	request, err := http.NewRequestWithContext(a.Context(), method, a.http.URL+path, strings.NewReader(body))
	is.NoErr(err)
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		request.Header[http.CanonicalHeaderKey(name)] = append(request.Header[http.CanonicalHeaderKey(name)], value)
		if name == "Host" {
			request.Host = value
		}
	}
	response, err := http.DefaultTransport.RoundTrip(request) // follows no redirect
	is.NoErr(err)
	r := read(a.T, response)
	a.conforms(request, r)
	return r
}

// read reads an answer to its end, and leaves it to be read again.
func read(t *testing.T, response *http.Response) reply {
	t.Helper()
	text, err := io.ReadAll(response.Body)
	is.New(t).NoErr(err)
	_ = response.Body.Close()
	response.Body = io.NopCloser(bytes.NewReader(text))
	return reply{response, string(text)}
}

// client returns a client for other libraries, whose answers are held against
// the contract as well.
func (a *api) client() *http.Client { return &http.Client{Transport: conforming{a}} }

type conforming struct{ *api }

// RoundTrip implements http.RoundTripper.
func (c conforming) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := http.DefaultTransport.RoundTrip(request)
	if err == nil {
		c.conforms(request, read(c.T, response))
	}
	return response, err
}

// form sends a form to the token endpoint: pairs of name and value.
func (a *api) form(pairs ...string) reply {
	a.Helper()
	values := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		values.Add(pairs[i], pairs[i+1])
	}
	return a.send("POST", "/application/token/", values.Encode(), "Content-Type: application/x-www-form-urlencoded")
}

// ask asks for a token with the given credentials.
func (a *api) ask(clientID string, secret delegation.Secret, scope string) reply {
	a.Helper()
	return a.form("grant_type", "client_credentials", "client_id", clientID, "client_secret", string(secret), "scope", scope)
}

// token returns the Authorization header of a token of the registered
// application.
func (a *api) token(scope string) string {
	a.Helper()
	return a.tokenOf(a.clientID, a.secret, scope)
}

func (a *api) tokenOf(clientID string, secret delegation.Secret, scope string) string {
	a.Helper()
	r := a.ask(clientID, secret, scope)
	is.New(a.T).Equal(r.StatusCode, 200) // a good request gets a token
	return "Authorization: Bearer " + r.json(a.T)["access_token"].(string)
}

// call sends JSON with a token.
func (a *api) call(method, path, body, token string) reply {
	a.Helper()
	var headers []string
	if token != "" {
		headers = append(headers, token)
	}
	if body != "" {
		headers = append(headers, "Content-Type: application/json")
	}
	return a.send(method, path, body, headers...)
}

// create makes a room and returns it.
func (a *api) create(body, token string) map[string]any {
	a.Helper()
	r := a.call("POST", "/rooms/", body, token)
	is.New(a.T).Equal(r.StatusCode, 201)
	return r.json(a.T)
}
