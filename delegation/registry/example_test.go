package registry_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/registry"
	"github.com/anteroom-go/anteroom/scopes"
	"github.com/anteroom-go/anteroom/server/database"
)

func Example() {
	ctx := context.Background()
	dir, _ := os.MkdirTemp("", "anteroom")
	defer os.RemoveAll(dir)
	db, err := database.Open(ctx, "file:"+filepath.Join(dir, "anteroom.db"))
	if err != nil {
		panic(err)
	}
	defer db.Close()
	if err := database.Migrate(ctx, db); err != nil {
		panic(err)
	}

	reg, _ := registry.New(registry.Config{DB: db, RootKeys: delegation.NewRootKeys()})
	app, secret, err := reg.CreateApplication(ctx, delegation.Application{
		Name:   "Calendar",
		Scopes: scopes.NewSet(scopes.RoomsCreate, scopes.RoomsList),
		Policy: delegation.Policy{Domains: []delegation.Domain{"example.com"}},
	})
	if err != nil {
		panic(err)
	}
	fmt.Println(app.Name, "may act for", app.Policy.Domains, "and", app.Scopes)
	fmt.Println(len(app.ClientID), len(secret), secret)
	// Output:
	// Calendar may act for [example.com] and rooms:create rooms:list
	// 26 65 [redacted]
}
