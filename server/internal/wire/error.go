package wire

import (
	"net/http"
	"strconv"
	"time"

	"github.com/anteroom-go/anteroom/server/internal/coding"
)

// Error is what a caller learns of an error. Whatever an answer depends on is a
// field; no two errors are told apart in another way.
type Error struct {
	// Status is the status of HTTP.
	Status int
	// Code is a word for programs, whose meaning never changes.
	Code string
	// OAuthCode is the word of RFC 6749 §5.2 for it. Empty means Code.
	OAuthCode string
	// OAuthStatus is the status in the dialect of RFC 6749. Zero means Status.
	OAuthStatus int
	// Detail is one fixed text.
	Detail string
	// RetryAfter is how long to wait before the next attempt. Zero means that
	// the answer does not tell.
	RetryAfter time.Duration
	// Challenge is how to authenticate.
	Challenge Challenge
	// Scope is the scope that the token lacks.
	Scope string
	// Allow, AcceptEncoding and AcceptPatch are the header fields of these names.
	// Empty means none.
	Allow, AcceptEncoding, AcceptPatch string
	// Faults are what is wrong with fields of the input, the first of them if
	// there are many.
	Faults []Fault
	// Omitted is how many faults there are beside Faults.
	Omitted int
	// Cause is the error that the operator reads. Nil means that the caller
	// learns all there is.
	Cause error
}

// Fault is what is wrong with one field of the input.
type Fault struct {
	Field   string `json:"field"`
	Code    string `json:"code"`
	Message string `json:"message"`
}

// Error returns the code and the detail, or the cause instead of the detail.
func (e Error) Error() string {
	if e.Cause != nil {
		return e.Code + ": " + e.Cause.Error()
	}
	return e.Code + ": " + e.Detail
}

// Unwrap returns the cause.
func (e Error) Unwrap() error { return e.Cause }

// Because returns the error with a cause for the operator.
func (e Error) Because(cause error) Error {
	e.Cause = cause
	return e
}

// The errors of HTTP itself.
var (
	ErrSize = Error{Status: http.StatusRequestEntityTooLarge, Code: "payload_too_large", OAuthCode: "invalid_request",
		Detail: "The body is too large."}
	ErrSlow = Error{Status: http.StatusRequestTimeout, Code: "request_timeout", OAuthCode: "invalid_request",
		Detail: "The body did not come in time."}
	ErrMedia = Error{Status: http.StatusUnsupportedMediaType, Code: "unsupported_media_type", OAuthCode: "invalid_request",
		Detail: "The media type of the body, in Content-Type, is missing or not supported here."}
	ErrCoding = Error{Status: http.StatusUnsupportedMediaType, Code: "unsupported_media_type",
		OAuthCode: "invalid_request", Detail: "This Content-Encoding is not supported.", AcceptEncoding: coding.Accepted}
	ErrPacked = invalidRequest("The body is not the gzip that Content-Encoding names.")
	ErrBody   = invalidRequest("The body is not valid.")
	ErrObject = invalidRequest("The body must be one JSON object in UTF-8 without duplicate names.")
	ErrQuery  = invalidRequest("The query is malformed.")

	ErrKey = invalidRequest("An Idempotency-Key comes once and is 1 to 255 printable ASCII characters.")

	// ErrUnguarded is the answer to a condition that is not looked at (RFC 9110 §13.1.1).
	ErrUnguarded = Error{Status: http.StatusPreconditionFailed, Code: "precondition_failed", OAuthCode: "invalid_request",
		Detail: "This condition is not looked at here, so it is not met."}

	// ErrUnmet is the answer to a condition on a document that is not met.
	ErrUnmet = Error{Status: http.StatusPreconditionFailed, Code: "precondition_failed",
		Detail: "The document is not of the version that the request is meant for."}

	ErrNoToken = Error{Status: http.StatusUnauthorized, Code: "missing_token", Challenge: TokenChallenge,
		Detail: "A bearer token is required."}
	ErrBearer = tokenFault("The Authorization header must have one token after Bearer, and nothing else.")
	ErrDPoP   = tokenFault("The Authorization header must have one token after DPoP, and nothing else.")
	ErrTokens = tokenFault("The Authorization header comes more than once.")
	ErrPlace  = tokenFault("The token belongs in the Authorization header, not in the query.")
)

// AbortedError reports that a connection ended before the body of its request. There
// is no one left to answer.
type AbortedError struct{ Cause error }

// Error returns the cause.
func (e *AbortedError) Error() string {
	return "the connection ended before the body: " + e.Cause.Error()
}

// Unwrap returns the cause.
func (e *AbortedError) Unwrap() error { return e.Cause }

func invalidRequest(detail string) Error {
	return Error{Status: http.StatusBadRequest, Code: "invalid_request", Detail: detail}
}

// tokenFault is an error of the form of a request with a token (RFC 6750 §3.1).
func tokenFault(detail string) Error {
	e := invalidRequest(detail)
	e.Challenge = TokenError
	return e
}

// problem is an error body of RFC 9457.
type problem struct {
	Type      string  `json:"type"`
	Title     string  `json:"title"`
	Status    int     `json:"status"`
	Detail    string  `json:"detail"`
	Code      string  `json:"code"`
	RequestID string  `json:"request_id"`
	Errors    []Fault `json:"errors,omitempty"`
	Omitted   int     `json:"errors_omitted,omitempty"`
}

// Problem returns the answer to an error in the dialect of RFC 9457, for the
// request with the id.
func Problem(e Error, requestID string, challenges Challenges) Reply {
	body := problem{Type: "about:blank", Title: http.StatusText(e.Status), Status: e.Status, Detail: e.Detail,
		Code: e.Code, RequestID: requestID, Errors: e.Faults, Omitted: e.Omitted}
	reply := Text(e.Status, MediaProblem, Encode(body)).withFieldsOf(e)
	if field := challenges.of(e); field != "" {
		return reply.With("WWW-Authenticate", field)
	}
	return reply
}

// oauthError is an error body of RFC 6749 §5.2.
type oauthError struct {
	Error       string `json:"error"`
	Description string `json:"error_description"`
}

// OAuthError returns the answer to an error in the dialect of RFC 6749 §5.2.
func OAuthError(e Error) Reply {
	code := e.OAuthCode
	if code == "" {
		code = e.Code
	}
	if e.OAuthStatus != 0 {
		e.Status = e.OAuthStatus
	}
	reply := JSON(e.Status, oauthError{Error: code, Description: e.Detail}).withFieldsOf(e).With("Pragma", "no-cache")
	if e.Challenge == BasicChallenge {
		return reply.With("WWW-Authenticate", `Basic realm="`+Realm+`", charset="UTF-8"`)
	}
	return reply
}

// withFieldsOf adds the header fields that do not depend on the dialect.
func (r Reply) withFieldsOf(e Error) Reply {
	if e.RetryAfter > 0 {
		r = r.With("Retry-After", Seconds(e.RetryAfter))
	}
	if e.Allow != "" {
		r = r.With("Allow", e.Allow)
	}
	if e.AcceptEncoding != "" { // RFC 9110 §15.5.16
		r = r.With("Accept-Encoding", e.AcceptEncoding)
	}
	if e.AcceptPatch != "" {
		r = r.With("Accept-Patch", e.AcceptPatch)
	}
	if e.Status == http.StatusRequestTimeout { // the rest of the body is not waited for (RFC 9110 §15.5.9)
		r = r.With("Connection", "close")
	}
	return r
}

// Seconds returns a duration in whole seconds, rounded up, at least one.
func Seconds(d time.Duration) string {
	return strconv.Itoa(max(1, int((d+time.Second-1)/time.Second)))
}
