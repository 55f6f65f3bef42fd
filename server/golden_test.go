package server_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/matryer/is"
	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/rooms/roomsql"
	"github.com/anteroom-go/anteroom/scopes"
	"github.com/anteroom-go/anteroom/server"
	"github.com/anteroom-go/anteroom/server/database/dbtest"
)

// The files in testdata/wire are what goes over the wire, byte for byte but for
// what differs from run to run. A change of one of them is a change of the API;
// whoever means it runs the tests of this file with -update.
var update = flag.Bool("update", false, "write the files in testdata/wire anew")

// volatile is what differs from run to run. What has a place for a number is the
// same wherever it has the same one.
var volatile = []struct{ name, pattern string }{
	{"uuid-%d", `[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`},
	{"app-%d", `app_[0-9A-Za-z]+`},
	{"slug-%d", `\b[a-z]{3}-[a-z]{4}-[a-z]{3}\b`},
	{"time", `\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z`},
	{"pin", `\b\d{10}\b`},
	{"token", `eyJ[\w-]+\.[\w-]+\.[\w-]+`},
	{"cursor", `cursor=[\w-]{40,}`},
	{"key", `"(?:kid|x|y|jti)":"[\w-]+"`},
}

// settled returns a body without what differs from run to run.
func settled(body string) string {
	for _, one := range volatile {
		seen := map[string]string{}
		body = regexp.MustCompile(one.pattern).ReplaceAllStringFunc(body, func(found string) string {
			if seen[found] == "" {
				seen[found] = "<" + strings.ReplaceAll(one.name, "%d", fmt.Sprint(len(seen)+1)) + ">"
			}
			if name, _, member := strings.Cut(found, `":"`); member {
				return name + `":"` + seen[found] + `"`
			}
			return seen[found]
		})
	}
	return body
}

// sameAsGolden holds the body of an answer against its file.
func sameAsGolden(t *testing.T, name string, r reply) {
	t.Helper()
	is := is.New(t)
	body := settled(r.body)
	if strings.HasSuffix(name, ".json") {
		var indented bytes.Buffer
		is.NoErr(json.Indent(&indented, []byte(body), "", "  "))
		body = indented.String()
	}
	file := filepath.Join("testdata", "wire", name)
	if *update {
		is.NoErr(os.WriteFile(file, []byte(body), 0o644))
	}
	want, err := os.ReadFile(file)
	is.NoErr(err)
	is.Equal(body, string(want)) // as it was
}

func TestGoldenRooms(t *testing.T) {
	each(t, func(t *testing.T, a *api) {
		token := a.token("alice@example.com")
		path, _ := a.roomWith(`{"name":"Budget"}`, token)
		sameAsGolden(t, "room.json", a.call("GET", path, "", token))
		full, _ := a.roomWith(`{"name":"<b>&é","access_level":"restricted","external_id":"uid-1",
			"metadata":{"b":"2","a":"1"},"expires_at":"2099-01-01T00:00:00Z",
			"configuration":{"everyone_can_mute":false,"can_publish_sources":["camera"]}}`, token)
		sameAsGolden(t, "room.full.json", a.call("GET", full, "", token))
		sameAsGolden(t, "list.json", a.call("GET", "/rooms/?page=2&page_size=1&order=created_at", "", token))
		sameAsGolden(t, "list.page.json", a.call("GET", "/rooms/?page_size=1", "", token))
		sameAsGolden(t, "list.empty.json", a.call("GET", "/rooms/?external_id=none", "", token))
		first := a.call("GET", "/rooms/?page_size=1", "", token)
		a.roomWith("", token)
		sameAsGolden(t, "list.cursor.json", a.call("GET", nextLink(first), "", token))
		bob := a.invite(path, `{"email":"bob@example.com","role":"administrator"}`, token)
		sameAsGolden(t, "attendee.json", a.call("GET", bob, "", token))
		sameAsGolden(t, "attendees.json", a.call("GET", path+"attendees/", "", token))
		sameAsGolden(t, "statistics.json",
			a.call("GET", "/stats/rooms/?from=2026-01-01&to=2026-03-01&interval=month", "", token))
		csv := a.send("GET", "/stats/rooms/?from=2026-01-01&to=2026-03-01&interval=month", "", token, "Accept: text/csv")
		sameAsGolden(t, "statistics.csv", csv)
	})
}

func TestGoldenTokens(t *testing.T) {
	a := onSQLite(t)
	r := a.ask(a.clientID, a.secret, "alice@example.com")
	sameAsGolden(t, "token.json", r)
	raw := r.json(t)["access_token"].(string)
	active := a.about("introspect", raw, a.clientID, a.secret)
	active.body = regexp.MustCompile(`"(iat|exp)":\d+`).ReplaceAllString(active.body, `"$1":0`)
	sameAsGolden(t, "introspection.json", active)
	sameAsGolden(t, "introspection.inactive.json", a.about("introspect", "x", a.clientID, a.secret))
}

func TestGoldenDocuments(t *testing.T) {
	a := onSQLite(t)
	for name, path := range map[string]string{
		"health.json": "/healthz", "ready.json": "/readyz", "jwks.json": "/.well-known/jwks.json",
		"authorization-server.json": "/.well-known/oauth-authorization-server",
		"protected-resource.json":   "/.well-known/oauth-protected-resource/external-api",
	} {
		sameAsGolden(t, name, a.send("GET", path, ""))
	}
}

// problems returns an answer for each code of RFC 9457.
func problems(t *testing.T) map[string]reply {
	a := onSQLite(t)
	token, bob := a.token("alice@example.com"), a.token("bob@example.com")
	path, _ := a.roomWith(`{"external_id":"one"}`, token)
	other, _ := a.roomWith("", token)
	a.invite(path, `{"email":"bob@example.com"}`, token)
	people := a.call("GET", path+"attendees/", "", token).json(t)["results"].([]any)
	owner := path + "attendees/" + people[0].(object)["id"].(string) + "/"
	a.post("key", "", token)
	all := map[string]reply{
		"invalid_request":        a.call("POST", "/rooms/", "{", token),
		"invalid_input":          a.call("POST", "/rooms/", `{"name":1,"access_level":"open","size":1}`, token),
		"missing_token":          a.call("GET", "/rooms/", "", ""),
		"invalid_token":          a.call("GET", "/rooms/", "", token+"x"),
		"insufficient_scope":     a.call("GET", "/rooms/", "", a.token("alice@example.com rooms:create")),
		"forbidden":              a.call("PATCH", path, `{"name":"x"}`, bob),
		"not_found":              a.call("GET", path+"x", "", token),
		"not_found.room":         a.call("GET", "/rooms/x", "", token),
		"not_found.attendee":     a.call("GET", path+"attendees/x", "", token),
		"method_not_allowed":     a.call("PUT", path, "", token),
		"not_acceptable":         a.send("GET", path+"invitation/", "", token, "Accept: image/png"),
		"external_id_conflict":   a.call("PATCH", other, `{"external_id":"one"}`, token),
		"owner_immutable":        a.call("DELETE", owner, "", token),
		"precondition_failed":    a.send("DELETE", path, "", token, `If-Match: "x"`),
		"payload_too_large":      a.call("POST", "/rooms/", strings.Repeat("x", 300<<10), token),
		"unsupported_media_type": a.send("POST", "/rooms/", "x", token, "Content-Type: text/plain"),
		"idempotency_key_reused": a.post("key", "{}", token),
	}
	running := onSQLite(t, func(c *server.Config) { c.Requests = runningRequests{roomsql.New(c.DB).Requests()} })
	all["idempotency_key_in_use"] = running.post("key", "", running.token("alice@example.com"))

	hasty := onSQLite(t)
	token = hasty.token("alice@example.com")
	all["request_timeout"] = hasty.losingPatience().stall("POST", base+"/rooms/", token, jsonType)

	bound := onSQLite(t, func(c *server.Config) { c.DPoPNonces = true }).newProver()
	all["use_dpop_nonce"] = bound.send("GET", "/rooms/", "", "Authorization: DPoP x", "DPoP: "+
		bound.Proof("GET", apiURL+"/rooms/", "x", "", bound.clock.now()))
	all["invalid_dpop_proof"] = bound.send("GET", "/rooms/", "", "Authorization: DPoP x")

	few := limited(t, "reads=1/1")
	few.call("GET", "/rooms/", "", few.token("alice@example.com"))
	all["rate_limited"] = few.call("GET", "/rooms/", "", few.token("alice@example.com"))

	simple := onSQLite(t, plainStores)
	all["not_supported"] = simple.call("GET", "/stats/rooms/", "", simple.token("alice@example.com"))

	for code, f := range map[string]*faults{"internal_error": {panic: true}, "temporarily_unavailable": {}} {
		broken := f.serve(t)
		token := broken.token("alice@example.com")
		f.left.Store(1)
		all[code] = broken.call("GET", "/rooms/", "", token)
	}
	return all
}

// serve returns a server whose queries break as the faults decide.
func (f *faults) serve(t *testing.T) *api {
	var a *api
	db := dbtest.Open(t, dbtest.SQLite(t))
	a = serve(t, db.WithQueryHook(bun.QueryHook(f)))
	return a
}

func TestGoldenProblems(t *testing.T) {
	is := is.New(t)
	document, err := contract()
	is.NoErr(err)
	seen := problems(t)
	for _, code := range document.Components.Schemas["ErrorCode"].Value.Enum {
		_, found := seen[code.(string)]
		is.True(found) // every code has its file
	}
	for name, r := range seen {
		code, _, _ := strings.Cut(name, ".")
		is.Equal(r.code(), code) // is what it is named after
		sameAsGolden(t, "problem."+name+".json", r)
	}
}

func TestGoldenTokenErrors(t *testing.T) {
	is := is.New(t)
	a := onSQLite(t)
	bare, secret := a.register(delegation.Application{Name: "Bare", Policy: delegation.Policy{Any: true}})
	broken, away := &faults{panic: true}, &faults{}
	b, c := broken.serve(t), away.serve(t)
	broken.left.Store(1)
	away.left.Store(1)
	assertion := a.signing("ES256")(object{"exp": 1})
	seen := map[string]reply{
		"invalid_request":        a.form("grant_type", ""),
		"invalid_client":         a.ask(a.clientID, "wrong", ""),
		"invalid_grant":          a.form("grant_type", bearerGrant, "assertion", assertion, "scope", "alice@example.com"),
		"unsupported_grant_type": a.form("grant_type", "password"),
		"unauthorized_client":    a.ask(bare, secret, "alice@example.com"),

		"server_error":            b.ask(b.clientID, b.secret, ""),
		"temporarily_unavailable": c.ask(c.clientID, c.secret, ""),
	}
	a.change(func(app *delegation.Application) { app.Keys, app.Scopes = nil, scopes.All() })
	seen["invalid_scope"] = a.ask(a.clientID, a.secret, "")
	seen["invalid_scope.action"] = a.ask(a.clientID, a.secret, "alice@example.com rooms:fly")
	seen["invalid_scope.delegation"] = a.ask(a.clientID, a.secret, "alice@example.net")
	for name, r := range seen {
		code, _, _ := strings.Cut(name, ".")
		is.Equal(r.code(), code) // is what it is named after
		sameAsGolden(t, "token-error."+name+".json", r)
	}
}
