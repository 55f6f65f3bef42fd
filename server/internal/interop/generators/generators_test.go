package generators_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/matryer/is"
	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/registry"
	"github.com/anteroom-go/anteroom/scopes"
	"github.com/anteroom-go/anteroom/server"
	"github.com/anteroom-go/anteroom/server/database/dbtest"
)

// The programs, as the files in testdata pin them.
const (
	codegen = "github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen@v2.8.2"
	modules = "testdata/node/node_modules"
	python  = "testdata/python/.venv/bin"
)

// serve runs a server at a URL of its own, and returns the environment of clients.
func serve(t *testing.T, db *bun.DB) (host string, environment []string) {
	t.Helper()
	is := is.New(t)
	api := httptest.NewUnstartedServer(nil)
	host = "http://" + api.Listener.Addr().String()
	rootKeys := delegation.NewRootKeys()
	handler, err := server.New(t.Context(), server.Config{URL: host, RootKeys: rootKeys, DB: db})
	is.NoErr(err)
	api.Config.Handler = handler
	api.Start()
	t.Cleanup(api.Close)
	reg, err := registry.New(registry.Config{DB: db, RootKeys: rootKeys})
	is.NoErr(err)
	app, secret, err := reg.CreateApplication(t.Context(), delegation.Application{Name: "Calendar", Scopes: scopes.All(),
		Policy: delegation.Policy{Domains: []delegation.Domain{"example.com"}}})
	is.NoErr(err)
	_, err = reg.AddUser(t.Context(), "alice@example.com")
	is.NoErr(err)
	return host, append(os.Environ(), "ANTEROOM_HOST="+host, "ANTEROOM_API="+host+server.DefaultBasePath,
		"CLIENT_ID="+app.ClientID, "CLIENT_SECRET="+string(secret), "USER_EMAIL=alice@example.com")
}

// documents writes what a server answers for its document into files of a new directory.
func documents(t *testing.T) (latest, older string) {
	t.Helper()
	is := is.New(t)
	host, _ := serve(t, dbtest.Open(t, dbtest.SQLite(t)))
	dir := t.TempDir()
	for _, name := range []string{"openapi.json", "openapi-3.0.json"} {
		response, err := http.Get(host + server.DefaultBasePath + "/" + name)
		is.NoErr(err)
		text, err := io.ReadAll(response.Body)
		is.NoErr(err)
		is.NoErr(response.Body.Close())
		is.NoErr(os.WriteFile(filepath.Join(dir, name), text, 0o600))
	}
	return filepath.Join(dir, "openapi.json"), filepath.Join(dir, "openapi-3.0.json")
}

// run runs a program in a directory and returns what it printed.
func run(t *testing.T, dir string, environment []string, name string, arguments ...string) string {
	t.Helper()
	command := exec.Command(name, arguments...)
	command.Dir, command.Env = dir, environment
	output, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(arguments, " "), err, output)
	}
	return string(output)
}

// need returns the absolute path of a file that has to be installed.
func need(t *testing.T, path, how string) string {
	t.Helper()
	if _, err := os.Stat(path); err != nil {
		dbtest.Missing(t, path, how)
	}
	absolute, err := filepath.Abs(path)
	is.New(t).NoErr(err)
	return absolute
}

func needNode(t *testing.T, program string) string {
	t.Helper()
	return need(t, filepath.Join(modules, program), "run npm ci in server/internal/interop/generators/testdata/node")
}

func needPython(t *testing.T, program string) string {
	t.Helper()
	return need(t, filepath.Join(python, program),
		"run python3 -m venv .venv && .venv/bin/pip install -r requirements.txt "+
			"in server/internal/interop/generators/testdata/python")
}

// drive runs a client, built in dir, against a server on each database. It has called
// every operation when it reports so.
func drive(t *testing.T, dir string, more []string, name string, arguments ...string) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		_, environment := serve(t, db)
		output := run(t, dir, append(environment, more...), name, arguments...)
		is.New(t).Equal(strings.TrimSpace(output), "every operation")
	})
}

// copyFiles copies files of testdata into dir, by their new names.
func copyFiles(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	is := is.New(t)
	for from, to := range files {
		text, err := os.ReadFile(filepath.Join("testdata", from))
		is.NoErr(err)
		is.NoErr(os.WriteFile(filepath.Join(dir, to), text, 0o600))
	}
}
