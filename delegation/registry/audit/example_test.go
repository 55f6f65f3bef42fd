package audit_test

import (
	"context"
	"testing"

	"github.com/matryer/is"
	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/by"
	"github.com/anteroom-go/anteroom/delegation/registry"
	"github.com/anteroom-go/anteroom/delegation/registry/audit"
	"github.com/anteroom-go/anteroom/server/database/dbtest"
)

// remove deletes an application in the name of alice.
func remove(ctx context.Context, reg *registry.Registry, clientID string) error {
	ctx, err := by.Operator(ctx, "alice")
	if err != nil {
		return err
	}
	return reg.DeleteApplication(ctx, clientID) // recorded as alice's
}

// TestDocumentedUse does what the documentation of the packages by and audit says.
func TestDocumentedUse(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		is, ctx := is.New(t), t.Context()
		reg, err := registry.New(registry.Config{DB: db, RootKeys: delegation.NewRootKeys()})
		is.NoErr(err)
		app, _, err := reg.CreateApplication(ctx, delegation.Application{Name: "Calendar"})
		is.NoErr(err)
		clientID := app.ClientID
		is.NoErr(remove(ctx, reg, clientID))
		entries, more, err := audit.List(ctx, db, audit.Query{ClientID: clientID})
		is.NoErr(err)
		is.True(!more)
		is.Equal(entries[0].Kind, audit.ApplicationDeleted) // the newest first
		is.Equal(entries[0].By, "alice")
		is.Equal(entries[len(entries)-1].By, by.Unnamed)
	})
}
