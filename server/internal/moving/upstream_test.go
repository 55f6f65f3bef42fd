package moving_test

import (
	"crypto/pbkdf2"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/registry"
	"github.com/anteroom-go/anteroom/server"
	"github.com/anteroom-go/anteroom/server/database/dbtest"
)

// The scenarios are those of LaSuite Meet's own tests of its external API, by their names:
// test_external_api_token.py, test_external_api_rooms.py and test_models_applications.py, 119
// with all parameters. Each is done here with an imported application, and MOVING.md has the
// table of what differs.
type scenario struct {
	theirs int    // the status there
	ours   string // the status here and, of a refusal, the code
	why    string // what differs; empty if nothing does
	do     func(w *world) answer
}

// world is a server on a database into which a dump was imported.
type world struct {
	service
	is     *is.I
	keys   delegation.RootKeys
	url    string
	offset time.Duration
}

// secretOf is the secret that an application has there.
func secretOf(id string) string { return "s3cr3t+&= %/" + id }

// hashed is a secret as Django hashes it, with less work.
func hashed(secret string) string {
	key, _ := pbkdf2.Key(sha256.New, secret, []byte("salt"), 1, 32)
	return "pbkdf2_sha256$1$salt$" + base64.StdEncoding.EncodeToString(key)
}

// uuidOf is a UUIDv4 with a number.
func uuidOf(n int) string { return fmt.Sprintf("%08d-0000-4000-8000-000000000000", n) }

// django writes objects as dumpdata does.
type django struct {
	objects []string
	n       int
}

func (d *django) add(model string, fields map[string]any) string {
	d.n++
	fields["created_at"], fields["updated_at"] = "2024-05-06T07:08:09.123Z", "2024-05-06T07:08:09.123Z"
	text, _ := json.Marshal(map[string]any{"model": "core." + model, "pk": uuidOf(d.n), "fields": fields})
	d.objects = append(d.objects, string(text))
	return uuidOf(d.n)
}

func (d *django) application(id string, active bool, granted string, domains ...string) {
	pk := d.add("application", map[string]any{"name": id, "is_active": active, "client_id": id,
		"client_secret": hashed(secretOf(id)), "scopes": granted})
	for _, domain := range domains {
		d.add("applicationdomain", map[string]any{"domain": domain, "application": pk})
	}
}

func (d *django) room(slug, user, role string) {
	id := d.add("resource", map[string]any{})
	text, _ := json.Marshal(map[string]any{"model": "core.room", "pk": id, "fields": map[string]any{"name": slug,
		"slug": slug, "access_level": "trusted", "configuration": map[string]any{}, "pin_code": "00000" + id[3:8]}})
	d.objects = append(d.objects, string(text))
	d.add("resourceaccess", map[string]any{"resource": id, "user": user, "role": role})
}

// sample is a dump with three users, four rooms and some applications.
func sample() string {
	var d django
	const all = `["rooms:list", "rooms:retrieve", "rooms:create"]`
	alice := d.add("user", map[string]any{"email": "alice@example.com", "is_active": true}) // uuidOf(1)
	bob := d.add("user", map[string]any{"email": "bob@example.com", "is_active": true})
	d.add("user", map[string]any{"email": "gone@example.com", "is_active": false})
	d.room("alice-s-room", alice, "owner") // uuidOf(4)
	d.room("shared", alice, "member")      // uuidOf(6)
	d.room("run-by-her", alice, "administrator")
	d.room("bob-s-room", bob, "owner") // uuidOf(10)
	d.application("all", true, all, "example.com")
	d.application("lists", true, `["rooms:list"]`, "example.com")
	d.application("creates", true, `["rooms:create"]`, "example.com")
	d.application("nothing", true, `[]`, "example.com")
	d.application("off", false, all, "example.com")
	d.application("anyone", true, all)
	return "[" + strings.Join(d.objects, ",\n") + "]"
}

// newWorld imports the sample and serves it.
func newWorld(t *testing.T, change func(*server.Config), args ...string) *world {
	t.Helper()
	w := &world{is: is.New(t), keys: delegation.NewRootKeys(), url: empty(t, dbtest.SQLite(t))}
	w.is.NoErr(bring(t, w.url, sample(), append(args, "--delegate-any")...).err)
	config := server.Config{URL: "https://meet.example.org", RootKeys: w.keys, DB: open(t, w.url),
		Telephony: server.Telephony{Number: "+33901020304", Country: "FR"},
		Now:       func() time.Time { return time.Now().Add(w.offset) }}
	if change != nil {
		change(&config)
	}
	api, err := server.New(t.Context(), config)
	w.is.NoErr(err)
	w.service = service{t, api}
	return w
}

// registry administers what the server serves.
func (w *world) registry() *registry.Registry {
	reg, err := registry.New(registry.Config{DB: open(w.T, w.url), RootKeys: w.keys})
	w.is.NoErr(err)
	return reg
}

// token is what an application gets for alice.
func (w *world) token(id string) string {
	a := w.ask(id, secretOf(id), "alice@example.com")
	w.is.Equal(a.status, 200)
	return a.text("access_token")
}

// json asks for a token with JSON, as clients of LaSuite Meet do.
func (w *world) json(id, secret, scope string) answer {
	body, err := json.Marshal(map[string]string{"client_id": id, "client_secret": secret,
		"grant_type": "client_credentials", "scope": scope})
	w.is.NoErr(err)
	return w.as("", "POST", "/application/token/", string(body))
}

// form sends a form to the token endpoint.
func (w *world) form(values url.Values) answer {
	return w.send("POST", "/application/token/", values.Encode(),
		http.Header{"Content-Type": {"application/x-www-form-urlencoded"}})
}

// claims are what a token says.
func (w *world) claims(token string) (claims map[string]any) {
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[1])
	w.is.NoErr(err)
	w.is.NoErr(json.Unmarshal(payload, &claims))
	return claims
}

// told is the status of an answer and the code of a refusal.
func (a answer) told() string {
	code := a.text("error")
	if code == "" {
		code = a.text("code")
	}
	return strings.TrimSpace(fmt.Sprint(a.status, " ", code))
}

// play does the scenarios, each in a world of its own.
func play(t *testing.T, scenarios map[string]scenario) {
	t.Helper()
	for name, s := range scenarios {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			told := s.do(newWorld(t, nil)).told()
			is.Equal(told, s.ours)
			same := told[:3] == fmt.Sprint(s.theirs)
			is.True(same || s.why != "") // what differs has its reason
		})
	}
}

// foreign is a token that LaSuite Meet signed, or an identity provider, or an add-on. There
// are no such modes of signing in here.
func foreign(w *world) answer {
	encode := base64.RawURLEncoding.EncodeToString
	token := encode([]byte(`{"alg":"HS256","typ":"JWT"}`)) + "." + encode([]byte(
		`{"iss":"lasuite-meet","client_id":"all","delegated":true,"user_id":"`+uuidOf(1)+
			`","scope":"rooms:list rooms:retrieve rooms:create","iat":1,"exp":9999999999}`)) + "." + encode([]byte("signature"))
	return w.as(token, "GET", "/rooms/", "")
}
