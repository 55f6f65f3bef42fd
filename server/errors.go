package server

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/scopes"
)

// answer is what a caller learns of an error: a status, a code that never
// changes its meaning, and one fixed text.
type answer struct {
	status int
	code   string
	detail string
}

func (a *answer) Error() string { return a.code + ": " + a.detail }

// Errors of this package.
var (
	errNoRoute    = &answer{404, "not_found", "There is nothing here."}
	errMethod     = &answer{405, "method_not_allowed", "This method is not allowed here."}
	errNoToken    = &answer{401, "missing_token", "A bearer token is required."}
	errBearer     = &answer{400, "invalid_request", "The token must come once, in the Authorization header."}
	errBodySize   = &answer{413, "payload_too_large", "The body is too large."}
	errAccept     = &answer{406, "not_acceptable", "None of the accepted media types is available here."}
	errMediaType  = &answer{415, "unsupported_media_type", "This media type or content encoding is not supported."}
	errBody       = &answer{400, "invalid_request", "The body is not valid."}
	errObject     = &answer{400, "invalid_request", "The body must be one JSON object in UTF-8 without duplicate names."}
	errInternal   = &answer{500, "internal_error", "Something went wrong here."}
	errNotReady   = &answer{503, "temporarily_unavailable", "The service is temporarily unavailable."}
	errGrantType  = &answer{400, "unsupported_grant_type", "This grant type is not supported."}
	errThrottled  = &answer{429, "temporarily_unavailable", "Too many failed attempts."}
	errParameters = &answer{400, "invalid_request", "The request is malformed, lacks or repeats a parameter, or uses more than one way to authenticate."}
	errQuery      = &answer{400, "invalid_request", "Parameters belong in the body, not in the query."}
	errQueryForm  = &answer{400, "invalid_request", "The query is malformed."}

	errClient       = &answer{401, "invalid_client", "Client authentication failed."}
	errUnauthorized = &answer{400, "unauthorized_client", "The client may not use this grant."}
	errScope        = &answer{400, "invalid_scope", "The scope must name exactly one e-mail address, and actions that the client holds."}
	errGrant        = &answer{400, "invalid_grant", "The assertion is not valid."}
	errDelegation   = &answer{400, "invalid_scope", "The requested delegation is not permitted."}
	errToken        = &answer{401, "invalid_token", "The token is not valid."}
	errNoScope      = &answer{403, "insufficient_scope", "The token does not permit this action."}
	errInput        = &answer{400, "invalid_input", "The input is not valid."}
	errNoRevocation = &answer{400, "unsupported_token_type", "Tokens cannot be revoked here."}
	errNoRoom       = &answer{404, "not_found", "There is no such room."}
	errNoAttendee   = &answer{404, "not_found", "There is no such attendee in this room."}
	errRole         = &answer{403, "forbidden", "The user's role in the room does not allow this."}
	errLimited      = &answer{429, "rate_limited", "Too many requests."}
	errExternalID   = &answer{409, "external_id_conflict", "Another room has this external id."}
	errOwner        = &answer{409, "owner_immutable", "The owner of a room stays its owner."}
	errVersion      = &answer{412, "precondition_failed", "The room is not in the state that the request is meant for."}
	errKeyInvalid   = &answer{400, "invalid_request", "An Idempotency-Key comes once and is 1 to 255 printable ASCII characters."}
	errKeyReused    = &answer{422, "idempotency_key_reused", "This Idempotency-Key was used for another request."}
	errKeyInUse     = &answer{409, "idempotency_key_in_use", "The request with this Idempotency-Key is still being answered."}
	errUnsupported  = &answer{501, "not_supported", "The storage behind this server does not support this."}
)

// retryAfter is how long callers should wait when the store is away, or the
// answer to their request under way.
const retryAfter = 5 * time.Second

// answerTo is the one place that decides what a caller learns of an error. An
// error that nobody foresaw is the store being away.
func answerTo(err error) *answer {
	var known *answer
	var missing *scopes.MissingError
	var invalid *rooms.InvalidError
	switch {
	case errors.As(err, &known):
		return known
	case errors.As(err, &missing):
		return errNoScope
	case errors.As(err, &invalid):
		return errInput
	case errors.Is(err, delegation.ErrRevocationUnsupported):
		return errNoRevocation
	}
	for _, one := range []struct {
		err    error
		answer *answer
	}{
		{rooms.ErrNoAttendee, errNoAttendee}, {rooms.ErrNotFound, errNoRoom}, {rooms.ErrForbidden, errRole}, {rooms.ErrExternalIDTaken, errExternalID},
		{rooms.ErrOwner, errOwner}, {rooms.ErrVersion, errVersion}, {rooms.ErrRequestReused, errKeyReused},
		{rooms.ErrRequestRunning, errKeyInUse}, {rooms.ErrUnsupported, errUnsupported},
	} {
		if errors.Is(err, one.err) {
			return one.answer
		}
	}
	var refusal *delegation.Refusal
	if errors.As(err, &refusal) {
		return refusalAnswer(refusal)
	}
	return errNotReady
}

// refusalAnswer says what a caller learns of a refusal: never the reason, but
// the action by name if that was refused, which is the caller's own input.
func refusalAnswer(refusal *delegation.Refusal) *answer {
	switch refusal.Err {
	case delegation.ErrInvalidRequest:
		return errParameters
	case delegation.ErrUnauthorizedClient:
		return errUnauthorized
	case delegation.ErrInvalidGrant:
		return errGrant
	case delegation.ErrNotDelegable:
		return errDelegation
	case delegation.ErrInvalidToken:
		return errToken
	case delegation.ErrInvalidScope:
		if refusal.Scope != "" && len(refusal.Scope) <= 64 {
			return &answer{400, errScope.code, fmt.Sprintf("The action %s is unknown or not granted to the client.", refusal.Scope)}
		}
		return errScope
	}
	return errClient
}

// problem is an error body of RFC 9457.
type problem struct {
	Type      string             `json:"type"`
	Title     string             `json:"title"`
	Status    int                `json:"status"`
	Detail    string             `json:"detail"`
	Code      string             `json:"code"`
	RequestID string             `json:"request_id"`
	Errors    []rooms.FieldError `json:"errors,omitempty"`
}

// oauthError is an error body of RFC 6749 §5.2.
type oauthError struct {
	Error       string `json:"error"`
	Description string `json:"error_description"`
}

// writeError answers with an error, in the language of the endpoint.
func (s *Server) writeError(w http.ResponseWriter, r *http.Request, err error) {
	a := answerTo(err)
	h := w.Header()
	if a == errNotReady || a == errKeyInUse {
		h.Set("Retry-After", seconds(retryAfter))
	}
	switch strings.TrimPrefix(r.URL.Path, s.base) {
	case tokenPath, revokePath, introspectPath:
		s.writeTokenError(w, a)
		return
	}
	if challenge := s.bearerChallenge(a, err); challenge != "" {
		h.Set("WWW-Authenticate", challenge)
	}
	writeJSON(w, a.status, mediaProblem, problemOf(r, a, err))
}

// problemOf is the body of an error.
func problemOf(r *http.Request, a *answer, err error) problem {
	body := problem{Type: "about:blank", Title: http.StatusText(a.status), Status: a.status,
		Detail: a.detail, Code: a.code, RequestID: exchangeOf(r).requestID}
	var invalid *rooms.InvalidError
	if errors.As(err, &invalid) {
		body.Errors = invalid.Fields
	}
	return body
}

// bearerChallenge returns the WWW-Authenticate of RFC 6750 §3, which tells where
// to find out how to get a token (RFC 9728 §5.1).
func (s *Server) bearerChallenge(a *answer, err error) string {
	realm := fmt.Sprintf(`Bearer realm="external-api", resource_metadata="%s"`, s.metadata.resourceURL)
	var missing *scopes.MissingError
	switch {
	case a == errNoToken:
		return realm
	case errors.As(err, &missing):
		return fmt.Sprintf(`%s, error="insufficient_scope", error_description="%s", scope="%s"`, realm, a.detail, missing.Scope)
	case a == errBearer || a == errToken:
		return fmt.Sprintf(`%s, error="%s", error_description="%s"`, realm, a.code, a.detail)
	}
	return ""
}

// tokenErrorCode returns the code of RFC 6749 §5.2 for an answer that has a code
// of ours.
func tokenErrorCode(a *answer) string {
	switch a {
	case errMethod, errBodySize, errMediaType:
		return "invalid_request"
	case errInternal:
		return "server_error"
	}
	return a.code
}

func (s *Server) writeTokenError(w http.ResponseWriter, a *answer) {
	w.Header().Set("Pragma", "no-cache")
	writeJSON(w, a.status, mediaJSON, oauthError{Error: tokenErrorCode(a), Description: a.detail})
}

// seconds writes a duration as Retry-After wants it, rounded up.
func seconds(d time.Duration) string {
	return strconv.Itoa(max(1, int((d+time.Second-1)/time.Second)))
}
