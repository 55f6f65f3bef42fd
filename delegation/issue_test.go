package delegation_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/scopes"
)

func TestIssuedToken(t *testing.T) {
	is := is.New(t)
	h := newHouse(t)
	token, err := h.issue(t, "Alice@Example.COM rooms:create")
	is.NoErr(err)
	is.Equal(token.ExpiresIn, 10*time.Minute)       // the default life
	is.Equal(token.Scopes.String(), "rooms:create") // narrowed as asked
	is.Equal(token.User, h.alice)                   // addresses have no case

	parts := strings.Split(string(token.Access), ".")
	is.Equal(decode(t, parts[0]), object{"alg": "ES256", "kid": h.key.ID, "typ": "at+jwt"}) // RFC 9068 §2.1
	claims := decode(t, parts[1])
	is.True(len(claims["jti"].(string)) == 22) // 128 random bits
	delete(claims, "jti")
	is.Equal(claims, object{
		"iss": issuer, "aud": audience, "sub": h.alice.ID, "client_id": h.clientID,
		"act": object{"sub": h.clientID}, "scope": "rooms:create",
		"iat": float64(h.now.Unix()), "exp": float64(h.now.Unix() + 600),
	}) // these claims and no others: no address, no name, no nbf
}

func decode(t *testing.T, part string) object {
	t.Helper()
	is := is.New(t)
	raw, err := base64url(part)
	is.NoErr(err)
	var members object
	is.NoErr(json.Unmarshal(raw, &members))
	return members
}

func TestIssueRefusesClients(t *testing.T) {
	h := newHouse(t)
	otherID, otherSecret := h.directory.AddApplication(delegation.Application{Name: "Other", Active: true, Scopes: scopes.Rooms()})
	disabledID, disabledSecret := h.directory.AddApplication(delegation.Application{Name: "Disabled", Scopes: scopes.Rooms()})
	expired := h.directory.AddSecret(h.clientID, delegation.StoredSecret{ExpiresAt: h.now})
	disabled := h.directory.AddSecret(h.clientID, delegation.StoredSecret{Disabled: true})
	long := strings.Repeat("a", 10<<10)
	tests := map[string]struct {
		id     string
		secret delegation.Secret
		want   error
		reason delegation.Reason
	}{
		"unknown client":          {"app_0123456789abcdefghijkl", h.secret, delegation.ErrInvalidClient, delegation.ReasonApplicationUnknown},
		"another's secret":        {h.clientID, otherSecret, delegation.ErrInvalidClient, delegation.ReasonSecretUnknown},
		"the other way round":     {otherID, h.secret, delegation.ErrInvalidClient, delegation.ReasonSecretUnknown},
		"garbage for a secret":    {h.clientID, "hunter2", delegation.ErrInvalidClient, delegation.ReasonSecretMalformed},
		"a typing error":          {h.clientID, h.secret[:len(h.secret)-1] + "!", delegation.ErrInvalidClient, delegation.ReasonSecretMalformed},
		"an expired secret":       {h.clientID, expired, delegation.ErrInvalidClient, delegation.ReasonSecretExpired},
		"a disabled secret":       {h.clientID, disabled, delegation.ErrInvalidClient, delegation.ReasonSecretDisabled},
		"a disabled application":  {disabledID, disabledSecret, delegation.ErrInvalidClient, delegation.ReasonApplicationDisabled},
		"no client id":            {"", h.secret, delegation.ErrInvalidClient, delegation.ReasonCredentialsMissing},
		"no secret":               {h.clientID, "", delegation.ErrInvalidClient, delegation.ReasonCredentialsMissing},
		"NUL in the id":           {h.clientID + "\x00", h.secret, delegation.ErrInvalidRequest, delegation.ReasonCredentialsMalformed},
		"invalid UTF-8 in the id": {"\xff\xfe", h.secret, delegation.ErrInvalidRequest, delegation.ReasonCredentialsMalformed},
		"an id of 10 KB":          {long, h.secret, delegation.ErrInvalidRequest, delegation.ReasonCredentialsMalformed},
		"10 KB and no secret":     {long, "", delegation.ErrInvalidRequest, delegation.ReasonCredentialsMalformed},
		"a secret of 10 KB":       {h.clientID, delegation.Secret(long), delegation.ErrInvalidRequest, delegation.ReasonCredentialsMalformed},
		"NUL in the secret":       {h.clientID, h.secret + "\x00", delegation.ErrInvalidRequest, delegation.ReasonCredentialsMalformed},
		"ANSI in the id":          {"\x1b[31m", h.secret, delegation.ErrInvalidRequest, delegation.ReasonCredentialsMalformed},
		"SQL in the id":           {"' OR '1'='1", h.secret, delegation.ErrInvalidClient, delegation.ReasonApplicationUnknown},
		"the id in other case":    {strings.ToUpper(h.clientID), h.secret, delegation.ErrInvalidClient, delegation.ReasonApplicationUnknown},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			token, err := h.Issue(t.Context(), delegation.TokenRequest{Credentials: delegation.Credentials{ClientID: test.id, ClientSecret: test.secret}, Scope: "alice@example.com"})
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

func (c *counted) ApplicationSecret(ctx context.Context, clientID, secretID string) (delegation.Application, delegation.StoredSecret, error) {
	c.lookups++
	return c.Applications.ApplicationSecret(ctx, clientID, secretID)
}

func TestClientFailuresDoTheSameWork(t *testing.T) {
	is := is.New(t)
	h := newHouse(t)
	counting := &counted{Applications: h.directory}
	authority := h.with(t, func(c *delegation.Config) {
		c.Applications, c.Users = counting, brokenUsers{}
		c.FormerRootKeys = []delegation.RootKey{delegation.NewRootKey()}
	})
	disabledID, disabledSecret := h.directory.AddApplication(delegation.Application{Scopes: scopes.Rooms()})
	_, otherSecret := h.directory.AddApplication(delegation.Application{Active: true, Scopes: scopes.Rooms()})
	expired := h.directory.AddSecret(h.clientID, delegation.StoredSecret{ExpiresAt: h.now})
	for _, request := range []delegation.TokenRequest{
		{Credentials: delegation.Credentials{ClientID: "app_unknown", ClientSecret: h.secret}}, {Credentials: delegation.Credentials{ClientID: h.clientID, ClientSecret: otherSecret}},
		{Credentials: delegation.Credentials{ClientID: disabledID, ClientSecret: disabledSecret}}, {Credentials: delegation.Credentials{ClientID: h.clientID, ClientSecret: expired}},
	} {
		request.Scope = "alice@example.com"
		counting.lookups = 0
		macs := authority.CountMACs()
		_, err := authority.Issue(t.Context(), request)
		is.True(errors.Is(err, delegation.ErrInvalidClient)) // and nobody asked for the user
		is.Equal(counting.lookups, 1)                        // one look-up, whatever is wrong
		is.Equal(*macs, 2)                                   // and one MAC for each of the two root keys
	}
	counting.lookups = 0
	_, err := authority.Issue(t.Context(), delegation.TokenRequest{Credentials: delegation.Credentials{ClientID: h.clientID, ClientSecret: "garbage"}, Scope: "alice@example.com"})
	is.True(errors.Is(err, delegation.ErrInvalidClient))
	is.Equal(counting.lookups, 0) // garbage is refused by its checksum
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

func TestIssueScopes(t *testing.T) {
	tests := map[string]struct {
		scope  string
		want   string // the token's scopes
		err    error
		reason delegation.Reason
	}{
		"the address alone":         {"alice@example.com", "rooms:create rooms:list", nil, ""},
		"narrowed":                  {"alice@example.com rooms:create", "rooms:create", nil, ""},
		"the address last":          {"rooms:create alice@example.com", "rooms:create", nil, ""},
		"repeated action":           {"alice@example.com rooms:list rooms:list", "rooms:list", nil, ""},
		"unheld action":             {"alice@example.com rooms:delete", "", delegation.ErrInvalidScope, delegation.ReasonScopeNotGranted},
		"unknown action":            {"alice@example.com rooms:fly", "", delegation.ErrInvalidScope, delegation.ReasonScopeNotGranted},
		"wildcard":                  {"alice@example.com rooms:*", "", delegation.ErrInvalidScope, delegation.ReasonScopeNotGranted},
		"other case":                {"alice@example.com ROOMS:LIST", "", delegation.ErrInvalidScope, delegation.ReasonScopeNotGranted},
		"no address":                {"rooms:create", "", delegation.ErrInvalidScope, delegation.ReasonUndelegatedNotGranted},
		"nothing":                   {"", "", delegation.ErrInvalidScope, delegation.ReasonUndelegatedNotGranted},
		"two addresses":             {"alice@example.com bob@example.com", "", delegation.ErrInvalidScope, delegation.ReasonAddressRepeated},
		"one address twice":         {"alice@example.com alice@example.com", "", delegation.ErrInvalidScope, delegation.ReasonAddressRepeated},
		"not an address":            {"alice@localhost", "", delegation.ErrInvalidScope, delegation.ReasonAddressMalformed},
		"two spaces":                {"alice@example.com  rooms:create", "", delegation.ErrInvalidScope, delegation.ReasonScopeMalformed},
		"quotes":                    {`"alice"@example.com`, "", delegation.ErrInvalidScope, delegation.ReasonScopeMalformed},
		"line break":                {"alice@example.com\r\nX: y", "", delegation.ErrInvalidScope, delegation.ReasonScopeMalformed},
		"address with a comma":      {"alice@example.com,rooms:create", "", delegation.ErrInvalidScope, delegation.ReasonAddressMalformed},
		"outside the policy":        {"alice@example.net", "", delegation.ErrNotDelegable, delegation.ReasonAddressNotCovered},
		"unknown user":              {"nobody@example.com", "", delegation.ErrNotDelegable, delegation.ReasonUserUnknown},
		"plus is another user":      {"alice+x@example.com", "", delegation.ErrNotDelegable, delegation.ReasonUserUnknown},
		"inactive user":             {"bob@example.com", "", delegation.ErrNotDelegable, delegation.ReasonUserInactive},
		"known, outside the policy": {"carol@example.net", "", delegation.ErrNotDelegable, delegation.ReasonAddressNotCovered},
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
	is.True(!acts) // for nobody else
}

func TestPolicyIsAskedBeforeTheDirectory(t *testing.T) {
	is := is.New(t)
	h := newHouse(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	authority := h.with(t, func(c *delegation.Config) { c.Users = brokenUsers{} })
	request := delegation.TokenRequest{Credentials: delegation.Credentials{ClientID: h.clientID, ClientSecret: h.secret}, Scope: "alice@example.net"}
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

	authority := h.with(t, func(c *delegation.Config) { c.Users = onlyUsers{h.directory} })
	_, err = authority.Issue(t.Context(), delegation.TokenRequest{Credentials: delegation.Credentials{ClientID: h.clientID, ClientSecret: h.secret}, Scope: "newer@example.com"})
	is.True(errors.Is(err, delegation.ErrNotDelegable)) // a directory that cannot provision refuses
}

func TestAddressOfTheDirectoryCounts(t *testing.T) {
	is := is.New(t)
	h := newHouse(t)
	authority := h.with(t, func(c *delegation.Config) { c.Users = aliasUsers{} })
	_, err := authority.Issue(t.Context(), delegation.TokenRequest{Credentials: delegation.Credentials{ClientID: h.clientID, ClientSecret: h.secret}, Scope: "alias@example.com"})
	is.True(errors.Is(err, delegation.ErrNotDelegable)) // an alias inside the policy does not open a user outside it
}

func TestTokenLife(t *testing.T) {
	tests := map[string]struct{ application, want time.Duration }{
		"the default":   {0, 10 * time.Minute},
		"its own":       {5 * time.Minute, 5 * time.Minute},
		"never shorter": {time.Second, time.Minute},
		"never longer":  {24 * time.Hour, time.Hour},
		"whole seconds": {90*time.Second + 900*time.Millisecond, 90 * time.Second},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			h := newHouse(t)
			h.application(func(a *delegation.Application) { a.TokenTTL = test.application })
			token, err := h.issue(t, "alice@example.com")
			is.NoErr(err)
			is.Equal(token.ExpiresIn, test.want) // between a minute and an hour
			h.now = h.now.Add(test.want - time.Second)
			_, err = h.Verify(t.Context(), string(token.Access))
			is.NoErr(err) // good until the last second
			h.now = h.now.Add(time.Second)
			h.refused(t, string(token.Access)) // and no longer
		})
	}
}

func TestTokenIDsDiffer(t *testing.T) {
	is := is.New(t)
	h := newHouse(t)
	seen := map[string]bool{}
	for range 100 {
		token, err := h.issue(t, "alice@example.com")
		is.NoErr(err)
		is.True(!seen[token.ID]) // 128 random bits each
		seen[token.ID] = true
	}
}

// with builds another authority over the same directory.
func (h *house) with(t *testing.T, change func(*delegation.Config)) *delegation.Authority {
	is := is.New(t)
	config := h.config
	change(&config)
	authority, err := delegation.New(config)
	is.NoErr(err)
	return authority
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

// onlyUsers hides that a directory can provision.
type onlyUsers struct{ delegation.Users }

// aliasUsers resolves every address to a user of another domain.
type aliasUsers struct{ brokenUsers }

func (aliasUsers) UserByEmail(context.Context, delegation.Email) (delegation.User, error) {
	return delegation.User{ID: "1", Email: "root@example.net", Active: true}, nil
}
