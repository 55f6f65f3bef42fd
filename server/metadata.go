package server

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/anteroom-go/anteroom/scopes"
)

// resourcePath follows the public URL in the identifier of the API, which is the
// audience of tokens.
const resourcePath = "/external-api"

// The well-known names (RFC 8414 §3, RFC 9728 §3), the second with the path of
// the resource.
const (
	authorizationServerPath = "/.well-known/oauth-authorization-server"
	protectedResourcePath   = "/.well-known/oauth-protected-resource" + resourcePath
)

// metadata is what clients are told about the server, written once.
type metadata struct {
	authorizationServer []byte
	protectedResource   []byte
	resourceURL         string // of the metadata of the protected resource
}

// authorizationServer is the metadata of RFC 8414 §2.
type authorizationServer struct {
	Issuer        string         `json:"issuer"`
	TokenEndpoint string         `json:"token_endpoint"`
	JWKS          string         `json:"jwks_uri"`
	GrantTypes    []string       `json:"grant_types_supported"`
	ResponseTypes []string       `json:"response_types_supported"` // required, and empty: nobody is sent anywhere
	AuthMethods   []string       `json:"token_endpoint_auth_methods_supported"`
	Scopes        []scopes.Scope `json:"scopes_supported"`

	SigningAlgorithms []string `json:"token_endpoint_auth_signing_alg_values_supported"`

	RevocationEndpoint       string   `json:"revocation_endpoint"`
	RevocationAuthMethods    []string `json:"revocation_endpoint_auth_methods_supported"`
	RevocationAlgorithms     []string `json:"revocation_endpoint_auth_signing_alg_values_supported"`
	IntrospectionEndpoint    string   `json:"introspection_endpoint"`
	IntrospectionAuthMethods []string `json:"introspection_endpoint_auth_methods_supported"`
	IntrospectionAlgorithms  []string `json:"introspection_endpoint_auth_signing_alg_values_supported"`
}

// protectedResource is the metadata of RFC 9728 §2.
type protectedResource struct {
	Resource string         `json:"resource"`
	Servers  []string       `json:"authorization_servers"`
	Scopes   []scopes.Scope `json:"scopes_supported"`
	Methods  []string       `json:"bearer_methods_supported"`
}

// newMetadata writes the documents from the configured URL.
func (s *Server) newMetadata(public *url.URL) metadata {
	issuer, actions := s.config.URL, scopes.All().List()
	methods := []string{"client_secret_basic", "client_secret_post", "private_key_jwt"}
	algorithms := []string{"ES256", "EdDSA"}
	return metadata{
		authorizationServer: encodeJSON(authorizationServer{
			Issuer: issuer, TokenEndpoint: s.api + tokenPath + "/", JWKS: issuer + "/.well-known/jwks.json",
			GrantTypes: []string{grantCredentials, grantBearer}, ResponseTypes: []string{},
			AuthMethods: methods, SigningAlgorithms: algorithms, Scopes: actions,
			RevocationEndpoint: s.api + revokePath + "/", RevocationAuthMethods: methods, RevocationAlgorithms: algorithms,
			IntrospectionEndpoint: s.api + introspectPath + "/", IntrospectionAuthMethods: methods, IntrospectionAlgorithms: algorithms,
		}),
		protectedResource: encodeJSON(protectedResource{
			Resource: issuer + resourcePath, Servers: []string{issuer}, Scopes: actions, Methods: []string{"header"},
		}),
		resourceURL: public.Scheme + "://" + public.Host + wellKnownPath(protectedResourcePath, public.Path),
	}
}

// wellKnownPath puts the path of the public URL between the well-known name and
// the path of the resource.
func wellKnownPath(path, urlPath string) string {
	name, isResource := strings.CutSuffix(path, resourcePath)
	if isResource {
		return name + urlPath + resourcePath
	}
	return name + urlPath
}

func (s *Server) serveAuthorizationServer(w http.ResponseWriter, r *http.Request) error {
	return serveDocument(w, r, s.metadata.authorizationServer)
}

func (s *Server) serveProtectedResource(w http.ResponseWriter, r *http.Request) error {
	return serveDocument(w, r, s.metadata.protectedResource)
}
