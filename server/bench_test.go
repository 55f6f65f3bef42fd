package server_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/rates"
	"github.com/anteroom-go/anteroom/delegation/registry"
	"github.com/anteroom-go/anteroom/scopes"
	"github.com/anteroom-go/anteroom/server"
	"github.com/anteroom-go/anteroom/server/database/dbtest"
)

// The benchmarks measure a request beside a simpler one of the same server, over
// loopback HTTP, in turns, on PostgreSQL. The metric that counts is how many times
// as long it takes, x-first or x-plain. The server beside a bare one is measured by
// server/internal/bench.

// bench is a server on a PostgreSQL database.
type bench struct {
	*testing.B
	server   string // URL
	clientID string
	secret   delegation.Secret
	token    string
	userID   string // alice's
	client   *http.Client
	registry *registry.Registry
	pool     *pgxpool.Pool
}

func newBench(b *testing.B) *bench {
	b.Helper()
	return newBenchOf(b, rates.Limits{Off: true}, scopes.Rooms())
}

// newBenchOf returns a bench with limits, and an application with scopes.
func newBenchOf(b *testing.B, limits rates.Limits, granted scopes.Set) *bench {
	b.Helper()
	address := dbtest.Postgres(b)
	db := dbtest.Open(b, address)
	rootKeys := delegation.NewRootKeys()
	api, err := server.New(context.Background(),
		server.Config{URL: publicURL, RootKeys: rootKeys, DB: db, RateLimits: limits})
	fatal(b, err)
	listener := httptest.NewServer(api)
	b.Cleanup(listener.Close)
	pool, err := pgxpool.New(context.Background(), address)
	fatal(b, err)
	b.Cleanup(pool.Close)
	x := &bench{B: b, server: listener.URL + base, pool: pool,
		client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}}
	x.registry, err = registry.New(registry.Config{DB: db, RootKeys: rootKeys})
	fatal(b, err)
	user, err := x.registry.AddUser(context.Background(), "alice@example.com")
	fatal(b, err)
	x.userID = user.ID
	x.register(granted)
	return x
}

// register makes another application the one that calls.
func (x *bench) register(granted scopes.Set) {
	app, secret, err := x.registry.CreateApplication(context.Background(), delegation.Application{
		Name: "Calendar", Scopes: granted, Policy: delegation.Policy{Domains: []delegation.Domain{"example.com"}}})
	fatal(x, err)
	x.clientID, x.secret = app.ClientID, secret
	var token struct {
		Access string `json:"access_token"`
	}
	fatal(x, json.Unmarshal(x.ask(x.server, 200), &token))
	x.token = token.Access
}

func fatal(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

// request is a request with the token.
func (x *bench) request(method, url, body string) *http.Request {
	request, err := http.NewRequest(method, url, strings.NewReader(body))
	fatal(x, err)
	request.Header.Set("Authorization", "Bearer "+x.token)
	return request
}

// call sends a request and returns the body. Headers are names and values.
func (x *bench) call(method, url, mediaType, body string, want int, headers ...string) []byte {
	request := x.request(method, url, body)
	if mediaType == mediaForm {
		request.Header.Del("Authorization")
	}
	if mediaType != "" {
		request.Header.Set("Content-Type", mediaType)
	}
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := x.client.Do(request)
	if err != nil {
		x.Error(err)
		return nil
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != want {
		x.Errorf("%s %s: %d %s %v", method, url, response.StatusCode, text, err)
	}
	return text
}

const mediaForm = "application/x-www-form-urlencoded"

func (x *bench) ask(base string, want int) []byte {
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {x.clientID},
		"client_secret": {string(x.secret)}, "scope": {"alice@example.com"}}
	return x.call("POST", base+"/application/token", mediaForm, form.Encode(), want)
}

// on is the bench of a benchmark below.
func (x *bench) on(b *testing.B) *bench {
	below := *x
	below.B = b
	return &below
}

// beside makes b.N calls and as many of another kind, in turns of a hundred, so
// that what else the machine does falls on both.
func (x *bench) beside(name string, other, call func()) {
	var ours, theirs time.Duration
	call()
	other()
	x.ResetTimer()
	for left := x.N; left > 0; left -= 100 {
		n := min(left, 100)
		theirs += parallel(n, other)
		ours += parallel(n, call)
	}
	x.ReportMetric(float64(ours)/float64(theirs), "x-"+name)
	x.ReportMetric(float64(x.N)/ours.Seconds(), "req/s")
	x.ReportMetric(float64(x.N)/theirs.Seconds(), name+"-req/s")
	x.ReportMetric(0, "ns/op")
}

// parallel makes n calls from several clients and returns how long it took.
func parallel(n int, call func()) time.Duration {
	var next atomic.Int64
	var wait sync.WaitGroup
	start := time.Now()
	for range 4 * runtime.GOMAXPROCS(0) {
		wait.Go(func() {
			for next.Add(1) <= int64(n) {
				call()
			}
		})
	}
	wait.Wait()
	return time.Since(start)
}
