package server_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"fmt"
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

	"github.com/go-jose/go-jose/v4"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/julienschmidt/httprouter"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/rates"
	"github.com/anteroom-go/anteroom/delegation/registry"
	"github.com/anteroom-go/anteroom/scopes"
	"github.com/anteroom-go/anteroom/server"
	"github.com/anteroom-go/anteroom/server/database/dbtest"
)

// The benchmarks measure the server beside its floor: a bare httprouter handler
// that does only the irreducible work. Both answer the same parallel clients
// over loopback HTTP, in turns, on the same PostgreSQL. The metric that counts
// is x-floor, how many times as long the server takes. Where a request is
// measured beside a simpler one of the same server, it is x-first or x-plain.

// bench is a server and a floor on one PostgreSQL database.
type bench struct {
	*testing.B
	server, floor string // URLs
	clientID      string
	secret        delegation.Secret
	token         string
	userID        string // alice's
	client        *http.Client
	registry      *registry.Registry
	pool          *pgxpool.Pool
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

// serveFloor serves one bare handler.
func (x *bench) serveFloor(method, path string, handle httprouter.Handle) {
	router := httprouter.New()
	router.Handle(method, path, handle)
	listener := httptest.NewServer(router)
	x.Cleanup(listener.Close)
	x.floor = listener.URL
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

// compare runs b.N requests against each side.
func (x *bench) compare(request func(base string)) {
	x.beside("floor", func() { request(x.floor) }, func() { request(x.server) })
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

// BenchmarkToken compares the token endpoint with: parse the form, one MAC, sign
// the same claims.
func BenchmarkToken(b *testing.B) {
	x := newBench(b)
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	fatal(b, err)
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256,
		Key: jose.JSONWebKey{Key: private, KeyID: strings.Repeat("k", 43)}},
		(&jose.SignerOptions{}).WithType("at+jwt"))
	fatal(b, err)
	x.serveFloor("POST", "/application/token", func(w http.ResponseWriter, r *http.Request, _ httprouter.Params) {
		_ = r.ParseForm()
		mac := hmac.New(sha256.New, make([]byte, 32))
		mac.Write([]byte(r.PostForm.Get("client_secret")))
		mac.Sum(nil)
		now := time.Now().Unix()
		payload, _ := json.Marshal(map[string]any{
			"iss": publicURL, "aud": publicURL + "/external-api", "sub": uuid.NewString(), "client_id": x.clientID,
			"act": map[string]string{"sub": x.clientID}, "scope": scopes.Rooms().String(), "iat": now, "exp": now + 600,
			"jti": rand.Text()[:22]})
		signed, _ := signer.Sign(payload)
		token, _ := signed.CompactSerialize()
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{"access_token": token, "token_type": "Bearer", "expires_in": 600,
			"scope": scopes.Rooms().String()})
	})
	x.compare(func(base string) { x.ask(base, 200) })
}

const insertRoom = `INSERT INTO anteroom.rooms (id, slug, name, access_level, configuration,
	source_kind, source_id, source_name, version, created_at, updated_at)
	VALUES ($1, $2, $3, 'trusted', '{}', 'application', $4, 'Calendar', 1, $5, $5)`

const insertMember = `INSERT INTO anteroom.room_members (room_id, id, user_id, address, role, source_kind, source_id,
		created_at)
	VALUES ($1, $1, $2, 'alice@example.com', 'owner', 'application', $3, $4)`

// insert keeps the rows of one room in one round trip.
func (x *bench) insert(ctx context.Context) (string, error) {
	id, now := uuid.Must(uuid.NewV7()).String(), time.Now()
	var batch pgx.Batch
	batch.Queue(insertRoom, id, slug(), "Budget", x.clientID, now)
	batch.Queue(insertMember, id, "floor", x.clientID, now)
	return id, x.pool.SendBatch(ctx, &batch).Close()
}

// BenchmarkCreateRoom compares room creation with: insert the same rows.
func BenchmarkCreateRoom(b *testing.B) {
	x := newBench(b)
	x.serveFloor("POST", "/rooms", func(w http.ResponseWriter, r *http.Request, _ httprouter.Params) {
		var body struct{ Name string }
		_ = json.NewDecoder(r.Body).Decode(&body)
		id, err := x.insert(r.Context())
		if err != nil {
			http.Error(w, err.Error(), 500)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusCreated)
		_ = json.NewEncoder(w).Encode(map[string]any{"id": id, "name": body.Name})
	})
	x.compare(func(base string) { x.call("POST", base+"/rooms", "application/json", `{"name":"Budget"}`, 201) })
}

// BenchmarkRetrieveRoom compares reading a room with: select the same row.
func BenchmarkRetrieveRoom(b *testing.B) {
	x := newBench(b)
	var room struct{ ID string }
	fatal(b, json.Unmarshal(x.call("POST", x.server+"/rooms", "application/json", `{"name":"Budget"}`, 201), &room))
	x.serveFloor("GET", "/rooms/:id", func(w http.ResponseWriter, r *http.Request, params httprouter.Params) {
		var name, slug, level, configuration, role string
		var created, updated time.Time
		err := x.pool.QueryRow(r.Context(), `SELECT r.name, r.slug, r.access_level, r.configuration,
				r.created_at, r.updated_at, m.role
			FROM anteroom.rooms AS r JOIN anteroom.room_members AS m ON m.room_id = r.id
			WHERE r.id = $1 AND r.deleted_at IS NULL`, params.ByName("id")).
			Scan(&name, &slug, &level, &configuration, &created, &updated, &role)
		if err != nil {
			http.Error(w, err.Error(), 500)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{"id": params.ByName("id"), "name": name, "slug": slug,
			"access_level":  level,
			"configuration": json.RawMessage(configuration), "created_at": created, "updated_at": updated,
			"url": fmt.Sprint(publicURL, "/", slug)})
	})
	x.compare(func(base string) { x.call("GET", base+"/rooms/"+room.ID, "", "", 200) })
}
