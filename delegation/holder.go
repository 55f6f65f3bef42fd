package delegation

import (
	"context"
	"errors"
	"fmt"
)

// holder is who acts by a token and for whom, as they are now.
type holder struct {
	app     Application
	user    User
	userErr error // that of finding the user
	status  Status
}

// holder looks up everything that a token depends on.
func (a *Authority) holder(ctx context.Context, c claims) (h holder, err error) {
	h.app, err = a.config.Applications.Application(ctx, c.ClientID)
	if errors.Is(err, ErrApplicationNotFound) {
		return h, refuse(ErrInvalidToken, ReasonApplicationUnknown)
	}
	if err != nil {
		return h, fmt.Errorf("delegation: finding the application: %w", err)
	}
	userID := ""
	if c.Actor != nil {
		userID = c.Subject
		h.user, h.userErr = a.config.Users.UserByID(ctx, userID)
	}
	h.status, err = a.status(ctx, h.app, userID, c.ID)
	return h, err
}

// userByEmail finds the user of a token request, or has them created if the
// application may, and what was taken back from it for them.
func (a *Authority) userByEmail(ctx context.Context, app Application, address Email, create provision) (User, Status, error) {
	user, err := a.config.Users.UserByEmail(ctx, address)
	if errors.Is(err, ErrUserNotFound) && app.Provision {
		user, err = create(ctx, app, address)
	}
	if err != nil {
		return user, Status{}, err
	}
	status, err := a.status(ctx, app, user.ID, "")
	return user, status, err
}
