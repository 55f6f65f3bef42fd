package registry_test

import (
	"testing"
	"time"

	"github.com/matryer/is"
	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/by"
	"github.com/anteroom-go/anteroom/delegation/registry/audit"
	"github.com/anteroom-go/anteroom/server/database/dbtest"
)

func TestEndingAllTokensIsAnEvent(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		is := is.New(t)
		s := newSafe(t, db, nil)
		app, _, err := s.CreateApplication(t.Context(), delegation.Application{Name: "Calendar"})
		is.NoErr(err)
		alice, err := s.AddUser(t.Context(), "alice@example.com")
		is.NoErr(err)
		s.events = nil
		ctx, err := by.Operator(t.Context(), "bob")
		is.NoErr(err)
		is.NoErr(s.RevokeApplication(ctx, app.ClientID))
		is.NoErr(s.RevokeDelegation(ctx, app.ClientID, alice.ID))
		is.True(s.RevokeDelegation(ctx, "unknown", alice.ID) != nil)
		_, err = s.DeleteUser(ctx, "alice@example.com")
		is.NoErr(err)
		is.Equal(s.events, []delegation.Event{
			{Kind: delegation.EventTokenRevoked, ClientID: app.ClientID, By: "bob"},
			{Kind: delegation.EventTokenRevoked, ClientID: app.ClientID, UserID: alice.ID, By: "bob"},
			{Kind: audit.UserDeleted, UserID: alice.ID, By: "bob"},
			{Kind: delegation.EventTokenRevoked, UserID: alice.ID, By: "bob"},
		}) // what happened, and nothing that did not
	})
}

// TestApplicationAndStatusAreOneStatement counts what a look-up costs, which
// every request of the API pays, whatever was taken back.
func TestApplicationAndStatusAreOneStatement(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		is := is.New(t)
		count := &queries{}
		s := newSafe(t, db.WithQueryHook(count), nil)
		app, _, err := s.CreateApplication(t.Context(), delegation.Application{Name: "Calendar"})
		is.NoErr(err)
		look := func(token string) delegation.Status {
			t.Helper()
			count.n.Store(0)
			_, status, err := s.Application(t.Context(), app.ClientID, "user", token)
			is.NoErr(err)
			is.Equal(count.n.Load(), int64(1)) // one round trip
			return status
		}
		is.Equal(look("token"), delegation.Status{}) // nothing is taken back
		is.NoErr(s.RevokeToken(t.Context(), app.ClientID, "token", s.now.Add(time.Minute)))
		is.NoErr(s.RevokeToken(t.Context(), app.ClientID, "token", s.now.Add(time.Hour))) // twice is once
		is.Equal(look("token"), delegation.Status{Revoked: true})
		is.NoErr(s.RevokeDelegation(t.Context(), app.ClientID, "user"))
		is.NoErr(s.SetOptOut(t.Context(), app.ClientID, "user", true))
		is.Equal(look("token"), delegation.Status{Generation: 1, OptedOut: true, Revoked: true})
		is.Equal(look(""), delegation.Status{Generation: 1, OptedOut: true}) // for a token yet to be made
		is.Equal(s.SetOptOut(t.Context(), "unknown", "user", true), delegation.ErrApplicationNotFound)
	})
}
