package delegation

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/anteroom-go/anteroom/delegation/internal/jwt"
	"github.com/anteroom-go/anteroom/delegation/internal/recall"
	"github.com/anteroom-go/anteroom/scopes"
)

// Grant is what a verified token allows at the moment of verifying, which may be less than at the moment of issuing.
// The zero Grant permits nothing.
type Grant struct {
	// Application is who acts, as registered now.
	Application Application
	// User is for whom, if Delegated.
	User User
	// Delegated is false for a token that acts for no user.
	Delegated bool
	// Scopes are the token's that the application still holds.
	Scopes scopes.Set
	// TokenID is the token's jti.
	TokenID string
	// Thumbprint is that of the key to which the token is bound (RFC 7638); empty for one that any bearer may use.
	Thumbprint string
	// IssuedAt and ExpiresAt are the token's iat and exp, in UTC.
	IssuedAt, ExpiresAt time.Time
}

// Require returns nil if the action is granted. It returns a [*scopes.MissingError] if it is not.
func (g Grant) Require(s scopes.Scope) error { return g.Scopes.Require(s) }

// Examine returns what a token allows now, whoever sent it: the token's scopes that its application still holds. It
// is for operators and for those who tell others of tokens; who admits a caller calls [Authority.Verify] or
// [Authority.VerifyProved]. The application and the user are looked up every time, so that disabling either, or
// moving the user's address out of the policy, counts from the next request on. It returns a [*Refusal] of
// [ErrInvalidToken] for a token that is not good.
//
// The form of the text is settled before any cryptography; the header may hold alg, kid and typ only; the key and its
// one algorithm are found in memory by kid and never taken from the token (RFC 8725 §3.1). go-jose alone accepts more.
func (a *Authority) Examine(ctx context.Context, token string) (Grant, error) {
	ctx = recall.Begin(ctx, a.config.Memory.Begin)
	c, err := a.verifyClaims(ctx, token)
	if err != nil {
		return Grant{}, err
	}
	grant, err := a.allow(ctx, c, Grant{
		Delegated: c.Actor != nil, Scopes: c.Granted, TokenID: c.ID, Thumbprint: c.Thumbprint(),
		IssuedAt: time.Unix(*c.IssuedAt, 0).UTC(), ExpiresAt: time.Unix(*c.Expires, 0).UTC(),
	})
	if err == nil && grant.Thumbprint == "" && a.demandsProof(grant.Application) {
		return Grant{}, grant.Application.refuse(ErrInvalidToken, ReasonTokenUnbound)
	}
	return grant, err
}

// Authorize returns what a grant that was not made by a token of ours allows now, such as that of an API key of a
// host's. Of the grant count the ids of the application and, if Delegated, of the user, the scopes, the id of the
// token and when it expires; each of the last two may be zero. Everything else is looked up and decided as in
// [Authority.Verify], with the same refusals; ending all tokens of an application does not end it.
func (a *Authority) Authorize(ctx context.Context, named Grant) (Grant, error) {
	c := jwt.Claims{ClientID: named.Application.ClientID, Subject: named.User.ID, ID: named.TokenID, Foreign: true}
	if named.Delegated {
		c.Actor = &jwt.Actor{}
	}
	switch {
	case !named.ExpiresAt.IsZero() && !a.config.Now().Before(named.ExpiresAt):
		return Grant{}, refuse(ErrInvalidToken, ReasonExpired)
	case !jwt.Identifier(c.ClientID):
		return Grant{}, refuse(ErrInvalidToken, ReasonApplicationUnknown)
	case c.Subject != "" != named.Delegated || named.Delegated && !jwt.Identifier(c.Subject):
		return Grant{}, refuse(ErrInvalidToken, ReasonUserIDUnusable)
	}
	return a.allow(recall.Begin(ctx, a.config.Memory.Begin), c, named)
}

// allow completes a grant by its application and its user as they are now.
func (a *Authority) allow(ctx context.Context, c jwt.Claims, grant Grant) (Grant, error) {
	decide := func(quick *Authority) (Grant, error) { return quick.allow(ctx, c, grant) }
	if allowed, ok := recall.Try(ctx, a.quick, decide); ok {
		return allowed, nil
	}
	app, err := a.actor(ctx, c)
	if err != nil {
		return Grant{}, err
	}
	grant.User, err = a.subject(ctx, app, c)
	if err != nil {
		return Grant{}, err
	}
	grant.Application, grant.Scopes = app, grant.Scopes.Intersect(app.Scopes)
	return grant, nil
}

// Precheck returns nil if a token was issued here and has not expired. It asks for neither application nor user:
// [Authority.Verify] still has to decide. It returns a [*Refusal] of [ErrInvalidToken] for a token that is not good.
func (a *Authority) Precheck(ctx context.Context, token string) error {
	_, err := a.verifyClaims(ctx, token)
	return err
}

// actor returns the application that acts by a token, if nothing was taken back.
func (a *Authority) actor(ctx context.Context, c jwt.Claims) (Application, error) {
	app, status, err := a.config.Applications.Application(ctx, c.ClientID, c.UserID(), c.ID)
	switch {
	case errors.Is(err, ErrApplicationNotFound):
		return Application{}, refuse(ErrInvalidToken, ReasonApplicationUnknown)
	case err != nil:
		return Application{}, fmt.Errorf("delegation: finding the application: %w", err)
	case app.ClientID != c.ClientID:
		return Application{}, refuse(ErrInvalidToken, ReasonApplicationMismatch)
	}
	if reason := takenBack(c, app, status); reason != "" {
		return Application{}, app.refuse(ErrInvalidToken, reason)
	}
	return app, nil
}

// takenBack returns why an application may not act by its token any more, or "".
func takenBack(c jwt.Claims, app Application, status Status) Reason {
	switch {
	case !app.Active:
		return ReasonApplicationDisabled
	case status.Revoked:
		return ReasonTokenRevoked
	case status.OptedOut:
		return ReasonUserOptedOut
	case !c.Foreign && (c.Generation != app.Generation || c.DelegationGeneration != status.Generation):
		return ReasonGenerationEnded
	case c.Actor == nil && !app.Undelegated:
		return ReasonUndelegatedNotGranted
	}
	return ""
}

// subject returns the user of a token, or the zero User if it acts for none.
func (a *Authority) subject(ctx context.Context, app Application, c jwt.Claims) (User, error) {
	if c.Actor == nil {
		return User{}, nil
	}
	user, err := a.config.Users.UserByID(ctx, c.Subject)
	if user, err = app.mayActFor(user, err, ErrInvalidToken); err != nil {
		return User{}, err
	}
	if user.ID != c.Subject {
		return User{}, app.refuse(ErrInvalidToken, ReasonUserIDMismatch)
	}
	return user, nil
}

// verifyClaims checks everything that stands in the token itself. Its signature is verified once by one set of keys.
func (a *Authority) verifyClaims(ctx context.Context, token string) (jwt.Claims, error) {
	now := a.config.Now()
	c, keep, err := a.verified.Claims(token, now, func() (*KeySet, error) { return a.keySet(ctx) },
		func() (jwt.Claims, *KeySet, error) { return a.verifySignature(ctx, token) })
	if err != nil {
		return jwt.Claims{}, err
	}
	life := jwt.Life{Now: now, Longest: MaxTokenTTL, Leeway: leeway}
	if fault := c.Fault(a.config.Issuer, a.config.Audience, life); fault != "" {
		return jwt.Claims{}, refuse(ErrInvalidToken, Reason(fault))
	}
	c.Issuer, c.Audience = a.config.Issuer, a.config.Audience // the same texts, which take no memory of their own
	keep(c)
	return c, nil
}

// verifySignature returns the claims of a token that the key which its header names signed, and the set of the key.
func (a *Authority) verifySignature(ctx context.Context, token string) (jwt.Claims, *KeySet, error) {
	header, fault := jwt.ReadHeader(token)
	if fault != "" {
		return jwt.Claims{}, nil, refuse(ErrInvalidToken, Reason(fault))
	}
	keys, err := a.keySet(ctx)
	if err != nil {
		return jwt.Claims{}, nil, err
	}
	key, known := keys.byID[header.KeyID]
	if !known || header.Algorithm != string(key.Algorithm) {
		return jwt.Claims{}, nil, refuse(ErrInvalidToken, ReasonKeyUnknown)
	}
	c, fault := jwt.Verified(token, key.Algorithm, key.Public)
	if fault != "" {
		return jwt.Claims{}, nil, refuse(ErrInvalidToken, Reason(fault))
	}
	return c, keys, nil
}
