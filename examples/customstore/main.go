// Customstore keeps rooms in a storage of the host's own: here, in memory. The
// rules stay in package rooms; the store only keeps and finds, and its test runs
// the suite that every store must pass.
//
//	HOST_ROOT_KEY=$(head -c 32 /dev/urandom | base64) go run ./examples/customstore
package main

import (
	"context"
	"log"
	"net/http"
	"os"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/server"
	"github.com/anteroom-go/anteroom/server/database"
)

func main() {
	if err := run(context.Background(), os.Getenv); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, env func(string) string) error {
	rootKeys, err := delegation.ParseRootKeys(env("HOST_ROOT_KEY"))
	if err != nil {
		return err
	}
	db, err := database.Open(ctx, "file:host.db") // applications, users and keys
	if err != nil {
		return err
	}
	defer db.Close()
	if err := database.Migrate(ctx, db); err != nil {
		return err
	}
	api, err := server.New(ctx, server.Config{
		URL: "http://localhost:8000", RootKeys: rootKeys, DB: db, Rooms: rooms.Stores{Rooms: newStore()},
	})
	if err != nil {
		return err
	}
	go api.Run(ctx) // rotates signing keys
	listener := api.HTTPServer()
	if listener.Addr = env("HOST_LISTEN"); listener.Addr == "" {
		listener.Addr = "127.0.0.1:8000"
	}
	if err := listener.ListenAndServe(); err != http.ErrServerClosed {
		return err
	}
	return nil
}
