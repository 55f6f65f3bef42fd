// Package assertion reads the JWTs by which applications authenticate or ask for
// tokens (RFC 7523 §3), as the libraries of others write them, and decides whether
// one is good at a time.
//
// What changes the meaning of an assertion, or could fool a check, is a [Fault] of
// its own. What does not is accepted: unknown members and claims, the parameters
// x5c and x5t, numbers with a fraction or an exponent, padding.
package assertion

// Fault is the first thing that is wrong with an assertion, a word for logs. It is
// empty if nothing is.
type Fault string

// The faults of the form. None of them depends on what is registered.
const (
	Malformed Fault = "assertion_malformed"      // not three parts of base64url
	TooLong   Fault = "assertion_too_long"       // more than MaxLength
	Header    Fault = "assertion_header"         // no JSON object, or a member of another type
	Member    Fault = "assertion_header_member"  // crit, b64, jwk, jku or x5u
	Type      Fault = "assertion_type"           // typ is that of something else
	Algorithm Fault = "assertion_algorithm"      // alg is none of those accepted
	Claims    Fault = "assertion_claims"         // no JSON object in UTF-8 without duplicate names
	Issuer    Fault = "assertion_issuer"         // iss can be no client id
	Subject   Fault = "assertion_subject"        // sub is missing or no text
	Audience  Fault = "assertion_audience"       // aud is not one text, or another one
	Times     Fault = "assertion_times"          // exp, iat or nbf is not a number
	ID        Fault = "assertion_id"             // jti is missing, or can tell nothing apart
	Scope     Fault = "assertion_scope"          // scope is neither a text nor a list of texts
	Client    Fault = "assertion_client_id"      // client_id is another than iss
	NoExpiry  Fault = "assertion_without_expiry" // exp is missing
	Expired   Fault = "assertion_expired"        // exp has come
	Old       Fault = "assertion_old"            // iat, or nbf, is longer ago than Life
	Early     Fault = "assertion_early"          // iat or nbf has not come
	Endless   Fault = "assertion_endless"        // exp is far, and neither iat nor nbf limits the life
)
