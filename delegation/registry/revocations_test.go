package registry_test

import (
	"testing"
	"time"

	"github.com/matryer/is"
	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/server/database/dbtest"
)

func TestNothingTakenBackFromATokenOn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		is := is.New(t)
		s := newSafe(t, db, nil)
		app, _, err := s.CreateApplication(t.Context(), delegation.Application{Name: "Calendar"})
		is.NoErr(err)
		until := s.now.Add(time.Minute)
		is.NoErr(s.RevokeToken(t.Context(), app.ClientID, "token", until))
		is.NoErr(s.RevokeToken(t.Context(), app.ClientID, "another", until.Add(-time.Second))) // the later one counts
		untouched := func() bool {
			app, err := s.Application(t.Context(), app.ClientID)
			is.NoErr(err)
			return app.NothingTakenBack
		}
		is.True(!untouched())
		s.now = until.Add(-time.Microsecond)
		is.True(!untouched())
		s.now = until
		is.True(untouched()) // the last one has expired
		is.NoErr(s.RevokeToken(t.Context(), "unknown", "token", until))
	})
}

func TestEndingAllTokensIsAnEvent(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		is := is.New(t)
		s := newSafe(t, db, nil)
		app, _, err := s.CreateApplication(t.Context(), delegation.Application{Name: "Calendar"})
		is.NoErr(err)
		is.NoErr(s.RevokeApplication(t.Context(), app.ClientID))
		is.NoErr(s.RevokeDelegation(t.Context(), app.ClientID, "alice"))
		is.True(s.RevokeDelegation(t.Context(), "unknown", "alice") != nil)
		is.Equal(s.events, []delegation.Event{
			{Kind: delegation.EventTokenRevoked, ClientID: app.ClientID},
			{Kind: delegation.EventTokenRevoked, ClientID: app.ClientID, UserID: "alice"},
		}) // what happened, and nothing that did not
	})
}

func TestNothingTakenBack(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		is := is.New(t)
		untouched := func() bool {
			app, err := h.Application(t.Context(), h.app.ClientID)
			is.NoErr(err)
			return app.NothingTakenBack
		}
		is.True(h.app.NothingTakenBack && untouched()) // so the Authority need not ask
		first, err := h.FirstUse(t.Context(), h.app.ClientID, "user", time.Now())
		is.NoErr(err)
		is.True(first && untouched()) // acting for somebody takes nothing back
		_, err = h.UpdateApplication(t.Context(), h.app.ClientID, func(app *delegation.Application) error {
			app.Name, app.NothingTakenBack = "Diary", false
			return nil
		})
		is.NoErr(err)
		is.True(untouched()) // an update does not decide it
		is.NoErr(h.SetOptOut(t.Context(), h.app.ClientID, "user", true))
		is.True(!untouched())
		status, err := h.Status(t.Context(), h.app.ClientID, "user", "")
		is.NoErr(err)
		is.True(status.OptedOut) // in the row that the first use made
		_, err = h.UpdateApplication(t.Context(), h.app.ClientID, func(app *delegation.Application) error {
			app.Name, app.NothingTakenBack = "Calendar", true
			return nil
		})
		is.NoErr(err)
		is.True(!untouched()) // nor undoes it
		is.Equal(h.SetOptOut(t.Context(), "unknown", "user", true), delegation.ErrApplicationNotFound)
		is.Equal(h.RevokeDelegation(t.Context(), "\x00", "user"), delegation.ErrApplicationNotFound)
	})
}
