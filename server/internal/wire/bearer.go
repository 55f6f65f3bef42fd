package wire

import (
	"net/http"
	"strings"
)

// BearerToken returns the token of the Authorization header field, the only one
// of the three places of RFC 6750 §2 that keeps it out of logs and histories. It
// returns [ErrNoToken] if there is none, [ErrPlace] if it stands in the query,
// [ErrTokens] if there are several header fields, and [ErrBearer] if it is malformed.
func BearerToken(r *http.Request) (string, error) {
	headers := r.Header.Values("Authorization")
	switch {
	case r.URL.RawQuery != "" && r.URL.Query().Has("access_token"):
		return "", ErrPlace
	case len(headers) > 1:
		return "", ErrTokens
	case len(headers) == 0:
		return "", ErrNoToken
	}
	scheme, token, _ := strings.Cut(headers[0], " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return "", ErrNoToken // RFC 6750 §3.1: no error code for another scheme
	}
	token = strings.TrimLeft(token, " ")
	if token == "" || strings.ContainsAny(token, " \t,\"") {
		return "", ErrBearer
	}
	return token, nil
}
