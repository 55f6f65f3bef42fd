// Embed is a meeting product with users and an internal API of its own, and the
// external API of Anteroom mounted beside it. Signed-in people see all of their
// rooms; an application sees those that it created. Join links lead to the host's
// door, which keeps what applications promised, and what happens to rooms fills
// the host's outbox, whichever API it came through.
//
//	HOST_ROOT_KEY=$(head -c 32 /dev/urandom | base64) go run ./examples/embed
package main

import (
	"context"
	"log"
	"net/http"
	"os"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/server"
	"github.com/anteroom-go/anteroom/server/database"
)

func main() {
	ctx := context.Background()
	rootKeys := must(delegation.ParseRootKeys(os.Getenv("HOST_ROOT_KEY")))
	db := must(database.Open(ctx, "file:host.db"))
	check(database.Migrate(ctx, db))
	host := must(newHost(ctx, db))
	api := must(server.New(ctx, server.Config{
		URL: "http://localhost:8000", RootKeys: rootKeys, DB: db, Users: host.users, OnRoomEvent: note}))
	go api.Run(ctx) // rotates signing keys

	mux := http.NewServeMux()
	mux.Handle("/external-api/", api)
	mux.Handle("/.well-known/", api)
	host.routes(mux)
	check(http.ListenAndServe(listenAddress(), mux))
}

func listenAddress() string {
	if address := os.Getenv("HOST_LISTEN"); address != "" {
		return address
	}
	return "127.0.0.1:8000"
}

func must[T any](value T, err error) T {
	check(err)
	return value
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
