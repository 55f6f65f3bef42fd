// Package refusals decides what a caller learns of a refusal beside its error code: a
// fixed text for what is wrong with the caller's own input, and the status that an
// operator chose for an application.
package refusals

import (
	"errors"
	"strings"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/dpop"
	"github.com/anteroom-go/anteroom/delegation/google"
	"github.com/anteroom-go/anteroom/scopes"
	"github.com/anteroom-go/anteroom/server/internal/wire"
)

// Answer returns the answer to a refusal, of which general is the answer to its error
// code. Nil stands for an error that is no refusal. The answer depends on the caller's
// input and on the settings of an application that has proved who it is, and on nothing
// else.
func Answer(general wire.Error, refusal *delegation.Refusal) wire.Error {
	if refusal == nil {
		return general
	}
	if refusal.Status != 0 && errors.Is(refusal.Err, delegation.ErrNotDelegable) {
		general.Status = refusal.Status
	}
	if text := textOf(refusal); text != "" {
		general.Detail = text
	}
	return general
}

// textOf returns the text for what is wrong with the caller's own input, or "".
func textOf(refusal *delegation.Refusal) string {
	if refusal.Reason == delegation.ReasonScopeNotGranted && scopes.All().Has(refusal.Scope) {
		return "The action " + string(refusal.Scope) + ", in the parameter scope, is not granted to the client."
	}
	if errors.Is(refusal.Err, dpop.ErrInvalid) { // every proof is the caller's own input
		return refusal.Reason.Text()
	}
	if fault := google.Fault(refusal.Reason); fault != google.Signature && fault.Text() != "" {
		return fault.Text()
	}
	tables := []map[delegation.Reason]string{ofHeaders(), ofClaims(), ofTimes()}
	if refusal.Err == delegation.ErrInvalidScope || refusal.Err == delegation.ErrInvalidRequest {
		tables = append(tables, ofParameters())
	}
	for _, texts := range tables {
		if text, found := texts[refusal.Reason]; found {
			return strings.ReplaceAll(text, "{assertion}", parameter(refusal.Err))
		}
	}
	return ""
}

// parameter names the parameter in which an assertion came.
func parameter(err error) string {
	if errors.Is(err, delegation.ErrInvalidGrant) || errors.Is(err, delegation.ErrInvalidScope) {
		return "assertion"
	}
	return "client_assertion"
}

// ofParameters returns the texts about the parameters of a request. A refusal to
// authenticate or to delegate has none of them.
func ofParameters() map[delegation.Reason]string {
	return map[delegation.Reason]string{
		delegation.ReasonCredentialsMalformed: "The parameter client_id or client_secret has characters that are not " +
			"allowed, or stands beside another way to authenticate.",
		delegation.ReasonScopeMalformed: "The parameter scope must be words of printable ASCII with spaces between them.",
		delegation.ReasonScopeNotGranted: "The parameter scope names an action that is unknown or not granted to the " +
			"client.",
		delegation.ReasonAddressMalformed: "The e-mail address, in the parameter scope or the subject of the assertion, " +
			"is not plain ASCII of the usual form.",
		delegation.ReasonAddressRepeated: "The request names more than one e-mail address: the parameter scope may name " +
			"one, and none beside that of an assertion.",
		delegation.ReasonUndelegatedNotGranted: "The parameter scope must name the e-mail address of a user.",
	}
}

// ofHeaders returns the texts about the form of an assertion and its header. Those
// about the signature, the key and the application are in no table: they have the one
// text of their code.
func ofHeaders() map[delegation.Reason]string {
	return map[delegation.Reason]string{
		delegation.ReasonAssertionMalformed: "The parameter {assertion} is not a JWT: three parts of base64url " +
			"with dots between them.",
		delegation.ReasonAssertionTooLong: "The parameter {assertion} has more than 8192 bytes.",
		delegation.ReasonAssertionHeader: "The header of the JWT in {assertion} must be a JSON object " +
			"in which alg, kid and typ are texts.",
		delegation.ReasonAssertionMember: "The header of the JWT in {assertion} must not have crit, b64, jwk, jku or x5u.",
		delegation.ReasonAssertionType: "The typ of the JWT in {assertion} must be JWT, client-authentication+jwt, " +
			"authorization-grant+jwt, or left out.",
		delegation.ReasonAssertionAlgorithm: "The alg of the JWT in {assertion} must be ES256, EdDSA or Ed25519.",
	}
}

func ofClaims() map[delegation.Reason]string {
	return map[delegation.Reason]string{
		delegation.ReasonAssertionClaims: "The payload of the JWT in {assertion} must be a JSON object in UTF-8 " +
			"without duplicate names.",
		delegation.ReasonAssertionIssuer: "The iss of the JWT in {assertion} must be the client id.",
		delegation.ReasonAssertionSubject: "The sub of the JWT in {assertion} must be the client id in a client_assertion, " +
			"and the address of the user in an assertion.",
		delegation.ReasonAssertionAudience: "The aud of the JWT in {assertion} must be the issuer of this server alone.",
		delegation.ReasonAssertionID:       "The jti of the JWT in {assertion} must be a text that is new for every JWT.",
		delegation.ReasonAssertionScope:    "The scope claim of the JWT in {assertion} must be a text.",
		delegation.ReasonAssertionClientID: "The client_id must be the iss of the JWT in {assertion}, or be left out.",
		delegation.ReasonScopesDisjoint: "The parameter scope and the scope claim of the JWT in {assertion} have no " +
			"action in common.",
	}
}

func ofTimes() map[delegation.Reason]string {
	return map[delegation.Reason]string{
		delegation.ReasonAssertionTimes:    "The exp, iat and nbf of the JWT in {assertion} must be numbers of seconds.",
		delegation.ReasonAssertionNoExpiry: "The JWT in {assertion} must have an exp.",
		delegation.ReasonAssertionExpired:  "The exp of the JWT in {assertion} has passed.",
		delegation.ReasonAssertionOld: "The JWT in {assertion} was made more than five minutes ago, by its iat or, " +
			"without one, its nbf.",
		delegation.ReasonAssertionEarly:   "The iat or nbf of the JWT in {assertion} has not come.",
		delegation.ReasonAssertionEndless: "The JWT in {assertion} must have an iat, or an exp within a day.",
		delegation.ReasonAssertionUsed:    "The JWT in {assertion} was used before; each is good for one request.",
	}
}
