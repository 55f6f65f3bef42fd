package registry_test

import (
	"testing"
	"time"

	"github.com/matryer/is"
	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/delegation"
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
		is.NoErr(s.RevokeApplication(t.Context(), app.ClientID))
		is.NoErr(s.RevokeDelegation(t.Context(), app.ClientID, alice.ID))
		is.True(s.RevokeDelegation(t.Context(), "unknown", alice.ID) != nil)
		_, err = s.DeleteUser(t.Context(), "alice@example.com")
		is.NoErr(err)
		is.Equal(s.events, []delegation.Event{
			{Kind: delegation.EventTokenRevoked, ClientID: app.ClientID},
			{Kind: delegation.EventTokenRevoked, ClientID: app.ClientID, UserID: alice.ID},
			{Kind: delegation.EventTokenRevoked, UserID: alice.ID},
		}) // what happened, and nothing that did not
	})
}

func TestAllDelegationsStand(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		is := is.New(t)
		stand := func() bool {
			app, _, err := h.Application(t.Context(), h.app.ClientID, "", "")
			is.NoErr(err)
			return app.AllDelegationsStand
		}
		rename := func(name string, stand bool) {
			h.change(t, func(app *delegation.Application) { app.Name, app.AllDelegationsStand = name, stand })
		}
		is.True(h.app.AllDelegationsStand && stand()) // so the Authority need not ask
		first, err := h.FirstUse(t.Context(), h.app.ClientID, "user", time.Now())
		is.NoErr(err)
		is.True(first && stand()) // acting for a user takes nothing back
		is.NoErr(h.RevokeToken(t.Context(), h.app.ClientID, "token", time.Now().Add(time.Hour)))
		is.True(stand()) // nor does the end of one token, which only matters where there is a token
		rename("Diary", false)
		is.True(stand()) // an update does not decide it
		is.NoErr(h.SetOptOut(t.Context(), h.app.ClientID, "user", true))
		is.True(!stand())
		rename("Calendar", true)
		is.True(!stand()) // nor undoes it
		is.Equal(h.SetOptOut(t.Context(), "unknown", "user", true), delegation.ErrApplicationNotFound)
	})
}

// TestStatusCostsAStatementWhereThereIsOne counts what a look-up costs, which
// every request of the API pays.
func TestStatusCostsAStatementWhereThereIsOne(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		is := is.New(t)
		count := &queries{}
		s := newSafe(t, db.WithQueryHook(count), nil)
		app, _, err := s.CreateApplication(t.Context(), delegation.Application{Name: "Calendar"})
		is.NoErr(err)
		look := func(token string) (delegation.Status, int) {
			t.Helper()
			count.n.Store(0)
			_, status, err := s.Application(t.Context(), app.ClientID, "user", token)
			is.NoErr(err)
			return status, int(count.n.Load())
		}
		_, cost := look("token")
		is.Equal(cost, 1) // nothing is taken back
		until := s.now.Add(time.Minute)
		is.NoErr(s.RevokeToken(t.Context(), app.ClientID, "token", until))
		is.NoErr(s.RevokeToken(t.Context(), app.ClientID, "another", until.Add(-time.Second))) // the later one counts
		s.now = until.Add(-time.Microsecond)
		status, cost := look("token")
		is.Equal(status, delegation.Status{Revoked: true})
		is.Equal(cost, 2) // one token is
		s.now = until
		_, cost = look("token")
		is.Equal(cost, 1) // the last one has expired
		is.NoErr(s.RevokeDelegation(t.Context(), app.ClientID, "user"))
		status, cost = look("token")
		is.Equal(status, delegation.Status{Generation: 1, Revoked: true})
		is.Equal(cost, 2) // a delegation is
		status, cost = look("")
		is.Equal(status, delegation.Status{Generation: 1})
		is.Equal(cost, 1) // for a new token one statement is enough, which is only sent now
	})
}
