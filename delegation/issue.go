package delegation

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/anteroom-go/anteroom/scopes"
)

// Credentials are how an application proves who it is.
type Credentials struct {
	// ClientID may be empty with an assertion, which names the application.
	ClientID     string
	ClientSecret Secret
	// Assertion is a JWT that the application signed instead (RFC 7523 §2.2).
	// It excludes ClientSecret.
	Assertion string
}

// TokenRequest is what an application sends to get a token.
type TokenRequest struct {
	Credentials
	// Scope is the scope parameter: the address of the delegated user, if
	// any, and actions to which the token is to be narrowed; no action means
	// all that the application holds.
	Scope string
}

// Token is an issued access token.
type Token struct {
	// Access is the signed token.
	Access Secret
	// ExpiresIn is its life from now, in whole seconds.
	ExpiresIn time.Duration
	// Scopes are the actions it permits: never none.
	Scopes scopes.Set
	// ID is its jti.
	ID string
	// Application and User are who acts and for whom; User is only meaningful
	// if Delegated.
	Application Application
	User        User
	Delegated   bool

	generation int64 // of the delegation
}

// Issue authenticates an application by its secret, decides whether it may act
// for the user it names, and signs a token that says so. A no is a [*Refusal].
func (a *Authority) Issue(ctx context.Context, request TokenRequest) (Token, error) {
	token, err := a.issue(ctx, request)
	a.tellIssue(ctx, token, err)
	return token, err
}

func (a *Authority) issue(ctx context.Context, request TokenRequest) (Token, error) {
	app, err := a.authenticate(ctx, request.Credentials)
	if err != nil {
		return Token{}, concerning(app, err)
	}
	token, err := a.decide(ctx, app, request.Scope, a.provision)
	if err != nil {
		return Token{}, concerning(app, err)
	}
	return a.sign(ctx, token)
}

// provision returns the user whom a directory creates for an address at the
// request of an application.
type provision func(ctx context.Context, app Application, address Email) (User, error)

// decide says what an active application gets for a scope parameter: a token
// that is yet to be signed.
func (a *Authority) decide(ctx context.Context, app Application, scope string, create provision) (Token, error) {
	if app.Scopes.Empty() {
		return Token{}, refuse(ErrUnauthorizedClient, ReasonApplicationWithoutScope)
	}
	asked, err := parseAsked(scope)
	if err != nil {
		return Token{}, err
	}
	granted, err := asked.narrow(app.Scopes)
	if err != nil {
		return Token{}, err
	}
	token := Token{Scopes: granted, Application: app, Delegated: asked.address != ""}
	token.User, token.generation, err = a.delegate(ctx, app, asked.address, create)
	return token, err
}

// delegate returns the user whom the application may act for, and the generation
// of that delegation. The policy is
// asked before the directory, so that an application learns nothing about
// addresses outside it, nor the directory about them.
func (a *Authority) delegate(ctx context.Context, app Application, address Email, create provision) (User, int64, error) {
	switch {
	case address == "" && app.Undelegated:
		return User{}, 0, nil
	case address == "":
		return User{}, 0, refuse(ErrInvalidScope, ReasonUndelegatedNotGranted)
	case !app.Policy.Covers(address):
		return User{}, 0, refuse(ErrNotDelegable, ReasonAddressNotCovered)
	}
	user, status, err := a.userByEmail(ctx, app, address, create)
	switch {
	case err == nil && !identifier(user.ID):
		return User{}, 0, errors.New("delegation: the directory returned a user without a usable id")
	case err == nil && status.OptedOut:
		return User{}, 0, refuse(ErrNotDelegable, ReasonUserOptedOut)
	}
	user, err = delegable(app, user, err, ErrNotDelegable)
	return user, status.Generation, err
}

func (a *Authority) provision(ctx context.Context, app Application, address Email) (User, error) {
	provisioner, ok := a.config.Users.(Provisioner)
	if !ok {
		return User{}, refuse(ErrNotDelegable, ReasonProvisioningImpossible)
	}
	user, err := provisioner.ProvisionUser(ctx, address)
	if err == nil {
		a.tell(ctx, Event{Kind: EventUserProvisioned, ClientID: app.ClientID, UserID: user.ID})
	}
	return user, err
}

// delegable returns the user that a directory found, if the application may act
// for them at this moment; otherwise it refuses with refusal. A directory that
// could not be asked is no refusal.
func delegable(app Application, user User, err, refusal error) (User, error) {
	var refused *Refusal
	switch {
	case errors.As(err, &refused):
		return User{}, err
	case errors.Is(err, ErrUserNotFound):
		return User{}, refuse(refusal, ReasonUserUnknown)
	case err != nil:
		return User{}, fmt.Errorf("delegation: finding the user: %w", err)
	case !user.Active:
		return User{}, refuse(refusal, ReasonUserInactive)
	case user.Protected:
		return User{}, refuse(refusal, ReasonUserProtected)
	}
	if user.Email, err = ParseEmail(string(user.Email)); err != nil { // a host's may have capitals
		return User{}, refuse(refusal, ReasonAddressMalformed)
	}
	if !app.Policy.Covers(user.Email) {
		return User{}, refuse(refusal, ReasonAddressNotCovered)
	}
	return user, nil
}

// sign completes the token with its id, life and signature.
func (a *Authority) sign(ctx context.Context, token Token) (Token, error) {
	if err := a.firstUse(ctx, token); err != nil {
		return Token{}, err
	}
	keys, err := a.config.Keys.KeySet(ctx)
	if err != nil {
		return Token{}, fmt.Errorf("delegation: signing: %w", err)
	}
	token.ExpiresIn = a.life(token.Application)
	token.ID = newTokenID()
	payload, err := json.Marshal(a.claims(token))
	if err != nil {
		return Token{}, fmt.Errorf("delegation: signing: %w", err)
	}
	signed, err := keys.signer.Sign(payload)
	if err != nil {
		return Token{}, fmt.Errorf("delegation: signing: %w", err)
	}
	compact, err := signed.CompactSerialize()
	token.Access = Secret(compact)
	return token, err
}

// life returns how long the tokens of an application live.
func (a *Authority) life(app Application) time.Duration {
	if app.TokenTTL == 0 {
		return a.config.TokenTTL
	}
	return min(max(app.TokenTTL, MinTokenTTL), MaxTokenTTL).Truncate(time.Second)
}

// claims says what stands in the token.
func (a *Authority) claims(token Token) claims {
	iat := a.config.Now().Unix()
	exp := iat + int64(token.ExpiresIn.Seconds())
	c := claims{
		Issuer: a.config.Issuer, Audience: a.config.Audience,
		Subject: token.Application.ClientID, ClientID: token.Application.ClientID,
		Scope: token.Scopes.String(), IssuedAt: &iat, Expires: &exp, ID: token.ID,
		Generation: token.Application.Generation, DelegationGeneration: token.generation,
	}
	if token.Delegated {
		c.Subject, c.Actor = token.User.ID, &actor{Subject: token.Application.ClientID}
	}
	return c
}

// newTokenID draws 128 bits.
func newTokenID() string {
	var bits [16]byte
	_, _ = rand.Read(bits[:]) // never fails: crypto/rand ends the program instead
	return base64.RawURLEncoding.EncodeToString(bits[:])
}
