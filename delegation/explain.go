package delegation

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/anteroom-go/anteroom/scopes"
)

// Explanation says what an application would get, and which rule decides.
type Explanation struct {
	// Granted is whether a token would be issued.
	Granted bool
	// Reason is the rule that refuses; empty if granted.
	Reason Reason
	// Text says the decision in a sentence, for operators.
	Text string
	// Scopes, ExpiresIn and UserID describe the token if granted. UserID is
	// empty for a token without a user and for a user yet to be created.
	Scopes    scopes.Set
	ExpiresIn time.Duration
	UserID    string
	// Provisioned is whether the user would be created first.
	Provisioned bool
}

// Explain says what [Authority.Issue] would decide for an application that
// authenticates, and why, by the same rules. It changes nothing: no user is
// created and nothing is signed. An unknown application is a refusal like the
// others.
func (a *Authority) Explain(ctx context.Context, clientID, scope string) (Explanation, error) {
	app, err := a.config.Applications.Application(ctx, clientID)
	if errors.Is(err, ErrApplicationNotFound) {
		return refused(&Refusal{Err: ErrInvalidClient, Reason: ReasonApplicationUnknown}), nil
	}
	if err != nil {
		return Explanation{}, fmt.Errorf("delegation: finding the application: %w", err)
	}
	if err := app.enabled(); err != nil {
		return explained(err)
	}
	created := false
	token, err := a.decide(ctx, app, scope, func(_ context.Context, _ Application, address Email) (User, error) {
		if _, ok := a.config.Users.(Provisioner); !ok {
			return User{}, refuse(ErrNotDelegable, ReasonProvisioningImpossible)
		}
		created = true
		return User{ID: "new", Email: address, Active: true}, nil
	})
	if err != nil {
		return explained(err)
	}
	e := Explanation{Granted: true, Text: "The token is issued.", Scopes: token.Scopes, ExpiresIn: a.life(app), UserID: token.User.ID, Provisioned: created}
	if created {
		e.Text, e.UserID = "The user is created, and the token issued.", ""
	}
	return e, nil
}

// explained turns a refusal into an explanation, and leaves other errors.
func explained(err error) (Explanation, error) {
	var refusal *Refusal
	if errors.As(err, &refusal) {
		return refused(refusal), nil
	}
	return Explanation{}, err
}

func refused(refusal *Refusal) Explanation {
	text := refusal.Reason.Text()
	if refusal.Scope != "" {
		text += " It is " + string(refusal.Scope) + "."
	}
	return Explanation{Reason: refusal.Reason, Text: text}
}

// Text says a reason of the token endpoint in a sentence, for operators.
func (r Reason) Text() string {
	switch r {
	case ReasonApplicationUnknown:
		return "There is no application with this client id."
	case ReasonApplicationDisabled:
		return "The application is disabled."
	case ReasonApplicationWithoutScope:
		return "The application holds no scope, and no token is issued without actions."
	case ReasonScopeMalformed:
		return "The scope is not a list of words separated by single spaces (RFC 6749 §3.3)."
	case ReasonScopeNotGranted:
		return "An action was asked for that the application does not hold."
	case ReasonAddressMalformed:
		return "The address is not one that is accepted: plain ASCII, without quotes, and a domain of two labels or more."
	case ReasonAddressRepeated:
		return "The scope names more than one address."
	case ReasonAddressNotCovered:
		return "The address is outside the domains and addresses that the application may act for."
	case ReasonUndelegatedNotGranted:
		return "The scope names no address, and the application may not act without a user."
	case ReasonUserUnknown:
		return "There is no user with this address, and the application may not create users."
	case ReasonUserInactive:
		return "The user is disabled."
	case ReasonUserProtected:
		return "The user is protected: nobody may act for them."
	case ReasonUserOptedOut:
		return "The user does not want this application to act for them."
	case ReasonProvisioningImpossible:
		return "There is no user with this address, and the directory cannot create users."
	}
	return "The request is refused: " + string(r) + "."
}
