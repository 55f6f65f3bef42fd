package command

import (
	"context"
	"fmt"
	"io"

	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/registry"
	"github.com/anteroom-go/anteroom/server/internal/flagvalue"
	"github.com/anteroom-go/anteroom/server/internal/moving"
	"github.com/anteroom-go/anteroom/server/internal/people"
	"github.com/anteroom-go/anteroom/server/internal/printing"
	"github.com/anteroom-go/anteroom/server/internal/usage"
)

type userCommands struct {
	Add     userAdd      `cmd:"" keeps:"users" help:"Add a user."`
	Import  moving.Users `cmd:"" keeps:"users" help:"Add many users, from a file or standard input."`
	List    userList     `cmd:"" keeps:"users" help:"List users, by address."`
	Show    userShow     `cmd:"" asks:"users" help:"Show one user."`
	Disable userDisable  `cmd:"" asks:"users" help:"Disable a user: no application acts for them any more."`
	Enable  userEnable   `cmd:"" asks:"users" help:"Enable a user again."`
	Rename  userRename   `cmd:"" keeps:"users" help:"Give a user another address, also in rooms."`
	Delete  userDelete   `cmd:"" keeps:"users" help:"Delete a user: their tokens end, their address leaves every room."`

	Protect   userProtect   `cmd:"" asks:"users" help:"Protect an address: no application may act for whoever has it, now or later."`
	Unprotect userUnprotect `cmd:"" asks:"users" help:"End the protection of an address."`
	OptOut    userOptOut    `cmd:"" asks:"users" keeps:"applications" help:"Note that a user does not want an application to act for them."`
	OptIn     userOptIn     `cmd:"" asks:"users" keeps:"applications" help:"Note that a user has nothing against an application any more."`
}

// oneUser is a command about one user.
type oneUser struct {
	databaseFlag
	Email string `arg:"" help:"Address of the user."`
	printing.Output
}

// userWork is what a command does with an address. It returns the user.
type userWork func(*registry.Registry, delegation.Email) (delegation.User, error)

// do works on the user with the address and prints them.
func (u oneUser) do(ctx context.Context, c *console, work userWork) error {
	email, err := u.address()
	if err != nil {
		return err
	}
	return u.withRegistry(ctx, delegation.RootKeys{}, func(reg *registry.Registry) error {
		user, err := work(reg, email)
		if err != nil {
			return err
		}
		return u.show(c, user)
	})
}

func (u oneUser) address() (delegation.Email, error) {
	email, err := flagvalue.Address(u.Email)
	if err != nil {
		return "", usage.Errorf("%q: %v", u.Email, err)
	}
	return email, nil
}

func (u oneUser) show(c *console, user delegation.User) error {
	view := printing.OfUser(user)
	return u.Print(c.stdout, view, func(w io.Writer) {
		fmt.Fprintf(w, "id\t%s\nemail\t%s\n", view.ShownID(), view.Email)
		fmt.Fprintf(w, "active\t%s\nprotected\t%s\n", printing.Yes(view.Active), printing.Yes(view.Protected))
	})
}

type userAdd struct{ oneUser }

// Run adds a user.
func (u *userAdd) Run(ctx context.Context, c *console) error {
	return u.do(ctx, c, func(reg *registry.Registry, email delegation.Email) (delegation.User, error) {
		return reg.AddUser(ctx, email)
	})
}

type userShow struct{ oneUser }

// Run shows a user, or an address that is protected before there is one.
func (u *userShow) Run(ctx context.Context, c *console) error {
	return u.do(ctx, c, func(reg *registry.Registry, email delegation.Email) (delegation.User, error) {
		return c.users(reg).UserByEmail(ctx, email)
	})
}

type userDisable struct{ oneUser }

// Run disables a user.
func (u *userDisable) Run(ctx context.Context, c *console) error {
	return u.do(ctx, c, func(reg *registry.Registry, email delegation.Email) (delegation.User, error) {
		return c.setActive(ctx, reg, email, false)
	})
}

type userEnable struct{ oneUser }

// Run enables a user.
func (u *userEnable) Run(ctx context.Context, c *console) error {
	return u.do(ctx, c, func(reg *registry.Registry, email delegation.Email) (delegation.User, error) {
		return c.setActive(ctx, reg, email, true)
	})
}

type userRename struct {
	oneUser
	New string `arg:"" help:"New address of the user."`
}

// Help is the long help of the command.
func (userRename) Help() string {
	return `The user stays the same one: their tokens go on while the policy of the application covers the new
address, and the rooms that they own stay theirs. In every room in which the old address has a role, the
new one has it; where both have one, the higher one stays. If the old address is protected, the new one is
protected as well.

Before the old address is given to another person, rename the user who had it, or delete them
(see: anteroom user delete): whoever has an address is the user whom applications name by it.`
}

// Run renames a user.
func (u *userRename) Run(ctx context.Context, c *console) error {
	email, err := flagvalue.Address(u.New)
	if err != nil {
		return usage.Errorf("%q: %v", u.New, err)
	}
	old, err := u.address()
	if err != nil {
		return err
	}
	return u.withDB(ctx, func(db *bun.DB) error {
		user, err := people.Rename(ctx, db, old, email)
		if err != nil {
			return err
		}
		return u.show(c, user)
	})
}

type userDelete struct {
	databaseFlag
	Email string `arg:"" help:"Address of the user."`
}

// Help is the long help of the command.
func (userDelete) Help() string {
	return `All tokens for the user end, and what they decided about applications is forgotten. Their address leaves
every room, with the role that it has there. The rooms that they own stay: people with a role in them still
come, and the application that created them can change and delete them without a user (see --undelegated of
anteroom app update).

A later user with the address is another person: they see none of these rooms, and no old token is theirs. A
protection stands with the address until an operator ends it (see: anteroom user unprotect).`
}

// Run deletes a user.
func (u *userDelete) Run(ctx context.Context, c *console) error {
	email, err := oneUser{Email: u.Email}.address()
	if err != nil {
		return err
	}
	return u.withDB(ctx, func(db *bun.DB) error { return people.Delete(ctx, db, email) })
}

type userList struct {
	databaseFlag
	printing.Page
	printing.Output
}

// Run lists users.
func (u *userList) Run(ctx context.Context, c *console) error {
	if err := u.Check(); err != nil {
		return err
	}
	after, err := delegation.Email(""), error(nil)
	if u.After != "" {
		if after, err = flagvalue.Address(u.After); err != nil {
			return usage.Errorf("--after: %q: %v", u.After, err)
		}
	}
	return u.withRegistry(ctx, delegation.RootKeys{}, func(reg *registry.Registry) error {
		users, err := reg.UsersAfter(ctx, after, u.Limit+1)
		if err != nil {
			return err
		}
		if len(users) > u.Limit {
			users = users[:u.Limit]
			u.Tell(c.stderr, c.name(), string(users[u.Limit-1].Email))
		}
		views := make([]printing.User, len(users))
		for i, user := range users {
			views[i] = printing.OfUser(user)
		}
		return u.Print(c.stdout, views, func(w io.Writer) {
			fmt.Fprintln(w, "EMAIL\tACTIVE\tPROTECTED\tID")
			for _, v := range views {
				printing.WriteUser(w, v)
			}
		})
	})
}
