package delegation_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
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

func TestVerifyRefusesForms(t *testing.T) {
	h := newHouse(t)
	good := h.forge(h.header(nil), h.claims(nil))
	parts := strings.Split(good, ".")
	signed := parts[0] + "." + parts[1]
	tests := map[string]string{
		"empty":                  "",
		"one part":               parts[0],
		"two parts":              signed,
		"an empty signature":     signed + ".",
		"an empty payload":       parts[0] + ".." + parts[2],
		"four parts":             good + ".",
		"five parts, a JWE":      good + "..",
		"a space before":         " " + good,
		"a space after":          good + " ",
		"a newline after":        good + "\n",
		"a newline inside":       good[:10] + "\n" + good[10:],
		"a carriage return":      good[:10] + "\r" + good[10:],
		"a tab in the signature": good[:len(good)-3] + "\t" + good[len(good)-3:],
		"padding":                good + "=",
		"a plus":                 signed + ".+" + parts[2][1:],
		"a slash":                signed + "./" + parts[2][1:],
		"not ASCII":              good[:10] + "é" + good[10:],
		"stray bits at the end":  signed + "." + strayBits(parts[2]),
		"JSON serialization":     fmt.Sprintf(`{"payload":%q,"protected":%q,"signature":%q}`, parts[1], parts[0], parts[2]),
		"over 4 KiB":             h.forge(h.header(nil), h.claims(object{"x": strings.Repeat("x", 4096)})),
		"bearer inside":          "Bearer " + good,
	}
	for name, token := range tests {
		t.Run(name, func(t *testing.T) { h.refused(t, token) })
	}
}

// strayBits changes the last character of 64 encoded bytes so that a lenient
// decoder gets the same bytes.
func strayBits(part string) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	last := strings.IndexByte(alphabet, part[len(part)-1])
	return part[:len(part)-1] + string(alphabet[last|1])
}

func TestVerifyRefusesSignatures(t *testing.T) {
	h := newHouse(t)
	signed := encode(h.header(nil)) + "." + encode(h.claims(nil))
	good := h.signature(signed)
	order := h.private.Params().N
	join := func(r, s *big.Int) string {
		return string(r.FillBytes(make([]byte, 32))) + string(s.FillBytes(make([]byte, 32)))
	}
	r, s := new(big.Int).SetBytes(good[:32]), new(big.Int).SetBytes(good[32:])
	zero, one := new(big.Int), big.NewInt(1)
	tests := map[string]string{
		"r and s zero":     join(zero, zero),
		"r zero":           join(zero, s),
		"s zero":           join(r, zero),
		"r and s one":      join(one, one),
		"r the order":      join(order, s),
		"s the order":      join(r, order),
		"all ones":         strings.Repeat("\xff", 64),
		"one byte short":   string(good[:63]),
		"one byte long":    string(good) + "\x00",
		"zeroes in front":  "\x00" + string(good[:32]) + "\x00" + string(good[32:]),
		"half":             string(good[:32]),
		"swapped":          string(good[32:]) + string(good[:32]),
		"a bit flipped":    string(good[:63]) + string(good[63]^1),
		"of another token": string(h.signature(signed + "x")),
	}
	for name, signature := range tests {
		t.Run(name, func(t *testing.T) { h.refused(t, signed+"."+encode(signature)) })
	}
}

func TestVerifyRefusesThePublicKeyAsMACKey(t *testing.T) {
	h := newHouse(t)
	der, err := x509.MarshalPKIXPublicKey(h.private.Public())
	is.New(t).NoErr(err)
	keys := map[string][]byte{
		"PEM": pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}),
		"DER": der,
		"JWK": []byte(jwk(h)),
	}
	for name, key := range keys {
		t.Run(name, func(t *testing.T) {
			signed := encode(h.header(object{"alg": "HS256"})) + "." + encode(h.claims(nil))
			mac := hmac.New(sha256.New, key)
			mac.Write([]byte(signed))
			h.refused(t, signed+"."+encode(string(mac.Sum(nil))))
		})
	}
}

func TestVerifyRefusesTokensFromElsewhere(t *testing.T) {
	h, other := newHouse(t), newHouse(t)
	h.refused(t, other.token(t))                                                    // another key set
	h.refused(t, other.forge(other.header(object{"kid": h.key.ID}), h.claims(nil))) // our kid, another key
	h.refused(t, h.forge(h.header(object{"kid": other.key.ID}), h.claims(nil)))     // our key, another kid
}

func TestAuthorityOverTime(t *testing.T) {
	tests := map[string]func(h *house){
		"application disabled": func(h *house) { h.application(func(a *delegation.Application) { a.Active = false }) },
		"application deleted":  func(h *house) { h.directory.RemoveApplication(h.clientID) },
		"domain removed":       func(h *house) { h.application(func(a *delegation.Application) { a.Policy.Domains = nil }) },
		"user disabled":        func(h *house) { h.directory.ChangeUser(h.alice.ID, func(u *delegation.User) { u.Active = false }) },
		"user deleted":         func(h *house) { h.directory.RemoveUser(h.alice.ID) },
		"user's address moved out": func(h *house) {
			h.directory.ChangeUser(h.alice.ID, func(u *delegation.User) { u.Email = "alice@example.net" })
		},
		"time passed": func(h *house) { h.now = h.now.Add(10 * time.Minute) },
	}
	for name, happens := range tests {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			token := h.token(t)
			_, err := h.Verify(t.Context(), token)
			is.New(t).NoErr(err) // good before
			happens(h)
			h.refused(t, token) // and not after, on the next request
		})
	}
}

func TestAddressesOfHosts(t *testing.T) {
	is := is.New(t)
	h := newHouse(t)
	token := h.token(t)
	h.directory.ChangeUser(h.alice.ID, func(u *delegation.User) { u.Email = "Alice@EXAMPLE.com" })
	grant, err := h.Verify(t.Context(), token)
	is.NoErr(err)
	is.Equal(grant.User.Email, delegation.Email("alice@example.com")) // a host may keep capitals
	for _, email := range []delegation.Email{"", "alice", "alice@example.com ", `"alice"@example.com`, kelvin + "@example.com"} {
		h.directory.ChangeUser(h.alice.ID, func(u *delegation.User) { u.Email = email })
		h.refused(t, token) // but nobody acts for a user without a proper address
	}
}

func TestScopesOverTime(t *testing.T) {
	is := is.New(t)
	h := newHouse(t)
	token := h.token(t)
	h.application(func(a *delegation.Application) { a.Scopes = scopes.NewSet(scopes.RoomsList, scopes.RoomsDelete) })
	grant, err := h.Verify(t.Context(), token)
	is.NoErr(err)
	is.Equal(grant.Scopes.String(), "rooms:list") // what was taken is gone; what was added is not in the token
	h.application(func(a *delegation.Application) { a.Scopes = scopes.Set{} })
	grant, err = h.Verify(t.Context(), token)
	is.NoErr(err)
	is.True(grant.Scopes.Empty()) // a good token that permits nothing
}

func TestUndelegatedOverTime(t *testing.T) {
	is := is.New(t)
	h := newHouse(t)
	h.application(func(a *delegation.Application) { a.Undelegated = true })
	token, err := h.issue(t, "")
	is.NoErr(err)
	grant, err := h.Verify(t.Context(), string(token.Access))
	is.NoErr(err)
	is.True(!grant.Delegated)   // it acts for nobody
	is.Equal(grant.User.ID, "") // not even by accident
	h.application(func(a *delegation.Application) { a.Undelegated = false })
	h.refused(t, string(token.Access)) // taken back, at once
}

func TestVerifyWithoutTheStore(t *testing.T) {
	is := is.New(t)
	h := newHouse(t)
	token := h.token(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := h.Verify(ctx, token)
	is.True(err != nil)                                  // nothing is granted
	is.True(!errors.Is(err, delegation.ErrInvalidToken)) // but the token is not to blame
}

func FuzzVerify(f *testing.F) {
	h := newHouse(f)
	f.Add(h.header(nil), h.claims(nil))
	f.Add(h.header(object{"crit": []string{}}), h.claims(object{"aud": []string{audience}}))
	f.Add(`{"alg":"ES256","kid":"x","typ":"at+jwt"}`, `{}`)
	f.Fuzz(func(t *testing.T, header, payload string) {
		grant, err := h.Verify(t.Context(), h.forge(header, payload))
		if err != nil {
			var refusal *delegation.Refusal
			if !errors.As(err, &refusal) || !errors.Is(err, delegation.ErrInvalidToken) {
				t.Fatalf("a token led to %v", err)
			}
			return
		}
		if grant.Application.ClientID != h.clientID || grant.Delegated && grant.User.ID != h.alice.ID {
			t.Fatalf("granted to %+v", grant)
		}
		_, _ = h.Verify(t.Context(), header+"."+payload) // any text at all: no panic
	})
}
