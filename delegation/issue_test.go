package delegation_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/delegation"
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
