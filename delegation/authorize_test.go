package delegation_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/scopes"
)

// named is a grant for alice that something else than a token made.
func (h *house) named() delegation.Grant {
	return delegation.Grant{Application: delegation.Application{ClientID: h.clientID},
		User: delegation.User{ID: h.alice.ID}, Delegated: true, Scopes: scopes.All()}
}

func TestAuthorize(t *testing.T) {
	is := is.New(t)
	h := newHouse(t)
	named := h.named()
	named.Application.Scopes, named.Application.Reach = scopes.All(), delegation.ReachUser
	named.Application.Active, named.User.Active, named.User.Email = true, true, "eve@example.com"
	grant, err := h.Authorize(t.Context(), named)
	is.NoErr(err)
	is.Equal(grant.User, h.alice)                              // as the directory has them, whatever the grant has
	is.Equal(grant.Application.Name, "Calendar")               // and so is the application
	is.Equal(grant.Application.Reach, delegation.Reach(""))    // with its own reach
	is.Equal(grant.Scopes.String(), "rooms:create rooms:list") // no more than the application holds
	named.Scopes = scopes.NewSet(scopes.RoomsList, scopes.RoomsDelete)
	grant, err = h.Authorize(t.Context(), named)
	is.NoErr(err)
	is.Equal(grant.Scopes.String(), "rooms:list") // and no more than was named
	named.Scopes = scopes.Set{}
	grant, err = h.Authorize(t.Context(), named)
	is.NoErr(err)
	is.True(grant.Scopes.Empty()) // nothing named is nothing granted
}

func TestAuthorizeIsLive(t *testing.T) {
	tests := map[string]func(h *house, named *delegation.Grant){
		"a zero grant":         func(_ *house, named *delegation.Grant) { *named = delegation.Grant{} },
		"no application":       func(_ *house, named *delegation.Grant) { named.Application.ClientID = "" },
		"an unknown one":       func(_ *house, named *delegation.Grant) { named.Application.ClientID = "crm" },
		"a text that is no id": func(_ *house, named *delegation.Grant) { named.Application.ClientID = "a\x00" },
		"no user":              func(_ *house, named *delegation.Grant) { named.User.ID = "" },
		"an unknown user":      func(_ *house, named *delegation.Grant) { named.User.ID = "user-999" },
		"a user too long":      func(_ *house, named *delegation.Grant) { named.User.ID = strings.Repeat("u", 256) },
		"a user without delegation": func(h *house, named *delegation.Grant) {
			h.application(func(a *delegation.Application) { a.Undelegated = true })
			named.Delegated = false
		},
		"no delegation": func(_ *house, named *delegation.Grant) {
			named.Delegated, named.User = false, delegation.User{}
		},
		"expired": func(h *house, named *delegation.Grant) { named.ExpiresAt = h.now },
		"application disabled": func(h *house, _ *delegation.Grant) {
			h.application(func(a *delegation.Application) { a.Active = false })
		},
		"policy narrowed": func(h *house, _ *delegation.Grant) {
			h.application(func(a *delegation.Application) { a.Policy.Domains = nil })
		},
		"user disabled": func(h *house, _ *delegation.Grant) {
			h.directory.ChangeUser(h.alice.ID, func(u *delegation.User) { u.Active = false })
		},
		"user protected": func(h *house, _ *delegation.Grant) {
			h.directory.ChangeUser(h.alice.ID, func(u *delegation.User) { u.Protected = true })
		},
		"credentials ended": func(h *house, named *delegation.Grant) {
			named.TokenID = "key-1"
			err := h.directory.RevokeToken(t.Context(), h.clientID, "key-1", h.now.Add(time.Hour))
			is.New(t).NoErr(err)
		},
	}
	for name, happens := range tests {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			h := newHouse(t)
			named := h.named()
			_, err := h.Authorize(t.Context(), named)
			is.NoErr(err) // good before
			happens(h, &named)
			grant, err := h.Authorize(t.Context(), named)
			var refusal *delegation.Refusal
			is.True(errors.As(err, &refusal) && errors.Is(err, delegation.ErrInvalidToken))
			is.True(grant.Scopes.Empty()) // and nothing is granted after
		})
	}
}

func TestAuthorizeHasNoGeneration(t *testing.T) {
	is := is.New(t)
	h := newHouse(t)
	h.application(func(a *delegation.Application) { a.Generation++ })
	is.NoErr(h.directory.RevokeDelegation(t.Context(), h.clientID, h.alice.ID))
	grant, err := h.Authorize(t.Context(), h.named())
	is.NoErr(err) // what ends all tokens is about tokens
	is.True(grant.Delegated)
	h.application(func(a *delegation.Application) { a.Undelegated = true })
	named := h.named()
	named.Delegated, named.User = false, delegation.User{}
	grant, err = h.Authorize(t.Context(), named)
	is.NoErr(err)
	is.Equal(grant.User, delegation.User{}) // an application that may act for no user does
}
