//go:build linux

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/registry"
	"github.com/anteroom-go/anteroom/server/database"
	"github.com/anteroom-go/anteroom/server/internal/bench/fill"
	"github.com/anteroom-go/anteroom/server/internal/bench/load"
	"github.com/anteroom-go/anteroom/server/internal/faults/stand"
)

// api is where the program has the API.
const api = "/external-api/v1.0"

// world is a filled database with a server on it.
type world struct {
	stand   *stand.Stand
	server  *stand.Server
	plan    fill.Plan
	secrets []string // of the first applications
	admin   string   // address for operators
	url     string   // of the database
}

// address is where the server listens.
func (w *world) address() string { return strings.TrimPrefix(w.server.URL, "http://") }

// buildProgram builds the program as it is released, and returns its path.
func buildProgram(ctx context.Context, dir string) (string, error) {
	path := filepath.Join(dir, "anteroom")
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags=-s -w", "-o", path,
		"github.com/anteroom-go/anteroom/server/cmd/anteroom")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if output, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building the program: %w: %s", err, output)
	}
	return path, nil
}

// newWorld migrates and fills the database at a URL, and starts a server.
func newWorld(ctx context.Context, binary, dir, address string, plan fill.Plan, secrets int) (*world, error) {
	keys := delegation.NewRootKeys()
	w := &world{stand: stand.Bare(binary, dir, address).With("ANTEROOM_ROOT_KEY=" + string(keys.Encode())), plan: plan,
		url: address}
	if _, err := w.stand.Run(ctx, "migrate"); err != nil {
		return nil, err
	}
	if err := fill.Database(ctx, address, plan); err != nil {
		return nil, err
	}
	if err := w.addSecrets(ctx, keys, secrets); err != nil {
		return nil, err
	}
	return w, w.serve(ctx)
}

// addSecrets gives the first n applications secrets.
func (w *world) addSecrets(ctx context.Context, keys delegation.RootKeys, n int) error {
	db, err := database.OpenExisting(ctx, w.url)
	if err != nil {
		return err
	}
	defer db.Close()
	reg, err := registry.New(registry.Config{DB: db, RootKeys: keys})
	if err != nil {
		return err
	}
	for i := range n {
		_, secret, err := reg.AddSecret(ctx, w.plan.ClientID(i), "", time.Time{})
		if err != nil {
			return err
		}
		w.secrets = append(w.secrets, string(secret))
	}
	return nil
}

// serve starts a server, after the one before has ended.
func (w *world) serve(ctx context.Context) (err error) {
	w.stop()
	if w.admin, err = stand.FreeAddress(); err != nil {
		return err
	}
	w.server, err = w.stand.Serve(ctx, "ANTEROOM_ADMIN_LISTEN="+w.admin)
	return err
}

func (w *world) stop() {
	if w.server != nil {
		w.server.Kill()
		w.server = nil
	}
}

// tokenRequest returns a request for a token of an application for a user; without a user if the number is below 0.
func (w *world) tokenRequest(host, path string, app, user int) load.Request {
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {w.plan.ClientID(app)},
		"client_secret": {w.secrets[app]}}
	if user >= 0 {
		form.Set("scope", w.plan.Address(user))
	}
	return load.Request{Text: load.NewRequest("POST", host, path+"/application/token/", form.Encode(),
		"Content-Type", "application/x-www-form-urlencoded"), Status: http.StatusOK,
		Contains: []string{`"access_token":"ey`, `"token_type":"Bearer"`}}
}

// token gets a token.
func (w *world) token(host, path string, app, user int) (string, error) {
	body, err := load.Ask(host, w.tokenRequest(host, path, app, user))
	if err != nil {
		return "", err
	}
	var answer struct {
		Token string `json:"access_token"`
	}
	err = json.Unmarshal(body, &answer)
	return answer.Token, err
}

// metric returns the value of a metric of the server.
func (w *world) metric(name string) (value float64, err error) {
	response, err := http.Get("http://" + w.admin + "/metrics")
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if rest, found := strings.CutPrefix(line, name+" "); found {
			_, err := fmt.Sscan(rest, &value)
			return value, err
		}
	}
	return 0, fmt.Errorf("there is no metric %s", name)
}
