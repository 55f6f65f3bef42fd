// Legacy is a product that had meetings before it had Anteroom: a table with numbers for ids and
// codes of its own, reached by database/sql. The external API creates and shows rooms in that table, under
// /rooms/42/ and ?slug=team-standup, beside those that the product makes itself.
//
//	HOST_ROOT_KEY=$(head -c 32 /dev/urandom | base64) go run ./examples/legacy
package main

import (
	"context"
	"database/sql"
	"log"
	"net/http"
	"os"

	"github.com/uptrace/bun"
	_ "modernc.org/sqlite" // the product's own driver

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/server"
	"github.com/anteroom-go/anteroom/server/database/handle"
	"github.com/anteroom-go/anteroom/server/database/migrate"
)

// options are what package handle asks of the driver.
const options = "?_txlock=immediate&_pragma=foreign_keys(1)&_pragma=busy_timeout(10000)"

func main() {
	if err := run(context.Background()); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context) error {
	rootKeys, err := delegation.ParseRootKeys(os.Getenv("HOST_ROOT_KEY"))
	if err != nil {
		return err
	}
	pool, err := sql.Open("sqlite", "file:host.db"+options)
	if err != nil {
		return err
	}
	defer pool.Close()
	if err := create(ctx, pool); err != nil {
		return err
	}
	db, err := handle.DB(ctx, pool, "") // applications and keys stand in the product's database
	if err != nil {
		return err
	}
	api, err := newAPI(ctx, db, rootKeys)
	if err != nil {
		return err
	}
	go api.Run(ctx) // rotates signing keys
	listener := api.HTTPServer()
	if listener.Addr = os.Getenv("HOST_LISTEN"); listener.Addr == "" {
		listener.Addr = "127.0.0.1:8000"
	}
	if err := listener.ListenAndServe(); err != http.ErrServerClosed {
		return err
	}
	return nil
}

// newAPI returns the external API on the product's tables of accounts and meetings.
func newAPI(ctx context.Context, db *bun.DB, rootKeys delegation.RootKeys) (*server.Server, error) {
	if err := (migrate.Migrator{Adopt: true}).Up(ctx, db); err != nil { // beside the tables of the product
		return nil, err
	}
	return server.New(ctx, server.Config{URL: "http://localhost:8000", RootKeys: rootKeys, DB: db,
		Users: accounts{db.DB}, Rooms: stores(db.DB, db.Dialect())})
}
