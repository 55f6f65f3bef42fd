package delegation

import (
	"errors"
	"fmt"

	"github.com/anteroom-go/anteroom/scopes"
)

// What a caller learns of a refusal. The first five are error codes of RFC 6749
// §5.2 for the token endpoint, the last one of RFC 6750 §3.1. ErrNotDelegable
// is sent as invalid_scope with one fixed text, whatever the reason.
var (
	ErrInvalidRequest     = errors.New("delegation: invalid request")
	ErrInvalidClient      = errors.New("delegation: invalid client")
	ErrUnauthorizedClient = errors.New("delegation: unauthorized client")
	ErrInvalidGrant       = errors.New("delegation: invalid grant")
	ErrInvalidScope       = errors.New("delegation: invalid scope")
	ErrNotDelegable       = errors.New("delegation: not delegable")
	ErrInvalidToken       = errors.New("delegation: invalid token")
)

// Refusal is a no of the [Authority]. It unwraps to one of the errors above,
// which is all that the caller may learn. Errors of the Authority that are not
// refusals mean that a directory or the keys could not be asked.
type Refusal struct {
	// Err is what the caller may learn.
	Err error
	// Reason is the exact cause, for operators only.
	Reason Reason
	// Scope is the action that was refused, when Reason is
	// ReasonScopeNotGranted: the caller's own input.
	Scope scopes.Scope
	// ClientID is the application that was refused; empty if there is none with
	// the client id of the request.
	ClientID string
}

func (r *Refusal) Error() string { return fmt.Sprintf("%v: %s", r.Err, r.Reason) }

// Unwrap returns Err.
func (r *Refusal) Unwrap() error { return r.Err }

// refuse returns a refusal that is about no application.
func refuse(err error, reason Reason) error { return &Refusal{Err: err, Reason: reason} }

// Reason is the exact cause of a refusal, a word for logs.
type Reason string

// The reasons of refusals. Those with mismatch in their name, and
// ReasonUserIDUnusable, mean that a contract was answered wrongly.
const (
	ReasonCredentialsMissing   Reason = "credentials_missing"
	ReasonCredentialsMalformed Reason = "credentials_malformed"
	ReasonApplicationUnknown   Reason = "application_unknown"
	ReasonApplicationMismatch  Reason = "application_mismatch"
	ReasonApplicationDisabled  Reason = "application_disabled"

	ReasonSecretMalformed Reason = "secret_malformed"
	ReasonSecretUnknown   Reason = "secret_unknown"
	ReasonSecretMismatch  Reason = "secret_mismatch"
	ReasonSecretWrong     Reason = "secret_wrong"
	ReasonSecretDisabled  Reason = "secret_disabled"
	ReasonSecretExpired   Reason = "secret_expired"
	ReasonSecretsRefused  Reason = "secrets_refused_beside_keys"

	ReasonAssertionMalformed   Reason = "assertion_malformed"
	ReasonAssertionSubject     Reason = "assertion_subject"
	ReasonAssertionAudience    Reason = "assertion_audience"
	ReasonAssertionExpiry      Reason = "assertion_expiry"
	ReasonAssertionSignature   Reason = "assertion_signature"
	ReasonAssertionUsed        Reason = "assertion_used"
	ReasonAssertionsImpossible Reason = "assertions_not_supported"
	ReasonGrantNotGranted      Reason = "grant_type_not_granted"

	ReasonApplicationWithoutScope Reason = "application_without_scopes"
	ReasonScopeMalformed          Reason = "scope_malformed"
	ReasonScopeNotGranted         Reason = "scope_not_granted"
	ReasonAddressMalformed        Reason = "address_malformed"
	ReasonAddressRepeated         Reason = "more_than_one_address"
	ReasonAddressNotCovered       Reason = "address_not_covered"
	ReasonUndelegatedNotGranted   Reason = "undelegated_not_granted"

	ReasonUserUnknown            Reason = "user_unknown"
	ReasonUserInactive           Reason = "user_inactive"
	ReasonUserProtected          Reason = "user_protected"
	ReasonUserOptedOut           Reason = "user_opted_out"
	ReasonUserIDUnusable         Reason = "user_id_unusable"
	ReasonUserIDMismatch         Reason = "user_id_mismatch"
	ReasonUserAddressMismatch    Reason = "user_address_mismatch"
	ReasonProvisioningImpossible Reason = "provisioning_not_supported"

	ReasonTokenMalformed  Reason = "token_malformed"
	ReasonTokenHeader     Reason = "token_header"
	ReasonKeyUnknown      Reason = "key_unknown"
	ReasonSignature       Reason = "signature"
	ReasonClaims          Reason = "claims"
	ReasonIssuer          Reason = "issuer"
	ReasonAudience        Reason = "audience"
	ReasonExpired         Reason = "expired"
	ReasonNotYetIssued    Reason = "issued_in_the_future"
	ReasonLifeTooLong     Reason = "life_too_long"
	ReasonTokenRevoked    Reason = "token_revoked"
	ReasonGenerationEnded Reason = "generation_ended"
)

// Text returns the reason as a sentence for operators.
func (r Reason) Text() string {
	if text, known := reasonTexts()[r]; known {
		return text
	}
	return "The request is refused: " + string(r) + "."
}

func reasonTexts() map[Reason]string {
	return map[Reason]string{
		ReasonCredentialsMissing: "The request has no client id or no secret.",
		ReasonCredentialsMalformed: "The client id or the secret is not printable ASCII of at most 255 characters, " +
			"or two ways to authenticate are mixed.",
		ReasonApplicationUnknown:  "There is no application with this client id.",
		ReasonApplicationMismatch: "The directory answered with an application that has another client id.",
		ReasonApplicationDisabled: "The application is disabled.",

		ReasonSecretMalformed: "The secret was not made here: its form or its checksum is wrong.",
		ReasonSecretUnknown:   "The application has no secret with this id.",
		ReasonSecretMismatch:  "The directory answered with a secret that has another id.",
		ReasonSecretWrong:     "The secret is wrong.",
		ReasonSecretDisabled:  "The secret is disabled.",
		ReasonSecretExpired:   "The secret has expired.",
		ReasonSecretsRefused:  "The application has keys, and may not use secrets beside them.",

		ReasonAssertionMalformed:   "The assertion is not a JWT of the form that is accepted.",
		ReasonAssertionSubject:     "The assertion is about another application than the one that signed or sent it.",
		ReasonAssertionAudience:    "The audience of the assertion is not exactly the issuer of this server.",
		ReasonAssertionExpiry:      "The assertion has expired, is not good yet, or lives longer than five minutes.",
		ReasonAssertionSignature:   "The assertion is not signed by a key of the application.",
		ReasonAssertionUsed:        "The assertion was used before.",
		ReasonAssertionsImpossible: "This server does not accept assertions.",
		ReasonGrantNotGranted:      "The application may not use this grant.",

		ReasonApplicationWithoutScope: "The application holds no scope, and no token is issued without actions.",
		ReasonScopeMalformed:          "The scope is not a list of words separated by single spaces (RFC 6749 §3.3).",
		ReasonScopeNotGranted:         "An action was asked for that the application does not hold.",
		ReasonAddressMalformed: "The address is not one that is accepted: plain ASCII, without quotes, " +
			"and a domain of two labels or more.",
		ReasonAddressRepeated:       "The scope names more than one address.",
		ReasonAddressNotCovered:     "The address is outside the domains and addresses that the application may act for.",
		ReasonUndelegatedNotGranted: "No user is named, and the application may not act without one.",

		ReasonUserUnknown:            "There is no such user, and the application may not create users.",
		ReasonUserInactive:           "The user is disabled.",
		ReasonUserProtected:          "The user is protected: no application may act for them.",
		ReasonUserOptedOut:           "The user does not want this application to act for them.",
		ReasonUserIDUnusable:         "The directory answered with a user whose id is empty or cannot stand in a token.",
		ReasonUserIDMismatch:         "The directory answered with another user than the one of the token.",
		ReasonUserAddressMismatch:    "The directory created a user with another address than the one asked for.",
		ReasonProvisioningImpossible: "There is no user with this address, and the directory cannot create users.",

		ReasonTokenMalformed:  "The text is not a token of the form that is issued here.",
		ReasonTokenHeader:     "The header of the token is not one that is issued here.",
		ReasonKeyUnknown:      "The token names a key, or an algorithm, that is not in use here.",
		ReasonSignature:       "The signature of the token is wrong.",
		ReasonClaims:          "The claims of the token are not those of a token that is issued here.",
		ReasonIssuer:          "The token was issued by another server.",
		ReasonAudience:        "The token is for another API.",
		ReasonExpired:         "The token has expired.",
		ReasonNotYetIssued:    "The token was issued in the future; check the clocks.",
		ReasonLifeTooLong:     "The token lives longer than any that is issued here.",
		ReasonTokenRevoked:    "The token was revoked.",
		ReasonGenerationEnded: "All tokens of the application, or all for this user, were ended after it was issued.",
	}
}
