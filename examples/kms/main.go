// Kms signs tokens with a key that never leaves its safe: a key management
// service that signs digests, which is what a crypto.Signer is. Everything else
// is kept in the database as usual.
//
//	HOST_ROOT_KEY=$(head -c 32 /dev/urandom | base64) go run ./examples/kms
package main

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"log"
	"net/http"
	"os"

	"github.com/go-jose/go-jose/v4/cryptosigner"

	"github.com/anteroom-go/anteroom/delegation"
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
	keys, err := keysFrom(openSafe())
	if err != nil {
		return err
	}
	db, err := database.Open(ctx, "file:host.db")
	if err != nil {
		return err
	}
	defer db.Close()
	if err := database.Migrate(ctx, db); err != nil {
		return err
	}
	api, err := server.New(ctx, server.Config{URL: "http://localhost:8000", RootKeys: rootKeys, DB: db, Keys: keys})
	if err != nil {
		return err
	}
	return serve(api, env)
}

// serve answers requests until the program ends.
func serve(api *server.Server, env func(string) string) error {
	listener := api.HTTPServer()
	if listener.Addr = env("HOST_LISTEN"); listener.Addr == "" {
		listener.Addr = "127.0.0.1:8000"
	}
	if err := listener.ListenAndServe(); err != http.ErrServerClosed {
		return err
	}
	return nil
}

// keysFrom makes a set of keys of which one signs elsewhere. A host that rotates
// its keys implements delegation.Keys itself and returns another set.
func keysFrom(signer crypto.Signer) (delegation.Keys, error) {
	key, err := delegation.NewKey(cryptosigner.Opaque(signer))
	if err != nil {
		return nil, err
	}
	return delegation.NewKeySet(key)
}

// openSafe stands for the client of a key management service: it signs, and
// shows the key to no one.
func openSafe() crypto.Signer {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		log.Fatal(err)
	}
	return key
}
