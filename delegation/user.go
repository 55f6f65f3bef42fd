package delegation

import (
	"context"
	"errors"
)

// ErrUserNotFound says that the directory has no such user.
var ErrUserNotFound = errors.New("delegation: no such user")

// Users finds the people on whose behalf applications act: the host's own
// accounts, or the standalone server's directory. Implementations are safe for
// concurrent use and answer from the present state. Any error but
// ErrUserNotFound means that the directory could not answer. The conformance
// suite is delegationtest.Users.
type Users interface {
	// UserByEmail returns the user with this address, active or not, or
	// ErrUserNotFound. The address is normalised, see [Email]; a directory
	// with mixed-case addresses compares in lower case.
	UserByEmail(ctx context.Context, email Email) (User, error)

	// UserByID returns the user with exactly this id, active or not, or
	// ErrUserNotFound.
	UserByID(ctx context.Context, id string) (User, error)
}

// Provisioner is what a directory of users implements as well if it can create
// a user whom an application named first.
type Provisioner interface {
	// ProvisionUser returns the user with this address, creating an active
	// one if there is none. However many calls run at once, they return one
	// user. An existing inactive user is returned inactive.
	ProvisionUser(ctx context.Context, email Email) (User, error)
}

// BulkUsers is what a directory of users implements as well if it finds many at
// once, such as the attendees of a meeting. Without it each is asked for alone.
type BulkUsers interface {
	// UsersByEmail returns the users with these addresses, active or not, in
	// any order; who is not there is left out. There may be none to look for.
	UsersByEmail(ctx context.Context, emails []Email) ([]User, error)
}

// User is a person as far as delegation is concerned.
type User struct {
	// ID is opaque and stays the same for life: 1 to 255 bytes of UTF-8
	// without control characters. It is the sub of tokens.
	ID string
	// Email is the present address, in any case of letters. The policy is
	// checked against it on every request.
	Email Email
	// Active is false for a disabled user: nobody acts for them.
	Active bool
	// Protected is true for a user for whom nobody may ever act, such as an
	// administrator.
	Protected bool
}
