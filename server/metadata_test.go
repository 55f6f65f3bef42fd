package server_test

import (
	"testing"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/server"
)

func TestMetadata(t *testing.T) {
	is := is.New(t)
	a := onSQLite(t)
	r := a.send("GET", "/.well-known/oauth-authorization-server", "")
	is.Equal(r.StatusCode, 200)
	body := r.json(t)
	is.Equal(body["issuer"], // byte for byte the iss of tokens
		publicURL)
	is.Equal(body["token_endpoint"], // from configuration
		apiURL+"/application/token/")
	is.Equal(body["jwks_uri"], // where the keys are
		publicURL+"/.well-known/jwks.json")
	is.Equal(body["grant_types_supported"], // what is there, and no more
		[]any{"client_credentials", "urn:ietf:params:oauth:grant-type:jwt-bearer"})
	r = a.send("GET", "/.well-known/oauth-protected-resource/external-api", "")
	is.Equal(r.StatusCode, 200)
	is.Equal(r.json(t)["resource"], publicURL+"/external-api") // the aud of tokens
	is.Equal(r.json(t)["authorization_servers"], []any{publicURL})
	challenge := a.send("GET", "/rooms/", "").Header.Get("WWW-Authenticate")
	known := ` realm="external-api", resource_metadata="` + publicURL +
		`/.well-known/oauth-protected-resource/external-api"`
	is.Equal(challenge, "Bearer"+known+", DPoP"+known+`, algs="ES256 EdDSA Ed25519"`) // RFC 9728 §5.1, RFC 9449 §7.1
	algorithms := []any{"ES256", "EdDSA", "Ed25519"}
	is.Equal(body["dpop_signing_alg_values_supported"], algorithms) // RFC 9449 §5.1
	is.Equal(r.json(t)["dpop_signing_alg_values_supported"], algorithms)
	_, required := r.json(t)["dpop_bound_access_tokens_required"]
	is.True(!required) // it does not hold
	r = onSQLite(t, func(c *server.Config) { c.DPoPRequired = true }).
		send("GET", "/.well-known/oauth-protected-resource/external-api", "")
	is.Equal(r.json(t)["dpop_bound_access_tokens_required"], true)
}

func TestMetadataOfAURLWithAPath(t *testing.T) {
	is := is.New(t)
	a := onSQLite(t, func(c *server.Config) { c.URL = publicURL + "/team/meet" })
	for path, want := range map[string]string{
		"/.well-known/oauth-authorization-server/team/meet":            "issuer",
		"/.well-known/oauth-protected-resource/team/meet/external-api": "resource",
		"/team/meet/.well-known/jwks.json":                             "keys",
		"/team/meet/external-api/v1.0/openapi.json":                    "openapi",
	} {
		r := a.sendTo("GET", path, "")
		is.Equal(r.StatusCode, 200) // where RFC 8414 §3.1 and RFC 9728 §3.1 look for it
		_, there := r.json(t)[want]
		is.True(there)
	}
	is.Equal(a.sendTo("GET", "/.well-known/oauth-authorization-server", "").StatusCode, 404) // not another's
	is.True(a.sendTo("GET", "/team/meet/external-api/v1.0/rooms", "").StatusCode == 401)
}

func TestDocumentsAreCached(t *testing.T) {
	is := is.New(t)
	a := onSQLite(t)
	for _, path := range []string{"/.well-known/jwks.json", "/.well-known/oauth-authorization-server",
		"/.well-known/oauth-protected-resource/external-api", "/openapi.json", "/openapi-3.0.json",
		"/docs/"} {
		first := a.send("GET", path, "")
		tag := first.Header.Get("ETag")
		for _, given := range []string{tag, "W/" + tag, `"x", ` + tag, "*"} {
			r := a.send("GET", path, "", "If-None-Match: "+given)
			is.Equal(r.StatusCode, 304) // the caller has it
			is.Equal(r.body, "")
		}
		is.Equal(a.send("GET", path, "", `If-None-Match: "x"`).StatusCode, 200) // or another one
	}
}
