package handle_test

import (
	"testing"
	"time"

	"github.com/matryer/is"
	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/registry"
	"github.com/anteroom-go/anteroom/server/database/tables"
)

var (
	at       = time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	rootKeys = delegation.NewRootKeys()
)

func parseAddress(address string) (string, bool) {
	email, err := delegation.ParseEmail(address)
	return string(email), err == nil
}

func newRegistry(t *testing.T, db bun.IDB) *registry.Registry {
	t.Helper()
	reg, err := registry.New(registry.Config{DB: db, RootKeys: rootKeys})
	is.New(t).NoErr(err)
	return reg
}

// table returns the name of a table of ours in a database.
func table(db bun.IDB, name string) string { return tables.SQL(db, "{"+name+"}") }
