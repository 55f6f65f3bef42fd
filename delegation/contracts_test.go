package delegation_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/delegation"
)

// answering is a set of contracts whose answers are changed on their way.
type answering struct {
	delegation.Applications
	delegation.Users
	delegation.Provisioner
	app    func(*delegation.Application)
	stored func(*delegation.StoredSecret)
	user   func(*delegation.User)
}

func (a answering) Application(ctx context.Context, clientID, userID, tokenID string) (
	delegation.Application, delegation.Status, error) {
	app, status, err := a.Applications.Application(ctx, clientID, userID, tokenID)
	a.app(&app)
	return app, status, err
}

func (a answering) ApplicationSecret(ctx context.Context, clientID, secretID string) (delegation.StoredSecret, error) {
	stored, err := a.Applications.ApplicationSecret(ctx, clientID, secretID)
	a.stored(&stored)
	return stored, err
}

func (a answering) UserByEmail(ctx context.Context, email delegation.Email) (delegation.User, error) {
	user, err := a.Users.UserByEmail(ctx, email)
	a.user(&user)
	return user, err
}

func (a answering) UserByID(ctx context.Context, id string) (delegation.User, error) {
	user, err := a.Users.UserByID(ctx, id)
	a.user(&user)
	return user, err
}

func (a answering) ProvisionUser(ctx context.Context, email delegation.Email) (delegation.User, error) {
	user, err := a.Provisioner.ProvisionUser(ctx, email)
	a.user(&user)
	return user, err
}

// wrongly returns an authority whose contracts answer wrongly.
func (h *house) wrongly(t *testing.T, spoil func(*answering)) *delegation.Authority {
	a := answering{Applications: h.directory, Users: h.directory, Provisioner: h.directory,
		app:    func(*delegation.Application) {},
		stored: func(*delegation.StoredSecret) {}, user: func(*delegation.User) {}}
	spoil(&a)
	return h.with(t, func(c *delegation.Config) { c.Applications, c.Users, c.Provisioner = a, a, a })
}

// TestWrongAnswersAreRefused lets every contract answer with something else than
// was asked for. Reasons are empty where the answer is not asked for.
func TestWrongAnswersAreRefused(t *testing.T) {
	user := func(change func(*delegation.User)) func(*answering) { return func(a *answering) { a.user = change } }
	tests := map[string]struct {
		spoil         func(*answering)
		issue, verify delegation.Reason
	}{
		"a user without an id": {user(func(u *delegation.User) { u.ID = "" }),
			delegation.ReasonUserIDUnusable, delegation.ReasonUserIDUnusable},
		"a user with a long id": {user(func(u *delegation.User) { u.ID = strings.Repeat("x", 256) }),
			delegation.ReasonUserIDUnusable, delegation.ReasonUserIDUnusable},
		"a user with control characters": {user(func(u *delegation.User) { u.ID = "a\x00" }),
			delegation.ReasonUserIDUnusable, delegation.ReasonUserIDUnusable},
		"no user at all": {user(func(u *delegation.User) { *u = delegation.User{} }),
			delegation.ReasonUserIDUnusable, delegation.ReasonUserIDUnusable},
		"another user than the token's": {user(func(u *delegation.User) { u.ID = "another" }),
			"", delegation.ReasonUserIDMismatch},
		"another application": {func(a *answering) {
			a.app = func(app *delegation.Application) { app.ClientID = "app_other" }
		},
			delegation.ReasonApplicationMismatch, delegation.ReasonApplicationMismatch},
		"an application without an id": {func(a *answering) {
			a.app = func(app *delegation.Application) { app.ClientID = "" }
		},
			delegation.ReasonApplicationMismatch, delegation.ReasonApplicationMismatch},
		"a secret of another application": {func(a *answering) {
			a.stored = func(s *delegation.StoredSecret) { s.ClientID = "app_other" }
		}, delegation.ReasonApplicationMismatch, ""},
		"another secret": {func(a *answering) { a.stored = func(s *delegation.StoredSecret) { s.ID = "another" } },
			delegation.ReasonSecretMismatch, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			h := newHouse(t)
			token := h.token(t)
			wrong := h.wrongly(t, test.spoil)
			_, err := wrong.Issue(t.Context(), h.request("alice@example.com"))
			is.Equal(reasonOf(err), test.issue) // refused, and for this reason
			is.Equal(err == nil, test.issue == "")
			grant, err := wrong.Verify(t.Context(), token)
			is.Equal(reasonOf(err), test.verify)
			is.Equal(err == nil, test.verify == "")
			if err != nil {
				is.Equal(grant, delegation.Grant{}) // never a grant without a user
			}
		})
	}
}

func TestWrongProvisioningIsRefused(t *testing.T) {
	tests := map[string]struct {
		change func(*delegation.User)
		want   delegation.Reason
	}{
		"another address": {func(u *delegation.User) { u.Email = "other@example.com" }, delegation.ReasonUserAddressMismatch},
		"no address":      {func(u *delegation.User) { u.Email = "" }, delegation.ReasonUserAddressMismatch},
		"no id":           {func(u *delegation.User) { u.ID = "" }, delegation.ReasonUserIDUnusable},
		"inactive":        {func(u *delegation.User) { u.Active = false }, delegation.ReasonUserInactive},
		"capitals":        {func(u *delegation.User) { u.Email = "New@Example.com" }, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			h := newHouse(t)
			h.application(func(a *delegation.Application) { a.Provision = true })
			wrong := h.wrongly(t, func(a *answering) { a.user = test.change })
			token, err := wrong.Issue(t.Context(), h.request("new@example.com"))
			is.Equal(reasonOf(err), test.want)
			is.Equal(err == nil, test.want == "")
			is.Equal(token.Access == "", test.want != "") // no token for another user than was named
		})
	}
}

func TestWrongAssertionsAreRefused(t *testing.T) {
	is := is.New(t)
	s := newSigner(t)
	wrong := s.wrongly(t, func(a *answering) { a.app = func(app *delegation.Application) { app.ClientID = "app_other" } })
	_, err := wrong.Issue(t.Context(), delegation.TokenRequest{
		Credentials: delegation.Credentials{Assertion: s.assert(nil, nil)}, Scope: "alice@example.com"})
	is.Equal(reasonOf(err), delegation.ReasonApplicationMismatch) // signed by the key of another application
	_, err = wrong.Explain(t.Context(), s.clientID, "alice@example.com")
	is.Equal(reasonOf(err), delegation.ReasonApplicationMismatch)
}

// noKeys answers without an error and without keys.
type noKeys struct{}

func (noKeys) KeySet(context.Context) (*delegation.KeySet, error) { return nil, nil }

func TestNoKeysIsAnError(t *testing.T) {
	is := is.New(t)
	h := newHouse(t)
	token := h.token(t)
	without := h.with(t, func(c *delegation.Config) { c.Keys = noKeys{} })
	_, err := without.Verify(t.Context(), token)
	is.True(err != nil && !errors.Is(err, delegation.ErrInvalidToken)) // the token is not to blame
	_, err = without.Issue(t.Context(), h.request("alice@example.com"))
	is.True(err != nil)
}

func TestZeroValuesPermitNothing(t *testing.T) {
	is := is.New(t)
	is.True(delegation.Grant{}.Require("") != nil)
	is.True(delegation.Grant{}.Require("rooms:list") != nil) // the zero Grant
	is.True(!delegation.Policy{}.Covers("u@example.com"))    // and the zero Policy
	h := newHouse(t)
	h.application(func(a *delegation.Application) { *a = delegation.Application{ClientID: a.ClientID} })
	_, err := h.issue(t, "alice@example.com")
	is.True(errors.Is(err, delegation.ErrInvalidClient)) // and the zero Application
}
