package dpop

// Fault is the first thing that is wrong with a proof, a word for logs.
type Fault string

// The faults.
const (
	Missing   Fault = "proof_missing"
	Repeated  Fault = "proof_repeated"
	Malformed Fault = "proof_malformed"     // not three parts of base64url
	TooLong   Fault = "proof_too_long"      // more than MaxLength
	Header    Fault = "proof_header"        // no JSON object, or alg or typ is no text
	Member    Fault = "proof_header_member" // crit, b64, jku or x5u
	Type      Fault = "proof_type"          // typ is not dpop+jwt
	Algorithm Fault = "proof_algorithm"     // alg is none of Algorithms, or not the key's
	Key       Fault = "proof_key"           // jwk is missing, private, symmetric, or of no curve that is accepted
	Signature Fault = "proof_signature"
	Claims    Fault = "proof_claims" // no JSON object in UTF-8, or a claim is missing or of another type
	Method    Fault = "proof_method" // htm is another
	URL       Fault = "proof_url"    // htu is another
	Stale     Fault = "proof_stale"  // iat is longer ago than Window
	Early     Fault = "proof_early"  // iat is further ahead than Window
	Ath       Fault = "proof_ath"    // ath is not the hash of the access token
	Nonce     Fault = "proof_nonce"  // nonce is none that was given out lately
	OtherKey  Fault = "proof_other_key"
	Used      Fault = "proof_used"
)

// Error is the no of a [Verifier].
type Error struct {
	// Err is what the caller may learn: ErrInvalid or ErrNonce.
	Err error
	// Fault is the exact cause, about the caller's own input.
	Fault Fault
}

// Error returns the error and the fault.
func (e *Error) Error() string { return e.Err.Error() + ": " + string(e.Fault) }

// Unwrap returns Err.
func (e *Error) Unwrap() error { return e.Err }

func refuse(fault Fault) error { return &Error{Err: ErrInvalid, Fault: fault} }
