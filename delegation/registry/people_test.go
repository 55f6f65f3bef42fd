package registry_test

import (
	"errors"
	"testing"
	"time"

	"github.com/matryer/is"
	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/registry"
	"github.com/anteroom-go/anteroom/server/database/dbtest"
	"github.com/anteroom-go/anteroom/server/database/tables"
)

func TestARenamedUserIsTheSame(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		is := is.New(t)
		token, err := h.issue(t, h.secret)
		is.NoErr(err)
		before, err := h.UserByEmail(t.Context(), "alice@example.com")
		is.NoErr(err)
		after, err := h.RenameUser(t.Context(), "alice@example.com", "alice.jones@example.com")
		is.NoErr(err)
		is.Equal(after.ID, before.ID) // an id is for life
		grant, err := h.authority.Verify(t.Context(), token)
		is.NoErr(err)
		is.Equal(grant.User.Email, delegation.Email("alice.jones@example.com")) // tokens go on
		_, err = h.issue(t, h.secret)
		is.True(errors.Is(err, delegation.ErrNotDelegable)) // the old address names no user any more
		_, err = h.RenameUser(t.Context(), "alice.jones@example.com", "alice@example.net")
		is.NoErr(err)
		_, err = h.authority.Verify(t.Context(), token)
		is.True(errors.Is(err, delegation.ErrInvalidToken)) // unless the policy does not cover the new one
	})
}

func TestRenamesThatAreRefused(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		is := is.New(t)
		_, err := h.AddUser(t.Context(), "bob@example.com")
		is.NoErr(err)
		_, err = h.RenameUser(t.Context(), "alice@example.com", "bob@example.com")
		is.Equal(err, registry.ErrUserExists)
		_, err = h.RenameUser(t.Context(), "carol@example.com", "dave@example.com")
		is.Equal(err, delegation.ErrUserNotFound)
		_, err = h.RenameUser(t.Context(), "\x00", "dave@example.com")
		is.Equal(err, delegation.ErrUserNotFound)
		_, err = h.RenameUser(t.Context(), "alice@example.com", "Alice@example.com")
		is.True(errors.As(err, new(*registry.ConfigError))) // another form would never be found
		same, err := h.RenameUser(t.Context(), "alice@example.com", "alice@example.com")
		is.NoErr(err)
		is.Equal(same.Email, delegation.Email("alice@example.com")) // nothing to do is no error
	})
}

// TestAnAddressIsGivenToAnotherPerson: the next user with an address inherits
// nothing from the one who had it.
func TestAnAddressIsGivenToAnotherPerson(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		is := is.New(t)
		token, err := h.issue(t, h.secret)
		is.NoErr(err)
		first, err := h.UserByEmail(t.Context(), "alice@example.com")
		is.NoErr(err)
		is.NoErr(h.SetOptOut(t.Context(), h.app.ClientID, first.ID, true))
		deleted, err := h.DeleteUser(t.Context(), "alice@example.com")
		is.NoErr(err)
		is.Equal(deleted, first)
		_, err = h.DeleteUser(t.Context(), "alice@example.com")
		is.Equal(err, delegation.ErrUserNotFound)
		_, err = h.authority.Verify(t.Context(), token)
		is.True(errors.Is(err, delegation.ErrInvalidToken)) // tokens end

		second, err := h.AddUser(t.Context(), "alice@example.com")
		is.NoErr(err)
		is.True(second.ID != first.ID) // another person, another id
		_, err = h.authority.Verify(t.Context(), token)
		is.True(errors.Is(err, delegation.ErrInvalidToken)) // an old token does not become theirs
		_, err = h.issue(t, h.secret)
		is.NoErr(err) // nor the wish of the person before them
		n, err := h.db.NewSelect().TableExpr("?", tables.Table(h.db, "delegations")).
			Where("user_id = ?", first.ID).Count(t.Context())
		is.NoErr(err)
		is.True(n == 0) // nothing is kept of who is gone
	})
}

func TestDemonstrationIsTheSameAgain(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		is := is.New(t)
		rootKeys := delegation.NewRootKeys()
		demo := delegation.Application{Name: "Demo", Undelegated: true, Scopes: legacy("").Scopes}
		first, secret, err := newRegistry(t, registry.Config{DB: db, RootKeys: rootKeys}).Demonstration(t.Context(), demo)
		is.NoErr(err)
		reg := newImporter(t, db, rootKeys)
		_, err = reg.UpdateApplication(t.Context(), first.ClientID,
			func(a *delegation.Application) error { a.Name = "Mine"; return nil })
		is.NoErr(err)
		again, sameSecret, err := reg.Demonstration(t.Context(), demo)
		is.NoErr(err)
		is.Equal(again.ClientID, first.ClientID)
		is.Equal(again.Name, "Mine")                           // what there is stays as it is
		is.Equal(sameSecret, secret)                           // after every restart
		is.NoErr(reg.ask(t.Context(), again.ClientID, secret)) // and it works
		other, otherSecret, err := newRegistry(t, registry.Config{DB: dbtest.Open(t, dbtest.SQLite(t)),
			RootKeys: delegation.NewRootKeys()}).Demonstration(t.Context(), demo)
		is.NoErr(err)
		is.True(other.ClientID != first.ClientID && otherSecret != secret) // from the root key alone
		_, _, err = newRegistry(t, registry.Config{DB: db}).Demonstration(t.Context(), demo)
		is.Equal(err, registry.ErrRootKeyRequired)
	})
}

func TestNewNamesEveryFault(t *testing.T) {
	is := is.New(t)
	_, err := registry.New(registry.Config{Algorithm: "HS256", RotateEvery: time.Minute})
	is.Equal(err.Error(), "registry: DB is required\nAlgorithm must be ES256, EdDSA or RS256\n"+
		"RotateEvery must be at least an hour, or less than zero for never")
}
