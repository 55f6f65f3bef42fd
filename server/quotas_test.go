package server_test

import (
	"context"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/rates"
	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/rooms/roomsql"
	"github.com/anteroom-go/anteroom/rooms/stats"
	"github.com/anteroom-go/anteroom/scopes"
	"github.com/anteroom-go/anteroom/server"
	"github.com/anteroom-go/anteroom/server/database/dbtest"
	"github.com/anteroom-go/anteroom/server/redisrates"
)

// other registers another application that may do everything.
func (a *api) other() (clientID string, secret delegation.Secret) {
	a.Helper()
	return a.register(delegation.Application{Name: "Other", Scopes: scopes.All(), Policy: delegation.Policy{Any: true}})
}

// TestTokensAreCounted uses the quota of an application up at the endpoints at
// which clients authenticate.
func TestTokensAreCounted(t *testing.T) {
	is := is.New(t)
	var issued atomic.Int64
	a := limited(t, "tokens=4", func(c *server.Config) {
		c.OnEvent = func(context.Context, delegation.Event) { issued.Add(1) }
	})
	for range 8 {
		wrong := a.ask(a.clientID, delegation.NewSecret(), "alice@example.com")
		refusal(t, wrong, 401, "invalid_client") // which was not the client itself
	}
	raw := strings.TrimPrefix(a.token("alice@example.com"), "Authorization: Bearer ")
	r := a.about("introspect", raw, a.clientID, a.secret)
	is.Equal(r.json(t)["active"], true)
	left(t, r, `"tokens-application";r=2;t=30`)
	r = a.ask(a.clientID, a.secret, "alice@example.net")
	refusal(t, r, 400, "invalid_scope")
	left(t, r, `"tokens-application";r=1;t=15`) // a refusal costs as much
	r = a.about("revoke", "garbage", a.clientID, a.secret)
	is.Equal(r.StatusCode, 200)
	left(t, r, `"tokens-application";r=0;t=15`)
	is.Equal(r.Header.Get("RateLimit-Policy"), `"tokens-application";q=4;w=60`)
	decided := issued.Load()
	for _, r := range []reply{a.ask(a.clientID, a.secret, "alice@example.com"),
		a.about("introspect", raw, a.clientID, a.secret), a.about("revoke", raw, a.clientID, a.secret)} {
		refusal(t, r, 429, "temporarily_unavailable")
		is.Equal(r.Header.Get("Retry-After"), "15") // when there is one again
	}
	is.Equal(issued.Load(), decided) // nothing was decided, signed or revoked
	r = a.call("GET", "/rooms/", "", "Authorization: Bearer "+raw)
	is.Equal(r.StatusCode, 200) // a token that there is goes on
	whose := `"client_id":"` + a.clientID + `","error":"rate_limited: \"tokens-application`
	is.True(strings.Contains(a.log.String(), whose)) // the log tells whose quota it was
	other, secret := a.other()
	is.Equal(a.ask(other, secret, "alice@example.com").StatusCode, 200) // another application has its own
	a.clock.advance(15 * time.Second)
	is.Equal(a.ask(a.clientID, a.secret, "alice@example.com").StatusCode, 200) // who waited is let through
}

// TestProvisioningIsACreate lets an application name new users in a loop.
func TestProvisioningIsACreate(t *testing.T) {
	is := is.New(t)
	a := limited(t, "creates=2/2")
	a.change(func(app *delegation.Application) { app.Provision = true })
	r := a.ask(a.clientID, a.secret, "new1@example.com")
	is.Equal(r.StatusCode, 200)
	left(t, r, `"tokens-application";r=599;t=60, "creates-application";r=1;t=30`) // both quotas
	is.Equal(r.Header.Get("RateLimit-Policy"), `"tokens-application";q=600;w=60, "creates-application";q=2;w=60`)
	is.Equal(a.call("POST", "/rooms/", "", a.token("alice@example.com")).StatusCode, 201) // rooms are of the same quota
	r = a.ask(a.clientID, a.secret, "new2@example.com")
	refusal(t, r, 429, "temporarily_unavailable")
	is.Equal(r.Header.Get("Retry-After"), "30")
	_, err := a.registry.UserByEmail(t.Context(), "new2@example.com")
	is.Equal(err, delegation.ErrUserNotFound)                                 // nothing was provisioned
	is.Equal(a.ask(a.clientID, a.secret, "new1@example.com").StatusCode, 200) // a user who is there costs no create
}

// TestOwnLimits gives an application limits of its own while the server runs.
func TestOwnLimits(t *testing.T) {
	a := limited(t, "reads=3/3")
	token := a.token("alice@example.com")
	left(t, a.call("GET", "/rooms/", "", token), `"reads-application";r=2;t=40, "reads-user";r=2;t=40`)
	a.change(func(app *delegation.Application) { app.RateLimits.Reads = rates.Quota{Application: 60, User: 6} })
	left(t, a.call("GET", "/rooms/", "", token),
		`"reads-application";r=59;t=59, "reads-user";r=5;t=50`) // from the next request on
	other, secret := a.other()
	left(t, a.call("GET", "/rooms/", "", a.tokenOf(other, secret, "alice@example.com")),
		`"reads-application";r=2;t=40, "reads-user";r=2;t=40`) // others have the server's
	a.change(func(app *delegation.Application) { app.RateLimits = rates.Limits{Tokens: 1} })
	left(t, a.ask(a.clientID, a.secret, "alice@example.com"), `"tokens-application";r=0;t=60`)
	refusal(t, a.ask(a.clientID, a.secret, "alice@example.com"), 429, "temporarily_unavailable")
	a.change(func(app *delegation.Application) { app.RateLimits = rates.Limits{Off: true} })
	left(t, a.ask(a.clientID, a.secret, "alice@example.com"), "") // or none
}

// gated are statistics that are counted when the test lets them.
type gated struct {
	stats.Store
	begun chan struct{} // one for each that has begun
	open  chan struct{} // closed when all may end
}

func (g gated) Count(ctx context.Context, view rooms.View, starts []time.Time, end time.Time) ([]stats.Count, error) {
	g.begun <- struct{}{}
	select {
	case <-g.open:
	case <-ctx.Done():
	}
	return g.Store.Count(ctx, view, starts, end)
}

// TestExpensiveRequestsAtOnce sends 24 statistics of one application while each
// takes for ever: another application does not notice.
func TestExpensiveRequestsAtOnce(t *testing.T) {
	is := is.New(t)
	gate := gated{begun: make(chan struct{}, 24), open: make(chan struct{})}
	a := onSQLite(t, func(c *server.Config) {
		gate.Store = roomsql.New(c.DB)
		c.Statistics = gate
	})
	token := a.token("alice@example.com")
	answers := make(chan reply, 24)
	for range 24 {
		go func() { answers <- a.call("GET", "/stats/rooms/", "", token) }()
	}
	for range 16 {
		r := <-answers // at once, while the others are not answered
		problem(t, r, 429, "rate_limited")
		is.Equal(r.Header.Get("Retry-After"), "1")
	}
	for range 8 {
		<-gate.begun // as many as the default
	}
	is.Equal(len(gate.begun), 0)                                               // and no more
	problem(t, a.call("GET", "/rooms/", "", token), 429, "rate_limited")       // lists are of the same places
	is.Equal(a.call("GET", "/rooms/unknown/", "", token).StatusCode, 404)      // what is not expensive goes on
	is.Equal(a.ask(a.clientID, a.secret, "alice@example.com").StatusCode, 200) // tokens too
	other, secret := a.other()
	theirs := a.tokenOf(other, secret, "alice@example.com")
	is.Equal(a.call("GET", "/rooms/", "", theirs).StatusCode, 200) // another application has its own places
	close(gate.open)
	for range 8 {
		is.Equal((<-answers).StatusCode, 200)
	}
	is.Equal(a.call("GET", "/stats/rooms/", "", token).StatusCode, 200) // a place is given back
}

// TestSharedQuotas lets two servers count in one Redis, until it is gone.
func TestSharedQuotas(t *testing.T) {
	is := is.New(t)
	address, kill := dbtest.Redis(t)
	share := func(c *server.Config) {
		counter, err := redisrates.Open(address)
		is.NoErr(err)
		t.Cleanup(func() { is.NoErr(counter.Close()) })
		c.RateCounter, c.RateLimits.Reads = counter, rates.Quota{Application: 10, User: 4}
	}
	a := onSQLite(t, share)
	second := a.replica(share)
	token := a.token("alice@example.com")
	statuses := func() (got []int) {
		for range 3 {
			for _, one := range []*api{a, second} {
				got = append(got, one.call("GET", "/rooms/", "", token).StatusCode)
			}
		}
		return got
	}
	is.Equal(statuses(), []int{200, 200, 200, 200, 429, 429}) // one quota for both
	kill()
	is.Equal(statuses(), []int{200, 200, 200, 200, 200, 200}) // each counts for itself, and answers
	for _, one := range []*api{a, second} {
		is.Equal(strings.Count(one.log.String(), "rate limits are not shared"), 1) // and tells so once
	}
	password := strings.TrimPrefix(strings.Split(address, "@")[0], "redis://:")
	is.True(!strings.Contains(a.log.String()+second.log.String(), password)) // without the password
}

// replica returns another server on the same database.
func (a *api) replica(change func(*server.Config)) *api {
	a.Helper()
	other := *a
	other.log = &syncBuffer{}
	config := a.plain
	config.Logger = newLogger(other.log)
	change(&config)
	if *decorated {
		decorate(a.T, &config)
	}
	s, err := server.New(a.Context(), config)
	is.New(a.T).NoErr(err)
	other.listen(s)
	return &other
}

// refusedRates is a counter that is always away.
type refusedRates struct{}

func (refusedRates) Take(context.Context, []rates.Bucket) (rates.Taken, error) {
	return rates.Taken{}, http.ErrServerClosed
}
