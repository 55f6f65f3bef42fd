package interop_test

import (
	"crypto/ecdsa"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/lestrrat-go/jwx/v3/jwa"
	jwx "github.com/lestrrat-go/jwx/v3/jwt"
	"github.com/matryer/is"
)

// TestWhateverWeAcceptOthersAccept changes good tokens in some hundred ways and
// shows each to two other libraries: we may be stricter than they are, never
// more lenient.
func TestWhateverWeAcceptOthersAccept(t *testing.T) {
	h := newHouse(t)
	accepted, refused := 0, 0
	for name, token := range mutants(h) {
		_, err := h.Verify(t.Context(), token)
		if err != nil {
			refused++
			continue
		}
		accepted++
		if err := golangJWT(h, token); err != nil {
			t.Errorf("%s: we accept what golang-jwt refuses: %v", name, err)
		}
		if err := lestrratJWX(h, token); err != nil {
			t.Errorf("%s: we accept what jwx refuses: %v", name, err)
		}
	}
	is.New(t).True(accepted >= 5 && accepted+refused >= 200) // they really ran, on both sides
}

// mutants are tokens, good and changed.
func mutants(h *house) map[string]string {
	good := h.forge(h.header(nil), h.claims(nil))
	tokens := map[string]string{
		"as issued": good,
		"another":   h.forge(h.header(object{"typ": "application/at+jwt"}), h.claims(nil)),
	}
	for i := 0; i < len(good); i += 4 { // a character changed, and dropped
		tokens[fmt.Sprint("changed at ", i)] = good[:i] + string(good[i]^1) + good[i+1:]
		tokens[fmt.Sprint("dropped at ", i)] = good[:i] + good[i+1:]
	}
	for name, claims := range changedClaims(h.now.Unix()) {
		tokens["claims: "+name] = h.forge(h.header(nil), h.claims(claims))
	}
	for name, header := range changedHeaders() {
		tokens["header: "+name] = h.forge(h.header(header), h.claims(nil))
	}
	signed, signature := good[:strings.LastIndexByte(good, '.')+1], good[strings.LastIndexByte(good, '.')+1:]
	tokens["form: no signature"] = signed
	tokens["form: four parts"] = good + ".x"
	tokens["form: space"] = good + " "
	tokens["form: stray bits"] = signed + strayBits(signature)
	return tokens
}

func changedClaims(now int64) map[string]object {
	return map[string]object{
		"exp soon": {"exp": now + 1}, "exp far": {"exp": now + 3600}, "exp past": {"exp": now - 1},
		"no exp": {"exp": absent{}}, "exp text": {"exp": "1"},
		"nbf future": {"nbf": now + 3600}, "nbf past": {"nbf": now - 1}, "nbf text": {"nbf": "x"},
		"iat future": {"iat": now + 20}, "iat text": {"iat": "x"},
		"other iss": {"iss": "x"}, "other aud": {"aud": "x"}, "aud list": {"aud": []string{audience}},
		"no sub": {"sub": absent{}}, "sub number": {"sub": 1}, "jti number": {"jti": 1}, "act text": {"act": "x"},
		"narrower": {"scope": "rooms:list"}, "no scope": {"scope": absent{}}, "extra": {"x": object{"y": 1}},
	}
}

func changedHeaders() map[string]object {
	return map[string]object{
		"none": {"alg": "none"}, "HS256": {"alg": "HS256"}, "no typ": {"typ": absent{}},
		"crit": {"crit": []string{"x"}, "x": 1}, "b64": {"b64": false}, "zip": {"zip": "DEF"},
	}
}

// strayBits sets a bit of the last character that decoders overlook.
func strayBits(part string) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	last := strings.IndexByte(alphabet, part[len(part)-1])
	return part[:len(part)-1] + string(alphabet[last|1])
}

// golangJWT verifies as the library's documentation has it.
func golangJWT(h *house, token string) error {
	_, err := jwt.Parse(token, func(*jwt.Token) (any, error) { return h.private.Public(), nil },
		jwt.WithValidMethods([]string{"ES256"}), jwt.WithIssuer(issuer), jwt.WithAudience(audience),
		jwt.WithExpirationRequired(), jwt.WithIssuedAt(), jwt.WithLeeway(30*time.Second),
		jwt.WithTimeFunc(func() time.Time { return h.now }))
	return err
}

// lestrratJWX verifies as the library's documentation has it.
func lestrratJWX(h *house, token string) error {
	public, _ := h.private.Public().(*ecdsa.PublicKey)
	_, err := jwx.Parse([]byte(token), jwx.WithKey(jwa.ES256(), public),
		jwx.WithIssuer(issuer), jwx.WithAudience(audience),
		jwx.WithAcceptableSkew(30*time.Second), jwx.WithClock(jwx.ClockFunc(func() time.Time { return h.now })))
	return err
}

// TestOthersReadOurKeys checks that other libraries verify a token of ours with its
// published key.
func TestOthersReadOurKeys(t *testing.T) {
	is := is.New(t)
	h := newHouse(t)
	var document struct{ Keys []json.RawMessage }
	is.NoErr(json.Unmarshal(h.keys.JWKS(), &document))
	is.Equal(len(document.Keys), 1)
	is.NoErr(golangJWT(h, h.token(t)))
	is.NoErr(lestrratJWX(h, h.token(t)))
}
