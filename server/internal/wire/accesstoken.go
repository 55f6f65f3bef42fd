package wire

import (
	"net/http"
	"strings"
)

// AccessToken is the token of a request.
type AccessToken struct {
	Text string
	// Proved is true of one that comes with a proof of possession: under the scheme DPoP
	// (RFC 9449 §7.1) instead of Bearer.
	Proved bool
}

// ReadAccessToken returns the token of the Authorization header field, the only one
// of the three places of RFC 6750 §2 that keeps it out of logs and histories. It
// returns [ErrNoToken] if there is none, [ErrPlace] if it stands in the query,
// [ErrTokens] if there are several header fields, and [ErrBearer] or [ErrDPoP] if it is
// malformed.
func ReadAccessToken(r *http.Request) (AccessToken, error) {
	headers := r.Header.Values("Authorization")
	switch {
	case r.URL.RawQuery != "" && r.URL.Query().Has("access_token"):
		return AccessToken{}, ErrPlace
	case len(headers) > 1:
		return AccessToken{}, ErrTokens
	case len(headers) == 0:
		return AccessToken{}, ErrNoToken
	}
	scheme, token, _ := strings.Cut(headers[0], " ")
	proved := strings.EqualFold(scheme, "DPoP")
	if !proved && !strings.EqualFold(scheme, "Bearer") {
		return AccessToken{}, ErrNoToken // RFC 6750 §3.1: no error code for another scheme
	}
	token = strings.TrimLeft(token, " ")
	if token != "" && !strings.ContainsAny(token, " \t,\"") {
		return AccessToken{Text: token, Proved: proved}, nil
	}
	if proved {
		return AccessToken{}, ErrDPoP
	}
	return AccessToken{}, ErrBearer
}
