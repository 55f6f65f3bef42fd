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

func TestTakenBack(t *testing.T) {
	tests := map[string]struct {
		happens func(h *house)
		issues  bool // whether a new token is issued afterwards
	}{
		"the application's tokens ended": {
			func(h *house) { h.application(func(a *delegation.Application) { a.Generation++ }) }, true},
		"the delegation ended": {func(h *house) {
			_ = h.directory.RevokeDelegation(context.Background(),
				h.clientID, h.alice.ID)
		}, true},
		"the user opted out": {func(h *house) { h.directory.OptOut(h.clientID, h.alice.ID) }, false},
		"the user is protected": {func(h *house) {
			h.directory.ChangeUser(h.alice.ID,
				func(u *delegation.User) { u.Protected = true })
		}, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			h := newHouse(t)
			token := h.token(t)
			test.happens(h)
			h.refused(t, token) // on the next request
			again, err := h.issue(t, "alice@example.com")
			is.Equal(err == nil, test.issues) // ended is ended; opted out and protected stay so
			if err != nil {
				is.True(errors.Is(err, delegation.ErrNotDelegable)) // one answer for every refusal to delegate
				return
			}
			_, err = h.Verify(t.Context(), string(again.Access))
			is.NoErr(err) // a new token is good
		})
	}
}

func TestRevoke(t *testing.T) {
	is := is.New(t)
	h := newHouse(t)
	otherID, otherSecret := h.directory.AddApplication(delegation.Application{Active: true, Scopes: scopes.Rooms()})
	other := delegation.Credentials{ClientID: otherID, ClientSecret: otherSecret}
	token, second := h.token(t), h.token(t)
	for _, nothing := range []string{"", "garbage", token + "x"} {
		is.NoErr(h.Revoke(t.Context(), h.credentials(), nothing)) // garbage is no error (RFC 7009 §2.2)
	}
	is.NoErr(h.Revoke(t.Context(), other, token))
	_, err := h.Verify(t.Context(), token)
	is.NoErr(err) // another's token is not touched
	is.NoErr(h.Revoke(t.Context(), h.credentials(), token))
	is.NoErr(h.Revoke(t.Context(), h.credentials(), token)) // twice is once
	h.refused(t, token)                                     // ended at once
	_, err = h.Verify(t.Context(), second)
	is.NoErr(err) // and only this one
	wrong := h.credentials()
	wrong.ClientSecret = otherSecret
	is.True(errors.Is(h.Revoke(t.Context(), wrong, second), delegation.ErrInvalidClient)) // not by another client
	without := h.with(t, func(c *delegation.Config) { c.Applications = withoutRevocations{h.directory} })
	err = without.Revoke(t.Context(), h.credentials(), second)
	is.True(errors.Is(err, delegation.ErrRevocationUnsupported)) // never a silent no
}

func TestRevokeAny(t *testing.T) {
	is := is.New(t)
	h := newHouse(t)
	token := h.token(t)
	is.True(errors.Is(h.RevokeAny(t.Context(), token+"x"), delegation.ErrInvalidToken)) // an operator is told
	is.NoErr(h.RevokeAny(t.Context(), token))
	h.refused(t, token)
	without := h.with(t, func(c *delegation.Config) { c.Applications = withoutRevocations{h.directory} })
	is.True(errors.Is(without.RevokeAny(t.Context(), h.token(t)), delegation.ErrRevocationUnsupported))
}

// withoutRevocations cannot end single tokens.
type withoutRevocations struct{ delegation.Applications }

func (withoutRevocations) RevokeToken(context.Context, string, string, time.Time) error {
	return delegation.ErrRevocationUnsupported
}

func TestIntrospect(t *testing.T) {
	is := is.New(t)
	h := newHouse(t)
	add := func(app delegation.Application) delegation.Credentials {
		app.Active = true
		id, secret := h.directory.AddApplication(app)
		return delegation.Credentials{ClientID: id, ClientSecret: secret}
	}
	resource := add(delegation.Application{ResourceServer: true})
	stranger := add(delegation.Application{Scopes: scopes.Rooms()})
	token := h.token(t)
	h.application(func(a *delegation.Application) { a.Scopes = scopes.NewSet(scopes.RoomsList) })
	for _, may := range []delegation.Credentials{h.credentials(), resource} {
		grant, active, err := h.Introspect(t.Context(), may, token)
		is.NoErr(err)
		is.True(active)
		is.Equal(grant.Scopes.String(), "rooms:list") // what it allows now, not what is written in it
		is.Equal(grant.User.ID, h.alice.ID)
	}
	nothing := func(credentials delegation.Credentials, token string) {
		t.Helper()
		grant, active, err := h.Introspect(t.Context(), credentials, token)
		is.NoErr(err)
		is.True(!active)
		is.Equal(grant, delegation.Grant{})
	}
	nothing(stranger, token) // another application learns nothing
	for _, bad := range []string{"", "garbage", token + "x"} {
		nothing(resource, bad)
	}
	h.now = h.now.Add(time.Hour)
	nothing(resource, token) // an expired one is as good as none
	_, _, err := h.Introspect(t.Context(), delegation.Credentials{ClientID: h.clientID,
		ClientSecret: resource.ClientSecret}, token)
	is.True(errors.Is(err, delegation.ErrInvalidClient)) // not for another client
}

func TestApplicationsAway(t *testing.T) {
	is := is.New(t)
	h := newHouse(t)
	token := h.token(t)
	broken := h.with(t, func(c *delegation.Config) { c.Applications = brokenApplications{h.directory} })
	_, err := broken.Verify(t.Context(), token)
	is.True(errors.Is(err, errBroken)) // who cannot ask does not grant
	is.True(!errors.Is(err, delegation.ErrInvalidToken))
	is.NoErr(h.directory.RevokeDelegation(t.Context(), h.clientID, h.alice.ID))
	_, err = broken.Issue(t.Context(), h.request("alice@example.com"))
	is.True(errors.Is(err, errBroken)) // nor sign
}

// brokenApplications cannot be asked what was taken back.
type brokenApplications struct{ delegation.Applications }

func (brokenApplications) Application(context.Context, string, string, string) (
	delegation.Application, delegation.Status, error) {
	return delegation.Application{}, delegation.Status{}, errBroken
}
