package main

import (
	"context"

	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/registry"
	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/rooms/roomsql"
)

// people are the users, and the rooms in which their addresses stand.
type people struct {
	registry *registry.Registry
	rooms    *rooms.Service
}

// withPeople opens both in one transaction: what use does, it does as a whole or not at all.
func (f databaseFlag) withPeople(ctx context.Context, use func(context.Context, people) error) error {
	db, err := f.open(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	return explain(db.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
		reg, err := registry.New(registry.Config{DB: tx})
		if err != nil {
			return err
		}
		service, err := rooms.New(rooms.Config{Stores: roomsql.New(tx).Stores(), ParseAddress: canonicalAddress})
		if err != nil {
			return err
		}
		return use(ctx, people{reg, service})
	}))
}

// canonicalAddress returns an address in the one form in which addresses compare.
func canonicalAddress(text string) (string, bool) {
	email, err := delegation.ParseEmail(text)
	return string(email), err == nil
}

// rename gives a user another address, also in every room.
func (p people) rename(ctx context.Context, old, email delegation.Email) (delegation.User, error) {
	user, err := p.registry.RenameUser(ctx, old, email)
	if err != nil {
		return delegation.User{}, err
	}
	return user, p.rooms.Rename(ctx, string(old), string(email))
}

// remove deletes a user, and the roles of their address in every room.
func (p people) remove(ctx context.Context, email delegation.Email) error {
	if _, err := p.registry.DeleteUser(ctx, email); err != nil {
		return err
	}
	return p.rooms.Forget(ctx, string(email))
}
