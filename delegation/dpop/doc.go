// Package dpop checks proofs of possession (RFC 9449): JWTs by which the sender of a
// request shows that it holds the key to which a token is bound.
//
// A resource server of a host's own needs nothing else: it learns the key of a token
// (cnf.jkt) from the token or from the introspection endpoint, and [Verifier.Verify]
// answers whether the request was sent by its holder. The example of [Verifier] has it
// whole.
//
// What changes the meaning of a proof, or could fool a check, is a [Fault] of its own.
// What does not is accepted: members and claims that are unknown, exp and nbf, a query
// and a fragment in htu, another spelling of the same URL (RFC 3986 §6.2.2, §6.2.3).
//
// A proof is good for one request. That it was used is noted last, by [Uses], which
// replicas share. A [Verifier] with NonceKeys also demands that a proof holds a nonce
// which this deployment gave out within the last two minutes, so that no proof can be
// made ahead. A Verifier is safe for concurrent use.
package dpop
