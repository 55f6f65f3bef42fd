package delegation

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/anteroom-go/anteroom/delegation/internal/jwt"
	"github.com/anteroom-go/anteroom/delegation/internal/secretform"
)

// maxAssertionLife is the longest life of an assertion that is accepted, from
// now.
const maxAssertionLife = 5 * time.Minute

// Assertions remembers which assertions were used, so that each is used once.
// Implementations are safe for concurrent use. The conformance suite is
// delegationtest.Assertions.
type Assertions interface {
	// UseAssertion notes that the application used the assertion with this id.
	// Of several calls with the same two ids, at once or not, one succeeds; the
	// others return ErrAssertionUsed. It may be forgotten after until.
	UseAssertion(ctx context.Context, clientID, assertionID string, until time.Time) error
}

// ErrAssertionUsed means that an assertion was used before.
var ErrAssertionUsed = errors.New("delegation: assertion used before")

// authenticateAssertion returns the active application that signed an assertion
// about itself (RFC 7523 §2.2).
func (a *Authority) authenticateAssertion(ctx context.Context, credentials Credentials) (Application, error) {
	s, ok := jwt.ParseAssertion(credentials.Assertion)
	if !ok {
		return Application{}, refuse(ErrInvalidClient, ReasonAssertionMalformed)
	}
	if s.Issuer != s.Subject || credentials.ClientID != "" && credentials.ClientID != s.Subject {
		return Application{}, refuse(ErrInvalidClient, ReasonAssertionSubject)
	}
	return a.asserted(ctx, s, ErrInvalidClient)
}

// openBearer begins a draft by an assertion that names the user (RFC 7523 §2.1).
func (a *Authority) openBearer(ctx context.Context, request TokenRequest) (draft, error) {
	if request.ClientSecret != "" || request.Assertion != "" {
		return draft{}, refuse(ErrInvalidRequest, ReasonCredentialsMalformed)
	}
	s, ok := jwt.ParseAssertion(request.BearerAssertion)
	if !ok {
		return draft{}, refuse(ErrInvalidGrant, ReasonAssertionMalformed)
	}
	if request.ClientID != "" && request.ClientID != s.Issuer {
		return draft{}, refuse(ErrInvalidGrant, ReasonAssertionSubject)
	}
	app, err := a.asserted(ctx, s, ErrInvalidGrant)
	if err != nil {
		return draft{}, err
	}
	if !app.JWTBearer {
		return draft{}, app.refuse(ErrUnauthorizedClient, ReasonGrantNotGranted)
	}
	email, err := ParseEmail(s.Subject)
	if err != nil {
		return draft{}, app.refuse(ErrInvalidScope, ReasonAddressMalformed)
	}
	return draft{app: app, scope: strings.TrimSuffix(string(email)+" "+request.Scope, " ")}, nil
}

// asserted returns the active application that issued an assertion, or refuses
// with refusal. The subject is for the caller to check. The use of the assertion
// is noted last, after every other check.
func (a *Authority) asserted(ctx context.Context, s jwt.Assertion, refusal error) (Application, error) {
	if s.Issuer == "" || !secretform.Sendable(s.Issuer) {
		return Application{}, refuse(refusal, ReasonAssertionMalformed)
	}
	app, err := a.application(ctx, s.Issuer, refusal)
	signed := a.signedBy(s, app)
	if err != nil {
		return Application{}, err
	}
	if reason := a.assertionReason(s, app, signed); reason != "" {
		return Application{}, app.refuse(refusal, reason)
	}
	err = a.config.Assertions.UseAssertion(ctx, app.ClientID, s.ID, time.Unix(*s.Expires, 0).UTC())
	if errors.Is(err, ErrAssertionUsed) {
		return Application{}, app.refuse(refusal, ReasonAssertionUsed)
	}
	if err != nil {
		return Application{}, fmt.Errorf("delegation: noting an assertion: %w", err)
	}
	return app, nil
}

// signedBy checks the signature. Without a key the work is done with one that
// signed nothing, so that applications with and without keys take as long.
func (a *Authority) signedBy(s jwt.Assertion, app Application) bool {
	key, known := keyOf(s, app)
	if !known {
		key = a.decoy
	}
	jws, err := jose.ParseSignedCompact(s.Text, []jose.SignatureAlgorithm{key.Algorithm})
	if err != nil {
		return false
	}
	_, err = jws.Verify(key.Public)
	return err == nil && known
}

// keyOf returns the key of the application that the header names; without a kid,
// the only one for the algorithm.
func keyOf(s jwt.Assertion, app Application) (found Key, ok bool) {
	for _, key := range app.Keys {
		if string(key.Algorithm) != s.Algorithm || s.KeyID != "" && key.ID != s.KeyID && key.Name != s.KeyID {
			continue
		}
		if ok {
			return Key{}, false
		}
		found, ok = key, true
	}
	return found, ok
}

// assertionReason returns why an assertion is refused, or "": it is not signed
// by the application, aud is not exactly the issuer, it lives for more than
// minutes, it cannot be told from others, or the application is disabled.
func (a *Authority) assertionReason(s jwt.Assertion, app Application, signed bool) Reason {
	now, ahead := a.config.Now().Unix(), int64(leeway.Seconds())
	switch {
	case a.config.Assertions == nil:
		return ReasonAssertionsImpossible
	case !signed:
		return ReasonAssertionSignature
	case s.Audience != a.config.Issuer:
		return ReasonAssertionAudience
	case s.Expires == nil || *s.Expires <= now || *s.Expires > now+int64(maxAssertionLife.Seconds())+ahead:
		return ReasonAssertionExpiry
	case s.IssuedAt != nil && *s.IssuedAt > now+ahead, s.NotBefore != nil && *s.NotBefore > now+ahead:
		return ReasonAssertionExpiry
	case !jwt.Identifier(s.ID):
		return ReasonAssertionMalformed
	case !app.Active:
		return ReasonApplicationDisabled
	}
	return ""
}
