package server

import (
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
	request, err := readTokenRequest(w, r)
	if err != nil {
		return err
	}
	token, err := s.authority.Issue(r.Context(), request.TokenRequest)
	if err != nil {
		return s.refuseToken(w, r, request, err)
	}
	exchangeOf(r).identify(token.Application, token.User)
	w.Header().Set("Pragma", "no-cache")
	writeJSON(w, http.StatusOK, mediaJSON, tokenResponse{
		AccessToken: string(token.Access), TokenType: "Bearer",
		ExpiresIn: int(token.ExpiresIn.Seconds()), Scope: token.Scopes.String(),
	})
	return nil
}

// refuseToken challenges a client that failed to authenticate, or slows it down
// if it failed too often. The secret was checked before that, so a correct one
// always works.
func (s *Server) refuseToken(w http.ResponseWriter, r *http.Request, request tokenRequest, err error) error {
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
