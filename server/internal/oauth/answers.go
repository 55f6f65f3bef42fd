package oauth

import (
	"net/http"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/server/internal/wire"
)

// tokenBody is the success body of RFC 6749 §5.1.
type tokenBody struct {
	AccessToken string `json:"access_token"`
	TokenType   string `json:"token_type"`
	ExpiresIn   int    `json:"expires_in"`
	Scope       string `json:"scope"`
}

// Issued returns the answer with a token.
func Issued(token delegation.Token) wire.Reply {
	return wire.JSON(http.StatusOK, tokenBody{
		AccessToken: string(token.Access), TokenType: typeOf(token.Thumbprint),
		ExpiresIn: int(token.ExpiresIn.Seconds()), Scope: token.Scopes.String(),
	}).With("Pragma", "no-cache")
}

// typeOf returns the type of a token that is bound to the key with a thumbprint, or to
// none (RFC 6750 §4, RFC 9449 §5).
func typeOf(thumbprint string) string {
	if thumbprint != "" {
		return "DPoP"
	}
	return "Bearer"
}

// introspection is the body of RFC 7662 §2.2, with the actor of RFC 8693 §4.1 and
// the key of RFC 9449 §6.2. All
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
	Key       *keyMember   `json:"cnf,omitempty"`
	TokenID   string       `json:"jti,omitempty"`
	IssuedAt  int64        `json:"iat,omitempty"`
	ExpiresAt int64        `json:"exp,omitempty"`
}

type actorMember struct {
	Subject string `json:"sub"`
}

type keyMember struct {
	Thumbprint string `json:"jkt"`
}

// Inactive returns the answer about a token that is not good, or not the caller's to
// know.
func Inactive() wire.Reply { return wire.JSON(http.StatusOK, introspection{}) }

// Active returns the answer about a token of the issuer for the audience: what it
// allows now.
func Active(grant delegation.Grant, issuer, audience string) wire.Reply {
	body := introspection{
		Active: true, Scope: grant.Scopes.String(), ClientID: grant.Application.ClientID, TokenType: typeOf(grant.Thumbprint),
		Issuer: issuer, Audience: audience, Subject: grant.Application.ClientID,
		TokenID: grant.TokenID, IssuedAt: grant.IssuedAt.Unix(), ExpiresAt: grant.ExpiresAt.Unix(),
	}
	if grant.Delegated {
		body.Subject, body.Actor = grant.User.ID, &actorMember{Subject: grant.Application.ClientID}
	}
	if grant.Thumbprint != "" {
		body.Key = &keyMember{grant.Thumbprint}
	}
	return wire.JSON(http.StatusOK, body)
}
