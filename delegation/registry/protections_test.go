package registry_test

import (
	"errors"
	"testing"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/registry"
)

// reason returns why a token for an address is refused, by an explanation and by a real
// request, which decide the same; "" if it is issued.
func (h *house) reason(t *testing.T, address string) delegation.Reason {
	t.Helper()
	is := is.New(t)
	_, explained := h.authority.Explain(t.Context(), h.app.ClientID, address)
	_, err := h.authority.Issue(t.Context(), delegation.TokenRequest{Scope: address,
		Credentials: delegation.Credentials{ClientID: h.app.ClientID, ClientSecret: h.secret}})
	is.Equal(err == nil, explained == nil)
	var refusal, explanation *delegation.Refusal
	if err == nil {
		return ""
	}
	is.True(errors.As(err, &refusal) && errors.As(explained, &explanation))
	is.Equal(refusal.Reason, explanation.Reason)
	return refusal.Reason
}

// addresses are the users of the registry, each with whether they are protected and known.
func (h *house) addresses(t *testing.T) (list []string) {
	t.Helper()
	users, err := h.Users(t.Context())
	is.New(t).NoErr(err)
	for _, user := range users {
		text := string(user.Email)
		if user.Protected {
			text += " protected"
		}
		if user.ID == "" {
			text += " no user"
		}
		list = append(list, text)
	}
	return list
}

func TestAnAddressIsProtectedBeforeThereIsAUser(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		is := is.New(t)
		h.change(t, func(app *delegation.Application) { app.Provision = true })
		user, err := h.SetUserProtected(t.Context(), "boss@example.com", true)
		is.NoErr(err)
		is.Equal(user, delegation.User{Email: "boss@example.com", Protected: true}) // no account yet
		is.Equal(h.reason(t, "boss@example.com"), delegation.ReasonUserProtected)   // though it may provision
		is.Equal(h.addresses(t), []string{"alice@example.com", "boss@example.com protected no user"})
		_, err = h.SetUserActive(t.Context(), "boss@example.com", false)
		is.Equal(err, delegation.ErrUserNotFound) // there is no user to disable,
		_, err = h.RenameUser(t.Context(), "boss@example.com", "chef@example.com")
		is.Equal(err, delegation.ErrUserNotFound) // to rename
		_, err = h.DeleteUser(t.Context(), "boss@example.com")
		is.Equal(err, delegation.ErrUserNotFound) // or to delete

		provisioned, err := h.ProvisionUser(t.Context(), "boss@example.com")
		is.NoErr(err)
		is.True(provisioned.Protected && provisioned.ID != "") // who comes is protected
		is.Equal(h.reason(t, "boss@example.com"), delegation.ReasonUserProtected)
		user, err = h.SetUserProtected(t.Context(), "boss@example.com", false)
		is.NoErr(err)
		is.Equal(user.ID, provisioned.ID)
		is.Equal(h.reason(t, "boss@example.com"), delegation.Reason("")) // until an operator ends it
	})
}

func TestTheProtectionOfNoUserEnds(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		is := is.New(t)
		_, err := h.SetUserProtected(t.Context(), "boss@example.com", false)
		is.Equal(err, delegation.ErrUserNotFound) // there is nothing to end
		_, err = h.SetUserProtected(t.Context(), "boss@example.com", true)
		is.NoErr(err)
		user, err := h.SetUserProtected(t.Context(), "boss@example.com", false)
		is.NoErr(err)
		is.Equal(user, delegation.User{Email: "boss@example.com"})
		is.Equal(h.addresses(t), []string{"alice@example.com"}) // nothing is left
		for _, bad := range []delegation.Email{"", "Boss@example.com", "boss", "\x00@example.com"} {
			for _, protected := range []bool{true, false} {
				_, err = h.SetUserProtected(t.Context(), bad, protected)
				is.True(errors.As(err, new(*registry.ConfigError))) // another form would protect no user
			}
		}
	})
}

func TestAProtectionStandsWithTheAddress(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		is := is.New(t)
		token, err := h.issue(t, h.secret)
		is.NoErr(err)
		for range 2 { // the second time changes nothing
			user, err := h.SetUserProtected(t.Context(), "alice@example.com", true)
			is.NoErr(err)
			is.True(user.Protected && user.ID != "")
		}
		_, err = h.RenameUser(t.Context(), "alice@example.com", "alice.jones@example.com")
		is.NoErr(err)
		is.Equal(h.addresses(t), []string{"alice.jones@example.com protected", "alice@example.com protected no user"})
		_, err = h.authority.Verify(t.Context(), token)
		is.True(errors.Is(err, delegation.ErrInvalidToken)) // a renamed user is not left without it
		_, err = h.DeleteUser(t.Context(), "alice.jones@example.com")
		is.NoErr(err)
		for _, address := range []delegation.Email{"alice@example.com", "alice.jones@example.com"} {
			again, err := h.AddUser(t.Context(), address)
			is.NoErr(err)
			is.True(again.Protected) // nor is who gets the address
			is.Equal(h.reason(t, string(address)), delegation.ReasonUserProtected)
		}
	})
}
