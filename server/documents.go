package server

import (
	_ "embed"
	"net/http"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/server/internal/answers"
	"github.com/anteroom-go/anteroom/server/internal/contract"
	"github.com/anteroom-go/anteroom/server/internal/oauth"
	"github.com/anteroom-go/anteroom/server/internal/places"
	"github.com/anteroom-go/anteroom/server/internal/wire"
)

//go:embed openapi.yaml
var openAPISource []byte

// documentEndpoints are the handlers of what is public.
type documentEndpoints struct {
	contract     contract.Contract
	issuerData   wire.Document // the metadata of RFC 8414
	resourceData wire.Document // the metadata of RFC 9728
	keys         delegation.Keys
	jwksData     *wire.LatestDocument
}

func (s *Server) newDocuments() documentEndpoints {
	elsewhere := map[string]string{}
	for _, rt := range s.routes() {
		if rt.place != places.BelowBase {
			elsewhere[rt.path] = s.places.Full(rt.place, rt.path)
		}
	}
	endpoints := places.Endpoints{Token: tokenPath, Revocation: revokePath, Introspection: introspectPath,
		Grants:          []string{oauth.GrantCredentials, oauth.GrantBearer},
		ProofAlgorithms: s.callers.Algorithms()}
	metadata := s.places.IssuerMetadata(endpoints)
	resource := s.places.ResourceMetadata(s.callers.Algorithms(), s.config.DPoPRequired)
	return documentEndpoints{
		contract: contract.New(openAPISource, contract.Places{Base: s.places.Base, API: s.places.API,
			Host: s.places.Host, Token: metadata.TokenEndpoint, Elsewhere: elsewhere,
			OwnIDs: s.config.Rooms.IDs != nil, OwnSlugs: s.config.Rooms.Slugs != nil}),
		issuerData:   wire.NewDocument(wire.MediaJSON, wire.Encode(metadata)),
		resourceData: wire.NewDocument(wire.MediaJSON, wire.Encode(resource)),
		keys:         s.config.Keys,
		jwksData:     &wire.LatestDocument{},
	}
}

// fixed returns the handler of a document that does not change.
func fixed(document *wire.Document) publicHandler {
	return func(c *call) (wire.Reply, error) { return document.Reply(c.request) }
}

// described returns the handler of a document of the contract.
func (e *documentEndpoints) described(name string) publicHandler {
	return func(c *call) (wire.Reply, error) { return e.describe(c, name) }
}

// file returns a file that the page loads.
func (e *documentEndpoints) file(c *call) (wire.Reply, error) {
	return e.describe(c, contract.Page+"/"+c.param("file"))
}

func (e *documentEndpoints) describe(c *call, name string) (wire.Reply, error) {
	document, found, err := e.contract.Document(name)
	switch {
	case err != nil:
		return wire.Reply{}, err
	case !found:
		return wire.Reply{}, answers.ErrNoRoute
	}
	return document.Reply(c.request)
}

// jwks returns the keys that verify tokens (RFC 7517 §5), which change.
func (e *documentEndpoints) jwks(c *call) (wire.Reply, error) {
	keys, err := e.keys.KeySet(c.context())
	if err != nil {
		return wire.Reply{}, err
	}
	return e.jwksData.Of(wire.MediaJSON, keys.JWKS()).Reply(c.request)
}

// health is the body of /healthz and /readyz.
type health struct {
	Status string `json:"status"`
}

// alive answers as long as the process does.
func (e *documentEndpoints) alive(*call) (wire.Reply, error) {
	return wire.JSON(http.StatusOK, health{Status: "ok"}), nil
}
