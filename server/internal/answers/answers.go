// Package answers is the one place that decides what callers learn of an error. The
// texts are fixed; what an answer depends on beside the error is an argument.
package answers

import (
	"errors"
	"strings"
	"time"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/dpop"
	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/rooms/once"
	"github.com/anteroom-go/anteroom/scopes"
	"github.com/anteroom-go/anteroom/server/internal/quota"
	"github.com/anteroom-go/anteroom/server/internal/refusals"
	"github.com/anteroom-go/anteroom/server/internal/wire"
)

// How long callers should wait when the store is away, and when their request is
// being answered, which takes as long as one transaction.
const (
	retryAfter   = 5 * time.Second
	retryRunning = time.Second
)

// refused returns an error without anything but a status, a code and a detail.
func refused(status int, code, detail string) wire.Error {
	return wire.Error{Status: status, Code: code, Detail: detail}
}

// Errors of the server itself.
var (
	ErrNoRoute = refused(404, "not_found", "There is nothing here.")
	errClient  = refused(401, "invalid_client", "Client authentication failed.")
	errInput   = refused(400, "invalid_input", "The input is not valid.")

	ErrChallengedClient = wire.Error{Status: 401, Code: "invalid_client", Detail: errClient.Detail,
		Challenge: wire.BasicChallenge}
	ErrInternal = wire.Error{Status: 500, Code: "internal_error", OAuthCode: "server_error",
		Detail: "Something went wrong here."}
	ErrCrowded = wire.Error{Status: 429, Code: "rate_limited", RetryAfter: time.Second,
		Detail: "Too many requests at once."}
	ErrAway = wire.Error{Status: 503, Code: "temporarily_unavailable", RetryAfter: retryAfter,
		Detail: "The service is temporarily unavailable."}
)

// MethodNotAllowed is the error of a method that a resource does not have.
func MethodNotAllowed(allowed []string) wire.Error {
	return wire.Error{Status: 405, Code: "method_not_allowed", OAuthCode: "invalid_request",
		Detail: "This method is not allowed here.", Allow: strings.Join(allowed, ", ")}
}

// Limited is the error of a quota that is used up. The log shows which one.
func Limited(usage quota.Usage) wire.Error {
	return wire.Error{Status: 429, Code: "rate_limited", OAuthCode: "temporarily_unavailable",
		Detail: "Too many requests.", RetryAfter: usage.Wait, Cause: errors.New(usage.String())}
}

// Throttled is the error of a client that failed to authenticate too often.
func Throttled(wait time.Duration, cause error) wire.Error {
	return wire.Error{Status: 429, Code: "temporarily_unavailable", Detail: "Too many failed attempts.",
		RetryAfter: wait, Cause: cause}
}

// domainAnswer is what a caller learns of an error of a domain package.
type domainAnswer struct {
	err    error
	answer wire.Error
}

// domainAnswers returns the one table of them. Of several that match, the first
// one counts.
func domainAnswers() []domainAnswer { return append(roomAnswers(), delegationAnswers()...) }

func roomAnswers() []domainAnswer {
	return []domainAnswer{
		{rooms.ErrNoAttendee, refused(404, "not_found", "There is no such attendee in this room.")},
		{rooms.ErrNotFound, refused(404, "not_found", "There is no such room.")},
		{rooms.ErrForbidden, refused(403, "forbidden", "The user's role in the room does not allow this.")},
		{rooms.ErrExternalIDTaken, refused(409, "external_id_conflict", "Another room has this external id.")},
		{rooms.ErrOwner, refused(409, "owner_immutable", "The owner of a room stays its owner.")},
		{rooms.ErrVersion, refused(412, "precondition_failed",
			"The room is not in the state that the request is meant for.")},
		{once.ErrReused, refused(422, "idempotency_key_reused",
			"This Idempotency-Key was used for another request.")},
		{once.ErrRunning, wire.Error{Status: 409, Code: "idempotency_key_in_use", RetryAfter: retryRunning,
			Detail: "The request with this Idempotency-Key is still being answered."}},
		{rooms.ErrUnsupported, refused(501, "not_supported", "The storage behind this server does not support this.")},

		{rooms.ErrCaller, ErrInternal},
		{rooms.ErrView, ErrInternal},
		{rooms.ErrReentry, ErrInternal},
		{once.ErrRequest, ErrInternal},
		{once.ErrAnswerSize, ErrInternal},
	}
}

func delegationAnswers() []domainAnswer {
	return []domainAnswer{
		{delegation.ErrRevocationUnsupported, refused(400, "unsupported_token_type", "Tokens cannot be revoked here.")},
		{delegation.ErrInvalidClient, errClient},
		{delegation.ErrUnauthorizedClient, refused(400, "unauthorized_client", "The client may not use this grant.")},
		{delegation.ErrInvalidGrant, refused(400, "invalid_grant", "The assertion is not valid.")},
		{delegation.ErrNotDelegable, refused(400, "invalid_scope", "The requested delegation is not permitted.")},
		{delegation.ErrInvalidScope, refused(400, "invalid_scope", "The parameter scope is not valid.")},
		{delegation.ErrInvalidRequest, refused(400, "invalid_request", "A parameter of the request is not valid.")},
		{delegation.ErrInvalidToken, wire.Error{Status: 401, Code: "invalid_token", Challenge: wire.TokenError,
			Detail: "The token is not valid."}},
		{dpop.ErrInvalid, wire.Error{Status: 401, OAuthStatus: 400, Code: "invalid_dpop_proof", Challenge: wire.TokenError,
			Detail: "The proof of possession (DPoP) is not valid."}},
		{dpop.ErrNonce, wire.Error{Status: 401, OAuthStatus: 400, Code: "use_dpop_nonce", Challenge: wire.TokenError,
			Detail: "The proof of possession (DPoP) needs the nonce of the header field DPoP-Nonce."}},
	}
}

// To returns what a caller learns of an error. One that is not foreseen means that the
// store is away.
func To(err error) wire.Error {
	var known wire.Error
	var missing *scopes.MissingError
	var invalid *rooms.InvalidError
	var refusal *delegation.Refusal
	switch {
	case errors.As(err, &known):
		return known
	case errors.As(err, &missing):
		return wire.Error{Status: 403, Code: "insufficient_scope", Detail: "The token does not permit this action.",
			Challenge: wire.TokenError, Scope: string(missing.Scope)}
	case errors.As(err, &invalid):
		return invalidInput(invalid)
	}
	errors.As(err, &refusal)
	for _, one := range domainAnswers() {
		if errors.Is(err, one.err) {
			return refusals.Answer(one.answer, refusal)
		}
	}
	return ErrAway
}

// invalidInput lists the faults of an input.
func invalidInput(invalid *rooms.InvalidError) wire.Error {
	answer := errInput
	for _, fault := range invalid.Faults {
		answer.Faults = append(answer.Faults, wire.Fault{Field: fault.Field, Code: fault.Code, Message: fault.Message})
	}
	answer.Omitted, answer.Cause = invalid.More, invalid
	return answer
}
