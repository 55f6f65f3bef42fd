package delegation

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Revocations remembers what was taken back before it expired. Implementations
// are safe for concurrent use and answer from the present state; any error means
// that they could not answer. The conformance suite is
// delegationtest.Revocations.
type Revocations interface {
	// Status returns what is known of a delegation and of one token: the zero
	// Status if nothing is. UserID is empty for tokens without a user, and
	// tokenID where there is no token yet.
	Status(ctx context.Context, clientID, userID, tokenID string) (Status, error)

	// RevokeToken ends one token of an application. It may be forgotten after
	// until, when the token expires.
	RevokeToken(ctx context.Context, clientID, tokenID string, until time.Time) error

	// RevokeDelegation ends all tokens of one application for one user: the
	// Generation of their Status grows.
	RevokeDelegation(ctx context.Context, clientID, userID string) error
}

// Status is what was taken back.
type Status struct {
	// Generation counts how often all tokens of the application for the user
	// were ended. A token of another generation is refused.
	Generation int64
	// OptedOut is true if the user does not want to be acted for by the
	// application.
	OptedOut bool
	// Revoked is true for a token that was ended.
	Revoked bool
}

// status returns what was taken back, and nothing where nobody remembers or
// nothing was.
func (a *Authority) status(ctx context.Context, app Application, userID, tokenID string) (Status, error) {
	if a.config.Revocations == nil || app.NothingTakenBack {
		return Status{}, nil
	}
	status, err := a.config.Revocations.Status(ctx, app.ClientID, userID, tokenID)
	if err != nil {
		return Status{}, fmt.Errorf("delegation: looking for revocations: %w", err)
	}
	return status, nil
}

// ErrRevocationsRequired says that there is nobody to remember a revocation.
var ErrRevocationsRequired = errors.New("delegation: Config.Revocations is required for this")

// Revoke ends a token at the request of the application it was issued to
// (RFC 7009). A token that is another application's, has expired or is none is
// no error, and nothing happens. A client that fails to authenticate is a
// [*Refusal].
func (a *Authority) Revoke(ctx context.Context, credentials Credentials, token string) error {
	if a.config.Revocations == nil {
		return ErrRevocationsRequired
	}
	app, err := a.authenticate(ctx, credentials)
	if err != nil {
		return concerning(app, err)
	}
	c, err := a.verifyClaims(ctx, token)
	var refusal *Refusal
	if errors.As(err, &refusal) || err == nil && c.ClientID != app.ClientID {
		return nil
	}
	if err != nil {
		return err
	}
	return a.revoke(ctx, c)
}

// RevokeAny ends a token, whichever application it was issued to: for operators,
// never for callers. What is no token of ours, or has expired, is a [*Refusal]
// of [ErrInvalidToken].
func (a *Authority) RevokeAny(ctx context.Context, token string) error {
	if a.config.Revocations == nil {
		return ErrRevocationsRequired
	}
	c, err := a.verifyClaims(ctx, token)
	if err != nil {
		return err
	}
	return a.revoke(ctx, c)
}

func (a *Authority) revoke(ctx context.Context, c claims) error {
	if err := a.config.Revocations.RevokeToken(ctx, c.ClientID, c.ID, time.Unix(*c.Expires, 0).UTC()); err != nil {
		return fmt.Errorf("delegation: revoking: %w", err)
	}
	a.tell(ctx, Event{Kind: EventTokenRevoked, ClientID: c.ClientID, TokenID: c.ID})
	return nil
}

// Introspect returns what a token allows now to an application that may know
// (RFC 7662): the one it was issued to, or a resource server. Everything else is
// nil, whatever the reason. A client that fails to authenticate is a
// [*Refusal].
func (a *Authority) Introspect(ctx context.Context, credentials Credentials, token string) (*Grant, error) {
	app, err := a.authenticate(ctx, credentials)
	if err != nil {
		return nil, concerning(app, err)
	}
	grant, err := a.Verify(ctx, token)
	var refusal *Refusal
	switch {
	case errors.As(err, &refusal):
		return nil, nil
	case err != nil:
		return nil, err
	case grant.Application.ClientID != app.ClientID && !app.ResourceServer:
		return nil, nil
	}
	return &grant, nil
}
