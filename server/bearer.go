package server

import (
	"net/http"
	"strings"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/scopes"
)

// authorize returns what the bearer of the request's token may do now, if that
// includes the scope.
func (s *Server) authorize(r *http.Request, scope scopes.Scope) (delegation.Grant, error) {
	token, err := bearerToken(r)
	if err != nil {
		return delegation.Grant{}, err
	}
	grant, err := s.authority.Verify(r.Context(), token)
	if err != nil {
		return delegation.Grant{}, err
	}
	exchangeOf(r).identify(grant.Application, grant.User)
	return grant, grant.Require(scope)
}

// bearerToken takes the token from the Authorization header, the only one of
// the three places of RFC 6750 §2 that keeps it out of logs and histories.
func bearerToken(r *http.Request) (string, error) {
	headers := r.Header.Values("Authorization")
	if r.URL.Query().Has("access_token") || len(headers) > 1 {
		return "", errBearer
	}
	if len(headers) == 0 {
		return "", errNoToken
	}
	scheme, token, _ := strings.Cut(headers[0], " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return "", errNoToken // another scheme: RFC 6750 §3.1, no error code
	}
	token = strings.TrimLeft(token, " ")
	if token == "" || strings.ContainsAny(token, " \t,\"") {
		return "", errBearer
	}
	return token, nil
}
