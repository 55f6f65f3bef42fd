package delegation_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/scopes"
)

func TestAuthorityOverTime(t *testing.T) {
	tests := map[string]func(h *house){
		"application disabled": func(h *house) { h.application(func(a *delegation.Application) { a.Active = false }) },
		"application deleted":  func(h *house) { h.directory.RemoveApplication(h.clientID) },
		"domain removed":       func(h *house) { h.application(func(a *delegation.Application) { a.Policy.Domains = nil }) },
		"user disabled": func(h *house) {
			h.directory.ChangeUser(h.alice.ID,
				func(u *delegation.User) { u.Active = false })
		},
		"user deleted": func(h *house) { h.directory.RemoveUser(h.alice.ID) },
		"user's address moved out": func(h *house) {
			h.directory.ChangeUser(h.alice.ID, func(u *delegation.User) { u.Email = "alice@example.net" })
		},
		"time passed": func(h *house) { h.now = h.now.Add(10 * time.Minute) },
	}
	for name, happens := range tests {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			token := h.token(t)
			_, err := h.Verify(t.Context(), token)
			is.New(t).NoErr(err) // good before
			happens(h)
			h.refused(t, token) // and not after, on the next request
		})
	}
}

func TestAddressesOfHosts(t *testing.T) {
	is := is.New(t)
	h := newHouse(t)
	token := h.token(t)
	h.directory.ChangeUser(h.alice.ID, func(u *delegation.User) { u.Email = "Alice@EXAMPLE.com" })
	grant, err := h.Verify(t.Context(), token)
	is.NoErr(err)
	is.Equal(grant.User.Email, delegation.Email("alice@example.com")) // a host may keep capitals
	for _, email := range []delegation.Email{"", "alice", "alice@example.com ", `"alice"@example.com`,
		kelvin + "@example.com"} {
		h.directory.ChangeUser(h.alice.ID, func(u *delegation.User) { u.Email = email })
		h.refused(t, token) // but no application acts for a user without a proper address
	}
}

func TestScopesOverTime(t *testing.T) {
	is := is.New(t)
	h := newHouse(t)
	token := h.token(t)
	h.application(func(a *delegation.Application) { a.Scopes = scopes.NewSet(scopes.RoomsList, scopes.RoomsDelete) })
	grant, err := h.Verify(t.Context(), token)
	is.NoErr(err)
	is.Equal(grant.Scopes.String(), "rooms:list") // what was taken is gone; what was added is not in the token
	h.application(func(a *delegation.Application) { a.Scopes = scopes.Set{} })
	grant, err = h.Verify(t.Context(), token)
	is.NoErr(err)
	is.True(grant.Scopes.Empty()) // a good token that permits nothing
}

func TestUndelegatedOverTime(t *testing.T) {
	is := is.New(t)
	h := newHouse(t)
	h.application(func(a *delegation.Application) { a.Undelegated = true })
	token, err := h.issue(t, "")
	is.NoErr(err)
	grant, err := h.Verify(t.Context(), string(token.Access))
	is.NoErr(err)
	is.True(!grant.Delegated)   // it acts for no user
	is.Equal(grant.User.ID, "") // not even by accident
	h.application(func(a *delegation.Application) { a.Undelegated = false })
	h.refused(t, string(token.Access)) // taken back, at once
}

func TestVerifyWithoutTheStore(t *testing.T) {
	is := is.New(t)
	h := newHouse(t)
	token := h.token(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := h.Verify(ctx, token)
	is.True(err != nil)                                  // nothing is granted
	is.True(!errors.Is(err, delegation.ErrInvalidToken)) // but the token is not to blame
}

func FuzzVerify(f *testing.F) {
	h := newHouse(f)
	f.Add(h.header(nil), h.claims(nil))
	f.Add(h.header(object{"crit": []string{}}), h.claims(object{"aud": []string{audience}}))
	f.Add(`{"alg":"ES256","kid":"x","typ":"at+jwt"}`, `{}`)
	f.Fuzz(func(t *testing.T, header, payload string) {
		grant, err := h.Verify(t.Context(), h.forge(header, payload))
		if err != nil {
			var refusal *delegation.Refusal
			if !errors.As(err, &refusal) || !errors.Is(err, delegation.ErrInvalidToken) {
				t.Fatalf("a token led to %v", err)
			}
			return
		}
		if grant.Application.ClientID != h.clientID || grant.Delegated && grant.User.ID != h.alice.ID {
			t.Fatalf("granted to %+v", grant)
		}
		_, _ = h.Verify(t.Context(), header+"."+payload) // any text at all: no panic
	})
}
