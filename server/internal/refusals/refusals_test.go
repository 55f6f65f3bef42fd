package refusals_test

import (
	"strings"
	"testing"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/server/internal/refusals"
	"github.com/anteroom-go/anteroom/server/internal/wire"
)

func general() wire.Error {
	return wire.Error{Status: 401, Code: "invalid_client", Detail: "Client authentication failed."}
}

func TestTextsNameTheParameter(t *testing.T) {
	is := is.New(t)
	for err, name := range map[error]string{delegation.ErrInvalidClient: " client_assertion ",
		delegation.ErrInvalidRequest: " client_assertion ", delegation.ErrInvalidGrant: " assertion "} {
		answer := refusals.Answer(general(), &delegation.Refusal{Err: err, Reason: delegation.ReasonAssertionMalformed})
		is.True(strings.Contains(answer.Detail, name))
		is.Equal(answer.Status, 401) // and nothing else changes
		is.Equal(answer.Code, "invalid_client")
	}
}

func TestSecretCausesHaveOneText(t *testing.T) {
	is := is.New(t)
	for _, reason := range []delegation.Reason{delegation.ReasonApplicationUnknown, delegation.ReasonApplicationDisabled,
		delegation.ReasonAssertionSignature, delegation.ReasonSecretWrong, delegation.ReasonAssertionsImpossible} {
		is.Equal(refusals.Answer(general(), &delegation.Refusal{Err: delegation.ErrInvalidClient, Reason: reason}), general())
	}
}

func TestStatusOfAnApplication(t *testing.T) {
	is := is.New(t)
	answer := refusals.Answer(wire.Error{Status: 400, Code: "invalid_scope"},
		&delegation.Refusal{Err: delegation.ErrNotDelegable, Status: 404})
	is.Equal(answer, wire.Error{Status: 404, Code: "invalid_scope"}) // the status alone
	answer = refusals.Answer(wire.Error{Status: 400, Code: "invalid_scope"},
		&delegation.Refusal{Err: delegation.ErrInvalidScope, Status: 404})
	is.Equal(answer.Status, 400) // for refusals to delegate alone
}

func TestTextsOfParameters(t *testing.T) {
	is := is.New(t)
	for _, refusal := range []delegation.Refusal{
		{Err: delegation.ErrNotDelegable, Reason: delegation.ReasonAddressMalformed},
		{Err: delegation.ErrNotDelegable, Reason: delegation.ReasonAddressNotCovered},
		{Err: delegation.ErrInvalidClient, Reason: delegation.ReasonCredentialsMalformed},
		{Err: delegation.ErrUnauthorizedClient, Reason: delegation.ReasonApplicationWithoutScope},
		{Err: delegation.ErrInvalidRequest, Reason: "of_a_later_version"},
	} {
		is.Equal(refusals.Answer(general(), &refusal), general()) // authority is not told apart
	}
	answer := refusals.Answer(general(), &delegation.Refusal{Err: delegation.ErrInvalidScope,
		Reason: delegation.ReasonScopeNotGranted, Scope: "x:canary"})
	is.True(answer.Detail != general().Detail)
	is.True(!strings.Contains(answer.Detail, "canary")) // nothing is repeated
	answer = refusals.Answer(general(), &delegation.Refusal{Err: delegation.ErrInvalidScope,
		Reason: delegation.ReasonScopeNotGranted, Scope: "rooms:delete"})
	is.True(strings.Contains(answer.Detail, "rooms:delete")) // but for an action of ours
}
