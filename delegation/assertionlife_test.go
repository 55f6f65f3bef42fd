package delegation_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/delegation"
)

// TestTokenEndpointAsAudience is for libraries that name the token endpoint, such as
// Spring Security and Authlib.
func TestTokenEndpointAsAudience(t *testing.T) {
	is := is.New(t)
	s := newSigner(t)
	endpoint := strings.TrimSuffix(tokenEndpoint, "/")
	ask := func(audience any) error { return s.ask(t, s.assert(nil, object{"aud": audience})) }
	s.application(func(a *delegation.Application) { a.TokenEndpointAudience = true })
	for _, audience := range []any{endpoint, endpoint + "/", []string{endpoint}, issuer} {
		is.NoErr(ask(audience)) // in both spellings that it has
	}
	for _, audience := range []any{"", endpoint + "//", audience, []string{issuer, endpoint}, "/external-api"} {
		is.True(errors.Is(ask(audience), delegation.ErrInvalidClient)) // nothing else
	}
	unnamed := s.with(t, func(c *delegation.Config) { c.TokenEndpoint = "" })
	for _, audience := range []any{endpoint, "", "/"} {
		_, err := unnamed.Issue(t.Context(), delegation.TokenRequest{Credentials: delegation.Credentials{
			Assertion: s.assert(nil, object{"aud": audience})}, Scope: "alice@example.com"})
		is.True(errors.Is(err, delegation.ErrInvalidClient)) // a server without a known endpoint has the issuer alone
	}
}

// TestAUseIsRememberedAsLongAsItCounts asks a memory for how long it must last.
func TestAUseIsRememberedAsLongAsItCounts(t *testing.T) {
	is := is.New(t)
	s := newSigner(t)
	now := s.now.Unix()
	for _, claims := range []object{{"exp": now + 60}, {"exp": now + 1e6}, {"iat": absent{}, "exp": now + 80000},
		{"iat": now + 20, "nbf": now - 900, "exp": now + 90000}, {"iat": now - 200, "exp": float64(now) + 1e9}} {
		var until time.Time
		noted := s.with(t, func(c *delegation.Config) {
			c.Assertions = memory(func(_, _ string, at time.Time) error { until = at; return nil })
		})
		text := s.assert(nil, claims)
		ask := func() error {
			_, err := noted.Issue(t.Context(), delegation.TokenRequest{Credentials: delegation.Credentials{Assertion: text},
				Scope: "alice@example.com"})
			return err
		}
		start := s.now
		is.NoErr(ask())
		is.True(until.After(start) && until.Before(start.Add(25*time.Hour))) // what is kept is bounded
		for _, later := range []time.Duration{0, time.Second, time.Hour, 1000 * time.Hour} {
			s.now = until.Add(later)
			is.True(errors.Is(ask(), delegation.ErrInvalidClient)) // it may be forgotten: nothing is accepted any more
		}
		s.now = start
	}
}

// memory is a memory of assertions.
type memory func(clientID, assertionID string, until time.Time) error

func (m memory) UseAssertion(_ context.Context, clientID, assertionID string, until time.Time) error {
	return m(clientID, assertionID, until)
}
