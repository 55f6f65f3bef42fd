// Package google holds the rules for programs that were written for Google's services: keys in the
// form of Google's service-account files, and the assertions that Google's client libraries sign
// with them for the JWT bearer grant (RFC 7523 §2.1).
//
// The rules are apart from those of all other assertions, and chosen by the key: RS256 is good with
// these keys and nowhere else, and these keys are good for this grant and nothing else. They are
// laxer in three points, because the libraries leave no choice:
//
//   - An assertion needs no jti, and may be used again until it expires: the libraries send the same
//     bytes again within one second.
//   - It lives for up to an hour ([Life]).
//   - Its audience may be [Audience], which most of the libraries have built in. A key is generated here
//     and never registered at Google, so that no assertion is good there.
//
// A [Verifier] decides whether an assertion is good; whom its application may act for, and what it
// is granted, is decided by package delegation as for every request.
package google
