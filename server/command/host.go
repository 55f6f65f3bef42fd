package command

import (
	"context"
	"fmt"
	"strings"

	"github.com/alecthomas/kong"
	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/registry"
	"github.com/anteroom-go/anteroom/delegation/registry/audit"
	"github.com/anteroom-go/anteroom/server"
	"github.com/anteroom-go/anteroom/server/internal/hosting"
)

// needs are the parts of a server that a command is about, by the tags of the command and
// of those above it. It changes or lists what it keeps, by the database alone; what it
// asks may be a host's own, if this is the host's program.
type needs struct{ keeps, asks []hosting.Part }

func needsOf(node *kong.Node) (all needs) {
	for ; node != nil; node = node.Parent {
		if node.Tag == nil {
			continue
		}
		all.keeps = append(all.keeps, partsIn(node.Tag.Get("keeps"))...)
		all.asks = append(all.asks, partsIn(node.Tag.Get("asks"))...)
	}
	return all
}

func partsIn(text string) (parts []hosting.Part) {
	for word := range strings.SplitSeq(text, ",") {
		if word != "" {
			parts = append(parts, hosting.Part(word))
		}
	}
	return parts
}

// admit finds out which parts are a host's own, and returns an error if the command cannot
// do without one of them.
func (c *console) admit(ctx context.Context, db *bun.DB, need needs) error {
	c.db = db
	if c.product.Configure != nil {
		if err := c.product.Configure(ctx, db, &c.host); err != nil {
			return err
		}
		if parts := hosting.Common(need.keeps, ownParts(c.host.Config)); parts != "" {
			return fmt.Errorf("the %s are kept by %s itself, not in this database", parts, c.product.Name)
		}
		return nil
	}
	note, err := hosting.Read(ctx, db)
	if err != nil {
		return err
	}
	if parts := hosting.Common(append(need.keeps, need.asks...), note.Parts); parts != "" {
		return fmt.Errorf("the %s of this database are kept by %s: run this command of its program "+
			"(if it no longer serves the database: anteroom migrate --forget-host)", parts, note.Program)
	}
	return nil
}

func ownParts(c server.Config) []hosting.Part {
	return hosting.Own(c.Users != nil, c.Applications != nil, c.Keys != nil, c.Rooms.Rooms != nil)
}

// completed returns the configuration of a server with the host's own parts in it.
func (c *console) completed(ctx context.Context, db *bun.DB, config server.Config) (server.Config, error) {
	if c.product.Configure == nil {
		return config, nil
	}
	parts := Parts{Config: config}
	parts.Program = c.name()
	err := c.product.Configure(ctx, db, &parts)
	return parts.Config, err
}

// users returns who knows the users.
func (c *console) users(reg *registry.Registry) delegation.Users {
	if c.host.Users != nil {
		return c.host.Users
	}
	return reg
}

// directories returns the configuration of an authority, as far as who and what it knows.
func (c *console) directories(reg *registry.Registry) delegation.Config {
	config := delegation.Config{Applications: reg, Users: c.users(reg), Provisioner: reg}
	if c.host.Users != nil {
		config.Provisioner = c.host.Provisioner
	}
	if c.host.Applications != nil {
		config.Applications = c.host.Applications
	}
	return config
}

// setActive disables a user, or enables them again.
func (c *console) setActive(ctx context.Context, reg *registry.Registry, email delegation.Email, active bool) (
	delegation.User, error) {
	if c.host.Users == nil {
		return reg.SetUserActive(ctx, email, active)
	}
	kind := audit.UserDisabled
	if active {
		kind = audit.UserEnabled
	}
	return c.direct(ctx, email, kind, Directory.SetActive, active, func(u delegation.User) bool { return u.Active })
}

// setProtected protects a user, or ends that.
func (c *console) setProtected(ctx context.Context, reg *registry.Registry, email delegation.Email, protected bool) (
	delegation.User, error) {
	if c.host.Users == nil {
		return reg.SetUserProtected(ctx, email, protected)
	}
	kind := audit.AddressUnprotected
	if protected {
		kind = audit.AddressProtected
	}
	return c.direct(ctx, email, kind, Directory.SetProtected, protected,
		func(u delegation.User) bool { return u.Protected })
}

// direct changes a user of the host, and looks whether that is what applications get to
// feel: the host's Users have to tell. It is recorded before, because the host's users are in no transaction of ours.
func (c *console) direct(ctx context.Context, email delegation.Email, kind audit.Kind,
	change func(Directory, context.Context, delegation.User, bool) error, to bool, is func(delegation.User) bool) (
	delegation.User, error) {
	if c.host.Directory == nil {
		return delegation.User{}, fmt.Errorf("the users are kept by %s itself, and its command does not change them",
			c.product.Name)
	}
	user, err := knownUser(ctx, c.host.Users, email)
	if err != nil {
		return user, err
	}
	err = c.db.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
		return audit.Append(ctx, tx, audit.Change{Kind: kind, UserID: user.ID,
			After: audit.Values{"kept_by": c.product.Name}})
	})
	if err != nil {
		return user, err
	}
	if err := change(c.host.Directory, ctx, user, to); err != nil {
		return user, err
	}
	if user, err = c.host.Users.UserByID(ctx, user.ID); err == nil && is(user) != to {
		err = fmt.Errorf("%s took the change, but still answers as before", c.product.Name)
	}
	return user, err
}
