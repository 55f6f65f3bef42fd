package server_test

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/uuid"
	"github.com/matryer/is"
	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/registry"
	"github.com/anteroom-go/anteroom/rooms/roomsql"
	"github.com/anteroom-go/anteroom/scopes"
	"github.com/anteroom-go/anteroom/server"
)

// provocations say how every operation that documents a status is brought to
// answer with it, as long as the operation is of the kind.
var provocations = []struct {
	status  int
	kind    func(o operation) bool
	provoke func(w *world, o operation, path string) reply
}{
	{304, every, func(w *world, o operation, path string) reply {
		return w.good(o, path, "If-None-Match: "+w.good(o, path).Header.Get("ETag"))
	}},
	{400, guarded, func(w *world, o operation, path string) reply { return w.plain(o, path, "", w.token, w.token) }},
	{400, operation.authenticates, func(w *world, o operation, path string) reply { return w.plain(o, path+"?x=y", "") }},
	{401, guarded, func(w *world, o operation, path string) reply { return w.plain(o, path, "") }},
	{401, operation.authenticates, func(w *world, o operation, path string) reply {
		w.forgetSecret()
		return w.good(o, path)
	}},
	{403, guarded, func(w *world, o operation, path string) reply {
		others := w.scopes.Minus(scopes.NewSet(scopes.Scope(o.scope)))
		return w.plain(o, path, "", w.tokenOf(w.clientID, w.secret, "alice@example.com "+others.String()))
	}},
	{404, inPath, func(w *world, o operation, _ string) reply { return w.good(o, nowhere(o)) }},
	{405, every, func(w *world, o operation, path string) reply {
		o.method = "PURGE"
		return w.plain(o, path, "", w.token)
	}},
	{412, every, func(w *world, o operation, path string) reply {
		if o.OperationID == "changeAttendee" { // what is there already needs no condition
			w.plain(o, path, `{"role":"member"}`, w.token, jsonType)
		}
		return w.good(o, path, `If-Match: "of-another-room"`)
	}},
	{413, withBody, func(w *world, o operation, path string) reply {
		return w.plain(o, path, strings.Repeat("x", 300<<10), w.token, jsonType)
	}},
	{415, withBody, func(w *world, o operation, path string) reply {
		return w.plain(o, path, "x", w.token, "Content-Type: text/plain")
	}},
	{422, guarded, func(w *world, o operation, path string) reply {
		w.good(o, path, "Idempotency-Key: once")
		return w.plain(o, path, "{}", w.token, jsonType, "Idempotency-Key: once")
	}},
	{429, operation.authenticates, func(w *world, o operation, path string) reply {
		w.forgetSecret()
		r := w.good(o, path)
		for i := 0; i < 100 && r.StatusCode == 401; i++ {
			r = w.good(o, path)
		}
		return r
	}},
}

// authenticates reports whether clients authenticate at the operation.
func (o operation) authenticates() bool {
	return slices.ContainsFunc(*o.Security, func(r openapi3.SecurityRequirement) bool { return r["clientBasic"] != nil })
}

func every(operation) bool      { return true }
func guarded(o operation) bool  { return o.scope != "" }
func withBody(o operation) bool { return o.RequestBody != nil }
func inPath(o operation) bool   { return strings.Contains(o.template, "{") }

// forgetSecret makes the secret in the examples a wrong one.
func (w *world) forgetSecret() {
	for name, real := range w.names {
		if real == string(w.secret) {
			w.names[name] = "arsk_forgotten"
		}
	}
}

// nowhere returns a path at which there is nothing.
func nowhere(o operation) string {
	return regexp.MustCompile(`\{\w+\}`).ReplaceAllStringFunc(o.template, func(string) string { return uuid.NewString() })
}

// TestStatuses brings every operation to answer with what it documents.
func TestStatuses(t *testing.T) {
	a := onSQLite(t)
	for _, o := range operations(t) {
		for _, p := range provocations {
			if !o.documents(p.status) || !p.kind(o) {
				continue
			}
			t.Run(fmt.Sprint(o.OperationID, " ", p.status), func(t *testing.T) {
				w := a.world()
				is.New(t).Equal(p.provoke(w, o, w.path(o)).StatusCode, p.status) // as documented
			})
		}
	}
}

// TestRateLimitsEverywhere uses the quota of every guarded operation up.
func TestRateLimitsEverywhere(t *testing.T) {
	a := limited(t, "reads=3/3,writes=3/3,creates=3/3")
	for _, o := range operations(t) {
		if !o.documents(429) || !guarded(o) {
			continue
		}
		t.Run(o.OperationID, func(t *testing.T) {
			w := a.world()
			path := w.path(o)
			media, example := o.usual()
			w.furnish(encode(t, media, example))
			r := w.good(o, path)
			for i := 0; i < 3 && r.StatusCode != 429; i++ {
				r = w.good(o, path)
			}
			is.New(t).Equal(r.StatusCode, 429) // no route goes round it
		})
	}
}

// faults breaks one query of many.
type faults struct {
	left  atomic.Int64 // until the one that breaks; nothing breaks if it is not positive
	panic bool
}

// BeforeQuery implements bun.QueryHook. A query whose context has ended fails,
// as if the database were away; ending a transaction takes no context, and without a look at
// the leases of others a change waits until they have ended.
func (f *faults) BeforeQuery(ctx context.Context, event *bun.QueryEvent) context.Context {
	ends := event.Query == "COMMIT" || event.Query == "ROLLBACK" || strings.Contains(event.Query, "authority_leases")
	if ends && !f.panic || f.left.Add(-1) != 0 {
		return ctx
	}
	if f.panic {
		panic("a fault at " + event.Query)
	}
	ctx, cancel := context.WithCancel(ctx)
	cancel()
	return ctx
}

// AfterQuery implements bun.QueryHook.
func (f *faults) AfterQuery(context.Context, *bun.QueryEvent) {}

// TestFaults sends a good request to every operation and breaks its first query,
// then its second and so on: the answer is as documented, and nothing is left
// behind, so that the request succeeds once nothing breaks.
func TestFaults(t *testing.T) {
	for status, f := range map[int]*faults{500: {panic: true}, 503: {}} {
		databases(t, func(t *testing.T, db *bun.DB) {
			a := serve(t, db.WithQueryHook(f))
			for _, o := range operations(t) {
				if o.documents(status) {
					t.Run(fmt.Sprint(o.OperationID, " ", status), func(t *testing.T) { f.breakEach(t, a.world(), o, status) })
				}
			}
		})
	}
}

func (f *faults) breakEach(t *testing.T, w *world, o operation, status int) {
	is := is.New(t)
	path := w.path(o)
	media, example := o.usual()
	w.furnish(encode(t, media, example))
	for n := int64(1); n < 100; n++ {
		f.left.Store(n)
		r := w.good(o, path)
		if f.left.Swap(0) > 0 {
			is.Equal(r.StatusCode/100, 2) // no query was left to break
			return
		}
		is.Equal(r.StatusCode, status) // not the caller's fault
	}
	t.Fatal("there is no end of queries")
}

// awayKeys are signing keys that cannot be read.
type awayKeys struct{ delegation.Keys }

func (awayKeys) KeySet(context.Context) (*delegation.KeySet, error) {
	return nil, errors.New("the safe is shut")
}

func TestKeysAway(t *testing.T) {
	a := onSQLite(t, func(c *server.Config) { c.Keys = awayKeys{} })
	problem(t, a.send("GET", "/.well-known/jwks.json", ""), 503, "temporarily_unavailable")
	problem(t, a.send("GET", "/readyz", ""), 503, "temporarily_unavailable") // nothing could be signed
	refusal(t, a.ask(a.clientID, a.secret, "alice@example.com"), 503, "temporarily_unavailable")
}

// withoutRevocations is a directory that cannot end single tokens.
type withoutRevocations struct{ delegation.Applications }

func (withoutRevocations) RevokeToken(context.Context, string, string, time.Time) error {
	return delegation.ErrRevocationUnsupported
}

func TestHostWithoutRevocations(t *testing.T) {
	is := is.New(t)
	a := onSQLite(t, func(c *server.Config) {
		reg, err := registry.New(registry.Config{DB: c.DB, RootKeys: c.RootKeys})
		is.NoErr(err)
		c.Keys, err = reg.OpenKeys(t.Context())
		is.NoErr(err)
		c.Applications, c.Users, c.Rooms, c.DB = withoutRevocations{reg}, reg, roomsql.New(c.DB).Stores(), nil
	})
	token := strings.TrimPrefix(a.token("alice@example.com"), "Authorization: Bearer ")
	refusal(t, a.about("revoke", token, a.clientID, a.secret), 400, "unsupported_token_type") // RFC 7009 §2.2.1
}
