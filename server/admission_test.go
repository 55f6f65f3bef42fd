package server_test

import (
	"context"
	"crypto/pbkdf2"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/scopes"
	"github.com/anteroom-go/anteroom/server"
)

// behindProxy trusts the connections of tests.
func behindProxy(c *server.Config) {
	c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
}

// importApp registers an application with a secret of another product, whose hash
// takes a while.
func (a *api) importApp(id, secret string) {
	a.Helper()
	is := is.New(a.T)
	iterations, key := 1000, []byte(nil)
	for started := time.Now(); time.Since(started) < 30*time.Millisecond; iterations *= 2 {
		var err error
		key, err = pbkdf2.Key(sha256.New, secret, []byte("salt"), iterations, sha256.Size)
		is.NoErr(err)
	}
	iterations /= 2
	hash := fmt.Sprintf("pbkdf2_sha256$%d$salt$%s", iterations, base64.StdEncoding.EncodeToString(key))
	_, _, err := a.registry.ImportApplication(a.Context(), delegation.Application{
		ClientID: id, Name: id, Scopes: scopes.All(), Policy: delegation.Policy{Any: true}}, hash)
	is.NoErr(err)
}

// askFrom asks for a token with an address that the proxy wrote down.
func (a *api) askFrom(address, clientID string, secret delegation.Secret) reply {
	a.Helper()
	return a.send("POST", "/application/token/", credentialsForm(clientID, secret), formType, "X-Forwarded-For: "+address)
}

func credentialsForm(clientID string, secret delegation.Secret) string {
	return url.Values{"grant_type": {"client_credentials"}, "client_id": {clientID}, "client_secret": {string(secret)},
		"scope": {"alice@example.com"}}.Encode()
}

// attack sends wrong secrets, each of them new, from many connections until the
// test ends. A connection that is sent away comes back when the next hash begins.
type attack struct {
	*api
	secrets atomic.Int64
	retry   chan struct{} // holds one for each hash

	mu     sync.Mutex
	begun  *sync.Cond
	hashes int                       // that have begun
	waited map[delegation.Secret]int // how many of them began while a secret waited
}

func newAttack(t *testing.T) *attack {
	x := &attack{retry: make(chan struct{}, 1000), waited: map[delegation.Secret]int{}}
	x.begun = sync.NewCond(&x.mu)
	x.api = onSQLite(t, behindProxy, func(c *server.Config) { c.Records = counting{otherRegistry(t, c), x} })
	x.importApp("attacked", "right")
	x.importApp("other", "its own")
	return x
}

// counting are records that count the hashes of an attack.
type counting struct {
	delegation.Records
	*attack
}

func (c counting) CheckImportedSecret(ctx context.Context, clientID string, secret delegation.Secret,
	admit func(context.Context) (func(), error)) (bool, error) {
	return c.Records.CheckImportedSecret(ctx, clientID, secret, func(ctx context.Context) (func(), error) {
		before := c.soFar()
		done, err := admit(ctx)
		if err == nil {
			c.begin(secret, before)
		}
		return done, err
	})
}

// begin notes that the hash of a secret begins.
func (x *attack) begin(secret delegation.Secret, before int) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.waited[secret] = x.hashes - before
	x.hashes++
	x.begun.Broadcast()
	select {
	case x.retry <- struct{}{}:
	default:
	}
}

// waitOf returns how many hashes began between the arrival of a secret and its own.
func (x *attack) waitOf(secret delegation.Secret) int {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.waited[secret]
}

// soFar returns how many hashes have begun.
func (x *attack) soFar() int {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.hashes
}

// start lets connections send wrong secrets, and returns when n hashes have
// begun.
func (x *attack) start(connections int, from func(i int) (clientID, address string), n int) {
	x.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{}, connections)
	for i := range connections {
		clientID, address := from(i)
		go func() {
			x.send(ctx, clientID, address)
			ended <- struct{}{}
		}()
	}
	x.Cleanup(func() {
		cancel()
		for range connections {
			<-ended
		}
	})
	x.mu.Lock()
	defer x.mu.Unlock()
	for x.hashes < n {
		x.begun.Wait()
	}
}

func (x *attack) send(ctx context.Context, clientID, address string) {
	for ctx.Err() == nil {
		form := credentialsForm(clientID, delegation.Secret("wrong"+strconv.FormatInt(x.secrets.Add(1), 10)))
		target := x.http.URL + base + "/application/token/"
		request, err := http.NewRequestWithContext(ctx, "POST", target, strings.NewReader(form))
		if err != nil {
			return
		}
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		request.Header.Set("X-Forwarded-For", address)
		response, err := http.DefaultTransport.RoundTrip(request)
		if err != nil {
			return
		}
		_ = response.Body.Close()
		if response.StatusCode == http.StatusTooManyRequests {
			select {
			case <-x.retry:
			case <-ctx.Done():
			}
		}
	}
}

// TestWrongSecretsKeepNoOtherOut is the first row of availability: what one
// client id, one network or one connection does takes no place of another.
func TestWrongSecretsKeepNoOtherOut(t *testing.T) {
	network := func(i int) string { return fmt.Sprintf("203.0.113.%d", i%10) }
	attacks := map[string]func(i int) (clientID, address string){
		"of one client id, from one network":   func(int) (string, string) { return "attacked", network(0) },
		"of one client id, from ten networks":  func(i int) (string, string) { return "attacked", network(i) },
		"of many client ids, from one network": func(i int) (string, string) { return fmt.Sprint("invented", i), network(0) },
	}
	for name, from := range attacks {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			x := newAttack(t)
			x.start(150, from, 15)
			is.Equal(x.askFrom("198.51.100.1", x.clientID, x.secret).StatusCode, 200) // a secret of ours waits for no hash
			for clientID, secret := range map[string]delegation.Secret{"other": "its own", "attacked": "right"} {
				is.Equal(x.askFrom("198.51.100.1", clientID, secret).StatusCode, 200) // the right secret gets in
				is.True(x.waitOf(secret) < 8)                                         // before those who came earlier
			}
		})
	}
}

func TestWrongSecretsAreHashedOnce(t *testing.T) {
	is := is.New(t)
	a := onSQLite(t, behindProxy)
	a.importApp("attacked", "right")
	for i := range 100 {
		r := a.askFrom("203.0.113.1", "attacked", "wrong")
		is.True(r.StatusCode == 401 || r.StatusCode == 429 && i >= 60) // throttled like every other failure
	}
	refusal(t, a.askFrom("203.0.113.1", "attacked", "right"), 429, "temporarily_unavailable") // before the hash
	is.Equal(a.askFrom("203.0.113.2", "attacked", "right").StatusCode, 200)                   // not elsewhere
	is.Equal(a.askFrom("203.0.113.1", "attacked", "right").StatusCode, 200)                   // and the MAC comes first
}

func TestFailuresAreCountedByAddress(t *testing.T) {
	fail := func(a *api, address string, n int) (last reply) {
		for range n {
			last = a.askFrom(address, a.clientID, delegation.NewSecret())
		}
		return last
	}
	t.Run("behind a trusted proxy", func(t *testing.T) {
		a := onSQLite(t, behindProxy)
		a.clock.stop()
		refusal(t, fail(a, "192.0.2.1", 61), 429, "temporarily_unavailable")
		refusal(t, fail(a, "192.0.2.2", 1), 401, "invalid_client") // another client of the proxy
		refusal(t, fail(a, "2001:db8::1", 61), 429, "temporarily_unavailable")
		refusal(t, fail(a, "2001:db8::2", 1), 429, "temporarily_unavailable") // the holder of a network has all of it
	})
	t.Run("without one", func(t *testing.T) {
		a := onSQLite(t)
		a.clock.stop()
		refusal(t, fail(a, "192.0.2.1", 61), 429, "temporarily_unavailable")
		refusal(t, fail(a, "192.0.2.2", 1), 429, "temporarily_unavailable") // what a client writes is not believed
	})
}

func TestAssertionClientsAreCountedApart(t *testing.T) {
	is := is.New(t)
	a := onSQLite(t)
	a.clock.stop()
	sign := a.signing("ES256")
	fail := func(issuer string) int {
		assertion := sign(object{"iss": issuer, "sub": issuer, "aud": "elsewhere"})
		return a.form("grant_type", "client_credentials", "client_assertion_type", assertionType,
			"client_assertion", assertion).StatusCode
	}
	for range 60 {
		is.Equal(fail("app_failing"), 401)
	}
	is.Equal(fail("app_failing"), 429)
	is.Equal(fail("app_other"), 401)                  // a client id inside the assertion alone is one
	is.Equal(a.ask("", a.secret, "").StatusCode, 401) // and no client id is none of them
}
