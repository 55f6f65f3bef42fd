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

func TestIssueRefusesClients(t *testing.T) {
	h := newHouse(t)
	otherID, otherSecret := h.directory.AddApplication(delegation.Application{Name: "Other", Active: true,
		Scopes: scopes.Rooms()})
	disabledID, disabledSecret := h.directory.AddApplication(delegation.Application{Name: "Disabled",
		Scopes: scopes.Rooms()})
	expired := h.directory.AddSecret(h.clientID, delegation.StoredSecret{ExpiresAt: h.now})
	disabled := h.directory.AddSecret(h.clientID, delegation.StoredSecret{Disabled: true})
	long := strings.Repeat("a", 10<<10)
	tests := map[string]struct {
		id     string
		secret delegation.Secret
		want   error
		reason delegation.Reason
	}{
		"unknown client": {"app_0123456789abcdefghijkl", h.secret, delegation.ErrInvalidClient,
			delegation.ReasonApplicationUnknown},
		"another's secret":     {h.clientID, otherSecret, delegation.ErrInvalidClient, delegation.ReasonSecretUnknown},
		"the other way round":  {otherID, h.secret, delegation.ErrInvalidClient, delegation.ReasonSecretUnknown},
		"garbage for a secret": {h.clientID, "hunter2", delegation.ErrInvalidClient, delegation.ReasonSecretUnknown},
		"a typing error": {h.clientID, h.secret[:len(h.secret)-1] + "!", delegation.ErrInvalidClient,
			delegation.ReasonSecretMalformed},
		"an expired secret": {h.clientID, expired, delegation.ErrInvalidClient, delegation.ReasonSecretExpired},
		"a disabled secret": {h.clientID, disabled, delegation.ErrInvalidClient, delegation.ReasonSecretDisabled},
		"a disabled application": {disabledID, disabledSecret, delegation.ErrInvalidClient,
			delegation.ReasonApplicationDisabled},
		"no client id": {"", h.secret, delegation.ErrInvalidClient, delegation.ReasonCredentialsMissing},
		"no secret":    {h.clientID, "", delegation.ErrInvalidClient, delegation.ReasonCredentialsMissing},
		"NUL in the id": {h.clientID + "\x00", h.secret, delegation.ErrInvalidRequest,
			delegation.ReasonCredentialsMalformed},
		"invalid UTF-8 in the id": {"\xff\xfe", h.secret, delegation.ErrInvalidRequest,
			delegation.ReasonCredentialsMalformed},
		"an id of 10 KB":      {long, h.secret, delegation.ErrInvalidRequest, delegation.ReasonCredentialsMalformed},
		"10 KB and no secret": {long, "", delegation.ErrInvalidRequest, delegation.ReasonCredentialsMalformed},
		"a secret of 10 KB": {h.clientID, delegation.Secret(long), delegation.ErrInvalidRequest,
			delegation.ReasonCredentialsMalformed},
		"NUL in the secret": {h.clientID, h.secret + "\x00", delegation.ErrInvalidRequest,
			delegation.ReasonCredentialsMalformed},
		"ANSI in the id": {"\x1b[31m", h.secret, delegation.ErrInvalidRequest,
			delegation.ReasonCredentialsMalformed},
		"SQL in the id": {"' OR '1'='1", h.secret, delegation.ErrInvalidClient,
			delegation.ReasonApplicationUnknown},
		"the id in other case": {strings.ToUpper(h.clientID), h.secret, delegation.ErrInvalidClient,
			delegation.ReasonApplicationUnknown},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			token, err := h.Issue(t.Context(),
				delegation.TokenRequest{Credentials: delegation.Credentials{ClientID: test.id, ClientSecret: test.secret},
					Scope: "alice@example.com"})
			is.True(errors.Is(err, test.want)) // what the caller learns
			var refusal *delegation.Refusal
			is.True(errors.As(err, &refusal))
			is.Equal(refusal.Reason, test.reason)                     // what the operator learns
			is.Equal(token, delegation.Token{})                       // no token
			is.True(!strings.Contains(err.Error(), string(h.secret))) // and no secret in the error
		})
	}
}

// counted counts the look-ups of applications.
type counted struct {
	delegation.Applications
	lookups int
}

func (c *counted) Application(ctx context.Context, clientID, userID, tokenID string) (
	delegation.Application, delegation.Status, error) {
	c.lookups++
	return c.Applications.Application(ctx, clientID, userID, tokenID)
}

func (c *counted) ApplicationSecret(ctx context.Context, clientID, secretID string) (delegation.StoredSecret, error) {
	c.lookups++
	return c.Applications.ApplicationSecret(ctx, clientID, secretID)
}

func TestClientFailuresCostOneLookUp(t *testing.T) {
	is := is.New(t)
	h := newHouse(t)
	counting := &counted{Applications: h.directory}
	authority := h.with(t, func(c *delegation.Config) {
		c.Applications, c.Users, c.Records = counting, brokenUsers{},
			nil
	})
	disabledID, disabledSecret := h.directory.AddApplication(delegation.Application{Scopes: scopes.Rooms()})
	_, otherSecret := h.directory.AddApplication(delegation.Application{Active: true, Scopes: scopes.Rooms()})
	expired := h.directory.AddSecret(h.clientID, delegation.StoredSecret{ExpiresAt: h.now})
	for _, credentials := range []delegation.Credentials{
		{ClientID: "app_unknown", ClientSecret: h.secret}, {ClientID: h.clientID, ClientSecret: otherSecret},
		{ClientID: disabledID, ClientSecret: disabledSecret}, {ClientID: h.clientID, ClientSecret: expired},
	} {
		counting.lookups = 0
		_, err := authority.Issue(t.Context(), delegation.TokenRequest{Credentials: credentials, Scope: "alice@example.com"})
		is.True(errors.Is(err, delegation.ErrInvalidClient)) // the directory of users is not asked
		is.Equal(counting.lookups, 1)                        // one look-up, whatever is wrong
	}
	counting.lookups = 0
	garbage := delegation.Credentials{ClientID: h.clientID, ClientSecret: "garbage"}
	_, err := authority.Issue(t.Context(), delegation.TokenRequest{Credentials: garbage, Scope: "alice@example.com"})
	is.True(errors.Is(err, delegation.ErrInvalidClient))
	is.Equal(counting.lookups, 0) // garbage is refused by its checksum
}

// TestLookUpsOfAnIssue counts what a token request costs: the secret, the
// application, and what was taken back from it for the user.
func TestLookUpsOfAnIssue(t *testing.T) {
	is := is.New(t)
	h := newHouse(t)
	counting := &counted{Applications: h.directory}
	authority := h.with(t, func(c *delegation.Config) { c.Applications = counting })
	token, err := authority.Issue(t.Context(), h.request("alice@example.com"))
	is.NoErr(err)
	is.Equal(counting.lookups, 3) // the same whatever was taken back
	counting.lookups = 0
	_, err = authority.Verify(t.Context(), string(token.Access))
	is.NoErr(err)
	is.Equal(counting.lookups, 1) // a request of the API always costs one
}

func TestIssueRefusesAWrongSecretWithARightID(t *testing.T) {
	is := is.New(t)
	h := newHouse(t)
	h.directory.ChangeSecret(h.clientID, h.secret, func(s *delegation.StoredSecret) { s.MAC[0] ^= 1 })
	_, err := h.issue(t, "alice@example.com")
	is.True(errors.Is(err, delegation.ErrInvalidClient)) // the id selects the row, the MAC decides
	for _, mac := range [][]byte{nil, {}, make([]byte, 32), make([]byte, 31)} {
		h.directory.ChangeSecret(h.clientID, h.secret, func(s *delegation.StoredSecret) { s.MAC = mac })
		_, err = h.issue(t, "alice@example.com")
		is.True(errors.Is(err, delegation.ErrInvalidClient)) // a row without a usable MAC matches nothing
	}
}
