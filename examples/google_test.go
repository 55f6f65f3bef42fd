package examples_test

import (
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/matryer/is"
	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/google"
	"github.com/anteroom-go/anteroom/delegation/registry/googlekeys"
	"github.com/anteroom-go/anteroom/scopes"
	"github.com/anteroom-go/anteroom/server"
	"github.com/anteroom-go/anteroom/server/database/dbtest"
)

// TestGoogleClients runs programs for Google Meet, with nothing but Google's libraries, a key file and an endpoint.
func TestGoogleClients(t *testing.T) {
	clients := map[string]func(t *testing.T) *exec.Cmd{"client-google-go": googleGo, "client-google-python": googlePython}
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		environment := serveGoogle(t, db)
		for name, client := range clients {
			t.Run(name, func(t *testing.T) {
				is := is.New(t)
				output := run(t, client(t), environment)
				walks := map[string]int{"client-google-go": 1, "client-google-python": 2}[name] // with each library
				for _, line := range []string{"created RESTRICTED http://", "found by its code ", "changed TRUSTED",
					"listed 1 COHOST", "ended", "not found for another user: "} {
					is.Equal(strings.Count(output, line), walks)
				}
			})
		}
	})
}

// serveGoogle runs a server with the API of Google Meet, and returns the environment of the clients.
func serveGoogle(t *testing.T, db *bun.DB) []string {
	t.Helper()
	is := is.New(t)
	rootKeys := delegation.NewRootKeys()
	api := httptest.NewUnstartedServer(nil)
	url := "http://" + api.Listener.Addr().String()
	handler, err := server.New(t.Context(), server.Config{URL: url, RootKeys: rootKeys, DB: db, Google: true})
	is.NoErr(err)
	api.Config.Handler = handler
	api.Start()
	t.Cleanup(api.Close)
	reg, clientID, _ := register(t, db, rootKeys)
	for _, address := range []delegation.Email{"alice@example.com", "carol@example.com"} {
		_, err = reg.AddUser(t.Context(), address)
		is.NoErr(err)
	}
	_, err = reg.UpdateApplication(t.Context(), clientID, func(app *delegation.Application) error {
		app.Scopes = scopes.All()
		return nil
	})
	is.NoErr(err)
	return append(os.Environ(), "KEY_FILE="+keyFile(t, db, clientID, url), "ENDPOINT="+url+"/google/",
		"USER_EMAIL=alice@example.com", "OTHER_EMAIL=bob@example.com", "STRANGER_EMAIL=carol@example.com")
}

// keyFile makes a key of an application, and returns where its file is.
func keyFile(t *testing.T, db *bun.DB, clientID, url string) string {
	t.Helper()
	is := is.New(t)
	keys, err := googlekeys.New(googlekeys.Config{DB: db})
	is.NoErr(err)
	key, private, err := keys.Add(t.Context(), clientID, "")
	is.NoErr(err)
	file, err := google.NewFile(clientID, key, private, url, url+server.DefaultBasePath+"/application/token/")
	is.NoErr(err)
	text, err := file.Write()
	is.NoErr(err)
	path := filepath.Join(t.TempDir(), "key.json")
	is.NoErr(os.WriteFile(path, text, 0o600))
	return path
}

// googleGo builds the client in its own module.
func googleGo(t *testing.T) *exec.Cmd {
	t.Helper()
	program := filepath.Join(t.TempDir(), "client-google-go")
	output, err := exec.Command("go", "build", "-C", "client-google-go", "-o", program, ".").CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	return exec.Command(program)
}

func googlePython(t *testing.T) *exec.Cmd {
	python := "client-google-python/.venv/bin/python"
	if _, err := os.Stat(python); err != nil {
		python = "python3"
	}
	if err := exec.Command(python, "-c", "import googleapiclient, google.apps.meet_v2").Run(); err != nil {
		dbtest.Missing(t, "Python, google-api-python-client and google-apps-meet",
			"run python3 -m venv .venv && .venv/bin/pip install -r requirements.txt in examples/client-google-python")
	}
	return exec.Command(python, "client-google-python/main.py")
}
