package server_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/matryer/is"
	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/rates"
	"github.com/anteroom-go/anteroom/server"
)

// observed keeps what an observer received, a line each.
type observed struct {
	mu    sync.Mutex
	lines []string
}

type observedKey struct{}

func (o *observed) add(format string, values ...any) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.lines = append(o.lines, fmt.Sprintf(format, values...))
}

// take returns the lines since the last time.
func (o *observed) take() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	lines := o.lines
	o.lines = nil
	return lines
}

func (o *observed) observer() server.Observer {
	return server.Observer{
		Request: func(r *http.Request, id string) (context.Context, func(server.Observation)) {
			return context.WithValue(r.Context(), observedKey{}, id), func(answer server.Observation) {
				o.add("%s %s %s %d %t %t", id, answer.Method, answer.Route, answer.Status, answer.Bytes > 0,
					answer.ClientID != "")
			}
		},
		Signing: func(context.Context) func(error) { return func(err error) { o.add("signed %v", err) } },
		TokenIssued: func(ctx context.Context, clientID string) {
			o.add("%v issued %t", ctx.Value(observedKey{}), clientID != "")
		},
		TokenRefused: func(_ context.Context, clientID string, reason delegation.Reason) {
			o.add("refused %t %s", clientID != "", reason)
		},
		Unauthenticated: func(_ context.Context, clientID, reason string) {
			o.add("unauthenticated %t %s", clientID != "", reason)
		},
		OverQuota:  func(_ context.Context, clientID, class string) { o.add("quota %t %s", clientID != "", class) },
		StoreError: func(_ context.Context, err error) { o.add("store %t", err != nil) },
	}
}

func TestObserver(t *testing.T) {
	seen := &observed{}
	each(t, func(t *testing.T, a *api) {
		is := is.New(t)
		token := strings.TrimPrefix(a.token("alice@example.com"), "Authorization: ")
		lines := seen.take()
		is.True(slices.Contains(lines, "signed <nil>"))
		is.True(strings.HasSuffix(lines[1], " issued true"))            // within the request's context
		id, _, _ := strings.Cut(lines[1], " ")                          // which has its id
		is.Equal(lines[2], id+" POST /application/token 200 true true") // and the pattern of its route
		a.ask(a.clientID, "sec_wrong", "alice@example.com")             // no such secret
		is.Equal(seen.take()[:2], []string{"refused true secret_unknown", "unauthenticated true secret_unknown"})
		a.ask(a.clientID, a.secret, "alice@example.org")
		is.Equal(seen.take()[0], "refused true address_not_covered")
		for _, test := range []struct{ method, path, token, want string }{
			{"GET", "/rooms/", "", "unauthenticated false missing_token|GET /rooms 401 true false"},
			{"GET", "/rooms/", "Bearer x", "unauthenticated false token_malformed|GET /rooms 401 true false"},
			{"HEAD", "/docs/", "", "HEAD /docs 200 true false"},
			{"GET", "/rooms/" + strings.Repeat("x", 50), token, "GET /rooms/:id 404 true true"},
			{"GET", "/nothing/" + strings.Repeat("x", 50), token, "GET other 404 true false"},
			{"BREW", "/rooms/", token, "other other 405 true false"},
		} {
			a.send(test.method, test.path, "", "X-Request-Id: request-1", "Authorization: "+test.token)
			got := strings.ReplaceAll(strings.Join(seen.take(), "|"), "request-1 ", "")
			is.Equal(got, test.want) // few texts, whatever was sent
		}
	}, func(c *server.Config) { c.Observer = seen.observer() })
}

func TestObserverOfQuotasAndStores(t *testing.T) {
	is := is.New(t)
	seen := &observed{}
	a := onSQLite(t, func(c *server.Config) {
		c.Observer = seen.observer()
		c.RateLimits = rates.Limits{Reads: rates.Quota{Application: 2}}
	})
	token := a.token("alice@example.com")
	a.call("GET", "/rooms/", "", token)
	a.call("GET", "/rooms/", "", token)
	seen.take()
	is.Equal(a.call("GET", "/rooms/", "", token).StatusCode, 429)
	is.Equal(seen.take()[0], "quota true reads")
}

// brokenHook ends every query with an error.
type brokenHook struct{ on atomic.Bool }

// BeforeQuery implements bun.QueryHook.
func (b *brokenHook) BeforeQuery(ctx context.Context, _ *bun.QueryEvent) context.Context {
	if !b.on.Load() {
		return ctx
	}
	ctx, cancel := context.WithCancel(ctx)
	cancel()
	return ctx
}

// AfterQuery implements bun.QueryHook.
func (*brokenHook) AfterQuery(context.Context, *bun.QueryEvent) {}

func TestObserverOfStoreErrors(t *testing.T) {
	databases(t, func(t *testing.T, db *bun.DB) {
		is := is.New(t)
		seen, broken := &observed{}, &brokenHook{}
		a := serve(t, db.WithQueryHook(broken), func(c *server.Config) { c.Observer = seen.observer() })
		token := a.token("alice@example.com")
		seen.take()
		broken.on.Store(true)
		is.Equal(a.call("GET", "/rooms/", "", token).StatusCode, 503)
		is.Equal(len(seen.take()), 2) // the error of the store and the answer
		is.Equal(a.send("GET", "/readyz", "").StatusCode, 503)
		is.Equal(len(seen.take()), 1) // whoever asks for readiness asks for no store
	})
}

func TestReadyOfAHost(t *testing.T) {
	is := is.New(t)
	var problem error
	a := onSQLite(t, func(c *server.Config) { c.Ready = func(context.Context) error { return problem } })
	is.Equal(a.send("GET", "/readyz", "").StatusCode, 200)
	problem = errors.New("the disk is full")
	refused := a.send("GET", "/readyz", "")
	is.Equal(refused.StatusCode, 503)                                 // the host decides
	is.True(!strings.Contains(refused.body, "disk"))                  // and callers do not learn why
	is.True(strings.Contains(a.log.String(), "the disk is full"))     // but the log does
	is.Equal(a.send("GET", "/healthz", "").StatusCode, http.StatusOK) // the process itself is well
}
