package main

import (
	"context"
	"fmt"
	"net"
	"net/url"

	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/registry"
	"github.com/anteroom-go/anteroom/scopes"
	"github.com/anteroom-go/anteroom/server/internal/rootkeyfile"
)

// What serve --dev keeps in the working directory, and for whom its application acts.
const (
	devDatabase = "anteroom.db"
	devKey      = "anteroom.key"
	demoUser    = delegation.Email("alice@example.com")
)

// devDefaults fills in what is not configured; what is configured counts.
func (s *serveCommand) devDefaults(c *console) error {
	if s.Database == "" {
		s.Database = "file:" + devDatabase
	}
	if s.RootKeyFile != "" || c.env("ANTEROOM_ROOT_KEY") != "" {
		return nil
	}
	s.RootKeyFile = devKey
	return rootkeyfile.Create(devKey)
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

// demonstrate registers the demo application and its user, if they are not
// there, and prints how to use them.
func (s *serveCommand) demonstrate(ctx context.Context, c *console, db bun.IDB, rootKeys delegation.RootKeys) error {
	reg, err := registry.New(registry.Config{DB: db, RootKeys: rootKeys})
	if err != nil {
		return err
	}
	if _, err := reg.ProvisionUser(ctx, demoUser); err != nil {
		return err
	}
	app, secret, err := reg.Demonstration(ctx, delegation.Application{
		Name: "Demo", Scopes: scopes.All(), Policy: delegation.Policy{Domains: []delegation.Domain{"example.com"}},
	})
	if err != nil {
		return err
	}
	database := withoutPassword(s.Database)
	if !app.Active {
		fmt.Fprintf(c.stderr, "anteroom: note: the demo application is disabled; anteroom app enable %s --database %s\n",
			app.ClientID, database)
	}
	_, err = fmt.Fprintf(c.stdout, banner, s.URL, app.ClientID, string(secret), demoUser, database,
		s.URL+"/external-api/v1.0")
	return err
}

// withoutPassword is a database URL that can be shown.
func withoutPassword(text string) string {
	if u, err := url.Parse(text); err == nil && u.User != nil {
		return u.Redacted()
	}
	return text
}

// banner needs the URL, client id, secret, user, database and API URL.
const banner = `
Anteroom is running on %[1]s for trying out. Do not use --dev in production.

  client id      %[2]s
  client secret  %[3]s
  acts for       %[4]s, and every other user at example.com

Paste these into another terminal: get a token for alice, create a room, list her rooms.

TOKEN=$(curl -s %[6]s/application/token/ -d grant_type=client_credentials -d client_id=%[2]s -d client_secret=%[3]s ` +
	`-d scope=%[4]s | sed 's/.*"access_token":"\([^"]*\)".*/\1/')
curl -s %[6]s/rooms/ -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' -d '{"name":"My first room"}'
curl -s %[6]s/rooms/ -H "Authorization: Bearer $TOKEN"

Everything else it can do, to read and to try out:  %[6]s/docs/
Other commands work on the same database:  anteroom app list --database %[5]s
Stop with Ctrl-C.

`
