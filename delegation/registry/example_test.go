package registry_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/registry"
	"github.com/anteroom-go/anteroom/scopes"
	"github.com/anteroom-go/anteroom/server/database"
)

func Example() {
	ctx := context.Background()
	db, end := openExample(ctx)
	defer end()

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

// openExample opens an empty, migrated database in a directory of its own.
func openExample(ctx context.Context) (db *bun.DB, end func()) {
	dir, err := os.MkdirTemp("", "anteroom")
	if err != nil {
		panic(err)
	}
	if db, err = database.Open(ctx, "file:"+filepath.Join(dir, "anteroom.db")); err != nil {
		panic(err)
	}
	if err := database.Migrate(ctx, db); err != nil {
		panic(err)
	}
	return db, func() { _, _ = db.Close(), os.RemoveAll(dir) }
}

// Before an address is given to another person, the user who had it is renamed
// or deleted.
func ExampleRegistry_DeleteUser() {
	ctx := context.Background()
	db, end := openExample(ctx)
	defer end()

	reg, _ := registry.New(registry.Config{DB: db})
	former, _ := reg.AddUser(ctx, "alice@example.com")
	_, err := reg.DeleteUser(ctx, "alice@example.com")
	fmt.Println(err)
	next, _ := reg.AddUser(ctx, "alice@example.com")
	fmt.Println("the same user:", next.ID == former.ID)
	// Output:
	// <nil>
	// the same user: false
}
