package delegation_test

import (
	"context"
	"errors"
	"testing"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/rates"
)

var errCharged = errors.New("the quota is used up")

// TestCharge counts what an application asks for after it authenticated.
func TestCharge(t *testing.T) {
	wrong := func(c delegation.Credentials) delegation.Credentials {
		c.ClientSecret = delegation.NewSecret()
		return c
	}
	tests := map[string]struct {
		do   func(h *house, a *delegation.Authority) error
		want []rates.Class
	}{
		"a token": {func(h *house, a *delegation.Authority) error {
			_, err := a.Issue(context.Background(), h.request("alice@example.com"))
			return err
		}, []rates.Class{rates.Tokens}},
		"a token refused by the policy": {func(h *house, a *delegation.Authority) error {
			_, err := a.Issue(context.Background(), h.request("alice@example.net"))
			return err
		}, []rates.Class{rates.Tokens}},
		"a token for a user who is created": {func(h *house, a *delegation.Authority) error {
			_, err := a.Issue(context.Background(), h.request("new@example.com"))
			return err
		}, []rates.Class{rates.Tokens, rates.Creates}},
		"a wrong secret": {func(h *house, a *delegation.Authority) error {
			_, err := a.Issue(context.Background(), delegation.TokenRequest{Credentials: wrong(h.credentials())})
			return err
		}, nil},
		"a revocation": {func(h *house, a *delegation.Authority) error {
			return a.Revoke(context.Background(), h.credentials(), "garbage")
		}, []rates.Class{rates.Tokens}},
		"an introspection": {func(h *house, a *delegation.Authority) error {
			_, _, err := a.Introspect(context.Background(), h.credentials(), "garbage")
			return err
		}, []rates.Class{rates.Tokens}},
		"an introspection with a wrong secret": {func(h *house, a *delegation.Authority) error {
			_, _, err := a.Introspect(context.Background(), wrong(h.credentials()), "garbage")
			return err
		}, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			h := newHouse(t)
			h.application(func(app *delegation.Application) { app.Provision = true })
			var charged []rates.Class
			_ = test.do(h, h.with(t, func(c *delegation.Config) {
				c.Charge = func(_ context.Context, app delegation.Application, class rates.Class) error {
					is.Equal(app.ClientID, h.clientID) // the application that authenticated
					charged = append(charged, class)
					return nil
				}
			}))
			is.Equal(charged, test.want) // after the authentication, whatever comes of it, and never before
		})
	}
}

// TestChargeEndsTheRequest refuses each class: nothing is done then.
func TestChargeEndsTheRequest(t *testing.T) {
	is := is.New(t)
	h := newHouse(t)
	h.application(func(app *delegation.Application) { app.Provision = true })
	refusing := func(refused rates.Class) *delegation.Authority {
		return h.with(t, func(c *delegation.Config) {
			c.Charge = func(_ context.Context, _ delegation.Application, class rates.Class) error {
				if class == refused {
					return errCharged
				}
				return nil
			}
			c.OnEvent = func(context.Context, delegation.Event) { t.Error("something was decided") }
		})
	}
	token := h.token(t)
	_, err := refusing(rates.Tokens).Issue(t.Context(), h.request("alice@example.com"))
	is.Equal(err, errCharged) // as it was returned
	is.Equal(refusing(rates.Tokens).Revoke(t.Context(), h.credentials(), token), errCharged)
	_, active, err := refusing(rates.Tokens).Introspect(t.Context(), h.credentials(), token)
	is.Equal(err, errCharged)
	is.True(!active)
	_, err = h.Verify(t.Context(), token)
	is.NoErr(err) // nothing was revoked
	_, err = refusing(rates.Creates).Issue(t.Context(), h.request("new@example.com"))
	is.Equal(err, errCharged)
	_, err = h.directory.UserByEmail(t.Context(), "new@example.com")
	is.Equal(err, delegation.ErrUserNotFound) // nor was the user created
}
