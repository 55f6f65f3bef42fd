// Package people changes users and the rooms in which their addresses stand together.
package people

import (
	"context"

	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/registry"
	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/rooms/roomsql"
	"github.com/anteroom-go/anteroom/server/database/session"
)

// Rename gives a user another address, and every role in a room that the old one has. It
// returns the user, and errors as [registry.Registry.RenameUser] does.
func Rename(ctx context.Context, db *bun.DB, old, email delegation.Email) (user delegation.User, err error) {
	err = together(ctx, db, func(ctx context.Context, users *registry.Registry, service *rooms.Service) (err error) {
		if err := known(ctx, users, old); err != nil {
			return err
		}
		if old != email {
			err = service.Rename(ctx, string(old), string(email))
		}
		if err == nil { // last, because other changes wait for the record of this one
			user, err = users.RenameUser(ctx, old, email)
		}
		return err
	})
	return user, err
}

// Delete deletes a user, and takes their address out of every room. It returns errors as
// [registry.Registry.DeleteUser] does.
func Delete(ctx context.Context, db *bun.DB, email delegation.Email) error {
	return together(ctx, db, func(ctx context.Context, users *registry.Registry, service *rooms.Service) error {
		if err := known(ctx, users, email); err != nil {
			return err
		}
		if err := service.Forget(ctx, string(email)); err != nil {
			return err
		}
		_, err := users.DeleteUser(ctx, email) // last, because other changes wait for the record of this one
		return err
	})
}

// known returns [delegation.ErrUserNotFound] if no user has an address, before anything is done in the rooms.
func known(ctx context.Context, users *registry.Registry, email delegation.Email) error {
	user, err := users.UserByEmail(ctx, email)
	if err == nil && user.ID == "" {
		err = delegation.ErrUserNotFound
	}
	return err
}

// together works on users and rooms in one transaction.
func together(
	ctx context.Context, db *bun.DB, work func(context.Context, *registry.Registry, *rooms.Service) error,
) error {
	ctx = session.Silence(ctx, 0) // as many rooms as there are
	err := db.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
		users, err := registry.New(registry.Config{DB: tx})
		if err != nil {
			return err
		}
		service, err := rooms.New(rooms.Config{Stores: roomsql.New(tx).Stores(), ParseAddress: ParseAddress})
		if err != nil {
			return err
		}
		return work(ctx, users, service)
	})
	if err != nil {
		return err
	}
	return registry.Await(ctx, db)
}

// ParseAddress returns an address in the one form in which addresses compare.
func ParseAddress(text string) (string, bool) {
	email, err := delegation.ParseEmail(text)
	return string(email), err == nil
}
