package delegation

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/anteroom-go/anteroom/delegation/google"
	"github.com/anteroom-go/anteroom/delegation/internal/assertion"
	"github.com/anteroom-go/anteroom/delegation/internal/jwk"
)

// Assertions remembers which assertions were used, so that each is used once. Implementations are safe for concurrent
// use. The conformance suite is delegationtest.Assertions.
type Assertions interface {
	// UseAssertion notes that the application used the assertion with this id. Of several calls with the same two ids,
	// at once or not, one succeeds; the others return ErrAssertionUsed. It may be forgotten after until.
	UseAssertion(ctx context.Context, clientID, assertionID string, until time.Time) error
}

// ErrAssertionUsed means that an assertion was used before.
var ErrAssertionUsed = errors.New("delegation: assertion used before")

// authenticateAssertion returns the active application that signed an assertion about itself (RFC 7523 §2.2).
func (a *Authority) authenticateAssertion(ctx context.Context, credentials Credentials) (Application, error) {
	s, fault := assertion.Parse(credentials.Assertion)
	reason := Reason(fault)
	if reason == "" && s.Issuer != s.Subject {
		reason = ReasonAssertionSubject
	}
	if contradicts(credentials.ClientID, s, reason) {
		return a.asserted(ctx, s, ReasonAssertionClientID, ErrInvalidRequest)
	}
	return a.asserted(ctx, s, reason, ErrInvalidClient)
}

// openBearer begins a draft by an assertion that names the user (RFC 7523 §2.1).
func (a *Authority) openBearer(ctx context.Context, request TokenRequest) (draft, error) {
	if request.ClientSecret != "" || request.Assertion != "" {
		return draft{}, refuse(ErrInvalidRequest, ReasonCredentialsMalformed)
	}
	if a.google.Takes(request.BearerAssertion) {
		return a.openGoogle(ctx, request)
	}
	s, fault := assertion.Parse(request.BearerAssertion)
	reason := Reason(fault)
	if contradicts(request.ClientID, s, reason) {
		reason = ReasonAssertionClientID
	}
	app, err := a.asserted(ctx, s, reason, ErrInvalidGrant)
	if err != nil {
		return draft{}, err
	}
	if !app.JWTBearer {
		return draft{}, app.refuse(ErrUnauthorizedClient, ReasonGrantNotGranted)
	}
	email, err := ParseEmail(s.Subject)
	if err != nil {
		return draft{}, app.refuse(ErrInvalidScope, ReasonAssertionSubject)
	}
	return draft{app: app, address: email, scope: request.Scope, claimed: s.Scope}, nil
}

// openGoogle begins a draft by an assertion as programs for Google's services sign it: by the rules of package google,
// which no other assertion meets.
func (a *Authority) openGoogle(ctx context.Context, request TokenRequest) (draft, error) {
	s, fault := google.Parse(request.BearerAssertion)
	app, err := a.application(ctx, s.Issuer, ErrInvalidGrant)
	var unknown *Refusal
	if err != nil && !errors.As(err, &unknown) {
		return draft{}, err
	}
	if fault == "" {
		fault, err = a.google.Verify(ctx, app.ClientID, s, a.config.Now(),
			append(assertion.Spellings(a.config.TokenEndpoint), a.config.Issuer), err)
	}
	email, malformed := ParseEmail(s.Subject)
	switch {
	case fault != "":
		return draft{}, app.refuse(ErrInvalidGrant, Reason(fault))
	case err != nil:
		return draft{}, err
	case !app.Active:
		return draft{}, app.refuse(ErrInvalidGrant, ReasonApplicationDisabled)
	case request.ClientID != "" && request.ClientID != s.Issuer:
		return draft{}, app.refuse(ErrInvalidGrant, ReasonAssertionClientID)
	case malformed != nil:
		return draft{}, app.refuse(ErrInvalidScope, ReasonAssertionSubject)
	}
	return draft{app: app, address: email, scope: request.Scope}.claim(s.Scope)
}

// claim limits a draft to what Google's names of scopes stand for.
func (d draft) claim(names string) (draft, error) {
	granted, fault := google.Granted(d.app.Scopes, names)
	if fault != "" {
		return draft{}, d.app.refuse(ErrInvalidScope, Reason(fault))
	}
	d.claimed = granted.String()
	return d, nil
}

// contradicts reports whether the client_id of a request or of an assertion is another than who issued the assertion
// (RFC 7521 §4.2).
func contradicts(clientID string, s assertion.Assertion, reason Reason) bool {
	return reason == ReasonAssertionClientID || reason == "" && clientID != "" && clientID != s.Issuer
}

// asserted returns the active application that issued an assertion, or refuses with refusal, for the reason if there is
// one already. The subject is for the caller to check. The use of the assertion is noted last, after every other check.
func (a *Authority) asserted(ctx context.Context, s assertion.Assertion, reason Reason, refusal error) (
	Application, error) {
	app, err := a.application(ctx, s.Issuer, refusal)
	var unknown *Refusal
	if reason != "" && (err == nil || errors.As(err, &unknown)) { // the form tells nothing of the application
		return Application{}, app.refuse(refusal, reason)
	}
	signed := a.signedBy(s, app)
	if err != nil {
		return Application{}, err
	}
	until, reason := a.assertionReason(s, app, signed)
	if reason != "" {
		return Application{}, app.refuse(refusal, reason)
	}
	err = a.config.Assertions.UseAssertion(ctx, app.ClientID, s.UseID(), until.Add(leeway))
	if errors.Is(err, ErrAssertionUsed) {
		return Application{}, app.refuse(refusal, ReasonAssertionUsed)
	}
	if err != nil {
		return Application{}, fmt.Errorf("delegation: noting an assertion: %w", err)
	}
	return app, nil
}

// signedBy checks the signature. Without a key the work is done with one that signed nothing, so that applications
// with and without keys take as long.
func (a *Authority) signedBy(s assertion.Assertion, app Application) bool {
	i := slices.IndexFunc(app.Keys, func(key Key) bool { return key.named(s) })
	known := i >= 0 && !slices.ContainsFunc(app.Keys[i+1:], func(key Key) bool { return key.named(s) })
	key := a.decoy
	if known {
		key = app.Keys[i]
	}
	return jwk.Verifies(key.Public, s.Signed, s.Signature) && known
}

// named reports whether the header of an assertion names the key. Without a kid it names every one for the algorithm,
// which is good for nothing if there are several.
func (k Key) named(s assertion.Assertion) bool {
	return string(k.Algorithm) == s.Algorithm && (s.KeyID == "" || k.ID == s.KeyID || k.Name == s.KeyID)
}

// assertionReason returns why an assertion of good form is refused, or "": it is not signed by the application, its
// audience is not this server, it is not good now, or the application is disabled. Until is when it stops being good.
func (a *Authority) assertionReason(s assertion.Assertion, app Application, signed bool) (time.Time, Reason) {
	switch {
	case a.config.Assertions == nil:
		return time.Time{}, ReasonAssertionsImpossible
	case !signed:
		return time.Time{}, ReasonAssertionSignature
	}
	audiences := []string{a.config.Issuer}
	if app.TokenEndpointAudience {
		audiences = append(audiences, assertion.Spellings(a.config.TokenEndpoint)...)
	}
	until, fault := s.Check(a.config.Now(), audiences)
	if fault == "" && !app.Active {
		return until, ReasonApplicationDisabled
	}
	return until, Reason(fault)
}
