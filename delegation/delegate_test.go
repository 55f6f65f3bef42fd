package delegation_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/scopes"
)

func TestIssueScopes(t *testing.T) {
	tests := map[string]struct {
		scope  string
		want   string // the token's scopes
		err    error
		reason delegation.Reason
	}{
		"the address alone": {"alice@example.com", "rooms:create rooms:list", nil, ""},
		"narrowed":          {"alice@example.com rooms:create", "rooms:create", nil, ""},
		"the address last":  {"rooms:create alice@example.com", "rooms:create", nil, ""},
		"repeated action":   {"alice@example.com rooms:list rooms:list", "rooms:list", nil, ""},
		"unheld action": {"alice@example.com rooms:delete", "", delegation.ErrInvalidScope,
			delegation.ReasonScopeNotGranted},
		"unknown action": {"alice@example.com rooms:fly", "", delegation.ErrInvalidScope,
			delegation.ReasonScopeNotGranted},
		"wildcard": {"alice@example.com rooms:*", "", delegation.ErrInvalidScope,
			delegation.ReasonScopeNotGranted},
		"other case": {"alice@example.com ROOMS:LIST", "", delegation.ErrInvalidScope,
			delegation.ReasonScopeNotGranted},
		"no address": {"rooms:create", "", delegation.ErrInvalidScope, delegation.ReasonUndelegatedNotGranted},
		"nothing":    {"", "", delegation.ErrInvalidScope, delegation.ReasonUndelegatedNotGranted},
		"two addresses": {"alice@example.com bob@example.com", "", delegation.ErrInvalidScope,
			delegation.ReasonAddressRepeated},
		"one address twice": {"alice@example.com alice@example.com", "", delegation.ErrInvalidScope,
			delegation.ReasonAddressRepeated},
		"not an address": {"alice@localhost", "", delegation.ErrInvalidScope, delegation.ReasonAddressMalformed},
		"two spaces": {"alice@example.com  rooms:create", "", delegation.ErrInvalidScope,
			delegation.ReasonScopeMalformed},
		"quotes": {`"alice"@example.com`, "", delegation.ErrInvalidScope, delegation.ReasonScopeMalformed},
		"line break": {"alice@example.com\r\nX: y", "", delegation.ErrInvalidScope,
			delegation.ReasonScopeMalformed},
		"address with a comma": {"alice@example.com,rooms:create", "", delegation.ErrInvalidScope,
			delegation.ReasonAddressMalformed},
		"outside the policy": {"alice@example.net", "", delegation.ErrNotDelegable,
			delegation.ReasonAddressNotCovered},
		"unknown user":         {"nobody@example.com", "", delegation.ErrNotDelegable, delegation.ReasonUserUnknown},
		"plus is another user": {"alice+x@example.com", "", delegation.ErrNotDelegable, delegation.ReasonUserUnknown},
		"inactive user":        {"bob@example.com", "", delegation.ErrNotDelegable, delegation.ReasonUserInactive},
		"known, outside the policy": {"carol@example.net", "", delegation.ErrNotDelegable,
			delegation.ReasonAddressNotCovered},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			h := newHouse(t)
			bob := h.directory.AddUser("bob@example.com")
			h.directory.AddUser("carol@example.net")
			h.directory.ChangeUser(bob.ID, func(u *delegation.User) { u.Active = false })
			token, err := h.issue(t, test.scope)
			is.Equal(token.Scopes.String(), test.want) // never more than held, never none
			if test.err == nil {
				is.NoErr(err)
				return
			}
			is.True(errors.Is(err, test.err)) // what the caller learns
			var refusal *delegation.Refusal
			is.True(errors.As(err, &refusal))
			is.Equal(refusal.Status, 0)
			is.Equal(refusal.Reason, test.reason)                                          // what the operator learns
			is.True(!strings.Contains(err.Error(), "alice@"))                              // no address in an error
			is.Equal(refusal.Scope != "", test.reason == delegation.ReasonScopeNotGranted) // the caller's own input, only here
		})
	}
}

func TestApplicationWithoutScopesGetsNoToken(t *testing.T) {
	is := is.New(t)
	h := newHouse(t)
	h.application(func(a *delegation.Application) { a.Scopes, a.Undelegated = scopes.Set{}, true })
	for _, scope := range []string{"alice@example.com", "", "rooms:list"} {
		_, err := h.issue(t, scope)
		is.True(errors.Is(err, delegation.ErrUnauthorizedClient)) // no token without actions
	}
}

func TestUndelegatedToken(t *testing.T) {
	is := is.New(t)
	h := newHouse(t)
	h.application(func(a *delegation.Application) { a.Undelegated = true })
	token, err := h.issue(t, "rooms:list")
	is.NoErr(err)
	claims := decode(t, strings.Split(string(token.Access), ".")[1])
	is.Equal(claims["sub"], h.clientID) // the client itself
	_, acts := claims["act"]
	is.True(!acts) // for no user
}

func TestPolicyIsAskedBeforeTheDirectory(t *testing.T) {
	is := is.New(t)
	h := newHouse(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	authority := h.with(t, func(c *delegation.Config) { c.Users = brokenUsers{} })
	request := h.request("alice@example.net")
	_, err := authority.Issue(ctx, request)
	is.True(errors.Is(err, delegation.ErrNotDelegable)) // outside the policy: the directory is not even asked
	request.Scope = "alice@example.com"
	_, err = authority.Issue(ctx, request)
	is.True(errors.Is(err, errBroken)) // inside it is, and its failure is no refusal
	is.True(!errors.As(err, new(*delegation.Refusal)))
}

func TestProvisioning(t *testing.T) {
	is := is.New(t)
	h := newHouse(t)
	_, err := h.issue(t, "new@example.com")
	is.True(errors.Is(err, delegation.ErrNotDelegable)) // off by default
	h.application(func(a *delegation.Application) { a.Provision = true })
	_, err = h.issue(t, "new@example.net")
	is.True(errors.Is(err, delegation.ErrNotDelegable)) // never outside the policy
	first, err := h.issue(t, "new@example.com")
	is.NoErr(err)
	second, err := h.issue(t, "New@example.com")
	is.NoErr(err)
	is.Equal(first.User, second.User) // one user
	h.directory.ChangeUser(first.User.ID, func(u *delegation.User) { u.Active = false })
	_, err = h.issue(t, "new@example.com")
	is.True(errors.Is(err, delegation.ErrNotDelegable)) // a disabled user is not revived

	authority := h.with(t, func(c *delegation.Config) { c.Provisioner = nil })
	_, err = authority.Issue(t.Context(), h.request("newer@example.com"))
	is.True(errors.Is(err, delegation.ErrNotDelegable)) // a directory that cannot provision refuses
}

func TestAddressOfTheDirectoryCounts(t *testing.T) {
	is := is.New(t)
	h := newHouse(t)
	authority := h.with(t, func(c *delegation.Config) { c.Users = aliasUsers{} })
	_, err := authority.Issue(t.Context(), h.request("alias@example.com"))
	is.True(errors.Is(err, delegation.ErrNotDelegable)) // an alias inside the policy does not open a user outside it
}

var errBroken = errors.New("the directory is away")

// brokenUsers is a directory that cannot be asked.
type brokenUsers struct{}

func (brokenUsers) UserByEmail(context.Context, delegation.Email) (delegation.User, error) {
	return delegation.User{}, errBroken
}
func (brokenUsers) UserByID(context.Context, string) (delegation.User, error) {
	return delegation.User{}, errBroken
}

// aliasUsers resolves every address to a user of another domain.
type aliasUsers struct{ brokenUsers }

func (aliasUsers) UserByEmail(context.Context, delegation.Email) (delegation.User, error) {
	return delegation.User{ID: "1", Email: "root@example.net", Active: true}, nil
}

// TestRefusalStatus gives an application one status for every refusal to delegate, and
// for no other one.
func TestRefusalStatus(t *testing.T) {
	is := is.New(t)
	h := newHouse(t)
	bob := h.directory.AddUser("bob@example.com")
	h.directory.ChangeUser(bob.ID, func(u *delegation.User) { u.Active = false })
	carol := h.directory.AddUser("carol@example.com")
	h.directory.ChangeUser(carol.ID, func(u *delegation.User) { u.Protected = true })
	dave := h.directory.AddUser("dave@example.com")
	h.directory.OptOut(h.clientID, dave.ID)
	h.application(func(a *delegation.Application) { a.RefusalStatus = 404 })
	for _, scope := range []string{"alice@example.net", "eve@example.com", "bob@example.com", "carol@example.com",
		"dave@example.com"} {
		_, err := h.issue(t, scope)
		var refusal *delegation.Refusal
		is.True(errors.As(err, &refusal))
		is.Equal(refusal.Err, delegation.ErrNotDelegable)
		is.Equal(refusal.Status, 404) // whatever the reason
	}
	for _, scope := range []string{"", "rooms:fly", "alice@localhost", "a@example.com b@example.com"} {
		_, err := h.issue(t, scope)
		var refusal *delegation.Refusal
		is.True(errors.As(err, &refusal))
		is.Equal(refusal.Status, 0) // the caller's own input is answered as ever
	}
	for _, status := range []int{1, 200, 302, 401, 429, 500, -1} {
		app := delegation.Application{ClientID: "app", Name: "Calendar", RefusalStatus: status}
		var invalid *delegation.ConfigError
		is.True(errors.As(app.Validate(), &invalid))
		is.Equal(invalid.Field, "RefusalStatus") // no success, and nothing that means another thing
	}
	for _, status := range []int{0, 400, 403, 404, 422} {
		app := delegation.Application{ClientID: "app", Name: "Calendar", RefusalStatus: status}
		is.NoErr(app.Validate())
	}
}
