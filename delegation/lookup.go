package delegation

import (
	"context"
	"errors"
	"fmt"
	"reflect"
)

// Delegations is what a directory implements as well if it is [Applications],
// [Users] and [Revocations] in one, and can answer for all three in one look-up.
// The Authority then asks once where it would ask three times. The answers are
// those of the single methods.
type Delegations interface {
	Applications
	Users
	Revocations

	// Delegation answers for a token: Application, UserByID and Status. With
	// ErrUserNotFound, application and status are there all the same. An empty
	// userID is a token without a user: the zero User and no error.
	Delegation(ctx context.Context, clientID, userID, tokenID string) (Application, User, Status, error)

	// UserStatus answers for a token request: UserByEmail, and Status for that
	// user and no token.
	UserStatus(ctx context.Context, clientID string, email Email) (User, Status, error)
}

// oneDirectory returns the directory behind all three contracts, if there is
// one.
func (c Config) oneDirectory() Delegations {
	one, ok := c.Applications.(Delegations)
	if !ok || !reflect.TypeOf(one).Comparable() || any(c.Users) != any(one) || any(c.Revocations) != any(one) {
		return nil
	}
	return one
}

// holder is who acts by a token and for whom, as they are now.
type holder struct {
	app     Application
	user    User
	userErr error // that of finding the user
	status  Status
}

// holder looks up everything that a token depends on.
func (a *Authority) holder(ctx context.Context, c claims) (h holder, err error) {
	userID := ""
	if c.Actor != nil {
		userID = c.Subject
	}
	if a.directory != nil {
		h.app, h.user, h.status, err = a.directory.Delegation(ctx, c.ClientID, userID, c.ID)
	} else if h.app, err = a.config.Applications.Application(ctx, c.ClientID); err == nil {
		h.user, h.status, err = a.userStatus(ctx, c.ClientID, userID, c.ID)
	}
	switch {
	case errors.Is(err, ErrApplicationNotFound):
		return h, refuse(ErrInvalidToken, ReasonApplicationUnknown)
	case errors.Is(err, ErrUserNotFound):
		h.userErr, err = err, nil
	case err != nil:
		err = fmt.Errorf("delegation: looking up who acts for whom: %w", err)
	}
	return h, err
}

// userStatus asks the directories one by one.
func (a *Authority) userStatus(ctx context.Context, clientID, userID, tokenID string) (User, Status, error) {
	status, err := a.status(ctx, clientID, userID, tokenID)
	if err != nil || userID == "" {
		return User{}, status, err
	}
	user, err := a.config.Users.UserByID(ctx, userID)
	return user, status, err
}

// userByEmail finds the user of a token request, or has them created if the
// application may, and what was taken back from it for them.
func (a *Authority) userByEmail(ctx context.Context, app Application, address Email, create provision) (User, Status, error) {
	user, status, err := a.knownUser(ctx, app.ClientID, address)
	if !errors.Is(err, ErrUserNotFound) || !app.Provision {
		return user, status, err
	}
	if user, err = create(ctx, address); err != nil {
		return User{}, Status{}, err
	}
	status, err = a.status(ctx, app.ClientID, user.ID, "")
	return user, status, err
}

func (a *Authority) knownUser(ctx context.Context, clientID string, address Email) (User, Status, error) {
	if a.directory != nil {
		return a.directory.UserStatus(ctx, clientID, address)
	}
	user, err := a.config.Users.UserByEmail(ctx, address)
	if err != nil {
		return User{}, Status{}, err
	}
	status, err := a.status(ctx, clientID, user.ID, "")
	return user, status, err
}
