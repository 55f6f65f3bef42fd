package command

import (
	"context"
	"net"
	"net/http"
	"net/url"

	"github.com/anteroom-go/anteroom/server"
	"github.com/anteroom-go/anteroom/server/database"
	"github.com/anteroom-go/anteroom/server/internal/demo"
	"github.com/anteroom-go/anteroom/server/internal/rootkeyfile"
)

// What serve --dev keeps in the working directory.
const (
	devDatabase = "anteroom.db"
	devKey      = "anteroom.key"
)

// devDefaults fills in what is not configured; what is configured counts.
func (s *serveCommand) devDefaults(c *console) error {
	if s.Database == "" {
		s.Database = database.WithTables("file:"+devDatabase, c.tables)
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

// demonstrate returns the API with what is there to try it out, and prints how to use it.
func (s *serveCommand) demonstrate(ctx context.Context, c *console, config server.Config, api http.Handler,
	listener net.Addr) (http.Handler, error) {
	handler, err := demo.New(ctx, demo.Config{API: api, DB: config.DB, RootKeys: config.RootKeys, URL: s.URL,
		RoomURL: s.RoomURL, BasePath: s.BasePath, Listener: listener, Logger: config.Logger})
	if err != nil {
		return nil, err
	}
	return handler, handler.Introduce(c.stdout, c.stderr, withoutPassword(s.Database))
}

// withoutPassword is a database URL that can be shown.
func withoutPassword(text string) string {
	if u, err := url.Parse(text); err == nil && u.User != nil {
		return u.Redacted()
	}
	return text
}
