// Package delegation decides who may act for whom: it issues and verifies the short-lived tokens with which an
// application acts on behalf of a user who is not present.
//
// An [Authority] issues a token to an application that proves who it is and names the user for whom it acts. The token
// holds who acts, for whom, and what may be done; it is a JWT access token (RFC 9068) with an actor (RFC 8693 §4.1).
// Verifying it gives a [Grant]. The package example shows the whole way.
//
// # Guarantees
//
// What is not allowed is denied: an application without scopes gets no token, an empty [Policy] covers no user, a zero
// [Grant] permits nothing, and a missing field of [Config] is an error of [New]. A contract that answers with another
// application, secret or user than the one asked for is refused.
//
// Authority is live. A token never allows more than its application and its user may do at this moment; every
// [Authority.Verify] asks the directories, and no row is written per token.
//
// A no is a [*Refusal]: vague in what it unwraps to, exact in its Reason. Every other error means that a directory or
// the keys could not be asked.
//
// What was given can be taken back: one token, all tokens of an application, all of an application for one user. It
// counts from the next request on.
//
// # Contracts
//
// A host replaces any of [Applications], [Users], [Keys], [Records], [Assertions] and [Provisioner], each by one field
// of [Config]. The last three may be nil; Config names what is refused then. No contract is looked for by a type
// assertion, so a wrapper around an implementation loses nothing. Package delegationtest holds the suites that
// implementations must pass. Package registry implements all six on SQL. Package google has one more, which may be nil.
//
// The package knows neither SQL nor HTTP, starts no goroutine and makes no connection.
package delegation
