package delegation

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/anteroom-go/anteroom/delegation/by"
	"github.com/anteroom-go/anteroom/delegation/internal/jwt"
	"github.com/anteroom-go/anteroom/delegation/rates"
)

// Revoke ends a token at the request of the application it was issued to (RFC 7009). A token of another application,
// an expired one and a text that is no token are no error, and nothing happens. It returns a [*Refusal] if the client
// fails to authenticate, and [ErrRevocationUnsupported] if the directory cannot end single tokens.
func (a *Authority) Revoke(ctx context.Context, credentials Credentials, token string) error {
	app, err := a.client(ctx, credentials)
	if err != nil {
		return err
	}
	c, err := a.verifyClaims(ctx, token)
	var refusal *Refusal
	if errors.As(err, &refusal) || err == nil && c.ClientID != app.ClientID {
		return nil
	}
	if err != nil {
		return err
	}
	return a.revoke(by.Application(ctx, app.ClientID), c)
}

// client returns the application whose credentials these are, and counts its request about a token.
func (a *Authority) client(ctx context.Context, credentials Credentials) (Application, error) {
	app, err := a.authenticate(ctx, credentials)
	if err != nil {
		return Application{}, err
	}
	return app, a.config.Charge(ctx, app, rates.Tokens)
}

// RevokeAny ends a token, whichever application it was issued to: for operators, never for callers. It returns a
// [*Refusal] of [ErrInvalidToken] for an expired token and for a text that is no token, and
// [ErrRevocationUnsupported] if the directory cannot end single tokens.
func (a *Authority) RevokeAny(ctx context.Context, token string) error {
	c, err := a.verifyClaims(ctx, token)
	if err != nil {
		return err
	}
	return a.revoke(ctx, c)
}

func (a *Authority) revoke(ctx context.Context, c jwt.Claims) error {
	if err := a.config.Applications.RevokeToken(ctx, c.ClientID, c.ID, time.Unix(*c.Expires, 0).UTC()); err != nil {
		return fmt.Errorf("delegation: revoking: %w", err)
	}
	a.tell(ctx, Event{Kind: EventTokenRevoked, ClientID: c.ClientID, TokenID: c.ID, By: by.Of(ctx)})
	return nil
}

// Introspect returns what a token allows now to an application that may know it (RFC 7662): the one it was issued to,
// or a resource server. It returns false and the zero Grant for every other token and every other text, whatever the
// reason. It returns a [*Refusal] if the client fails to authenticate.
func (a *Authority) Introspect(ctx context.Context, credentials Credentials, token string) (Grant, bool, error) {
	app, err := a.client(ctx, credentials)
	if err != nil {
		return Grant{}, false, err
	}
	grant, err := a.Examine(ctx, token)
	var refusal *Refusal
	switch {
	case errors.As(err, &refusal):
		return Grant{}, false, nil
	case err != nil:
		return Grant{}, false, err
	case grant.Application.ClientID != app.ClientID && !app.ResourceServer:
		return Grant{}, false, nil
	}
	return grant, true, nil
}
