package server

import (
	"context"
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

// tokenBody is the success body of RFC 6749 §5.1.
type tokenBody struct {
	AccessToken string `json:"access_token"`
	TokenType   string `json:"token_type"`
	ExpiresIn   int    `json:"expires_in"`
	Scope       string `json:"scope"`
}

// issue is the token endpoint (RFC 6749 §3.2).
func (e *tokenEndpoints) issue(c *call, request oauth.Request) (wire.Reply, error) {
	token, err := e.grant(c.context(), request)
	if err != nil {
		return wire.Reply{}, err
	}
	c.identify(token.Application, token.User)
	return wire.JSON(http.StatusOK, tokenBody{
		AccessToken: string(token.Access), TokenType: "Bearer",
		ExpiresIn: int(token.ExpiresIn.Seconds()), Scope: token.Scopes.String(),
	}).With("Pragma", "no-cache"), nil
}

// grant answers by the grant that was asked for. An assertion as a grant itself
// tells who asks.
func (e *tokenEndpoints) grant(ctx context.Context, request oauth.Request) (delegation.Token, error) {
	switch request.Params["grant_type"] {
	case oauth.GrantCredentials:
		return e.authority.Issue(ctx, delegation.TokenRequest{
			Credentials: request.Credentials, Scope: request.Params["scope"]})
	case oauth.GrantBearer:
		if request.Params["assertion"] == "" || request.ClientSecret != "" || request.Assertion != "" {
			return delegation.Token{}, wire.ErrParameters
		}
		return e.authority.Issue(ctx, delegation.TokenRequest{
			Credentials: request.Credentials, BearerAssertion: request.Params["assertion"], Scope: request.Params["scope"]})
	case "":
		return delegation.Token{}, wire.ErrParameters
	}
	return delegation.Token{}, errGrantType
}

// revoke is the revocation endpoint (RFC 7009): 200 whatever became of the
// token.
func (e *tokenEndpoints) revoke(c *call, request oauth.Request) (wire.Reply, error) {
	token, err := request.Token()
	if err != nil {
		return wire.Reply{}, err
	}
	return wire.Empty(http.StatusOK), e.authority.Revoke(c.context(), request.Credentials, token)
}

// introspection is the body of RFC 7662 §2.2, with the actor of RFC 8693 §4.1. All
// but Active is there for an active token only.
type introspection struct {
	Active    bool         `json:"active"`
	Scope     string       `json:"scope,omitempty"`
	ClientID  string       `json:"client_id,omitempty"`
	TokenType string       `json:"token_type,omitempty"`
	Issuer    string       `json:"iss,omitempty"`
	Audience  string       `json:"aud,omitempty"`
	Subject   string       `json:"sub,omitempty"`
	Actor     *actorMember `json:"act,omitempty"`
	TokenID   string       `json:"jti,omitempty"`
	IssuedAt  int64        `json:"iat,omitempty"`
	ExpiresAt int64        `json:"exp,omitempty"`
}

type actorMember struct {
	Subject string `json:"sub"`
}

// introspect is the introspection endpoint (RFC 7662): what a token allows now,
// to clients that may know.
func (e *tokenEndpoints) introspect(c *call, request oauth.Request) (wire.Reply, error) {
	token, err := request.Token()
	if err != nil {
		return wire.Reply{}, err
	}
	grant, active, err := e.authority.Introspect(c.context(), request.Credentials, token)
	if err != nil {
		return wire.Reply{}, err
	}
	body := introspection{}
	if active {
		body = e.introspection(grant)
	}
	return wire.JSON(http.StatusOK, body), nil
}

func (e *tokenEndpoints) introspection(grant delegation.Grant) introspection {
	body := introspection{
		Active: true, Scope: grant.Scopes.String(), ClientID: grant.Application.ClientID, TokenType: "Bearer",
		Issuer: e.issuer, Audience: e.audience, Subject: grant.Application.ClientID,
		TokenID: grant.TokenID, IssuedAt: grant.IssuedAt.Unix(), ExpiresAt: grant.ExpiresAt.Unix(),
	}
	if grant.Delegated {
		body.Subject, body.Actor = grant.User.ID, &actorMember{Subject: grant.Application.ClientID}
	}
	return body
}
