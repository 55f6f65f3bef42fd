package delegation_test

import (
	"errors"
	"testing"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/delegation"
)

func TestBearerGrant(t *testing.T) {
	is := is.New(t)
	s := newSigner(t)
	grant := func(claims object, scope string) (delegation.Token, error) {
		return s.Issue(t.Context(), delegation.TokenRequest{BearerAssertion: s.assert(nil, claims), Scope: scope})
	}
	token, err := grant(object{"sub": "Alice@example.com"}, "rooms:list")
	is.NoErr(err)
	is.Equal(token.User, s.alice)
	is.Equal(token.Scopes.String(), "rooms:list")
	_, err = s.Verify(t.Context(), string(token.Access))
	is.NoErr(err) // the same token
	all, err := grant(object{"sub": "alice@example.com"}, "")
	is.NoErr(err)
	is.Equal(all.Scopes.String(), "rooms:create rooms:list")
	for name, test := range map[string]struct {
		claims object
		scope  string
		want   error
	}{
		"outside the policy":     {object{"sub": "alice@example.net"}, "", delegation.ErrNotDelegable},
		"unknown user":           {object{"sub": "nobody@example.com"}, "", delegation.ErrNotDelegable},
		"not an address":         {object{"sub": s.clientID}, "", delegation.ErrInvalidScope},
		"actions in the subject": {object{"sub": "alice@example.com rooms:list"}, "", delegation.ErrInvalidScope},
		"an address in scope":    {object{"sub": "alice@example.com"}, "bob@example.com", delegation.ErrInvalidScope},
		"unheld action":          {object{"sub": "alice@example.com"}, "rooms:delete", delegation.ErrInvalidScope},
		"another audience":       {object{"sub": "alice@example.com", "aud": "x"}, "", delegation.ErrInvalidGrant},
		"unknown issuer":         {object{"sub": "alice@example.com", "iss": "app_x"}, "", delegation.ErrInvalidGrant},
		"another client":         {object{"sub": "alice@example.com", "client_id": "app_x"}, "", delegation.ErrInvalidGrant},
		"a scope of a number":    {object{"sub": "alice@example.com", "scope": 5}, "", delegation.ErrInvalidGrant},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := grant(test.claims, test.scope)
			is.True(errors.Is(err, test.want)) // the same decisions
		})
	}
	listed, err := grant(object{"sub": "alice@example.com", "aud": []string{issuer}, "exp": s.now.Unix() + 3600}, "")
	is.NoErr(err)
	is.Equal(listed.User, s.alice)
	_, err = s.Issue(t.Context(), delegation.TokenRequest{BearerAssertion: string(token.Access)})
	is.True(errors.Is(err, delegation.ErrInvalidGrant)) // a delegated token is no input for another one
	both := delegation.TokenRequest{Credentials: s.credentials(), BearerAssertion: s.assert(nil,
		object{"sub": "alice@example.com"})}
	_, err = s.Issue(t.Context(), both)
	is.True(errors.Is(err, delegation.ErrInvalidRequest)) // the assertion itself is how the application authenticates
	other := delegation.TokenRequest{Credentials: delegation.Credentials{ClientID: "app_other"},
		BearerAssertion: s.assert(nil, object{"sub": "alice@example.com"})}
	_, err = s.Issue(t.Context(), other)
	is.True(errors.Is(err, delegation.ErrInvalidGrant)) // of another application
	s.application(func(a *delegation.Application) { a.JWTBearer = false })
	_, err = grant(object{"sub": "alice@example.com"}, "")
	is.True(errors.Is(err, delegation.ErrUnauthorizedClient)) // off unless granted
}

// TestScopeClaimNarrows compares what a bearer assertion asks for with what the token
// permits: never more.
func TestScopeClaimNarrows(t *testing.T) {
	s := newSigner(t)
	for name, test := range map[string]struct {
		claim any
		scope string
		want  string // "" for a refusal
		err   error
	}{
		"an action":           {"rooms:list", "", "rooms:list", nil},
		"a list":              {[]string{"rooms:list"}, "", "rooms:list", nil},
		"spaces":              {"  rooms:list \t ", "", "rooms:list", nil},
		"all":                 {"rooms:create rooms:list", "", "rooms:create rooms:list", nil},
		"nothing":             {"", "", "rooms:create rooms:list", nil},
		"null":                {nil, "", "rooms:create rooms:list", nil},
		"the same twice":      {"rooms:list", "rooms:list", "rooms:list", nil},
		"less than the claim": {"rooms:create rooms:list", "rooms:list", "rooms:list", nil},
		"more than the claim": {"rooms:list", "rooms:create rooms:list", "rooms:list", nil},
		"the user":            {"Alice@example.com rooms:list", "alice@example.com", "rooms:list", nil},
		"another action":      {"rooms:list", "rooms:create", "", delegation.ErrInvalidScope},
		"an unheld action":    {"rooms:list rooms:delete", "", "", delegation.ErrInvalidScope},
		"an unknown action":   {"openid", "", "", delegation.ErrInvalidScope},
		"another user":        {"bob@example.com", "", "", delegation.ErrInvalidScope},
		"another in scope":    {"rooms:list", "bob@example.com", "", delegation.ErrInvalidScope},
		"a list of numbers":   {[]int{1}, "", "", delegation.ErrInvalidGrant},
	} {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			assertion := s.assert(nil, object{"sub": "alice@example.com", "scope": test.claim})
			token, err := s.Issue(t.Context(), delegation.TokenRequest{BearerAssertion: assertion, Scope: test.scope})
			is.True(errors.Is(err, test.err))
			is.Equal(token.Scopes.String(), test.want)
		})
	}
}
