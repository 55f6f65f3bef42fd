package server_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/matryer/is"
	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/delegationtest"
	"github.com/anteroom-go/anteroom/delegation/dpop"
	"github.com/anteroom-go/anteroom/scopes"
	"github.com/anteroom-go/anteroom/server"
)

const tokenURL = apiURL + "/application/token/"

// prover is an application that holds a key, and the nonce that it was given last.
type prover struct {
	*api
	*delegationtest.Holder
	nonce string
}

func (a *api) newProver() *prover {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	is.New(a.T).NoErr(err)
	return &prover{api: a, Holder: delegationtest.NewHolder(private)}
}

// ask asks for a token that is bound to the key.
func (p *prover) ask() reply {
	p.Helper()
	return p.askWith(p.Proof("POST", tokenURL, "", p.nonce, p.clock.now()))
}

func (p *prover) askWith(proofs ...string) reply {
	p.Helper()
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {p.clientID},
		"client_secret": {string(p.secret)}, "scope": {"alice@example.com"}}
	headers := []string{formType}
	for _, proof := range proofs {
		headers = append(headers, "DPoP: "+proof)
	}
	return p.send("POST", "/application/token/", form.Encode(), headers...)
}

// bound returns a token that is bound to the key.
func (p *prover) bound() string {
	p.Helper()
	body := p.ask().json(p.T)
	is.New(p.T).Equal(body["token_type"], "DPoP") // RFC 9449 §5
	return body["access_token"].(string)
}

// use calls with a token and a proof for the call.
func (p *prover) use(method, path, token string) reply {
	p.Helper()
	target, _, _ := strings.Cut(path, "?")
	return p.send(method, path, "", "Authorization: dpop "+token, // RFC 9110 §11.1: in any case
		"DPOP: "+p.Proof(method, apiURL+target, token, p.nonce, p.clock.now()))
}

func TestBoundTokens(t *testing.T) {
	each(t, func(t *testing.T, a *api) {
		is := is.New(t)
		p := a.newProver()
		token := p.bound()
		is.Equal(p.use("POST", "/rooms/", token).StatusCode, 201)
		is.Equal(p.use("GET", "/rooms?page=1", token).StatusCode, 200)
		about := url.Values{"client_id": {p.clientID}, "client_secret": {string(p.secret)}, "token": {token}}.Encode()
		active := p.send("POST", "/application/introspect/", about, formType).json(t)
		is.Equal(active["token_type"], "DPoP")
		is.Equal(active["cnf"], object{"jkt": p.Thumbprint()}) // RFC 9449 §6.2

		thief := a.newProver()
		used := p.Proof("GET", apiURL+"/rooms/", token, "", a.clock.now())
		with := func(headers ...string) reply { return a.send("GET", "/rooms/", "", headers...) }
		is.Equal(with("Authorization: DPoP "+token, "DPoP: "+used).StatusCode, 200)
		problem(t, with("Authorization: DPoP "+token, "DPoP: "+used), 401, "invalid_dpop_proof") // once
		problem(t, with("Authorization: DPoP "+token), 401, "invalid_dpop_proof")
		problem(t, with("Authorization: Bearer "+token), 401, "invalid_token")
		problem(t, with("Authorization: Bearer "+token, "DPoP: "+p.Proof("GET", apiURL+"/rooms/", token, "",
			a.clock.now())), 401, "invalid_token") // by whomever
		problem(t, thief.use("GET", "/rooms/", token), 401, "invalid_token")
		plain := strings.TrimPrefix(a.token("alice@example.com"), "Authorization: Bearer ")
		problem(t, p.use("GET", "/rooms/", plain), 401, "invalid_token") // it is bound to no key
		problem(t, with("Authorization: DPoP "+token+" x"), 400, "invalid_request")

		is.Equal(a.send("POST", "/application/revoke/", about, formType).StatusCode, 200)
		problem(t, p.use("GET", "/rooms/", token), 401, "invalid_token")
	})
}

// TestEveryRouteTakesProofs: the check is one for every route that needs a token.
func TestEveryRouteTakesProofs(t *testing.T) {
	a := onSQLite(t, unlimited)
	p := a.newProver()
	token := p.bound()
	for _, o := range operations(t) {
		if o.scope == "" {
			continue
		}
		path := strings.NewReplacer("{id}", "x", "{attendee}", "y").Replace(o.template)
		problem(t, a.send(o.method, path, "", "Authorization: Bearer "+token), 401, "invalid_token")
		problem(t, a.send(o.method, path, "", "Authorization: DPoP "+token), 401, "invalid_dpop_proof")
		is.New(t).True(p.use(o.method, path, token).StatusCode != 401) // it is let in with one
	}
}

// TestChallengesOfProofs: the scheme of the request stands first, with the error.
func TestChallengesOfProofs(t *testing.T) {
	is := is.New(t)
	a := onSQLite(t)
	p := a.newProver()
	challenge := a.send("GET", "/rooms/", "", "Authorization: DPoP x").Header.Get("WWW-Authenticate")
	is.True(strings.HasPrefix(challenge, "DPoP realm="))
	proved, bearer, both := strings.Cut(challenge, ", Bearer realm=")
	is.True(both) // both schemes are named
	is.True(strings.Contains(proved, `algs="ES256 EdDSA Ed25519", error="invalid_dpop_proof"`))
	is.True(!strings.Contains(bearer, "error")) // it was not tried
	challenge = a.send("GET", "/rooms/", "", "Authorization: Bearer "+p.bound()).Header.Get("WWW-Authenticate")
	is.True(strings.HasPrefix(challenge, "Bearer realm="))
	is.True(strings.Contains(challenge, `error="invalid_token"`))
	is.True(strings.HasSuffix(challenge, `algs="ES256 EdDSA Ed25519"`)) // RFC 9449 §7.2
	token := p.bound()
	a.change(func(app *delegation.Application) { app.Scopes = scopes.NewSet(scopes.RoomsCreate) })
	r := p.use("GET", "/rooms/", token)
	problem(t, r, 403, "insufficient_scope")
	is.True(strings.HasPrefix(r.Header.Get("WWW-Authenticate"), "DPoP realm="))
}

// TestHostIsNotBelieved: a proof is for the configured URL, whatever a request claims of its host.
func TestHostIsNotBelieved(t *testing.T) {
	is := is.New(t)
	p := onSQLite(t).newProver()
	token := p.bound()
	for _, address := range []string{"https://evil.example", "http://meet.example.org", p.http.URL} {
		proof := p.Proof("GET", address+base+"/rooms/", token, "", p.clock.now())
		r := p.send("GET", "/rooms/", "", "Authorization: DPoP "+token, "DPoP: "+proof, "Host: evil.example",
			"X-Forwarded-Host: evil.example", "X-Forwarded-Proto: http")
		problem(t, r, 401, "invalid_dpop_proof")
	}
	refusal(t, p.askWith(p.Proof("POST", p.http.URL+base+"/application/token/", "", "", p.clock.now())), 400,
		"invalid_dpop_proof")
	good := p.Proof("POST", tokenURL, "", "", p.clock.now())
	refusal(t, p.askWith(good, good), 400, "invalid_dpop_proof")
	is.Equal(p.askWith(good).StatusCode, 200) // which was not used up
	refusal(t, p.askWith(good), 400, "invalid_dpop_proof")
}

func TestApplicationsThatNeedProofs(t *testing.T) {
	is := is.New(t)
	a := onSQLite(t)
	before := a.token("alice@example.com")
	a.change(func(app *delegation.Application) { app.DPoP = true })
	refusal(t, a.ask(a.clientID, a.secret, "alice@example.com"), 400, "invalid_dpop_proof") // no bearer token
	problem(t, a.call("GET", "/rooms/", "", before), 401, "invalid_token")
	p := a.newProver()
	is.Equal(p.use("GET", "/rooms/", p.bound()).StatusCode, 200)
}

// TestNoncesOverARotation: both endpoints demand nonces of one kind, tell the present one, and accept one for as
// long as the next is given out.
func TestNoncesOverARotation(t *testing.T) {
	is := is.New(t)
	a := onSQLite(t, func(c *server.Config) { c.DPoPNonces = true })
	a.clock.stop()
	sign := a.signing("ES256")
	p := a.newProver()
	assertion := sign(nil)
	ask := func() reply {
		form := url.Values{"grant_type": {"client_credentials"}, "scope": {"alice@example.com"},
			"client_assertion_type": {assertionType}, "client_assertion": {assertion}}
		return p.send("POST", "/application/token/", form.Encode(), formType,
			"DPoP: "+p.Proof("POST", tokenURL, "", p.nonce, a.clock.now()))
	}
	r := ask()
	refusal(t, r, 400, "use_dpop_nonce")
	p.nonce = r.Header.Get("DPoP-Nonce")
	r = ask() // with the same assertion, which is not used up
	is.Equal(r.StatusCode, 200)
	is.Equal(r.Header.Get("DPoP-Nonce"), p.nonce)
	token := r.json(t)["access_token"].(string)
	is.Equal(p.use("GET", "/rooms/", token).StatusCode, 200) // one scheme for both
	a.clock.advance(time.Minute)
	r = p.use("GET", "/rooms/", token)
	is.Equal(r.StatusCode, 200) // still good
	next := r.Header.Get("DPoP-Nonce")
	is.True(next != "" && next != p.nonce) // and the next one is there
	a.clock.advance(time.Minute)
	r = p.use("GET", "/rooms/", token)
	problem(t, r, 401, "use_dpop_nonce")
	is.True(strings.Contains(r.Header.Get("WWW-Authenticate"), `error="use_dpop_nonce"`)) // RFC 9449 §9
	p.nonce = r.Header.Get("DPoP-Nonce")
	is.Equal(p.use("GET", "/rooms/", token).StatusCode, 200)
	is.Equal(a.send("GET", "/rooms/", "").Header.Get("DPoP-Nonce"), "") // for those who prove alone
}

// TestReplicasRaceForAProof: of two servers that get one proof at once, and of many callers, one takes it.
func TestReplicasRaceForAProof(t *testing.T) {
	databases(t, func(t *testing.T, db *bun.DB) {
		is := is.New(t)
		a := serve(t, db)
		other := *a
		replica, err := server.New(t.Context(), a.config)
		is.NoErr(err)
		other.listen(replica)
		p := a.newProver()
		token := p.bound()
		race := func(call func(a *api) reply) (won int) {
			turn := make(chan *api, 16)
			for i := range 16 {
				turn <- []*api{a, &other}[i%2]
			}
			for _, status := range atOnce(16, func() int { return call(<-turn).StatusCode }) {
				if status == 200 {
					won++
				}
			}
			return won
		}
		proof := p.Proof("GET", apiURL+"/rooms/", token, "", a.clock.now())
		is.Equal(race(func(a *api) reply {
			return a.send("GET", "/rooms/", "", "Authorization: DPoP "+token, "DPoP: "+proof)
		}), 1)
		proof = p.Proof("POST", tokenURL, "", "", a.clock.now())
		is.Equal(race(func(a *api) reply { return (&prover{api: a}).askWith(proof) }), 1)
	})
}

// usedProofs takes every proof for one that was used.
type usedProofs struct{}

func (usedProofs) UseProof(context.Context, string, time.Time) error { return dpop.ErrUsed }

func replacedProofs() map[string]replacement {
	return map[string]replacement{
		"Proofs": set(func(c *server.Config) { c.Proofs = usedProofs{} }, func(a *api) bool {
			return a.newProver().ask().StatusCode == 400
		}),
		"DPoPRequired": set(func(c *server.Config) { c.DPoPRequired = true }, func(a *api) bool {
			return a.ask(a.clientID, a.secret, "alice@example.com").StatusCode == 400
		}),
		"DPoPNonces": set(func(c *server.Config) { c.DPoPNonces = true }, func(a *api) bool {
			return a.newProver().ask().Header.Get("DPoP-Nonce") != ""
		}),
	}
}
