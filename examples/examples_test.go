package examples_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/matryer/is"
	"github.com/uptrace/bun"
	"golang.org/x/oauth2/clientcredentials"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/registry"
	"github.com/anteroom-go/anteroom/scopes"
	"github.com/anteroom-go/anteroom/server"
	"github.com/anteroom-go/anteroom/server/database/dbtest"
)

// build builds one of the programs and returns its path.
func build(t *testing.T, name string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if output, err := exec.Command("go", "build", "-o", path, "./"+name).CombinedOutput(); err != nil {
		t.Fatalf("building %s: %v: %s", name, err, output)
	}
	return path
}

// register registers an application for example.com.
func register(t *testing.T, db bun.IDB, rootKeys delegation.RootKeys) (*registry.Registry, string, delegation.Secret) {
	t.Helper()
	is := is.New(t)
	reg, err := registry.New(registry.Config{DB: db, RootKeys: rootKeys})
	is.NoErr(err)
	app, secret, err := reg.CreateApplication(t.Context(), delegation.Application{
		Name: "Calendar", Scopes: scopes.Rooms(), Policy: delegation.Policy{Domains: []delegation.Domain{"example.com"}}})
	is.NoErr(err)
	return reg, app.ClientID, secret
}

// environment is what the clients are told.
func environment(api, clientID string, secret delegation.Secret) []string {
	return append(os.Environ(), "ANTEROOM_API="+api+"/external-api/v1.0", "CLIENT_ID="+clientID,
		"CLIENT_SECRET="+string(secret), "USER_EMAIL=alice@example.com")
}

// run runs a client to its end and returns what it printed.
func run(t *testing.T, client *exec.Cmd, environment []string) string {
	t.Helper()
	client.Env = environment
	output, err := client.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	return string(output)
}

// serve runs a server and returns its environment for clients.
func serve(t *testing.T, db *bun.DB) []string {
	t.Helper()
	is := is.New(t)
	rootKeys := delegation.NewRootKeys()
	handler, err := server.New(t.Context(), server.Config{URL: "https://meet.example.org", RootKeys: rootKeys, DB: db})
	is.NoErr(err)
	api := httptest.NewServer(handler)
	t.Cleanup(api.Close)
	reg, clientID, secret := register(t, db, rootKeys)
	_, err = reg.AddUser(t.Context(), "alice@example.com")
	is.NoErr(err)
	return environment(api.URL, clientID, secret)
}

func TestClients(t *testing.T) {
	clients := map[string]func(t *testing.T) *exec.Cmd{"client-go": goClient, "client-node": nodeClient,
		"client-python": pythonClient, "client-ruby": rubyClient} // and client-java in .ci/generators
	for name, client := range clients {
		t.Run(name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, db *bun.DB) {
				is := is.New(t)
				output := run(t, client(t), serve(t, db))
				for _, line := range []string{"created Budget https://meet.example.org/", "renamed Budget 2027 ", "listed 1",
					"deleted Budget"} {
					is.True(strings.Contains(output, line)) // the whole way, with a stock client
				}
			})
		})
	}
}

// TestBoundClients runs clients whose tokens are bound to a key, against a server that accepts no others and demands
// nonces.
func TestBoundClients(t *testing.T) {
	clients := map[string]func(t *testing.T) *exec.Cmd{
		"client-go-dpop": func(t *testing.T) *exec.Cmd { return exec.Command(build(t, "client-go-dpop")) },
		"dpop.mjs": func(t *testing.T) *exec.Cmd {
			command := nodeClient(t)
			command.Args[1] = "client-node/dpop.mjs"
			return command
		},
	}
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		environment := serveBound(t, db)
		for name, client := range clients {
			t.Run(name, func(t *testing.T) {
				is := is.New(t)
				output := run(t, client(t), environment)
				is.True(strings.Contains(output, "deleted Budget")) // the whole way
				if name == "dpop.mjs" {
					is.Equal(strings.Count(output, "a token of type dpop"), 2) // by both libraries
				}
			})
		}
	})
}

// serveBound runs a server at its public URL, which is that of its listener.
func serveBound(t *testing.T, db *bun.DB) []string {
	t.Helper()
	is := is.New(t)
	rootKeys := delegation.NewRootKeys()
	api := httptest.NewUnstartedServer(nil)
	url := "http://" + api.Listener.Addr().String()
	handler, err := server.New(t.Context(), server.Config{URL: url, RootKeys: rootKeys, DB: db, DPoPRequired: true,
		DPoPNonces: true})
	is.NoErr(err)
	api.Config.Handler = handler
	api.Start()
	t.Cleanup(api.Close)
	reg, clientID, secret := register(t, db, rootKeys)
	_, err = reg.AddUser(t.Context(), "alice@example.com")
	is.NoErr(err)
	return environment(url, clientID, secret)
}

func goClient(t *testing.T) *exec.Cmd { return exec.Command(build(t, "client-go")) }

func nodeClient(t *testing.T) *exec.Cmd {
	if _, err := os.Stat("client-node/node_modules/openid-client"); err != nil {
		dbtest.Missing(t, "Node.js and openid-client", "run npm ci in examples/client-node")
	}
	return exec.Command("node", "client-node/main.mjs")
}

func pythonClient(t *testing.T) *exec.Cmd {
	python := "client-python/.venv/bin/python"
	if _, err := os.Stat(python); err != nil {
		python = "python3"
	}
	if err := exec.Command(python, "-c", "import requests_oauthlib").Run(); err != nil {
		dbtest.Missing(t, "Python and requests-oauthlib",
			"run python3 -m venv .venv && .venv/bin/pip install -r requirements.txt in examples/client-python")
	}
	return exec.Command(python, "client-python/main.py")
}

func rubyClient(t *testing.T) *exec.Cmd {
	if err := exec.Command("ruby", "-e", "require 'oauth2'").Run(); err != nil {
		dbtest.Missing(t, "Ruby and its gem oauth2", "install ruby-oauth2 (Debian)")
	}
	return exec.Command("ruby", "client-ruby/main.rb")
}

// start runs a host on a free port, in a directory with a database of its own.
func start(t *testing.T, program, dir string, rootKeys delegation.RootKeys) (url string) {
	t.Helper()
	is := is.New(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	is.NoErr(err)
	address := listener.Addr().String()
	is.NoErr(listener.Close())
	var output bytes.Buffer
	host := exec.Command(program)
	host.Dir, host.Stderr = dir, &output
	host.Env = append(os.Environ(), "HOST_ROOT_KEY="+string(rootKeys.Encode()), "HOST_LISTEN="+address)
	is.NoErr(host.Start())
	t.Cleanup(func() { _ = host.Process.Kill(); _ = host.Wait() })
	if err := answers(t.Context(), address); err != nil {
		t.Fatalf("%s does not start: %v: %s", program, err, &output)
	}
	return "http://" + address
}

// answers waits until a server listens at the address.
func answers(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	retry := time.NewTicker(20 * time.Millisecond)
	defer retry.Stop()
	for {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			return conn.Close()
		}
		select {
		case <-ctx.Done():
			return err
		case <-retry.C:
		}
	}
}

// TestEmbed uses the same rooms through both doors of a host.
func TestEmbed(t *testing.T) {
	is := is.New(t)
	dir, rootKeys := t.TempDir(), delegation.NewRootKeys()
	url := start(t, build(t, "embed"), dir, rootKeys)
	_, clientID, secret := register(t, dbtest.Open(t, "file:"+filepath.Join(dir, "host.db")), rootKeys)

	is.True(strings.Contains(internal(t, url, "POST", `{"name":"Made on the web"}`), "Made on the web"))
	output := run(t, exec.Command(build(t, "client-go")), environment(url, clientID, secret))
	is.True(strings.Contains(output, "listed 1")) // the application sees its own room, not the web's
	var rooms []struct{ Name string }
	is.NoErr(json.Unmarshal([]byte(internal(t, url, "GET", "")), &rooms))
	is.Equal(len(rooms), 1) // the application deleted its room again; the web's is left
	config := clientcredentials.Config{ClientID: clientID, ClientSecret: string(secret),
		Scopes:   []string{"alice@example.com"},
		TokenURL: url + "/external-api/v1.0/application/token/"}
	created, err := config.Client(t.Context()).Post(url+"/external-api/v1.0/rooms/", "", nil)
	is.NoErr(err)
	is.NoErr(created.Body.Close())
	is.Equal(created.StatusCode, 201)
	is.NoErr(json.Unmarshal([]byte(internal(t, url, "GET", "")), &rooms))
	is.Equal(len(rooms), 2) // the user sees all of their rooms, whichever door they came through

	slug := strings.Split(internal(t, url, "GET", ""), `"Slug":"`)[1][:12] // the application's, the newest
	is.Equal(visit(t, url, slug, ""), `{"decision":"lobby","role":"","room":"`+slug+`"}`)
	is.Equal(visit(t, url, slug, "bob@example.com"), `{"decision":"enter","role":"","room":"`+slug+`"}`) // signed in
	is.Equal(visit(t, url, slug, "alice@example.com"), `{"decision":"enter","role":"owner","room":"`+slug+`"}`)
	var events []struct{ Kind, Source string }
	is.NoErr(json.Unmarshal([]byte(visit(t, url, "api/v1.0/outbox", "")), &events))
	is.Equal(len(events), 5) // the web's room; the application's, created, renamed and deleted; its other one
	is.True(events[0].Source == "web" && events[1].Source == "application" && events[3].Kind == "room.deleted")
}

// internal calls the host's own API as alice.
func internal(t *testing.T, url, method, body string) string {
	t.Helper()
	return ask(t, method, url+"/api/v1.0/rooms", body, "alice@example.com")
}

// visit looks at a page of the host's.
func visit(t *testing.T, url, page, as string) string {
	t.Helper()
	return strings.TrimSpace(ask(t, "GET", url+"/"+page, "", as))
}

func ask(t *testing.T, method, url, body, as string) string {
	t.Helper()
	is := is.New(t)
	request, err := http.NewRequest(method, url, strings.NewReader(body))
	is.NoErr(err)
	request.Header.Set("Demo-Signed-In-As", as)
	response, err := http.DefaultClient.Do(request)
	is.NoErr(err)
	defer response.Body.Close()
	is.Equal(response.StatusCode, 200)
	var text bytes.Buffer
	_, err = text.ReadFrom(response.Body)
	is.NoErr(err)
	return text.String()
}

// TestHosts runs the hosts that keep a part of it elsewhere.
func TestHosts(t *testing.T) {
	for _, name := range []string{"customstore", "kms"} {
		t.Run(name, func(t *testing.T) { wholeWay(t, name) })
	}
}

func wholeWay(t *testing.T, name string) {
	is := is.New(t)
	dir, rootKeys := t.TempDir(), delegation.NewRootKeys()
	url := start(t, build(t, name), dir, rootKeys)
	reg, clientID, secret := register(t, dbtest.Open(t, "file:"+filepath.Join(dir, "host.db")), rootKeys)
	_, err := reg.AddUser(t.Context(), "alice@example.com")
	is.NoErr(err)
	output := run(t, exec.Command(build(t, "client-go")), environment(url, clientID, secret))
	is.True(strings.Contains(output, "deleted Budget")) // the whole way, on what the host has itself
}
