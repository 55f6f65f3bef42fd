package registry_test

import (
	"context"
	"fmt"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/by"
	"github.com/anteroom-go/anteroom/delegation/registry"
	"github.com/anteroom-go/anteroom/delegation/registry/audit"
)

// A console tells who makes a change, and shows the record of it.
func ExampleRegistry_DeleteApplication() {
	ctx := context.Background()
	db, end := openExample(ctx)
	defer end()
	reg, _ := registry.New(registry.Config{DB: db, RootKeys: delegation.NewRootKeys()})
	app, _, _ := reg.CreateApplication(ctx, delegation.Application{Name: "Calendar"})
	clientID := app.ClientID

	ctx, err := by.Operator(ctx, "alice")
	err = reg.DeleteApplication(ctx, clientID)
	entries, more, err := audit.List(ctx, db, audit.Query{ClientID: clientID})
	fmt.Println(entries[0].By, entries[0].Kind, more, err)
	// Output: alice application.deleted false <nil>
}
