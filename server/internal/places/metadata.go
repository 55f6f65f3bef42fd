package places

import (
	"github.com/anteroom-go/anteroom/delegation/google"
	"github.com/anteroom-go/anteroom/scopes"
)

// Endpoints are the paths below the base path, and the grants, of which the
// metadata tell.
type Endpoints struct {
	Token, Revocation, Introspection string
	Grants                           []string
	// ProofAlgorithms are those of proofs of possession. None means that none are accepted.
	ProofAlgorithms []string
}

// IssuerMetadata is the metadata of RFC 8414 §2.
type IssuerMetadata struct {
	Issuer        string         `json:"issuer"`
	TokenEndpoint string         `json:"token_endpoint"`
	JWKS          string         `json:"jwks_uri"`
	GrantTypes    []string       `json:"grant_types_supported"`
	ResponseTypes []string       `json:"response_types_supported"` // required; empty without an authorization endpoint
	AuthMethods   []string       `json:"token_endpoint_auth_methods_supported"`
	Scopes        []scopes.Scope `json:"scopes_supported"`

	SigningAlgorithms []string `json:"token_endpoint_auth_signing_alg_values_supported"`

	ProofAlgorithms []string `json:"dpop_signing_alg_values_supported,omitempty"` // RFC 9449 §5.1

	RevocationEndpoint       string   `json:"revocation_endpoint"`
	RevocationAuthMethods    []string `json:"revocation_endpoint_auth_methods_supported"`
	RevocationAlgorithms     []string `json:"revocation_endpoint_auth_signing_alg_values_supported"`
	IntrospectionEndpoint    string   `json:"introspection_endpoint"`
	IntrospectionAuthMethods []string `json:"introspection_endpoint_auth_methods_supported"`
	IntrospectionAlgorithms  []string `json:"introspection_endpoint_auth_signing_alg_values_supported"`
}

// IssuerMetadata returns the metadata of the authorization server.
func (p Places) IssuerMetadata(e Endpoints) IssuerMetadata {
	methods := []string{"client_secret_basic", "client_secret_post", "private_key_jwt"}
	algorithms := []string{"ES256", "EdDSA", "Ed25519"} // RFC 9864 §2.2 names the second more exactly
	return IssuerMetadata{
		Issuer: p.URL, TokenEndpoint: p.API + e.Token + "/", JWKS: p.URL + JWKS,
		GrantTypes: e.Grants, ResponseTypes: []string{},
		AuthMethods: methods, SigningAlgorithms: algorithms, ProofAlgorithms: e.ProofAlgorithms, Scopes: p.scopes(),
		RevocationEndpoint: p.API + e.Revocation + "/", RevocationAuthMethods: methods, RevocationAlgorithms: algorithms,
		IntrospectionEndpoint: p.API + e.Introspection + "/", IntrospectionAuthMethods: methods,
		IntrospectionAlgorithms: algorithms,
	}
}

// scopes returns the names of scopes that mean something here.
func (p Places) scopes() []scopes.Scope {
	if p.Google {
		return append(scopes.All().List(), google.Scopes()...)
	}
	return scopes.All().List()
}

// ResourceMetadata is the metadata of RFC 9728 §2.
type ResourceMetadata struct {
	Resource string         `json:"resource"`
	Servers  []string       `json:"authorization_servers"`
	Scopes   []scopes.Scope `json:"scopes_supported"`
	Methods  []string       `json:"bearer_methods_supported"`
	// ProofAlgorithms and ProofRequired tell of proofs of possession: which are accepted,
	// and whether no token is accepted without one.
	ProofAlgorithms []string `json:"dpop_signing_alg_values_supported,omitempty"`
	ProofRequired   bool     `json:"dpop_bound_access_tokens_required,omitempty"`
}

// ResourceMetadata returns the metadata of the API, of which proofs of possession are signed by the algorithms,
// and which may accept no token without one.
func (p Places) ResourceMetadata(proofAlgorithms []string, proofRequired bool) ResourceMetadata {
	return ResourceMetadata{
		Resource: p.Resource, Servers: []string{p.URL}, Scopes: p.scopes(), Methods: []string{"header"},
		ProofAlgorithms: proofAlgorithms, ProofRequired: proofRequired}
}
