package delegation

import (
	"errors"
	"fmt"

	"github.com/anteroom-go/anteroom/delegation/internal/reasontext"
	"github.com/anteroom-go/anteroom/scopes"
)

// What a caller learns of a refusal. The first five are error codes of RFC 6749 §5.2 for the token endpoint, the last
// one of RFC 6750 §3.1; those of a proof are ErrInvalid and ErrNonce of package dpop. ErrNotDelegable is sent as
// invalid_scope with one fixed text, whatever the reason.
var (
	ErrInvalidRequest     = errors.New("delegation: invalid request")
	ErrInvalidClient      = errors.New("delegation: invalid client")
	ErrUnauthorizedClient = errors.New("delegation: unauthorized client")
	ErrInvalidGrant       = errors.New("delegation: invalid grant")
	ErrInvalidScope       = errors.New("delegation: invalid scope")
	ErrNotDelegable       = errors.New("delegation: not delegable")
	ErrInvalidToken       = errors.New("delegation: invalid token")
)

// Refusal is a no of the [Authority]. It unwraps to one of the errors above, which is all that the caller may learn.
// Errors of the Authority that are not refusals mean that a directory or the keys could not be asked.
type Refusal struct {
	// Err is what the caller may learn.
	Err error
	// Reason is the exact cause, for operators only.
	Reason Reason
	// Scope is the action that was refused, when Reason is ReasonScopeNotGranted: the caller's own input.
	Scope scopes.Scope
	// ClientID is the application that was refused; empty if there is none with the client id of the request.
	ClientID string
	// Status is [Application.RefusalStatus], if Err is ErrNotDelegable.
	Status int
}

func (r *Refusal) Error() string { return fmt.Sprintf("%v: %s", r.Err, r.Reason) }

// Unwrap returns Err.
func (r *Refusal) Unwrap() error { return r.Err }

// refuse returns a refusal that is about no application.
func refuse(err error, reason Reason) error { return &Refusal{Err: err, Reason: reason} }

// Reason is the exact cause of a refusal, a word for logs.
type Reason string

// The reasons of refusals. Those with mismatch in their name, and ReasonUserIDUnusable, mean that a contract was
// answered wrongly.
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
	ReasonAssertionTooLong     Reason = "assertion_too_long"
	ReasonAssertionHeader      Reason = "assertion_header"
	ReasonAssertionMember      Reason = "assertion_header_member"
	ReasonAssertionType        Reason = "assertion_type"
	ReasonAssertionAlgorithm   Reason = "assertion_algorithm"
	ReasonAssertionClaims      Reason = "assertion_claims"
	ReasonAssertionIssuer      Reason = "assertion_issuer"
	ReasonAssertionSubject     Reason = "assertion_subject"
	ReasonAssertionAudience    Reason = "assertion_audience"
	ReasonAssertionTimes       Reason = "assertion_times"
	ReasonAssertionID          Reason = "assertion_id"
	ReasonAssertionScope       Reason = "assertion_scope"
	ReasonAssertionClientID    Reason = "assertion_client_id"
	ReasonAssertionNoExpiry    Reason = "assertion_without_expiry"
	ReasonAssertionExpired     Reason = "assertion_expired"
	ReasonAssertionOld         Reason = "assertion_old"
	ReasonAssertionEarly       Reason = "assertion_early"
	ReasonAssertionEndless     Reason = "assertion_endless"
	ReasonAssertionSignature   Reason = "assertion_signature"
	ReasonAssertionUsed        Reason = "assertion_used"
	ReasonAssertionsImpossible Reason = "assertions_not_supported"
	ReasonGrantNotGranted      Reason = "grant_type_not_granted"

	ReasonApplicationWithoutScope Reason = "application_without_scopes"
	ReasonScopeMalformed          Reason = "scope_malformed"
	ReasonScopeNotGranted         Reason = "scope_not_granted"
	ReasonScopesDisjoint          Reason = "scopes_disjoint"
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
	// A Fault of package dpop is the reason of a refused proof.
	ReasonTokenBound       Reason = "token_bound"
	ReasonTokenUnbound     Reason = "token_unbound"
	ReasonProofsImpossible Reason = "proofs_not_supported"
)

// Text returns the reason as a sentence for operators.
func (r Reason) Text() string { return reasontext.Of(string(r)) }
