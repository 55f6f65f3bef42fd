package moving_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/matryer/is"
	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/server"
	"github.com/anteroom-go/anteroom/server/database"
	"github.com/anteroom-go/anteroom/server/database/dbtest"
	"github.com/anteroom-go/anteroom/server/internal/moving"
)

// ran is how a command ended.
type ran struct {
	stdout, stderr string
	err            error
	status         int
}

// command runs one of the commands on a database.
func command(t *testing.T, ctx context.Context, url string, stdin io.Reader, args ...string) (r ran) {
	t.Helper()
	var cli struct {
		Import moving.Import `cmd:""`
		Export moving.Export `cmd:""`
		Users  moving.Users  `cmd:""`
	}
	if stdin == nil {
		stdin = strings.NewReader("")
	}
	var stdout, stderr bytes.Buffer
	parser := kong.Must(&cli, kong.Writers(&stdout, &stderr), kong.BindTo(ctx, (*context.Context)(nil)),
		kong.BindTo(stdin, (*io.Reader)(nil)))
	parsed, err := parser.Parse(append(args, "--database", url))
	is.New(t).NoErr(err)
	r.err = parsed.Run()
	r.stdout, r.stderr = stdout.String(), stderr.String()
	var failure *moving.Failure
	switch {
	case errors.As(r.err, &failure):
		r.status = failure.Status()
	case r.err != nil:
		r.status = 1
	}
	return r
}

// bring imports a text, and returns how it ended.
func bring(t *testing.T, url, text string, args ...string) ran {
	t.Helper()
	return command(t, t.Context(), url, strings.NewReader(text), append([]string{"import", "-"}, args...)...)
}

// whole returns everything in a database as JSON Lines.
func whole(t *testing.T, url string, args ...string) string {
	t.Helper()
	r := command(t, t.Context(), url, nil, append([]string{"export", "-"}, args...)...)
	is.New(t).NoErr(r.err)
	return r.stdout
}

// empty returns the URL of a migrated database without rows.
func empty(t *testing.T, address string) string {
	t.Helper()
	is := is.New(t)
	db := open(t, address)
	is.NoErr(database.Migrate(t.Context(), db))
	return address
}

func open(t *testing.T, address string) *bun.DB {
	t.Helper()
	db, err := database.Open(t.Context(), address)
	is.New(t).NoErr(err)
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// each runs a test with an empty database of either kind, and one of the other kind.
func each(t *testing.T, run func(t *testing.T, url, other string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { run(t, empty(t, dbtest.SQLite(t)), empty(t, dbtest.Postgres(t))) })
	t.Run("postgres", func(t *testing.T) { run(t, empty(t, dbtest.Postgres(t)), empty(t, dbtest.SQLite(t))) })
}

// service is the API on a database.
type service struct {
	*testing.T
	api *server.Server
}

func serve(t *testing.T, address string, keys delegation.RootKeys) service {
	t.Helper()
	api, err := server.New(t.Context(), server.Config{URL: "https://meet.example.org", RootKeys: keys,
		DB: open(t, address), Telephony: server.Telephony{Number: "+33901020304", Country: "FR"}})
	is.New(t).NoErr(err)
	return service{t, api}
}

// answer is what the API answered.
type answer struct {
	status  int
	members map[string]any
	header  http.Header
}

// text returns a member of the answer that is a text.
func (a answer) text(name string) string {
	text, _ := a.members[name].(string)
	return text
}

func (s service) send(method, path, body string, header http.Header) answer {
	s.Helper()
	request := httptest.NewRequest(method, "/external-api/v1.0"+path, strings.NewReader(body))
	for name, values := range header {
		request.Header[name] = values
	}
	recorded := httptest.NewRecorder()
	s.api.ServeHTTP(recorded, request)
	a := answer{status: recorded.Code, members: map[string]any{}, header: recorded.Header()}
	_ = json.Unmarshal(recorded.Body.Bytes(), &a.members) // an answer without a body has none
	return a
}

// ask asks for a token with a form.
func (s service) ask(id, secret, scope string) answer {
	s.Helper()
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {id}, "client_secret": {secret},
		"scope": {scope}}
	return s.send("POST", "/application/token/", form.Encode(),
		http.Header{"Content-Type": {"application/x-www-form-urlencoded"}})
}

// as sends a request with a token and JSON.
func (s service) as(token, method, path, body string) answer {
	s.Helper()
	header := http.Header{"Content-Type": {"application/json"}}
	if token != "" {
		header.Set("Authorization", "Bearer "+token)
	}
	return s.send(method, path, body, header)
}

// reported returns the lines of a report as "record kind key result".
func reported(t *testing.T, path string) (lines []string) {
	t.Helper()
	is := is.New(t)
	info, err := os.Stat(path)
	is.NoErr(err)
	is.Equal(info.Mode().Perm(), os.FileMode(0o600)) // it is for its owner
	text, err := os.ReadFile(path)
	is.NoErr(err)
	for line := range strings.Lines(string(text)) {
		var one struct {
			Record                    int
			Kind, Key, Result, Reason string
		}
		is.NoErr(json.Unmarshal([]byte(line), &one))
		is.True(one.Record > 0 && one.Reason != "") // each has its place and its reason
		lines = append(lines, strings.Join([]string{one.Kind, one.Key, one.Result}, " "))
	}
	return lines
}

func inTestdata(name string) string { return filepath.Join("testdata", name) }
