package delegation

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/json"
)

// maxAssertionLife is the longest life of an assertion that is accepted, from
// now.
const maxAssertionLife = 5 * time.Minute

// Assertions remembers which assertions were used, so that none is used twice.
// Implementations are safe for concurrent use. Package registry implements it.
type Assertions interface {
	// UseAssertion notes that the application used the assertion with this id.
	// Of several calls with the same two ids, at once or not, one succeeds; the
	// others are ErrAssertionUsed. It may be forgotten after until.
	UseAssertion(ctx context.Context, clientID, assertionID string, until time.Time) error
}

// ErrAssertionUsed says that an assertion was used before.
var ErrAssertionUsed = errors.New("delegation: assertion used before")

// assertion is what stands in a JWT that an application signed: RFC 7523 §3.
type assertion struct {
	Issuer    string `json:"iss"`
	Subject   string `json:"sub"`
	Audience  string `json:"aud"`
	ID        string `json:"jti"`
	Expires   *int64 `json:"exp"`
	IssuedAt  *int64 `json:"iat"`
	NotBefore *int64 `json:"nbf"`
}

// signedAssertion is an assertion of which nothing is believed yet.
type signedAssertion struct {
	assertion
	text     string
	alg, kid string
}

// parseAssertion settles the form of an assertion.
func parseAssertion(text string) (signedAssertion, error) {
	parts := strings.Split(text, ".")
	malformed := refuse(ErrInvalidClient, ReasonAssertionMalformed)
	if len(text) > maxTokenLength || len(parts) != 3 || !canonicalBase64(parts[0]) || !canonicalBase64(parts[1]) || !canonicalBase64(parts[2]) {
		return signedAssertion{}, malformed
	}
	protected, _ := base64.RawURLEncoding.DecodeString(parts[0])
	payload, _ := base64.RawURLEncoding.DecodeString(parts[1])
	var header map[string]any
	signed := signedAssertion{text: text}
	if !utf8.Valid(payload) || json.Unmarshal(protected, &header) != nil || json.Unmarshal(payload, &signed.assertion) != nil {
		return signedAssertion{}, malformed
	}
	for name, value := range header {
		word, ok := value.(string)
		switch {
		case !ok:
			return signedAssertion{}, malformed
		case name == "alg":
			signed.alg = word
		case name == "kid":
			signed.kid = word
		case name == "typ" && assertionType(word):
		default: // jwk, jku, x5c, crit, b64 and the like; a token of ours
			return signedAssertion{}, malformed
		}
	}
	return signed, nil
}

// assertionType reports whether typ is one of an assertion: an access token is
// never one.
func assertionType(typ string) bool {
	typ = lowerASCII(typ)
	return typ == "jwt" || typ == "client-authentication+jwt"
}

// key returns the key of the application that the header names; without a kid,
// the only one for the algorithm.
func (s signedAssertion) key(app Application) (found Key, ok bool) {
	for _, key := range app.Keys {
		if string(key.Algorithm) != s.alg || s.kid != "" && key.ID != s.kid && key.Name != s.kid {
			continue
		}
		if ok {
			return Key{}, false
		}
		found, ok = key, true
	}
	return found, ok
}

// signedBy checks the signature. Without a key the work is done with one that
// signed nothing, so that applications with and without keys take as long.
func (a *Authority) signedBy(s signedAssertion, app Application) bool {
	key, known := s.key(app)
	if !known {
		key = a.decoy
	}
	jws, err := jose.ParseSignedCompact(s.text, []jose.SignatureAlgorithm{key.Algorithm})
	if err != nil {
		return false
	}
	_, err = jws.Verify(key.Public)
	return err == nil && known
}

// inOrder checks what an assertion says: aud is exactly the issuer, it lives for
// minutes, and it can be told from others.
func (a *Authority) inOrder(s signedAssertion) error {
	now, ahead := a.config.Now().Unix(), int64(leeway.Seconds())
	switch {
	case s.Audience != a.config.Issuer:
		return refuse(ErrInvalidClient, ReasonAssertionAudience)
	case s.Expires == nil || *s.Expires <= now || *s.Expires > now+int64(maxAssertionLife.Seconds())+ahead:
		return refuse(ErrInvalidClient, ReasonAssertionExpiry)
	case s.IssuedAt != nil && *s.IssuedAt > now+ahead, s.NotBefore != nil && *s.NotBefore > now+ahead:
		return refuse(ErrInvalidClient, ReasonAssertionExpiry)
	case !identifier(s.ID):
		return refuse(ErrInvalidClient, ReasonAssertionMalformed)
	}
	return nil
}

// authenticateAssertion returns the active application that signed an assertion
// about itself (RFC 7523 §2.2). Its use is noted last, when nothing else is in
// the way.
func (a *Authority) authenticateAssertion(ctx context.Context, credentials Credentials) (Application, error) {
	s, err := parseAssertion(credentials.Assertion)
	if err != nil {
		return Application{}, err
	}
	if s.Issuer != s.Subject || credentials.ClientID != "" && credentials.ClientID != s.Subject {
		return Application{}, refuse(ErrInvalidClient, ReasonAssertionSubject)
	}
	return a.asserted(ctx, s)
}

// asserted returns the application that issued an assertion, having checked all
// but the subject.
func (a *Authority) asserted(ctx context.Context, s signedAssertion) (Application, error) {
	if s.Issuer == "" || !credential(s.Issuer) {
		return Application{}, refuse(ErrInvalidClient, ReasonAssertionMalformed)
	}
	app, err := a.config.Applications.Application(ctx, s.Issuer)
	if err != nil && !errors.Is(err, ErrApplicationNotFound) {
		return Application{}, fmt.Errorf("delegation: finding the application: %w", err)
	}
	signed := a.signedBy(s, app)
	switch {
	case errors.Is(err, ErrApplicationNotFound):
		return Application{}, refuse(ErrInvalidClient, ReasonApplicationUnknown)
	case a.config.Assertions == nil:
		return app, refuse(ErrInvalidClient, ReasonAssertionsImpossible)
	case !signed:
		return app, refuse(ErrInvalidClient, ReasonAssertionSignature)
	}
	if err := errors.Join(a.inOrder(s), app.enabled()); err != nil {
		return app, err
	}
	err = a.config.Assertions.UseAssertion(ctx, app.ClientID, s.ID, time.Unix(*s.Expires, 0).UTC())
	if errors.Is(err, ErrAssertionUsed) {
		return app, refuse(ErrInvalidClient, ReasonAssertionUsed)
	}
	if err != nil {
		return app, fmt.Errorf("delegation: noting an assertion: %w", err)
	}
	return app, nil
}

// BearerRequest asks for a token by an assertion that names the user
// (RFC 7523 §2.1).
type BearerRequest struct {
	// Assertion is signed by the application (iss) and names the address of
	// the delegated user (sub).
	Assertion string
	// Scope names actions only; empty means all that the application holds.
	Scope string
}

// IssueForAssertion is [Authority.Issue] for the JWT bearer grant: the same
// decision and the same token, for applications that were granted JWTBearer. A
// no is a [*Refusal].
func (a *Authority) IssueForAssertion(ctx context.Context, request BearerRequest) (Token, error) {
	token, err := a.issueForAssertion(ctx, request)
	a.tellIssue(ctx, token, err)
	return token, err
}

func (a *Authority) issueForAssertion(ctx context.Context, request BearerRequest) (Token, error) {
	s, err := parseAssertion(request.Assertion)
	if err != nil {
		return Token{}, asGrant(err)
	}
	app, err := a.asserted(ctx, s)
	if err != nil {
		return Token{}, concerning(app, asGrant(err))
	}
	if !app.JWTBearer {
		return Token{}, concerning(app, refuse(ErrUnauthorizedClient, ReasonGrantNotGranted))
	}
	address, err := ParseEmail(s.Subject)
	if err != nil {
		return Token{}, concerning(app, refuse(ErrInvalidScope, ReasonAddressMalformed))
	}
	scope := string(address)
	if request.Scope != "" {
		scope += " " + request.Scope // a second address in it is refused like any other
	}
	token, err := a.decide(ctx, app, scope, a.provision)
	if err != nil {
		return Token{}, concerning(app, err)
	}
	return a.sign(ctx, token)
}

// asGrant says of an assertion that is a grant what RFC 6749 §5.2 calls it.
func asGrant(err error) error {
	var refusal *Refusal
	if errors.As(err, &refusal) {
		return refuse(ErrInvalidGrant, refusal.Reason)
	}
	return err
}
