// Package delegation decides who may act for whom: it issues and verifies the
// short-lived tokens with which an application acts on behalf of a user who is
// not present.
//
// An [Authority] issues a token to an application that proves who it is and
// names the user it acts for. The token says who acts, for whom, and what may
// be done; it is a JWT access token (RFC 9068) with an actor (RFC 8693 §4.1).
// Verifying it gives a [Grant].
//
//	authority, err := delegation.New(delegation.Config{
//		Issuer:       "https://meet.example.org",
//		Audience:     "https://meet.example.org/external-api",
//		RootKey:      rootKey,
//		Applications: applications, // who may act
//		Users:        users,        // for whom
//		Keys:         keys,
//	})
//	token, err := authority.Issue(ctx, delegation.TokenRequest{
//		Credentials: delegation.Credentials{ClientID: id, ClientSecret: secret},
//		Scope:       "alice@example.com rooms:create"})
//	grant, err := authority.Verify(ctx, string(token.Access))
//	err = grant.Require(scopes.RoomsCreate)
//
// # Guarantees
//
// Everything is denied that is not said: an application without scopes gets no
// token, an empty [Policy] covers nobody, a missing field of [Config] is an
// error of [New].
//
// Authority is live. A token never allows more than its application and its
// user may do at this moment; every [Authority.Verify] asks the directories,
// and no row is written per token.
//
// A no is a [*Refusal]: vague in what it unwraps to, exact in its Reason. Every
// other error means that a directory or the keys could not be asked.
//
// What was given can be taken back: one token, all tokens of an application, all
// of an application for one user ([Revocations]), and it bites on the next
// request.
//
// A host replaces [Applications], [Users], [Keys] and [Revocations] by its own;
// package delegationtest holds the suites that its implementations must pass.
// Package registry implements all four on SQL. What implements [Applications] may
// do more: [ImportChecker] checks the hashes of another product, [SecretRenewer]
// brings what is stored of a secret up to date, and [UseRecorder] remembers uses.
//
// The package knows neither SQL nor HTTP, starts no goroutine and makes no
// connection.
package delegation
