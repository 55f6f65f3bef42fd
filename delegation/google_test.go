package delegation_test

import (
	"context"
	"crypto/hmac"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/google"
	"github.com/anteroom-go/anteroom/delegation/google/googletest"
	"github.com/anteroom-go/anteroom/delegation/rates"
	"github.com/anteroom-go/anteroom/scopes"
)

// googler is a house whose application has a key of the form of Google's.
type googler struct {
	*house
	keys    map[string][]google.Key
	key     google.Key
	private *rsa.PrivateKey
	used    []time.Time
}

func newGoogler(t testing.TB) *googler {
	t.Helper()
	is := is.New(t)
	g := &googler{house: newHouse(t), keys: map[string][]google.Key{}}
	var err error
	g.key, g.private, err = google.Generate()
	is.NoErr(err)
	g.keys[g.clientID] = []google.Key{g.key}
	g.config.GoogleKeys = g
	g.Authority, err = delegation.New(g.config)
	is.NoErr(err)
	return g
}

func (g *googler) GoogleKeys(_ context.Context, clientID string) ([]google.Key, error) {
	return g.keys[clientID], nil
}

func (g *googler) GoogleKeyUsed(_ context.Context, _, _ string, at time.Time) error {
	g.used = append(g.used, at)
	return nil
}

// over lays the changes over the members; absent removes.
func over(members, changes object) object {
	maps.Copy(members, changes)
	maps.DeleteFunc(members, func(_ string, value any) bool { return value == any(absent{}) })
	return members
}

// assert signs an assertion as stock clients do, changed by a case of a table.
func (g *googler) assert(t testing.TB, header, claims object) string {
	t.Helper()
	c := over(googletest.Claims(g.clientID, "alice@example.com", g.now), claims)
	return googletest.Sign(t, g.private, over(googletest.Header(g.key.ID), header), c)
}

func (g *googler) bearer(t testing.TB, assertion string) (delegation.Token, error) {
	t.Helper()
	return g.Issue(t.Context(), delegation.TokenRequest{BearerAssertion: assertion})
}

func TestAssertionsOfGooglesClients(t *testing.T) {
	g := newGoogler(t)
	second, _, err := google.Generate()
	is.New(t).NoErr(err)
	g.keys[g.clientID] = []google.Key{second, g.key}
	now := g.now.Unix()
	for name, test := range map[string]struct{ header, claims object }{
		"Go": {claims: object{"aud": tokenEndpoint, "iat": now - 10, "exp": now + 3590,
			"prn": "alice@example.com"}},
		"Python and Java":         {},
		"Node":                    {header: object{"typ": absent{}, "kid": absent{}}},
		"the issuer":              {claims: object{"aud": issuer}},
		"without its slash":       {claims: object{"aud": strings.TrimSuffix(tokenEndpoint, "/")}},
		"capitals in the address": {claims: object{"sub": "Alice@Example.COM"}},
		"claims of its own":       {claims: object{"target_audience": "x", "jti": "j", "nbf": now + 60}},
	} {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			assertion := g.assert(t, test.header, test.claims)
			token, err := g.bearer(t, assertion)
			is.NoErr(err)
			is.Equal(token.User.ID, g.alice.ID)
			is.Equal(token.Scopes.String(), "rooms:create") // asked and granted
			again, err := g.bearer(t, assertion)
			is.NoErr(err) // clients send the same bytes within one second
			is.True(again.ID != token.ID)
			_, err = g.Verify(t.Context(), string(token.Access))
			is.NoErr(err)
		})
	}
	is.New(t).True(len(g.used) > 0) // the use of the key is noted
}

// TestGoogleScopes: what is asked for in Google's names is intersected with what is granted.
func TestGoogleScopes(t *testing.T) {
	is := is.New(t)
	g := newGoogler(t)
	g.application(func(a *delegation.Application) { a.Scopes = scopes.All() })
	both := string(google.ScopeReadonly + "  " + google.ScopeSettings)
	for names, granted := range map[string]string{
		string(google.ScopeCreated):  "rooms:attendees rooms:create rooms:retrieve rooms:update",
		string(google.ScopeReadonly): "rooms:retrieve",
		string(google.ScopeSettings): "rooms:retrieve rooms:update",
		both:                         "rooms:retrieve rooms:update",
	} {
		token, err := g.bearer(t, g.assert(t, nil, object{"scope": names}))
		is.NoErr(err)
		is.Equal(token.Scopes.String(), granted)
		scope := "alice@example.com " + strings.Join(strings.Fields(names), " ")
		explained, err := g.Explain(t.Context(), g.clientID, scope)
		is.NoErr(err)
		is.Equal(explained.Scopes.String(), granted) // the same decision
	}
	g.application(func(a *delegation.Application) { a.Scopes = scopes.NewSet(scopes.RoomsDelete) })
	for names, fault := range map[string]google.Fault{"": google.NoScope, "openid": google.Unknown,
		"rooms:create": google.Unknown, string(google.ScopeCreated) + "x": google.Unknown,
		string(google.ScopeCreated): google.NotHeld, "\x01": google.Unknown} {
		_, err := g.bearer(t, g.assert(t, nil, object{"scope": names}))
		is.True(errors.Is(err, delegation.ErrInvalidScope))
		is.Equal(reasonOf(err), delegation.Reason(fault))
	}
	_, err := g.Explain(t.Context(), g.clientID, "alice@example.com https://www.googleapis.com/auth/calendar")
	is.Equal(reasonOf(err), delegation.Reason(google.Unknown))
}

// TestGoogleAssertionsThatAreRefused is the attack list of the grant.
func TestGoogleAssertionsThatAreRefused(t *testing.T) {
	g := newGoogler(t)
	now := g.now.Unix()
	other, otherPrivate, err := google.Generate()
	is.New(t).NoErr(err)
	otherID, _ := g.directory.AddApplication(delegation.Application{Name: "Other", Active: true})
	g.keys[otherID] = []google.Key{other}
	sign := func(private *rsa.PrivateKey, header, claims object) string {
		return googletest.Sign(t, private, over(googletest.Header(g.key.ID), header),
			over(googletest.Claims(g.clientID, "alice@example.com", g.now), claims))
	}
	signed := strings.Split(g.assert(t, nil, nil), ".")
	fault := func(f google.Fault) delegation.Reason { return delegation.Reason(f) }
	for name, test := range map[string]struct {
		assertion string
		reason    delegation.Reason
	}{
		"no subject":                  {g.assert(t, nil, object{"sub": absent{}}), fault(google.NoSubject)},
		"the application as subject":  {g.assert(t, nil, object{"sub": g.clientID}), fault(google.NoSubject)},
		"another prn":                 {g.assert(t, nil, object{"prn": "bob@example.com"}), fault(google.Subject)},
		"a list of audiences":         {g.assert(t, nil, object{"aud": []string{issuer}}), fault(google.Claims)},
		"no audience":                 {g.assert(t, nil, object{"aud": absent{}}), fault(google.Wanted)},
		"the audience of the API":     {g.assert(t, nil, object{"aud": audience}), fault(google.Wanted)},
		"a life of more than an hour": {g.assert(t, nil, object{"exp": now + 3601}), fault(google.TooLongFor)},
		"no end":                      {g.assert(t, nil, object{"exp": absent{}}), fault(google.NoTimes)},
		"no beginning":                {g.assert(t, nil, object{"iat": absent{}}), fault(google.NoTimes)},
		"expired":                     {g.assert(t, nil, object{"iat": now - 60, "exp": now}), fault(google.Expired)},
		"of the future":               {g.assert(t, nil, object{"iat": now + 31, "exp": now + 60}), fault(google.Early)},
		"times as texts":              {g.assert(t, nil, object{"exp": "4000000000"}), fault(google.Claims)},
		"another application's key":   {sign(otherPrivate, nil, nil), fault(google.Signature)},
		"its kid":                     {sign(otherPrivate, object{"kid": other.ID}, nil), fault(google.Signature)},
		"for another application":     {sign(g.private, nil, object{"iss": otherID}), fault(google.Signature)},
		"an unknown application": {sign(g.private, nil, object{"iss": "app_x"}),
			delegation.ReasonApplicationUnknown},
		"an unknown kid":      {g.assert(t, object{"kid": "x"}, nil), fault(google.Signature)},
		"a key in the header": {g.assert(t, object{"jwk": object{}}, nil), fault(google.Header)},
		"a critical member":   {g.assert(t, object{"crit": []string{"exp"}}, nil), fault(google.Header)},
		"an access token":     {g.assert(t, object{"typ": "at+jwt"}, nil), fault(google.Header)},
		"another payload": {signed[0] + "." + googletest.Part(t, object{"iss": g.clientID, "sub": "bob@example.com"}) +
			"." + signed[2], fault(google.NoTimes)},
		"another header": {googletest.Part(t, googletest.Header("")) + "." + signed[1] + "." + signed[2],
			fault(google.Signature)},
		"no signature":              {signed[0] + "." + signed[1] + ".", fault(google.Malformed)},
		"two parts":                 {signed[0] + "." + signed[1], fault(google.Malformed)},
		"too long":                  {g.assert(t, nil, nil) + strings.Repeat("A", 8192), fault(google.TooLong)},
		"HS256 with the public key": {g.symmetric(t), delegation.ReasonAssertionAlgorithm},
		"none": {googletest.Part(t, object{"alg": "none"}) + "." + signed[1] + "." + signed[2],
			delegation.ReasonAssertionAlgorithm},
		"PS256": {g.assert(t, object{"alg": "PS256"}, nil), delegation.ReasonAssertionAlgorithm},
		"ES256 by name": {g.assert(t, object{"alg": "ES256"}, object{"jti": "j", "exp": now + 60}),
			delegation.ReasonAssertionSignature},
		"an address that is none": {g.assert(t, nil, object{"sub": "alice"}), delegation.ReasonAssertionSubject},
		"an address out of the policy": {g.assert(t, nil, object{"sub": "alice@example.net"}),
			delegation.ReasonAddressNotCovered},
		"an unknown user": {g.assert(t, nil, object{"sub": "x@example.com"}), delegation.ReasonUserUnknown},
	} {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			_, err := g.bearer(t, test.assertion)
			is.Equal(reasonOf(err), test.reason)
			var refusal *delegation.Refusal
			is.True(errors.As(err, &refusal) && len(refusal.Reason.Text()) > 10) // operators read why
		})
	}
}

// symmetric is an assertion by HS256 with the public key as the secret.
func (g *googler) symmetric(t testing.TB) string {
	der, err := g.key.MarshalPublic()
	is.New(t).NoErr(err)
	text := googletest.Part(t, over(googletest.Header(g.key.ID), object{"alg": "HS256"})) + "." +
		googletest.Part(t, googletest.Claims(g.clientID, "alice@example.com", g.now))
	mac := hmac.New(sha256.New, der)
	mac.Write([]byte(text))
	return text + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// TestGoogleKeysAreGoodForNothingElse sends their assertions wherever else a JWT is read.
func TestGoogleKeysAreGoodForNothingElse(t *testing.T) {
	is := is.New(t)
	g := newGoogler(t)
	about := g.assert(t, nil, object{"sub": g.clientID, "aud": issuer, "jti": "j", "exp": g.now.Unix() + 60})
	_, err := g.Issue(t.Context(), delegation.TokenRequest{Credentials: delegation.Credentials{Assertion: about},
		Scope: "alice@example.com"})
	is.Equal(reasonOf(err), delegation.ReasonAssertionAlgorithm) // client authentication
	is.True(g.Revoke(t.Context(), delegation.Credentials{Assertion: about}, "x") != nil)
	_, _, err = g.Introspect(t.Context(), delegation.Credentials{Assertion: about}, "x")
	is.True(errors.Is(err, delegation.ErrInvalidClient))
	_, err = g.Verify(t.Context(), g.assert(t, nil, nil))
	is.True(errors.Is(err, delegation.ErrInvalidToken)) // it is no access token
	g.application(func(a *delegation.Application) { a.JWTBearer = true })
	jwk, err := json.Marshal(g.key.Public)
	is.NoErr(err)
	_, _, err = delegation.ParseKeys([]byte(`{"keys":[` + string(jwk) + `]}`))
	is.True(err != nil) // nor can it be registered as another key
}

// TestWhatEndsGoogleAssertions: each is refused from the next request on.
func TestWhatEndsGoogleAssertions(t *testing.T) {
	is := is.New(t)
	g := newGoogler(t)
	assertion := g.assert(t, nil, nil)
	charged := 0
	g.config.Charge = func(_ context.Context, app delegation.Application, class rates.Class) error {
		charged++
		is.Equal(app.ClientID+string(class), g.clientID+string(rates.Tokens)) // the quota is that of every token
		return nil
	}
	var err error
	g.Authority, err = delegation.New(g.config)
	is.NoErr(err)
	_, err = g.bearer(t, assertion)
	is.NoErr(err)
	is.Equal(charged, 1)
	g.application(func(a *delegation.Application) { a.Active = false })
	_, err = g.bearer(t, assertion)
	is.Equal(reasonOf(err), delegation.ReasonApplicationDisabled)
	g.application(func(a *delegation.Application) { a.Active = true })
	keys := g.keys[g.clientID]
	g.keys[g.clientID] = nil
	_, err = g.bearer(t, assertion)
	is.Equal(reasonOf(err), delegation.Reason(google.Signature)) // the key was ended
	g.keys[g.clientID] = keys
	g.now = g.now.Add(time.Hour)
	_, err = g.bearer(t, assertion)
	is.Equal(reasonOf(err), delegation.Reason(google.Expired))
}
