package command

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/registry"
	"github.com/anteroom-go/anteroom/scopes"
	"github.com/anteroom-go/anteroom/server/internal/appflags"
	"github.com/anteroom-go/anteroom/server/internal/flagvalue"
	"github.com/anteroom-go/anteroom/server/internal/googlekey"
	"github.com/anteroom-go/anteroom/server/internal/printing"
	"github.com/anteroom-go/anteroom/server/internal/usage"
)

type appCommands struct {
	Create  appCreate          `cmd:"" keeps:"applications" help:"Register an application; prints its client id and, once, its secret."`
	List    appList            `cmd:"" keeps:"applications" help:"List applications."`
	Show    appShow            `cmd:"" keeps:"applications" help:"Show one application."`
	Update  appUpdate          `cmd:"" keeps:"applications" help:"Change an application; flags that are not given change nothing, a list flag replaces the whole list, one with add or remove a part of it."`
	Disable appDisable         `cmd:"" keeps:"applications" help:"Disable an application: it gets no tokens, and those it has stop working."`
	Enable  appEnable          `cmd:"" keeps:"applications" help:"Enable an application again."`
	Delete  appDelete          `cmd:"" keeps:"applications" help:"Delete an application and its secrets. Its rooms stay."`
	Explain appExplain         `cmd:"" asks:"users,applications" help:"Print what an application would get for a user, and which rule decides; exits with 1 if it gets nothing. Changes nothing."`
	Revoke  appRevoke          `cmd:"" keeps:"applications" asks:"users" name:"revoke-tokens" help:"End all tokens of an application, or those for one user. It may get new ones."`
	Secret  secretCommands     `cmd:"" keeps:"applications" help:"Administer the secrets of an application."`
	Google  googlekey.Commands `cmd:"" keeps:"applications" name:"google-key" help:"Administer the keys by which programs for Google's services ask for tokens: make one, list them, end one."`
}

type appCreate struct {
	databaseFlag
	rootKeyFlag
	appflags.Flags
	ClientID   string `name:"client-id" help:"Client id that it had in another product. Default: a new one." placeholder:"ID"`
	SecretHash string `name:"import-secret-hash" help:"Hash that the other product kept of its secret, which goes on working: PBKDF2 of Django, Hydra, passlib or Werkzeug, bcrypt, bare or as Django and passlib write it, or salted SHA-2. Needs --client-id." placeholder:"HASH"`
	printing.Output
}

// Help is the long help of the command.
func (appCreate) Help() string {
	return `For example, a calendar that may create and list rooms for every user at example.com:

    anteroom app create --name Calendar --domain example.com \
        --scope rooms:create --scope rooms:list

One that comes from another product, with the id and the secret that it has there:

    anteroom app create --name Calendar --domain example.com --scope rooms:create \
        --client-id 7c5e0f --import-secret-hash 'pbkdf2_sha256$870000$…'`
}

// Run registers an application.
func (a *appCreate) Run(ctx context.Context, c *console) error {
	if a.Name == nil {
		return usage.Errorf("--name is required")
	}
	if len(flagvalue.Words(a.Scope)) == 0 && (a.Resource == nil || !*a.Resource) {
		return usage.Errorf("--scope is required: some of %s", scopes.All())
	}
	if a.SecretHash != "" && a.ClientID == "" {
		return usage.Errorf("--import-secret-hash needs --client-id")
	}
	a.JWKS.Report(c.stderr)
	var wanted delegation.Application
	if err := a.Apply(&wanted); err != nil {
		return err
	}
	keys, err := a.require(c)
	if err != nil {
		return err
	}
	return a.withRegistry(ctx, keys, func(reg *registry.Registry) error {
		app, secret, err := a.register(ctx, reg, wanted)
		if err != nil {
			return err
		}
		if printing.PolicyKind(app.Policy) == "none" && !app.Undelegated && !app.ResourceServer {
			fmt.Fprintln(c.stderr,
				"anteroom: note: the application may act for no user yet; see --domain, --email, --delegate-any and "+
					"--undelegated of anteroom app update")
		}
		view := printing.OfApplication(app, secret)
		return a.Print(c.stdout, view, view.Lines)
	})
}

// register creates the application, or imports it.
func (a *appCreate) register(ctx context.Context, reg *registry.Registry,
	app delegation.Application) (delegation.Application, delegation.Secret, error) {
	if app.ClientID = a.ClientID; app.ClientID != "" {
		return reg.ImportApplication(ctx, app, a.SecretHash)
	}
	return reg.CreateApplication(ctx, app)
}

type appList struct {
	databaseFlag
	printing.Page
	printing.Output
}

// Run lists applications.
func (a *appList) Run(ctx context.Context, c *console) error {
	if err := a.Check(); err != nil {
		return err
	}
	return a.withRegistry(ctx, delegation.RootKeys{}, func(reg *registry.Registry) error {
		all, err := reg.Applications(ctx)
		if err != nil {
			return err
		}
		apps, more, err := printing.PageOf(a.Page, all, func(app delegation.Application) string { return app.ClientID })
		if err != nil {
			return err
		}
		if more {
			a.Tell(c.stderr, c.name(), apps[len(apps)-1].ClientID)
		}
		views := make([]printing.Application, len(apps))
		for i, app := range apps {
			views[i] = printing.OfApplication(app, "")
		}
		return a.Print(c.stdout, views, func(w io.Writer) {
			fmt.Fprintln(w, "CLIENT ID\tNAME\tACTIVE\tMAY ACT FOR\tSCOPES")
			for _, v := range views {
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", v.ClientID, printing.Shown(v.Name), printing.Yes(v.Active),
					printing.MayActFor(v), strings.Join(v.Scopes, " "))
			}
		})
	})
}

// oneApp is a command about one application.
type oneApp struct {
	databaseFlag
	ID string `arg:"" name:"client-id" help:"Client id of the application."`
	printing.Output
}

type appShow struct{ oneApp }

// Run shows an application.
func (a *appShow) Run(ctx context.Context, c *console) error {
	return a.withRegistry(ctx, delegation.RootKeys{}, func(reg *registry.Registry) error {
		app, _, err := reg.Application(ctx, a.ID, "", "")
		if err != nil {
			return err
		}
		view := printing.OfApplication(app, "")
		return a.Print(c.stdout, view, view.Lines)
	})
}

// update changes the application and prints it.
func (a oneApp) update(ctx context.Context, c *console, change func(*delegation.Application) error) error {
	return a.withRegistry(ctx, delegation.RootKeys{}, func(reg *registry.Registry) error {
		app, err := reg.UpdateApplication(ctx, a.ID, change)
		if err != nil {
			return err
		}
		view := printing.OfApplication(app, "")
		return a.Print(c.stdout, view, view.Lines)
	})
}

type appUpdate struct {
	oneApp
	appflags.Flags
	appflags.Changes
}

// Run changes an application.
func (a *appUpdate) Run(ctx context.Context, c *console) error {
	a.JWKS.Report(c.stderr)
	if err := a.Check(a.Flags); err != nil {
		return err
	}
	return a.update(ctx, c, func(app *delegation.Application) error {
		if err := a.Apply(app); err != nil {
			return err
		}
		return a.Change(a.Flags, app)
	})
}

type appDisable struct{ oneApp }

// Run disables an application.
func (a *appDisable) Run(ctx context.Context, c *console) error {
	return a.update(ctx, c, func(app *delegation.Application) error { app.Active = false; return nil })
}

type appEnable struct{ oneApp }

// Run enables an application.
func (a *appEnable) Run(ctx context.Context, c *console) error {
	return a.update(ctx, c, func(app *delegation.Application) error { app.Active = true; return nil })
}

type appDelete struct {
	databaseFlag
	ID string `arg:"" name:"client-id" help:"Client id of the application."`
}

// Run deletes an application.
func (a *appDelete) Run(ctx context.Context, c *console) error {
	return a.withRegistry(ctx, delegation.RootKeys{},
		func(reg *registry.Registry) error { return reg.DeleteApplication(ctx, a.ID) })
}
