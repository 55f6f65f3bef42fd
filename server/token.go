package server

import (
	"net/http"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/server/internal/oauth"
	"github.com/anteroom-go/anteroom/server/internal/wire"
)

// tokenEndpoints are the handlers for clients that authenticate.
type tokenEndpoints struct {
	authority        *delegation.Authority
	issuer, audience string
}

// issue is the token endpoint (RFC 6749 §3.2).
func (e *tokenEndpoints) issue(c *call, request oauth.Request) (wire.Reply, error) {
	asked, err := request.TokenRequest()
	if err != nil {
		return wire.Reply{}, err
	}
	asked.Proof = c.callers.Proof(c.request)
	token, err := e.authority.Issue(c.context(), asked)
	if err != nil {
		return wire.Reply{}, err
	}
	c.identify(token.Application, token.User)
	return oauth.Issued(token), nil
}

// revoke is the revocation endpoint (RFC 7009): 200 whatever became of the token.
func (e *tokenEndpoints) revoke(c *call, request oauth.Request) (wire.Reply, error) {
	token, err := request.Token()
	if err != nil {
		return wire.Reply{}, err
	}
	return wire.Empty(http.StatusOK), e.authority.Revoke(c.context(), request.Credentials, token)
}

// introspect is the introspection endpoint (RFC 7662): what a token allows now, to clients that may know.
func (e *tokenEndpoints) introspect(c *call, request oauth.Request) (wire.Reply, error) {
	token, err := request.Token()
	if err != nil {
		return wire.Reply{}, err
	}
	grant, active, err := e.authority.Introspect(c.context(), request.Credentials, token)
	switch {
	case err != nil:
		return wire.Reply{}, err
	case !active:
		return oauth.Inactive(), nil
	}
	return oauth.Active(grant, e.issuer, e.audience), nil
}
