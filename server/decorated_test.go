package server_test

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"testing"

	"github.com/matryer/is"
	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/dpop"
	"github.com/anteroom-go/anteroom/delegation/google"
	"github.com/anteroom-go/anteroom/delegation/registry"
	"github.com/anteroom-go/anteroom/delegation/registry/googlekeys"
	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/rooms/once"
	"github.com/anteroom-go/anteroom/rooms/roomsql"
	"github.com/anteroom-go/anteroom/rooms/stats"
	"github.com/anteroom-go/anteroom/server"
	"github.com/anteroom-go/anteroom/server/database/dbtest"
	"github.com/anteroom-go/anteroom/server/database/session"
	"github.com/anteroom-go/anteroom/server/internal/passthrough"
)

// decorated runs every server of the suite on contracts that pass their calls on,
// on SQLite only.
var decorated = flag.Bool("decorated", false, "wrap every contract of the servers under test")

// runDecorated runs the whole suite once more, as decorated, beside this run, unless
// the race detector makes that slow: the same code runs undecorated there. The
// function that it returns waits for the end, and returns what a wrapped contract
// lost.
func runDecorated() (wait func() error) {
	if *decorated || raced || !wholeSuite() {
		return func() error { return nil }
	}
	suite := exec.Command(os.Args[0], "-decorated")
	var output bytes.Buffer
	suite.Stdout, suite.Stderr = &output, &output
	err := suite.Start()
	return func() error {
		if err == nil {
			err = suite.Wait()
		}
		if err != nil {
			return fmt.Errorf("the suite fails on wrapped contracts: %w\n%s", err, &output)
		}
		return nil
	}
}

// databases runs a test on either database.
func databases(t *testing.T, run func(t *testing.T, db *bun.DB)) {
	t.Helper()
	if *decorated {
		run(t, dbtest.Open(t, dbtest.SQLite(t)))
		return
	}
	dbtest.Each(t, run)
}

// decorate replaces every contract by one that passes its calls on: those that a
// test replaced itself, and those in the database.
func decorate(t *testing.T, c *server.Config) {
	t.Helper()
	if c.DB != nil {
		fill(t, c)
	}
	c.Applications, c.Users = passthrough.Applications{To: c.Applications}, passthrough.Users{To: c.Users}
	c.Keys = passthrough.Keys{To: c.Keys}
	if c.Records != nil {
		c.Records = passthrough.Records{To: c.Records}
	}
	if c.Assertions != nil {
		c.Assertions = passthrough.Assertions{To: c.Assertions}
	}
	if c.Proofs != nil {
		c.Proofs = passthrough.Proofs{To: c.Proofs}
	}
	if c.GoogleKeys != nil {
		c.GoogleKeys = passthrough.GoogleKeys{To: c.GoogleKeys}
	}
	if c.Provisioner != nil {
		c.Provisioner = passthrough.Provisioner{To: c.Provisioner}
	}
	c.Rooms = passthrough.Stores(c.Rooms)
	if c.Requests != nil {
		c.Requests = passthrough.Requests{To: c.Requests}
	}
	if c.RateCounter != nil {
		c.RateCounter = passthrough.Counter{To: c.RateCounter}
	}
	if c.Statistics != nil {
		c.Statistics = passthrough.Statistics{To: c.Statistics}
	}
	c.Authenticators = slices.Clone(c.Authenticators)
	for i, one := range c.Authenticators {
		c.Authenticators[i].Authenticate = func(r *http.Request) (delegation.Grant, error) { return one.Authenticate(r) }
	}
	onEvent := c.OnEvent
	c.OnEvent = func(ctx context.Context, event delegation.Event) {
		if onEvent != nil {
			onEvent(ctx, event)
		}
	}
	if onRoomEvent := c.OnRoomEvent; c.Rooms.Transactor != nil {
		c.OnRoomEvent = func(ctx context.Context, event rooms.Event) error {
			if onRoomEvent != nil {
				return onRoomEvent(ctx, event)
			}
			return nil
		}
	}
}

// fill puts the database behind the contracts that a test did not replace, as the
// server itself does.
func fill(t *testing.T, c *server.Config) {
	t.Helper()
	is := is.New(t)
	db := session.Shared(c.DB)
	reg, err := registry.New(registry.Config{DB: db, RootKeys: c.RootKeys, Now: c.Now, OnEvent: c.OnEvent})
	is.NoErr(err)
	if c.Applications == nil {
		c.Applications = reg
		c.Proofs = either[dpop.Uses](c.Proofs, reg)
		keys, err := googlekeys.New(googlekeys.Config{DB: db, Now: c.Now})
		is.NoErr(err)
		c.GoogleKeys = either[google.Keys](c.GoogleKeys, keys)
		c.Records, c.Assertions = either[delegation.Records](c.Records, reg), either[delegation.Assertions](c.Assertions, reg)
	}
	if c.Users == nil {
		c.Users, c.Provisioner = reg, either[delegation.Provisioner](c.Provisioner, reg)
	}
	if c.Keys == nil {
		c.Keys, err = reg.OpenKeys(t.Context())
		is.NoErr(err)
	}
	if store := roomsql.New(session.Sparing(db, 4)); c.Rooms == (rooms.Stores{}) {
		c.Rooms, c.Requests = store.Stores(), either[once.Store](c.Requests, store.Requests())
		c.Statistics = either[stats.Store](c.Statistics, store)
	}
}

// either returns the contract that a test replaced, or else the one in the
// database.
func either[T comparable](replaced, kept T) T {
	var none T
	if replaced == none {
		return kept
	}
	return replaced
}
