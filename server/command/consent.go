package command

import (
	"context"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/registry"
	"github.com/anteroom-go/anteroom/server/internal/flagvalue"
	"github.com/anteroom-go/anteroom/server/internal/usage"
)

type userProtect struct{ oneUser }

// Run protects an address.
func (u *userProtect) Run(ctx context.Context, c *console) error {
	return u.do(ctx, c, func(reg *registry.Registry, email delegation.Email) (delegation.User, error) {
		return c.setProtected(ctx, reg, email, true)
	})
}

type userUnprotect struct{ oneUser }

// Run ends the protection of an address.
func (u *userUnprotect) Run(ctx context.Context, c *console) error {
	return u.do(ctx, c, func(reg *registry.Registry, email delegation.Email) (delegation.User, error) {
		return c.setProtected(ctx, reg, email, false)
	})
}

// userConsent is a command about what a user thinks of an application.
type userConsent struct {
	oneUser
	ClientID string `arg:"" name:"client-id" help:"Client id of the application."`
}

func (u userConsent) set(ctx context.Context, c *console, out bool) error {
	return u.do(ctx, c, func(reg *registry.Registry, email delegation.Email) (delegation.User, error) {
		user, err := knownUser(ctx, c.users(reg), email)
		if err != nil {
			return user, err
		}
		return user, reg.SetOptOut(ctx, u.ClientID, user.ID, out)
	})
}

// knownUser returns the user with an address. It returns [delegation.ErrUserNotFound] also for an
// address that is only protected.
func knownUser(ctx context.Context, users delegation.Users, email delegation.Email) (delegation.User, error) {
	user, err := users.UserByEmail(ctx, email)
	if err == nil && user.ID == "" {
		return delegation.User{}, delegation.ErrUserNotFound
	}
	return user, err
}

type userOptOut struct{ userConsent }

// Run notes that the user opts out.
func (u *userOptOut) Run(ctx context.Context, c *console) error { return u.set(ctx, c, true) }

type userOptIn struct{ userConsent }

// Run notes that the user opts in again.
func (u *userOptIn) Run(ctx context.Context, c *console) error { return u.set(ctx, c, false) }

type appRevoke struct {
	databaseFlag
	ID    string `arg:"" name:"client-id" help:"Client id of the application."`
	Email string `help:"Only the tokens for this user." placeholder:"ADDRESS"`
}

// Run ends tokens.
func (a *appRevoke) Run(ctx context.Context, c *console) error {
	return a.withRegistry(ctx, delegation.RootKeys{}, func(reg *registry.Registry) error {
		if a.Email == "" {
			return reg.RevokeApplication(ctx, a.ID)
		}
		email, err := flagvalue.Address(a.Email)
		if err != nil {
			return usage.Errorf("--email: %q: %v", a.Email, err)
		}
		user, err := knownUser(ctx, c.users(reg), email)
		if err != nil {
			return err
		}
		return reg.RevokeDelegation(ctx, a.ID, user.ID)
	})
}
