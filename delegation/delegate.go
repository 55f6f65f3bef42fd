package delegation

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/anteroom-go/anteroom/delegation/by"
	"github.com/anteroom-go/anteroom/delegation/internal/jwt"
	"github.com/anteroom-go/anteroom/delegation/rates"
	"github.com/anteroom-go/anteroom/scopes"
)

// readScope grants what both the scope parameter and the scope claim of an assertion ask for, and
// finds the address in them. Of what asks for no action everything is granted that is held.
func (d draft) readScope() (draft, error) {
	d.granted = d.app.Scopes
	for _, text := range []string{d.scope, d.claimed} {
		var err error
		if d, err = d.narrow(text); err != nil {
			return draft{}, err
		}
	}
	if d.granted.Empty() {
		return draft{}, d.app.refuse(ErrInvalidScope, ReasonScopesDisjoint)
	}
	return d, nil
}

// narrow takes a scope apart: the address is the one word with an @, the others are actions. It
// refuses an action that is not held by its name.
func (d draft) narrow(text string) (draft, error) {
	words, err := scopes.Split(text)
	if err != nil {
		return draft{}, d.app.refuse(ErrInvalidScope, ReasonScopeMalformed)
	}
	var actions []scopes.Scope
	addresses := 0
	for _, word := range words {
		if strings.Contains(string(word), "@") {
			addresses++
			if d, err = d.forUser(word, addresses); err != nil {
				return draft{}, err
			}
			continue
		}
		if !d.app.Scopes.Has(word) {
			return draft{}, &Refusal{Err: ErrInvalidScope, Reason: ReasonScopeNotGranted, Scope: word,
				ClientID: d.app.ClientID}
		}
		actions = append(actions, word)
	}
	if len(actions) > 0 {
		d.granted = d.granted.Intersect(scopes.NewSet(actions...))
	}
	return d, nil
}

// forUser returns the draft for the user with an address, of which a scope names one at most, and the
// one of an assertion if there is one.
func (d draft) forUser(word scopes.Scope, addresses int) (draft, error) {
	email, err := ParseEmail(string(word))
	switch {
	case err != nil:
		return draft{}, d.app.refuse(ErrInvalidScope, ReasonAddressMalformed)
	case addresses > 1 || d.address != "" && d.address != email:
		return draft{}, d.app.refuse(ErrInvalidScope, ReasonAddressRepeated)
	}
	d.address = email
	return d, nil
}

// findUser finds the user for whom the application may act. The policy is asked before the
// directory, so that an application learns nothing about addresses outside it, nor the directory
// about them. A user who is to be created has no id yet.
func (a *Authority) findUser(ctx context.Context, d draft) (draft, error) {
	switch {
	case !d.delegated() && d.app.Undelegated:
		return d, nil
	case !d.delegated():
		return draft{}, d.app.refuse(ErrInvalidScope, ReasonUndelegatedNotGranted)
	case !d.app.Policy.Covers(d.address):
		return draft{}, d.app.refuse(ErrNotDelegable, ReasonAddressNotCovered)
	}
	user, err := a.config.Users.UserByEmail(ctx, d.address)
	switch {
	case !errors.Is(err, ErrUserNotFound) || !d.app.Provision:
		return a.delegate(ctx, d, user, err)
	case a.config.Provisioner == nil:
		return draft{}, d.app.refuse(ErrNotDelegable, ReasonProvisioningImpossible)
	}
	d.user = User{Email: d.address}
	return d, nil
}

// provision creates the user of a draft who has no id yet.
func (a *Authority) provision(ctx context.Context, d draft) (draft, error) {
	if !d.delegated() || d.user.ID != "" {
		return d, nil
	}
	if err := a.charge(ctx, d.app, rates.Creates); err != nil {
		return draft{}, err
	}
	user, err := a.config.Provisioner.ProvisionUser(ctx, d.address)
	if err != nil {
		return draft{}, fmt.Errorf("delegation: creating the user: %w", err)
	}
	if address, err := ParseEmail(string(user.Email)); err != nil || address != d.address {
		return draft{}, d.app.refuse(ErrNotDelegable, ReasonUserAddressMismatch)
	}
	if jwt.Identifier(user.ID) {
		a.tell(ctx, Event{Kind: EventUserProvisioned, ClientID: d.app.ClientID, UserID: user.ID, By: by.Itself})
	}
	return a.delegate(ctx, d, user, nil)
}

// delegate completes a draft with the user that a directory returned, if the
// application may act for them at this moment. What was taken back is looked for
// before anything is refused, also for a user who does not exist: the time of a
// refusal does not tell its reason.
func (a *Authority) delegate(ctx context.Context, d draft, user User, err error) (draft, error) {
	status, failed := a.status(ctx, d, user.ID)
	if failed != nil {
		return draft{}, failed
	}
	if d.user, err = d.app.mayActFor(user, err, ErrNotDelegable); err != nil {
		return draft{}, err
	}
	if status.OptedOut {
		return draft{}, d.app.refuse(ErrNotDelegable, ReasonUserOptedOut)
	}
	d.generation = status.Generation
	return d, nil
}

// status returns what was taken back from the application of a draft for a user.
func (a *Authority) status(ctx context.Context, d draft, userID string) (Status, error) {
	app, status, err := a.config.Applications.Application(ctx, d.app.ClientID, userID, "")
	switch {
	case errors.Is(err, ErrApplicationNotFound): // deleted in this moment
		return Status{}, d.app.refuse(ErrInvalidClient, ReasonApplicationUnknown)
	case err != nil:
		return Status{}, fmt.Errorf("delegation: looking for revocations: %w", err)
	case app.ClientID != d.app.ClientID:
		return Status{}, d.app.refuse(ErrInvalidClient, ReasonApplicationMismatch)
	}
	return status, nil
}

// mayActFor returns the user that a directory found, with their address in lower
// case, if the application may act for them at this moment; otherwise it
// refuses with refusal. A directory that could not answer is no refusal.
func (app Application) mayActFor(user User, err, refusal error) (User, error) {
	if err != nil && !errors.Is(err, ErrUserNotFound) {
		return User{}, fmt.Errorf("delegation: finding the user: %w", err)
	}
	address, malformed := ParseEmail(string(user.Email))
	switch {
	case err != nil:
		return User{}, app.refuse(refusal, ReasonUserUnknown)
	case user.Protected:
		return User{}, app.refuse(refusal, ReasonUserProtected)
	case !jwt.Identifier(user.ID):
		return User{}, app.refuse(refusal, ReasonUserIDUnusable)
	case !user.Active:
		return User{}, app.refuse(refusal, ReasonUserInactive)
	case malformed != nil:
		return User{}, app.refuse(refusal, ReasonAddressMalformed)
	case !app.Policy.Covers(address):
		return User{}, app.refuse(refusal, ReasonAddressNotCovered)
	}
	user.Email = address
	return user, nil
}
