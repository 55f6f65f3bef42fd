package delegation_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/scopes"
)

// refused asserts that a token is refused as invalid_token and nothing else.
func (h *house) refused(t *testing.T, token string) {
	t.Helper()
	is := is.New(t)
	grant, err := h.Verify(t.Context(), token)
	is.True(errors.Is(err, delegation.ErrInvalidToken)) // one answer for every bad token
	is.True(grant.Scopes.Empty())                       // and nothing is granted
}

func TestVerifyAcceptsWhatIsIssued(t *testing.T) {
	is := is.New(t)
	h := newHouse(t)
	grant, err := h.Verify(t.Context(), h.token(t))
	is.NoErr(err)
	is.Equal(grant.Application.ClientID, h.clientID)                                 // who acts
	is.Equal(grant.User, h.alice)                                                    // for whom
	is.True(grant.Delegated)                                                         // in so many words
	is.Equal(grant.Scopes.String(), "rooms:create rooms:list")                       // what may be done
	is.True(grant.IssuedAt.Equal(h.now))                                             // now
	is.True(grant.ExpiresAt.Equal(h.now.Add(10 * time.Minute)))                      // for ten minutes by default
	is.True(errors.As(grant.Require(scopes.RoomsDelete), new(*scopes.MissingError))) // and no more
}

func TestVerifyAcceptsTheForgersBaseline(t *testing.T) {
	is := is.New(t)
	h := newHouse(t)
	for _, typ := range []string{"at+jwt", "AT+JWT", "application/at+jwt", "Application/At+Jwt"} {
		_, err := h.Verify(t.Context(), h.forge(h.header(object{"typ": typ}), h.claims(nil)))
		is.NoErr(err) // without this the refusals below would prove nothing
	}
}

func TestVerifyRefusesHeaders(t *testing.T) {
	h := newHouse(t)
	tests := map[string]object{
		"alg none":           {"alg": "none"},
		"alg None":           {"alg": "None"},
		"alg empty":          {"alg": ""},
		"alg a number":       {"alg": 256},
		"alg null":           {"alg": nil},
		"alg missing":        {"alg": absent{}},
		"alg HS256":          {"alg": "HS256"},
		"alg ES384":          {"alg": "ES384"},
		"alg RS256":          {"alg": "RS256"},
		"alg EdDSA":          {"alg": "EdDSA"},
		"alg in lower case":  {"alg": "es256"},
		"kid missing":        {"kid": absent{}},
		"kid unknown":        {"kid": "unknown"},
		"kid empty":          {"kid": ""},
		"kid an array":       {"kid": []string{h.key.ID}},
		"kid of 3 KB":        {"kid": strings.Repeat("k", 3000)},
		"kid a path":         {"kid": "../../x"},
		"kid SQL":            {"kid": "' OR 1=1"},
		"kid with NUL":       {"kid": h.key.ID + "\x00"},
		"typ missing":        {"typ": absent{}},
		"typ JWT":            {"typ": "JWT"},
		"typ dpop+jwt":       {"typ": "dpop+jwt"},
		"typ of assertions":  {"typ": "client-authentication+jwt"},
		"typ with kelvin":    {"typ": "at+jwt" + kelvin},
		"typ a list":         {"typ": []string{"at+jwt"}},
		"jku":                {"jku": "https://evil.example/keys"},
		"x5u":                {"x5u": "https://evil.example/cert"},
		"jwk":                {"jwk": json.RawMessage(jwk(h))},
		"x5c":                {"x5c": []string{"MIIB"}},
		"crit":               {"crit": []string{"exp"}, "exp": 1},
		"crit empty":         {"crit": []string{}},
		"b64 false":          {"b64": false, "crit": []string{"b64"}},
		"b64 false, no crit": {"b64": false},
		"zip":                {"zip": "DEF"},
		"cty":                {"cty": "JWT"},
		"nonce":              {"nonce": "x"},
	}
	for name, changes := range tests {
		t.Run(name, func(t *testing.T) { h.refused(t, h.forge(h.header(changes), h.claims(nil))) })
	}
	raw := map[string]string{
		"duplicate kid":   fmt.Sprintf(`{"alg":"ES256","kid":"x","kid":%q,"typ":"at+jwt"}`, h.key.ID),
		"duplicate alg":   fmt.Sprintf(`{"alg":"none","kid":%q,"alg":"ES256","typ":"at+jwt"}`, h.key.ID),
		"Alg for alg":     fmt.Sprintf(`{"Alg":"ES256","kid":%q,"typ":"at+jwt"}`, h.key.ID),
		"not an object":   `["ES256"]`,
		"empty object":    `{}`,
		"null":            `null`,
		"not JSON":        `{`,
		"trailing data":   fmt.Sprintf(`{"alg":"ES256","kid":%q,"typ":"at+jwt"}{}`, h.key.ID),
		"invalid UTF-8":   "{\"alg\":\"ES256\xff\",\"kid\":\"x\",\"typ\":\"at+jwt\"}",
		"escaped repeats": fmt.Sprintf(`{"alg":"ES256","kid":%q,"typ":"at+jwt","\u0061lg":"none"}`, h.key.ID),
	}
	for name, header := range raw {
		t.Run(name, func(t *testing.T) { h.refused(t, h.forge(header, h.claims(nil))) })
	}
}

func jwk(h *house) string {
	text, _ := json.Marshal(jose.JSONWebKey{Key: h.private.Public()})
	return string(text)
}

func TestVerifyRefusesClaims(t *testing.T) {
	h := newHouse(t)
	now := h.now.Unix()
	tests := map[string]object{
		"no exp":                   {"exp": absent{}},
		"exp null":                 {"exp": nil},
		"exp a string":             {"exp": fmt.Sprint(now + 600)},
		"exp 1e20":                 {"exp": json.RawMessage("1e20")},
		"exp negative":             {"exp": -1},
		"exp a fraction":           {"exp": float64(now) + 600.5},
		"exp now":                  {"iat": now - 600, "exp": now},
		"exp a second ago":         {"iat": now - 600, "exp": now - 1},
		"exp before iat":           {"exp": now - 1},
		"longer life than issued":  {"exp": now + 3601},
		"no iat":                   {"iat": absent{}},
		"iat null":                 {"iat": nil},
		"iat a string":             {"iat": "now"},
		"iat negative":             {"iat": -1, "exp": 600},
		"iat ahead":                {"iat": now + 31, "exp": now + 600},
		"iat overflows with exp":   {"iat": json.RawMessage("-9223372036854775808")},
		"nbf":                      {"nbf": now - 1},
		"no aud":                   {"aud": absent{}},
		"other aud":                {"aud": "https://other.example.org/external-api"},
		"aud is the issuer":        {"aud": issuer},
		"aud a list with ours":     {"aud": []string{audience}},
		"aud a list with another":  {"aud": []string{audience, "https://other.example.org"}},
		"aud with a slash":         {"aud": audience + "/"},
		"aud empty":                {"aud": ""},
		"no iss":                   {"iss": absent{}},
		"iss with a slash":         {"iss": issuer + "/"},
		"iss in other case":        {"iss": "https://Meet.example.org"},
		"iss empty":                {"iss": ""},
		"no sub":                   {"sub": absent{}},
		"Sub for sub":              {"sub": absent{}, "Sub": h.alice.ID},
		"sub empty":                {"sub": ""},
		"sub a number":             {"sub": 1},
		"sub unknown":              {"sub": "user-999"},
		"sub is the address":       {"sub": "alice@example.com"},
		"sub with NUL":             {"sub": h.alice.ID + "\x00"},
		"sub with a line break":    {"sub": h.alice.ID + "\n"},
		"sub of 256 bytes":         {"sub": strings.Repeat("u", 256)},
		"no client_id":             {"client_id": absent{}},
		"client_id unknown":        {"client_id": "app_x", "act": object{"sub": "app_x"}},
		"client_id with control":   {"client_id": h.clientID + "\x7f"},
		"act of another":           {"act": object{"sub": "app_other"}},
		"act without sub":          {"act": object{}},
		"act a string":             {"act": h.clientID},
		"no act, sub a user":       {"act": absent{}},
		"act null, sub a user":     {"act": nil},
		"undelegated, not granted": {"act": absent{}, "sub": h.clientID},
		"no scope":                 {"scope": absent{}},
		"scope empty":              {"scope": ""},
		"scope a list":             {"scope": []string{"rooms:list"}},
		"scope with tabs":          {"scope": "rooms:create\trooms:list"},
		"scope with two spaces":    {"scope": "rooms:create  rooms:list"},
		"500 scopes":               {"scope": strings.TrimSpace(strings.Repeat("a ", 500))},
		"scope with invalid UTF-8": {"scope": json.RawMessage("\"rooms:list \xff\"")},
		"no jti":                   {"jti": absent{}},
	}
	for name, changes := range tests {
		t.Run(name, func(t *testing.T) {
			payload := h.claims(changes)
			if name == "scope with invalid UTF-8" {
				payload = strings.Replace(h.claims(nil), "rooms:list", "rooms:\xff", 1)
			}
			h.refused(t, h.forge(h.header(nil), payload))
		})
	}
	good := h.claims(nil)
	raw := map[string]string{
		"duplicate sub":          strings.Replace(good, `{`, `{"sub":"user-999",`, 1),
		"duplicate scope":        strings.TrimSuffix(good, "}") + `,"scope":"rooms:delete"}`,
		"duplicate unknown":      strings.TrimSuffix(good, "}") + `,"x":1,"x":2}`,
		"duplicate in act":       strings.Replace(good, `"act":{`, `"act":{"sub":"x",`, 1),
		"escaped duplicate":      strings.TrimSuffix(good, "}") + `,"\u0073ub":"user-999"}`,
		"invalid UTF-8 anywhere": strings.TrimSuffix(good, "}") + ",\"x\":\"\xff\"}",
		"trailing data":          good + "{}",
		"an array":               "[" + good + "]",
		"null":                   "null",
		"not JSON":               "hello",
	}
	for name, payload := range raw {
		t.Run(name, func(t *testing.T) { h.refused(t, h.forge(h.header(nil), payload)) })
	}
}

func TestVerifyAtTheEdgesOfTime(t *testing.T) {
	h := newHouse(t)
	now := h.now.Unix()
	tests := map[string]object{
		"a clock 30 s ahead":  {"iat": now + 30, "exp": now + 600},
		"the last second":     {"iat": now - 599, "exp": now + 1},
		"the longest life":    {"exp": now + 3600},
		"an unknown claim":    {"generation": 1},
		"beyond known scopes": {"scope": "rooms:* * ROOMS:LIST rooms:list2 rooms:create"},
	}
	for name, changes := range tests {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			grant, err := h.Verify(t.Context(), h.forge(h.header(nil), h.claims(changes)))
			is.NoErr(err)
			if name == "beyond known scopes" {
				is.Equal(grant.Scopes.String(), "rooms:create") // exact, known and held scopes only
			}
		})
	}
}

// TestVerifyAllocates bounds what a request of the API allocates to be
// authorized, whoever asks the directories.
func TestVerifyAllocates(t *testing.T) {
	is := is.New(t)
	h := newHouse(t)
	token := h.token(t)
	allocations := testing.AllocsPerRun(100, func() {
		if _, err := h.Verify(t.Context(), token); err != nil {
			t.Error(err)
		}
	})
	is.True(allocations <= 190) // 178 when it was measured
}
