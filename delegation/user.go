package delegation

import (
	"context"
	"errors"
)

// ErrUserNotFound means that the directory has no such user.
var ErrUserNotFound = errors.New("delegation: no such user")

// Users finds the people on whose behalf applications act: the host's own accounts, or the standalone server's
// directory. Implementations are safe for concurrent use and answer from the present state. An error that is not
// ErrUserNotFound means that the directory could not answer. The conformance suite is delegationtest.Users.
type Users interface {
	// UserByEmail returns the user with this address, active or not. A directory that keeps addresses with capitals
	// compares them in lower case. It returns ErrUserNotFound if there is no such user. For an address that is protected
	// before it has a user, a directory may return a User who is Protected and has no ID.
	UserByEmail(ctx context.Context, email Email) (User, error)

	// UserByID returns the user with exactly this id, active or not. It returns ErrUserNotFound if there is no such
	// user.
	UserByID(ctx context.Context, id string) (User, error)
}

// Provisioner creates users whom an application named first. Implementations are safe for concurrent use. The
// conformance suite is delegationtest.Provisioner.
type Provisioner interface {
	// ProvisionUser returns the user with this address, and creates an active one if there is none. However many calls
	// run at once, they return one user. An existing inactive user is returned inactive.
	ProvisionUser(ctx context.Context, email Email) (User, error)
}

// User is a person as far as delegation is concerned.
type User struct {
	// ID is opaque and stays the same for life: 1 to 255 bytes of UTF-8 without control characters. It is the sub of
	// tokens, so an id must not be used again for another person. A user without a usable id is refused.
	ID string
	// Email is the present address. The policy is checked against it on every request. A directory may return it with
	// capitals; the Authority passes it on in lower case.
	Email Email
	// Active is false for a disabled user: no application acts for them.
	Active bool
	// Protected is true for a user for whom no application may act, such as an administrator.
	Protected bool
}
