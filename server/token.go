package server

import (
	"context"
	"errors"
	"net/http"

	"github.com/anteroom-go/anteroom/delegation"
)

// tokenResponse is the success body of RFC 6749 §5.1.
type tokenResponse struct {
	AccessToken string `json:"access_token"`
	TokenType   string `json:"token_type"`
	ExpiresIn   int    `json:"expires_in"`
	Scope       string `json:"scope"`
}

// issueToken is the token endpoint (RFC 6749 §3.2).
func (s *Server) issueToken(w http.ResponseWriter, r *http.Request) error {
	request, err := readClientRequest(w, r)
	if err != nil {
		return err
	}
	token, err := s.issue(r.Context(), request)
	if err != nil {
		return s.refuseClient(w, r, request, err)
	}
	exchangeOf(r).identify(token.Application, token.User)
	s.greet(r.Context(), token)
	w.Header().Set("Pragma", "no-cache")
	writeJSON(w, http.StatusOK, mediaJSON, tokenResponse{
		AccessToken: string(token.Access), TokenType: "Bearer",
		ExpiresIn: int(token.ExpiresIn.Seconds()), Scope: token.Scopes.String(),
	})
	return nil
}

// issue answers by the grant that was asked for.
func (s *Server) issue(ctx context.Context, request clientRequest) (delegation.Token, error) {
	switch request.params["grant_type"] {
	case grantCredentials:
		return s.authority.Issue(ctx, delegation.TokenRequest{Credentials: request.Credentials, Scope: request.params["scope"]})
	case grantBearer:
		if request.params["assertion"] == "" || request.ClientSecret != "" || request.Assertion != "" {
			return delegation.Token{}, errParameters // the assertion itself says who asks
		}
		return s.authority.Issue(ctx, delegation.TokenRequest{BearerAssertion: request.params["assertion"], Scope: request.params["scope"]})
	case "":
		return delegation.Token{}, errParameters
	}
	return delegation.Token{}, errGrantType
}

// refuseClient challenges a client that failed to authenticate, or slows it down
// if it failed too often. The secret was checked before that, so a correct one
// always works.
func (s *Server) refuseClient(w http.ResponseWriter, r *http.Request, request clientRequest, err error) error {
	if !errors.Is(err, delegation.ErrInvalidClient) {
		return err
	}
	if wait, throttled := s.throttle.failure(request.ClientID, r.RemoteAddr); throttled {
		w.Header().Set("Retry-After", seconds(wait))
		return errors.Join(errThrottled, err)
	}
	if request.challenge {
		w.Header().Set("WWW-Authenticate", `Basic realm="external-api", charset="UTF-8"`)
	}
	return err
}

// readToken reads a request about a token, at the endpoints below.
func readToken(w http.ResponseWriter, r *http.Request) (request clientRequest, token string, err error) {
	if request, err = readClientRequest(w, r); err != nil {
		return request, "", err
	}
	if token = request.params["token"]; token == "" {
		return request, "", errParameters
	}
	return request, token, nil
}

// revokeToken is the revocation endpoint (RFC 7009): 200 whatever became of the
// token.
func (s *Server) revokeToken(w http.ResponseWriter, r *http.Request) error {
	request, token, err := readToken(w, r)
	if err != nil {
		return err
	}
	if err := s.authority.Revoke(r.Context(), request.Credentials, token); err != nil {
		return s.refuseClient(w, r, request, err)
	}
	w.WriteHeader(http.StatusOK)
	return nil
}

// introspection is the body of RFC 7662 §2.2, with the actor of RFC 8693 §4.1.
// All but Active is there for an active token only.
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

// introspectToken is the introspection endpoint (RFC 7662): what a token allows
// now, to those who may know.
func (s *Server) introspectToken(w http.ResponseWriter, r *http.Request) error {
	request, token, err := readToken(w, r)
	if err != nil {
		return err
	}
	grant, active, err := s.authority.Introspect(r.Context(), request.Credentials, token)
	if err != nil {
		return s.refuseClient(w, r, request, err)
	}
	body := introspection{}
	if active {
		body = s.introspection(grant)
	}
	writeJSON(w, http.StatusOK, mediaJSON, body)
	return nil
}

func (s *Server) introspection(grant delegation.Grant) introspection {
	body := introspection{
		Active: true, Scope: grant.Scopes.String(), ClientID: grant.Application.ClientID, TokenType: "Bearer",
		Issuer: s.config.URL, Audience: s.config.URL + resourcePath, Subject: grant.Application.ClientID,
		TokenID: grant.TokenID, IssuedAt: grant.IssuedAt.Unix(), ExpiresAt: grant.ExpiresAt.Unix(),
	}
	if grant.Delegated {
		body.Subject, body.Actor = grant.User.ID, &actorMember{Subject: grant.Application.ClientID}
	}
	return body
}
