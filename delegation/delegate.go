package delegation

import (
	"context"
	"errors"
	"fmt"

	"github.com/anteroom-go/anteroom/delegation/by"
	"github.com/anteroom-go/anteroom/delegation/internal/asked"
	"github.com/anteroom-go/anteroom/delegation/internal/jwt"
	"github.com/anteroom-go/anteroom/delegation/rates"
)

// readScope grants what both the scope parameter and the scope claim of an assertion ask for, and finds the address in
// them.
func (d draft) readScope() (draft, error) {
	read, fault := asked.Read(d.app.Scopes, string(d.address), d.scope, d.claimed)
	if fault.Reason != "" {
		return draft{}, &Refusal{Err: ErrInvalidScope, Reason: Reason(fault.Reason), Scope: fault.Action,
			ClientID: d.app.ClientID}
	}
	d.granted, d.address = read.Granted, Email(read.Address)
	return d, nil
}

// findUser finds the user for whom the application may act. The policy is asked before the directory, so that an
// application learns nothing about addresses outside it, nor the directory about them. A user who is to be created
// has no id yet.
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
	if err := a.config.Charge(ctx, d.app, rates.Creates); err != nil {
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

// delegate completes a draft with the user that a directory returned, if the application may act for them at this
// moment. What was taken back is looked for before anything is refused, also for a user who does not exist: the time
// of a refusal does not tell its reason.
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

// mayActFor returns the user that a directory found, with their address in lower case, if the application may act for
// them at this moment; otherwise it refuses with refusal. A directory that could not answer is no refusal.
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
