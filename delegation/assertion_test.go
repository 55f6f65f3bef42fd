package delegation_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
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
	_, err := s.issue(t, "alice@example.com")
	is.True(errors.Is(err, delegation.ErrInvalidClient)) // its secrets are refused now
	s.application(func(a *delegation.Application) { a.SecretsToo = true })
	_, err = s.issue(t, "alice@example.com")
	is.NoErr(err) // unless the operator allows both
}

// TestAssertionsOfStockClients sends what libraries of others write, and what does
// not change the meaning.
func TestAssertionsOfStockClients(t *testing.T) {
	s := newSigner(t)
	now := s.now.Unix()
	for name, test := range map[string]struct{ header, claims object }{
		"no kid":                       {header: object{"kid": absent{}}},
		"kid of null":                  {header: object{"kid": nil}},
		"no typ":                       {header: object{"typ": absent{}}},
		"typ in lower case":            {header: object{"typ": "jwt"}},
		"typ with its prefix":          {header: object{"typ": "application/JWT"}},
		"typ of client authentication": {header: object{"typ": "client-authentication+jwt"}},
		"a long typ":                   {header: object{"typ": "Application/Client-Authentication+JWT"}},
		"cty":                          {header: object{"cty": "json"}},
		"x5t":                          {header: object{"x5t": "cs7VXYSXtsb4cO4", "x5t#S256": 5}},
		"x5c that is no certificate":   {header: object{"x5c": []string{"AAAA"}}},
		"a long x5c":                   {header: object{"x5c": []string{strings.Repeat("A", 5000)}}},
		"members of its own":           {header: object{"ver": 1, "zip": "DEF", "app": object{"b64": true}}},
		"a list of one audience":       {claims: object{"aud": []string{issuer}}},
		"no iat":                       {claims: object{"iat": absent{}, "exp": now + 300}},
		"claims of null":               {claims: object{"iat": nil, "nbf": nil, "scope": nil, "client_id": nil}},
		"an hour":                      {claims: object{"exp": now + 3600}},
		"a century":                    {claims: object{"exp": 5e9}},
		"a far exponent":               {claims: object{"exp": 1e300}},
		"a day without iat":            {claims: object{"iat": absent{}, "exp": now + 86400}},
		"a year after nbf":             {claims: object{"iat": absent{}, "nbf": now - 5, "exp": now + 31536000}},
		"fractions":                    {claims: object{"iat": float64(now) - 0.75, "exp": float64(now) + 59.5}},
		"a clock that is ahead":        {claims: object{"iat": now + 30, "nbf": now + 30, "exp": now + 90}},
		"nbf long ago":                 {claims: object{"nbf": 0}},
		"claims of its own":            {claims: object{"azp": "x", "nonce": []int{1}, "client_id": s.clientID}},
		"a long jti":                   {claims: object{"jti": strings.Repeat("j", 600)}},
		"a scope claim":                {claims: object{"scope": "openid"}}, // authenticates, and asks for nothing
	} {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			assertion := s.assert(test.header, test.claims)
			is.NoErr(s.ask(t, assertion))
			var refusal *delegation.Refusal
			is.True(errors.As(s.ask(t, assertion), &refusal))
			is.Equal(refusal.Reason, delegation.ReasonAssertionUsed) // once
		})
	}
	t.Run("exponents", func(t *testing.T) {
		exponents := fmt.Sprintf(`{"iss":%[1]q,"sub":%[1]q,"aud":%[2]q,"jti":"e","iat":%[3]de-1,"exp":%[4]d.0e0}`,
			s.clientID, issuer, now*10, now+60)
		is.New(t).NoErr(s.ask(t, s.signed(`{"alg":"ES256"}`, exponents)))
	})
	t.Run("padding", func(t *testing.T) {
		is := is.New(t)
		pad := func(text string) string { return base64.URLEncoding.EncodeToString([]byte(text)) }
		claims := changed(object{"iss": s.clientID, "sub": s.clientID, "aud": issuer, "jti": "p", "exp": now + 60}, nil)
		text := pad(`{"alg":"ES256"}`) + "." + pad(claims)
		own := *s.house
		own.private = s.private
		is.NoErr(s.ask(t, text+"."+pad(string(own.signature(text)))))
	})
}

// signed signs a header and claims as they are.
func (s *signer) signed(header, claims string) string {
	own := *s.house
	own.private = s.private
	return own.forge(header, claims)
}

// TestEd25519 uses the name of RFC 9864 for what is EdDSA in RFC 8037.
func TestEd25519(t *testing.T) {
	is := is.New(t)
	s := newSigner(t)
	public, private, err := ed25519.GenerateKey(rand.Reader)
	is.NoErr(err)
	set := fmt.Sprintf(`{"keys":[{"kty":"OKP","crv":"Ed25519","alg":"Ed25519","kid":"k","x":%q}]}`, encode(string(public)))
	keys, left, err := delegation.ParseKeys([]byte(set))
	is.NoErr(err)
	is.Equal(len(left), 0)
	is.Equal(string(keys[0].Algorithm), "EdDSA")
	s.application(func(a *delegation.Application) { a.Keys = append(a.Keys, keys...) })
	for i, alg := range []string{"EdDSA", "Ed25519"} {
		text := encode(fmt.Sprintf(`{"alg":%q}`, alg)) + "." + encode(changed(object{"iss": s.clientID, "sub": s.clientID,
			"aud": issuer, "jti": fmt.Sprint("ed", i), "exp": s.now.Unix() + 60}, nil))
		signed := text + "." + encode(string(ed25519.Sign(private, []byte(text))))
		is.NoErr(s.ask(t, signed))
		is.True(errors.Is(s.ask(t, signed[:len(signed)-2]+"AA"), delegation.ErrInvalidClient))
	}
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
		"another's key": {other.assert(nil, object{"iss": s.clientID, "sub": s.clientID}),
			delegation.ReasonAssertionSignature},
		"unknown kid":         {s.assert(object{"kid": "desktop"}, nil), delegation.ReasonAssertionSignature},
		"a kid of a number":   {s.assert(object{"kid": 1}, nil), delegation.ReasonAssertionHeader},
		"another's algorithm": {s.assert(object{"alg": "EdDSA"}, nil), delegation.ReasonAssertionSignature},
		"alg none":            {s.assert(object{"alg": "none"}, nil), delegation.ReasonAssertionAlgorithm},
		"alg HS256":           {s.assert(object{"alg": "HS256"}, nil), delegation.ReasonAssertionAlgorithm},
		"no alg":              {s.assert(object{"alg": absent{}}, nil), delegation.ReasonAssertionAlgorithm},
		"a key in the header": {s.assert(object{"jwk": object{"kty": "EC"}}, nil), delegation.ReasonAssertionMember},
		"jku":                 {s.assert(object{"jku": issuer}, nil), delegation.ReasonAssertionMember},
		"x5u":                 {s.assert(object{"x5u": issuer}, nil), delegation.ReasonAssertionMember},
		"b64":                 {s.assert(object{"b64": false}, nil), delegation.ReasonAssertionMember},
		"crit":                {s.assert(object{"crit": []string{}}, nil), delegation.ReasonAssertionMember},
		"crit of null":        {s.assert(object{"crit": nil}, nil), delegation.ReasonAssertionMember},
		"an access token":     {s.assert(object{"typ": "at+jwt"}, nil), delegation.ReasonAssertionType},
		"a token of ours":     {token, delegation.ReasonAssertionType},
		"garbage":             {"garbage", delegation.ReasonAssertionMalformed},
		"a line break":        {used + "\n", delegation.ReasonAssertionMalformed},
		"wrong padding":       {used + "===", delegation.ReasonAssertionMalformed},
		"a book":              {strings.Repeat("a", 9000), delegation.ReasonAssertionTooLong},
		"no header":           {s.signed("", "{}"), delegation.ReasonAssertionMalformed},
		"a header of a list":  {s.signed("[]", "{}"), delegation.ReasonAssertionHeader},
		"a header twice":      {s.signed(`{"alg":"ES256","alg":"ES256"}`, "{}"), delegation.ReasonAssertionHeader},
		"claims of a text":    {s.signed(`{"alg":"ES256"}`, `"x"`), delegation.ReasonAssertionClaims},
		"claims of null":      {s.signed(`{"alg":"ES256"}`, `null`), delegation.ReasonAssertionClaims},
		"claims twice":        {s.signed(`{"alg":"ES256"}`, `{"iss":"a","iss":"a"}`), delegation.ReasonAssertionClaims},
		"claims not of UTF-8": {s.signed(`{"alg":"ES256"}`, "{\"iss\":\"\xff\"}"), delegation.ReasonAssertionClaims},
		"several audiences": {s.assert(nil, object{"aud": []string{issuer, "https://other.example.org"}}),
			delegation.ReasonAssertionAudience},
		"no audiences": {s.assert(nil, object{"aud": []string{}}), delegation.ReasonAssertionAudience},
		"another audience": {s.assert(nil, object{"aud": "https://other.example.org"}),
			delegation.ReasonAssertionAudience},
		"the issuer and more":   {s.assert(nil, object{"aud": issuer + "/"}), delegation.ReasonAssertionAudience},
		"the token endpoint":    {s.assert(nil, object{"aud": tokenEndpoint}), delegation.ReasonAssertionAudience},
		"no audience":           {s.assert(nil, object{"aud": absent{}}), delegation.ReasonAssertionAudience},
		"no exp":                {s.assert(nil, object{"exp": absent{}}), delegation.ReasonAssertionNoExpiry},
		"exp of null":           {s.assert(nil, object{"exp": nil}), delegation.ReasonAssertionNoExpiry},
		"expired":               {s.assert(nil, object{"exp": now}), delegation.ReasonAssertionExpired},
		"expired by a fraction": {s.assert(nil, object{"exp": float64(now) + 0.5}), delegation.ReasonAssertionExpired},
		"exp of a text":         {s.assert(nil, object{"exp": fmt.Sprint(now + 60)}), delegation.ReasonAssertionTimes},
		"made long ago":         {s.assert(nil, object{"iat": now - 331, "exp": now + 3600}), delegation.ReasonAssertionOld},
		"for ever": {s.assert(nil, object{"iat": absent{}, "exp": now + 86401}),
			delegation.ReasonAssertionEndless},
		"issued in the future": {s.assert(nil, object{"iat": now + 31}), delegation.ReasonAssertionEarly},
		"not yet good":         {s.assert(nil, object{"nbf": now + 31}), delegation.ReasonAssertionEarly},
		"no jti":               {s.assert(nil, object{"jti": absent{}}), delegation.ReasonAssertionID},
		"a jti of a number":    {s.assert(nil, object{"jti": 7}), delegation.ReasonAssertionID},
		"a jti with NUL":       {s.assert(nil, object{"jti": "a\x00"}), delegation.ReasonAssertionID},
		"another subject":      {s.assert(nil, object{"sub": "app_other"}), delegation.ReasonAssertionSubject},
		"no subject":           {s.assert(nil, object{"sub": absent{}}), delegation.ReasonAssertionSubject},
		"an unknown client":    {s.assert(nil, object{"iss": "app_x", "sub": "app_x"}), delegation.ReasonApplicationUnknown},
		"no client":            {s.assert(nil, object{"iss": "", "sub": ""}), delegation.ReasonAssertionIssuer},
		"a client with NUL":    {s.assert(nil, object{"iss": "a\x00", "sub": "a\x00"}), delegation.ReasonAssertionIssuer},
		"a scope of a number":  {s.assert(nil, object{"scope": 1}), delegation.ReasonAssertionScope},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			err := s.ask(t, test.text)
			is.True(errors.Is(err, delegation.ErrInvalidClient)) // one code for every bad assertion
			var refusal *delegation.Refusal
			is.True(errors.As(err, &refusal))
			is.Equal(refusal.Reason, test.reason)                             // and the reason for operators
			is.True(refusal.ClientID == "" || refusal.ClientID == s.clientID) // never an id that is not registered
		})
	}
}

// TestFormsAreLoggedWithTheirClient reads the client id of an assertion whose form is
// wrong, if there is such an application.
func TestFormsAreLoggedWithTheirClient(t *testing.T) {
	is := is.New(t)
	s := newSigner(t)
	for _, issuer := range []string{s.clientID, "alice@example.com"} {
		var refusal *delegation.Refusal
		is.True(errors.As(s.ask(t, s.assert(object{"typ": "at+jwt"}, object{"iss": issuer})), &refusal))
		is.Equal(refusal.Reason, delegation.ReasonAssertionType) // whether or not there is one
		is.Equal(refusal.ClientID == s.clientID, issuer == s.clientID)
	}
}

func TestAssertionsNeedAnApplication(t *testing.T) {
	s := newSigner(t)
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
	is.True(errors.Is(err, delegation.ErrInvalidRequest)) // a client_id that contradicts
	is.True(errors.Is(s.ask(t, s.assert(nil, object{"client_id": "app_other"})), delegation.ErrInvalidRequest))
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
