package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"

	"github.com/rogpeppe/go-internal/lockedfile"
	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/registry"
	"github.com/anteroom-go/anteroom/scopes"
)

// What serve --dev keeps in the working directory.
const (
	devDatabase = "anteroom.db"
	devKey      = "anteroom.key"
)

const demoUser = delegation.Email("alice@example.com")

// devDefaults fills in what is not configured; what is configured counts.
func (s *serveCommand) devDefaults(c *console) error {
	if s.Database == "" {
		s.Database = "file:" + devDatabase
	}
	if s.RootKeyFile != "" || c.env("ANTEROOM_ROOT_KEY") != "" {
		return nil
	}
	s.RootKeyFile = devKey
	return createRootKey(devKey)
}

// localURL is where this machine reaches a listener: one on all addresses is not
// reached at [::], which some shells would not even pass on.
func localURL(address string) string {
	host, port, _ := net.SplitHostPort(address)
	if ip := net.ParseIP(host); ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, port)
}

// createRootKey writes a new root key that only its owner can read, unless there
// is one. Of several processes that do so at once, one writes and the others wait
// for it: none reads half a key.
func createRootKey(path string) error {
	if info, err := os.Stat(path); err == nil && info.Size() > 0 {
		return nil
	}
	file, err := lockedfile.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	info, err := file.Stat()
	if err == nil && info.Size() == 0 {
		_, err = fmt.Fprintln(file, string(delegation.NewRootKey().Encode()))
	}
	return errors.Join(err, file.Close())
}

// demonstrate registers the demo application and its user, if they are not
// there, and prints how to use them.
func (s *serveCommand) demonstrate(ctx context.Context, c *console, db bun.IDB, rootKey delegation.RootKey) error {
	clientID, secret, err := demoCredentials(rootKey)
	if err != nil {
		return err
	}
	app, err := registerDemo(ctx, db, rootKey, clientID)
	if err != nil {
		return err
	}
	if !app.Active {
		fmt.Fprintf(c.stderr, "anteroom: note: the demo application is disabled; anteroom app enable %s --database %s\n", clientID, withoutPassword(s.Database))
	}
	_, err = fmt.Fprintf(c.stdout, banner, s.URL, clientID, string(secret), demoUser, withoutPassword(s.Database), s.URL+"/external-api/v1.0")
	return err
}

// withoutPassword is a database URL that can be shown.
func withoutPassword(text string) string {
	if u, err := url.Parse(text); err == nil && u.User != nil {
		return u.Redacted()
	}
	return text
}

// demoStream is what the demo application's id and secret are drawn from. It
// follows from the root key, so that they can be printed again after a restart
// although the database keeps only a MAC.
func demoStream(rootKey delegation.RootKey) (*bytes.Reader, error) {
	stream, err := rootKey.Derive("serve --dev", 1024)
	return bytes.NewReader(stream), err
}

// demoCredentials draws what registering draws.
func demoCredentials(rootKey delegation.RootKey) (clientID string, secret delegation.Secret, err error) {
	stream, err := demoStream(rootKey)
	if err != nil {
		return "", "", err
	}
	if clientID, err = delegation.NewClientID(stream); err != nil {
		return "", "", err
	}
	secret, err = delegation.NewSecret(stream)
	return clientID, secret, err
}

// registerDemo returns the demo application and sees to its user.
func registerDemo(ctx context.Context, db bun.IDB, rootKey delegation.RootKey, clientID string) (delegation.Application, error) {
	stream, err := demoStream(rootKey)
	if err != nil {
		return delegation.Application{}, err
	}
	reg, err := registry.New(registry.Config{DB: db, RootKey: rootKey, Random: stream})
	if err != nil {
		return delegation.Application{}, err
	}
	if _, err := reg.ProvisionUser(ctx, demoUser); err != nil {
		return delegation.Application{}, err
	}
	app, err := reg.Application(ctx, clientID)
	if errors.Is(err, delegation.ErrApplicationNotFound) {
		app, _, err = reg.CreateApplication(ctx, delegation.Application{
			Name: "Demo", Scopes: scopes.All(), Policy: delegation.Policy{Domains: []delegation.Domain{"example.com"}},
		})
	}
	if errors.Is(err, registry.ErrApplicationExists) { // another process came first
		return reg.Application(ctx, clientID)
	}
	return app, err
}

// banner wants the URL, client id, secret, user, database and API URL.
const banner = `
Anteroom is running on %[1]s for trying out. Do not use --dev in production.

  client id      %[2]s
  client secret  %[3]s
  acts for       %[4]s, and everybody else at example.com who is a user here

Paste these into another terminal: get a token for alice, create a room, list her rooms.

TOKEN=$(curl -s %[6]s/application/token/ -d grant_type=client_credentials -d client_id=%[2]s -d client_secret=%[3]s -d scope=%[4]s | sed 's/.*"access_token":"\([^"]*\)".*/\1/')
curl -s %[6]s/rooms/ -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' -d '{"name":"My first room"}'
curl -s %[6]s/rooms/ -H "Authorization: Bearer $TOKEN"

Everything else it can do, to read and to try out:  %[6]s/docs/
Other commands work on the same database:  anteroom app list --database %[5]s
Stop with Ctrl-C.

`
