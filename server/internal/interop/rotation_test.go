package interop_test

import (
	"bufio"
	"context"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
	"github.com/matryer/is"
	"github.com/uptrace/bun"
	"golang.org/x/oauth2/clientcredentials"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/registry"
	"github.com/anteroom-go/anteroom/scopes"
	"github.com/anteroom-go/anteroom/server"
	"github.com/anteroom-go/anteroom/server/database/dbtest"
)

// clientNode is the client in Node.js among the examples.
const clientNode = "../../../examples/client-node"

// rotation is a server whose signing keys are moved by a clock that is set.
type rotation struct {
	*registry.Registry
	keys   *registry.Keys
	now    time.Time
	url    string
	client clientcredentials.Config
}

func newRotation(t *testing.T, db *bun.DB, algorithm jose.SignatureAlgorithm) *rotation {
	t.Helper()
	is := is.New(t)
	r := &rotation{now: time.Now()}
	config := registry.Config{
		DB: db, RootKeys: delegation.NewRootKeys(), Algorithm: algorithm, Now: func() time.Time { return r.now },
	}
	var err error
	r.Registry, err = registry.New(config)
	is.NoErr(err)
	r.keys, err = r.OpenKeys(t.Context())
	is.NoErr(err)
	handler, err := server.New(t.Context(), server.Config{URL: issuer, RootKeys: config.RootKeys, DB: db, Keys: r.keys})
	is.NoErr(err)
	api := httptest.NewServer(handler)
	t.Cleanup(api.Close)
	r.url = api.URL
	app, secret, err := r.CreateApplication(t.Context(), delegation.Application{
		Name: "Calendar", Scopes: scopes.NewSet(scopes.RoomsList),
		Policy: delegation.Policy{Domains: []delegation.Domain{"example.com"}},
	})
	is.NoErr(err)
	_, err = r.AddUser(t.Context(), "alice@example.com")
	is.NoErr(err)
	r.client = clientcredentials.Config{ClientID: app.ClientID, ClientSecret: string(secret),
		TokenURL: api.URL + "/external-api/v1.0/application/token/", Scopes: []string{"alice@example.com"}}
	return r
}

// token gets a token over HTTP.
func (r *rotation) token(t *testing.T) string {
	t.Helper()
	token, err := r.client.Token(t.Context())
	is.New(t).NoErr(err)
	return token.AccessToken
}

// rotate makes a key, and lets the time pass until it signs.
func (r *rotation) rotate(t *testing.T) {
	t.Helper()
	is := is.New(t)
	is.NoErr(r.RotateKey(t.Context()))
	r.now = r.now.Add(registry.DefaultPublication)
	is.NoErr(r.AdvanceKeys(t.Context()))
	is.NoErr(r.keys.Refresh(t.Context()))
}

// compromise ends the key that signs.
func (r *rotation) compromise(t *testing.T) {
	t.Helper()
	is := is.New(t)
	set, err := r.keys.KeySet(t.Context())
	is.NoErr(err)
	is.NoErr(r.CompromiseKey(t.Context(), set.SigningKeyID()))
	is.NoErr(r.keys.Refresh(t.Context()))
}

// verifiers are stock libraries that follow the published keys.
func verifiers(t *testing.T, r *rotation) map[string]func(token string) bool {
	jwks := r.url + "/.well-known/jwks.json"
	remote := oidc.NewRemoteKeySet(t.Context(), jwks)
	return map[string]func(string) bool{
		"go-oidc": func(token string) bool {
			_, err := remote.VerifySignature(context.Background(), token)
			return err == nil
		},
		"jose": nodeVerifier(t, jwks),
	}
}

func nodeVerifier(t *testing.T, jwks string) func(token string) bool {
	t.Helper()
	is := is.New(t)
	if _, err := os.Stat(clientNode + "/node_modules/jose"); err != nil {
		dbtest.Missing(t, "Node.js and jose", "run npm ci in examples/client-node")
	}
	node := exec.Command("node", clientNode+"/verify.mjs")
	node.Env = append(os.Environ(), "ANTEROOM_ISSUER="+issuer, "JWKS_URI="+jwks, "JWKS_COOLDOWN=0")
	node.Stderr = os.Stderr
	in, err := node.StdinPipe()
	is.NoErr(err)
	out, err := node.StdoutPipe()
	is.NoErr(err)
	is.NoErr(node.Start())
	t.Cleanup(func() {
		_ = in.Close()
		_ = node.Wait()
	})
	lines := bufio.NewScanner(out)
	return func(token string) bool {
		_, err := in.Write([]byte(token + "\n"))
		is.NoErr(err)
		is.True(lines.Scan())
		return strings.Contains(lines.Text(), " acts for ")
	}
}

func TestVerifiersFollowARotation(t *testing.T) {
	for _, algorithm := range []jose.SignatureAlgorithm{jose.ES256, jose.EdDSA, jose.RS256} {
		t.Run(string(algorithm), func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, db *bun.DB) {
				is := is.New(t)
				r := newRotation(t, db, algorithm)
				all := verifiers(t, r)
				before := r.token(t)
				for _, verify := range all {
					is.True(verify(before)) // the keys are fetched
				}
				r.rotate(t)
				after := r.token(t)
				for name, verify := range all {
					if !verify(after) || !verify(before) {
						t.Errorf("%s does not follow the rotation", name)
					}
				}
				r.compromise(t)
				for name, verify := range verifiers(t, r) {
					if verify(after) {
						t.Errorf("%s still finds the compromised key", name)
					}
					if !verify(r.token(t)) {
						t.Errorf("%s does not find the key that signs now", name)
					}
				}
				tampered := []byte(before)
				tampered[len(tampered)-20] ^= 1
				for _, verify := range all {
					is.True(!verify(string(tampered)))
				}
			})
		})
	}
}
