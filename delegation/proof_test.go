package delegation_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/delegationtest"
	"github.com/anteroom-go/anteroom/delegation/dpop"
)

// prover is a house that accepts proofs, and the holder of a key.
type prover struct {
	*house
	*delegationtest.Holder
	last delegation.Event
}

func newProver(t testing.TB) *prover {
	is := is.New(t)
	p := &prover{house: newHouse(t)}
	proofs, err := dpop.New(dpop.Config{Uses: p.directory, Now: p.config.Now})
	is.NoErr(err)
	p.config.Proofs = proofs
	p.config.OnEvent = func(_ context.Context, event delegation.Event) { p.last = event }
	p.Authority, err = delegation.New(p.config)
	is.NoErr(err)
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	is.NoErr(err)
	p.Holder = delegationtest.NewHolder(private)
	return p
}

// proof returns one for the token endpoint or, beside an access token, for the API.
func (p *prover) proof(accessToken string) dpop.Proof {
	asked := dpop.Proof{Method: "POST", URL: tokenEndpoint}
	if accessToken != "" {
		asked.URL = audience
	}
	asked.Fields = []string{p.Proof(asked.Method, asked.URL, accessToken, "", p.now)}
	return asked
}

// bound returns a token that is bound to the key.
func (p *prover) bound(t testing.TB) string {
	request := p.request("alice@example.com")
	request.Proof = p.proof("")
	token, err := p.Issue(t.Context(), request)
	is.New(t).NoErr(err)
	return string(token.Access)
}

func TestBoundTokens(t *testing.T) {
	is := is.New(t)
	p := newProver(t)
	token := p.bound(t)
	payload := decoded(t, strings.Split(token, ".")[1])
	is.Equal(payload["cnf"], map[string]any{"jkt": p.Thumbprint()}) // RFC 9449 §6.1
	grant, err := p.VerifyProved(t.Context(), token, p.proof(token))
	is.NoErr(err)
	is.Equal(grant.Thumbprint, p.Thumbprint())
	is.Equal(grant.User.ID, p.alice.ID)
	_, err = p.Verify(t.Context(), token)
	is.Equal(reasonOf(err), delegation.ReasonTokenBound) // whoever bears it
	is.True(errors.Is(err, delegation.ErrInvalidToken))
	grant, err = p.Examine(t.Context(), token)
	is.NoErr(err)
	is.Equal(grant.Thumbprint, p.Thumbprint())
	grant, active, err := p.Introspect(t.Context(), p.credentials(), token)
	is.NoErr(err)
	is.True(active)
	is.Equal(grant.Thumbprint, p.Thumbprint()) // so that a resource server can check by itself
	is.NoErr(p.Revoke(t.Context(), p.credentials(), token))
	_, err = p.VerifyProved(t.Context(), token, p.proof(token))
	is.Equal(reasonOf(err), delegation.ReasonTokenRevoked)
}

func TestStolenTokens(t *testing.T) {
	p, thief := newProver(t), newProver(t)
	token := p.bound(t)
	plain := p.token(t)
	used := p.proof(token)
	_, err := p.VerifyProved(t.Context(), token, used)
	is.New(t).NoErr(err)
	ofThief := p.proof(token)
	ofThief.Fields = []string{thief.Proof(ofThief.Method, ofThief.URL, token, "", p.now)}
	elsewhere := p.proof(token)
	elsewhere.URL += "/rooms/"
	tests := map[string]struct {
		token  string
		proof  dpop.Proof
		reason delegation.Reason
	}{
		"without a proof":         {token, dpop.Proof{Method: "POST", URL: audience}, delegation.Reason(dpop.Missing)},
		"with the thief's key":    {token, ofThief, delegation.Reason(dpop.OtherKey)},
		"with a used proof":       {token, used, delegation.Reason(dpop.Used)},
		"with one for elsewhere":  {token, elsewhere, delegation.Reason(dpop.URL)},
		"with one for another":    {token, p.proof(plain), delegation.Reason(dpop.Ath)},
		"with one for no token":   {token, p.proof(""), delegation.Reason(dpop.Ath)},
		"a token bound to no key": {plain, p.proof(plain), delegation.ReasonTokenUnbound},
		"no token":                {"", p.proof(""), delegation.ReasonTokenMalformed},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			grant, err := p.VerifyProved(t.Context(), test.token, test.proof)
			is := is.New(t)
			is.Equal(reasonOf(err), test.reason)
			is.True(grant.Scopes.Empty())
		})
	}
}

func TestApplicationsThatNeedProofs(t *testing.T) {
	is := is.New(t)
	p := newProver(t)
	plain := p.token(t)
	p.application(func(a *delegation.Application) { a.DPoP = true })
	_, err := p.issue(t, "alice@example.com")
	is.True(errors.Is(err, dpop.ErrInvalid)) // it gets no bearer token
	is.Equal(reasonOf(err), delegation.Reason(dpop.Missing))
	_, err = p.Verify(t.Context(), plain)
	is.Equal(reasonOf(err), delegation.ReasonTokenUnbound) // and none that it holds is accepted
	_, active, err := p.Introspect(t.Context(), p.credentials(), plain)
	is.NoErr(err)
	is.True(!active)
	token := p.bound(t)
	_, err = p.VerifyProved(t.Context(), token, p.proof(token))
	is.NoErr(err)
	_, err = p.Authorize(t.Context(), delegation.Grant{Application: delegation.Application{ClientID: p.clientID},
		User: p.alice, Delegated: true})
	is.NoErr(err) // what a host vouches for is no token
}

// TestProofsBesideAssertions: a proof that is not good uses no assertion up, so that a client which has to send
// another proof can send the same assertion; and a proof is used last.
func TestProofsBesideAssertions(t *testing.T) {
	is := is.New(t)
	p := newProver(t)
	request := p.request("alice@example.com")
	request.Proof = p.proof("")
	request.Proof.URL = audience
	_, err := p.Issue(t.Context(), request)
	is.Equal(reasonOf(err), delegation.Reason(dpop.URL))
	is.Equal(p.last, delegation.Event{Kind: delegation.EventTokenRefused, ClientID: p.clientID,
		Reason: delegation.Reason(dpop.URL)}) // with the application that sent it
	request.Proof = p.proof("")
	wrong := request
	wrong.Scope = "alice@example.net"
	_, err = p.Issue(t.Context(), wrong)
	is.Equal(reasonOf(err), delegation.ReasonAddressNotCovered)
	_, err = p.Issue(t.Context(), request)
	is.NoErr(err) // the refusal did not use the proof
	_, err = p.Issue(t.Context(), request)
	is.Equal(reasonOf(err), delegation.Reason(dpop.Used))
	p.now = p.now.Add(2 * time.Minute)
	_, err = p.Issue(t.Context(), request)
	is.Equal(reasonOf(err), delegation.Reason(dpop.Stale))
}

func TestConfirmationsOfOtherForms(t *testing.T) {
	h := newHouse(t)
	for _, cnf := range []any{"x", 1, object{}, object{"jkt": ""}, object{"jkt": "short"}, object{"jkt": 1},
		object{"x5t#S256": strings.Repeat("x", 43)}, []any{}} {
		h.refused(t, h.forge(h.header(nil), h.claims(object{"cnf": cnf}))) // never a token that any bearer may use
	}
}

func decoded(t *testing.T, part string) (claims object) {
	t.Helper()
	is := is.New(t)
	text, err := base64.RawURLEncoding.DecodeString(part)
	is.NoErr(err)
	is.NoErr(json.Unmarshal(text, &claims))
	return claims
}
