package delegation_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/delegation"
)

// signer is an application that signs assertions itself.
type signer struct {
	*house
	private *ecdsa.PrivateKey
	count   int
}

func newSigner(t testing.TB) *signer {
	is := is.New(t)
	s := &signer{house: newHouse(t)}
	var err error
	s.private, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	is.NoErr(err)
	key, err := delegation.NewKey(s.private.Public())
	is.NoErr(err)
	key.Name = "laptop"
	s.application(func(a *delegation.Application) { a.Keys, a.JWTBearer = []delegation.Key{key}, true })
	return s
}

// assert signs an assertion about the application, changed by a case of a table.
func (s *signer) assert(header, claims object) string {
	s.count++
	h := changed(object{"alg": "ES256", "kid": "laptop", "typ": "JWT"}, header)
	c := changed(object{"iss": s.clientID, "sub": s.clientID, "aud": issuer, "jti": fmt.Sprint("jti-", s.count),
		"iat": s.now.Unix(), "exp": s.now.Unix() + 60}, claims)
	own := *s.house
	own.private = s.private
	return own.forge(h, c)
}

func (s *signer) ask(t *testing.T, assertion string) error {
	t.Helper()
	_, err := s.Issue(t.Context(), delegation.TokenRequest{Credentials: delegation.Credentials{Assertion: assertion},
		Scope: "alice@example.com"})
	return err
}

func TestAssertionAuthenticates(t *testing.T) {
	is := is.New(t)
	s := newSigner(t)
	for _, header := range []object{nil, {"kid": absent{}}, {"typ": absent{}}, {"typ": "client-authentication+jwt"}} {
		is.NoErr(s.ask(t, s.assert(header, nil))) // every form that stock clients send
	}
	is.NoErr(s.ask(t, s.assert(nil, object{"iat": absent{}, "exp": s.now.Unix() + 300}))) // up to five minutes
	_, err := s.issue(t, "alice@example.com")
	is.True(errors.Is(err, delegation.ErrInvalidClient)) // its secrets are refused now
	s.application(func(a *delegation.Application) { a.SecretsToo = true })
	_, err = s.issue(t, "alice@example.com")
	is.NoErr(err) // unless the operator allows both
}

func TestAssertionsRefused(t *testing.T) {
	s := newSigner(t)
	now := s.now.Unix()
	used := s.assert(nil, nil)
	is.New(t).NoErr(s.ask(t, used))
	token := newHouse(t).token(t)
	other := newSigner(t)
	tests := map[string]struct {
		text   string
		reason delegation.Reason
	}{
		"used before": {used, delegation.ReasonAssertionUsed},
		"another's key": {strings.Join([]string{other.assert(nil, object{"iss": s.clientID, "sub": s.clientID})},
			""), delegation.ReasonAssertionSignature},
		"unknown kid":         {s.assert(object{"kid": "desktop"}, nil), delegation.ReasonAssertionSignature},
		"alg none":            {s.assert(object{"alg": "none"}, nil), delegation.ReasonAssertionSignature},
		"alg HS256":           {s.assert(object{"alg": "HS256"}, nil), delegation.ReasonAssertionSignature},
		"a key in the header": {s.assert(object{"jwk": object{"kty": "EC"}}, nil), delegation.ReasonAssertionMalformed},
		"crit":                {s.assert(object{"crit": []string{}}, nil), delegation.ReasonAssertionMalformed},
		"an access token":     {s.assert(object{"typ": "at+jwt"}, nil), delegation.ReasonAssertionMalformed},
		"a token of ours":     {token, delegation.ReasonAssertionMalformed},
		"garbage":             {"garbage", delegation.ReasonAssertionMalformed},
		"the audience's list": {s.assert(nil, object{"aud": []string{issuer, "https://other.example.org"}}),
			delegation.ReasonAssertionMalformed},
		"another audience": {s.assert(nil, object{"aud": "https://other.example.org"}),
			delegation.ReasonAssertionAudience},
		"the token endpoint": {s.assert(nil, object{"aud": audience + "/v1.0/application/token/"}),
			delegation.ReasonAssertionAudience},
		"no audience":          {s.assert(nil, object{"aud": absent{}}), delegation.ReasonAssertionAudience},
		"no exp":               {s.assert(nil, object{"exp": absent{}}), delegation.ReasonAssertionExpiry},
		"expired":              {s.assert(nil, object{"exp": now}), delegation.ReasonAssertionExpiry},
		"too long a life":      {s.assert(nil, object{"exp": now + 331}), delegation.ReasonAssertionExpiry},
		"issued in the future": {s.assert(nil, object{"iat": now + 31}), delegation.ReasonAssertionExpiry},
		"not yet good":         {s.assert(nil, object{"nbf": now + 31}), delegation.ReasonAssertionExpiry},
		"no jti":               {s.assert(nil, object{"jti": absent{}}), delegation.ReasonAssertionMalformed},
		"a jti with NUL":       {s.assert(nil, object{"jti": "a\x00"}), delegation.ReasonAssertionMalformed},
		"another subject":      {s.assert(nil, object{"sub": "app_other"}), delegation.ReasonAssertionSubject},
		"an unknown client":    {s.assert(nil, object{"iss": "app_x", "sub": "app_x"}), delegation.ReasonApplicationUnknown},
		"no client":            {s.assert(nil, object{"iss": "", "sub": ""}), delegation.ReasonAssertionMalformed},
		"a client with NUL":    {s.assert(nil, object{"iss": "a\x00", "sub": "a\x00"}), delegation.ReasonAssertionMalformed},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			err := s.ask(t, test.text)
			is.True(errors.Is(err, delegation.ErrInvalidClient)) // one answer for every bad assertion
			var refusal *delegation.Refusal
			is.True(errors.As(err, &refusal))
			is.Equal(refusal.Reason, test.reason) // and the reason for operators
		})
	}
	is := is.New(t)
	s.application(func(a *delegation.Application) { a.Active = false })
	is.True(errors.Is(s.ask(t, s.assert(nil, nil)), delegation.ErrInvalidClient)) // a disabled application
	s.application(func(a *delegation.Application) { a.Active = true })
	without := s.with(t, func(c *delegation.Config) { c.Assertions = nil })
	_, err := without.Issue(t.Context(),
		delegation.TokenRequest{Credentials: delegation.Credentials{Assertion: s.assert(nil, nil)},
			Scope: "alice@example.com"})
	is.True(errors.Is(err, delegation.ErrInvalidClient)) // without a memory: no
	_, err = s.Issue(t.Context(),
		delegation.TokenRequest{Credentials: delegation.Credentials{Assertion: s.assert(nil, nil), ClientSecret: s.secret}})
	is.True(errors.Is(err, delegation.ErrInvalidRequest)) // two methods at once
	_, err = s.Issue(t.Context(),
		delegation.TokenRequest{Credentials: delegation.Credentials{Assertion: s.assert(nil, nil), ClientID: "app_other"}})
	is.True(errors.Is(err, delegation.ErrInvalidClient)) // of another application
}

func TestAssertionIsUsedOnce(t *testing.T) {
	is := is.New(t)
	s := newSigner(t)
	assertion := s.assert(nil, nil)
	errs := make([]error, 16)
	var wait sync.WaitGroup
	for i := range errs {
		wait.Go(func() { errs[i] = s.ask(t, assertion) })
	}
	wait.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
		}
	}
	is.Equal(won, 1) // of all that come at once, one
}

func TestAssertionIsNotSpentOnARefusal(t *testing.T) {
	is := is.New(t)
	s := newSigner(t)
	assertion := s.assert(nil, object{"iat": s.now.Unix() + 60, "exp": s.now.Unix() + 200})
	is.True(errors.Is(s.ask(t, assertion), delegation.ErrInvalidClient)) // too early
	s.now = s.now.Add(time.Minute)
	is.NoErr(s.ask(t, assertion)) // its use is noted last
}

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
		"a token as a grant": {object{"sub": "alice@example.com", "exp": s.now.Unix() + 3600}, "",
			delegation.ErrInvalidGrant},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := grant(test.claims, test.scope)
			is.True(errors.Is(err, test.want)) // the same decisions
		})
	}
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
