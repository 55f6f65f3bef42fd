package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/rates"
	"github.com/anteroom-go/anteroom/delegation/registry"
	"github.com/anteroom-go/anteroom/scopes"
	"github.com/anteroom-go/anteroom/server/internal/flagvalue"
	"github.com/anteroom-go/anteroom/server/internal/printing"
)

type appCommands struct {
	Create  appCreate      `cmd:"" keeps:"applications" help:"Register an application; prints its client id and, once, its secret."`
	List    appList        `cmd:"" keeps:"applications" help:"List applications."`
	Show    appShow        `cmd:"" keeps:"applications" help:"Show one application."`
	Update  appUpdate      `cmd:"" keeps:"applications" help:"Change an application; flags that are not given change nothing, a list flag replaces the whole list, one with add or remove a part of it."`
	Disable appDisable     `cmd:"" keeps:"applications" help:"Disable an application: it gets no tokens, and those it has stop working."`
	Enable  appEnable      `cmd:"" keeps:"applications" help:"Enable an application again."`
	Delete  appDelete      `cmd:"" keeps:"applications" help:"Delete an application and its secrets. Its rooms stay."`
	Explain appExplain     `cmd:"" asks:"users,applications" help:"Print what an application would get for a user, and which rule decides; exits with 1 if it gets nothing. Changes nothing."`
	Revoke  appRevoke      `cmd:"" keeps:"applications" asks:"users" name:"revoke-tokens" help:"End all tokens of an application, or those for one user. It may get new ones."`
	Secret  secretCommands `cmd:"" keeps:"applications" help:"Administer the secrets of an application."`
}

// appFlags are the settings of an application. Pointers tell what was given.
type appFlags struct {
	Name        *string            `help:"Name, shown as the source of rooms." placeholder:"TEXT"`
	Scope       []string           `help:"Permitted action: rooms:list, rooms:retrieve, rooms:create, rooms:update, rooms:delete, rooms:attendees or stats:read. May be repeated, or list several." sep:"none" completion-predictor:"scopes" placeholder:"SCOPE"`
	Domain      []string           `help:"Domain of users it may act for: example.com, or *.example.com for what is below it. May be repeated." sep:"none" placeholder:"DOMAIN"`
	Email       []string           `help:"Address of a user it may act for. May be repeated." sep:"none" placeholder:"ADDRESS"`
	DelegateAny *bool              `help:"It may act for ANY user. Empties the lists of domains and addresses." negatable:""`
	Provision   *bool              `help:"Create users whom it names and who are not known yet, if they are covered." negatable:""`
	Reach       *string            `help:"Which rooms of its users it sees, changes and deletes: own, those it created itself, or user, all of them." placeholder:"own|user"`
	Undelegated *bool              `help:"It may also act for itself, without a user." negatable:""`
	Resource    *bool              `name:"resource-server" help:"It may introspect the tokens of all applications." negatable:""`
	JWKS        *flagvalue.JWKS    `name:"jwks" help:"File with its public keys, a JWK set: with those for ES256 or EdDSA it signs assertions instead of sending a secret. Empty removes them." placeholder:"FILE"`
	SecretsToo  *bool              `help:"Its secrets still work although it has keys." negatable:""`
	JWTBearer   *bool              `name:"jwt-bearer" help:"It may name the user in a signed assertion (the JWT bearer grant)." negatable:""`
	EndpointAud *bool              `name:"token-endpoint-audience" help:"Its assertions may also name the token endpoint as their audience, as Spring Security and Authlib do, not the issuer alone." negatable:""`
	DPoP        *bool              `name:"dpop" help:"No token of it is good without a proof that the sender holds its key (RFC 9449): it gets and uses no bearer tokens." negatable:""`
	Refusal     *int               `name:"refusal-status" help:"Status of every refusal to act for a user, whatever the reason, for clients that go by it: 400, 403, 404 or 422; 0 is the default, 400." placeholder:"STATUS"`
	RateLimits  *flagvalue.Limits  `name:"rate-limits" help:"Limits of its own, as serve --rate-limits has them; what is not named is as the server has it. Empty ends them." placeholder:"LIMITS"`
	TokenTTL    *flagvalue.Seconds `name:"token-ttl" help:"Life of its tokens, 60s to 1h; 0 is the server's default." placeholder:"DURATION"`

	Suffix *bool `name:"allow-public-suffix" help:"${suffix}" negatable:""`
}

// suffixHelp is the help of a flag.
const suffixHelp = "The domains given with it may be public suffixes, such as *.co.uk, in which ANYONE may " +
	"get an address."

// apply sets in the application what the flags give.
func (f appFlags) apply(app *delegation.Application) error {
	set(&app.Name, f.Name)
	set(&app.Provision, f.Provision)
	set(&app.Undelegated, f.Undelegated)
	set(&app.ResourceServer, f.Resource)
	set(&app.SecretsToo, f.SecretsToo)
	set(&app.JWTBearer, f.JWTBearer)
	set(&app.TokenEndpointAudience, f.EndpointAud)
	set(&app.DPoP, f.DPoP)
	set(&app.RefusalStatus, f.Refusal)
	set(&app.RateLimits, (*rates.Limits)(f.RateLimits))
	if f.JWKS != nil {
		app.Keys = f.JWKS.Keys
	}
	if f.Reach != nil {
		app.Reach = delegation.Reach(*f.Reach)
	}
	if f.TokenTTL != nil {
		app.TokenTTL = time.Duration(*f.TokenTTL)
	}
	if f.Scope != nil {
		granted, err := parseScopes(f.Scope)
		if err != nil {
			return err
		}
		app.Scopes = granted
	}
	return f.applyPolicy(&app.Policy)
}

// applyPolicy replaces the lists that were given. Naming users ends "any"; "any"
// empties the lists. Public suffixes are accepted for the domains beside them only.
func (f appFlags) applyPolicy(policy *delegation.Policy) error {
	if f.Domain != nil {
		domains, err := parseEach("--domain", flagvalue.Words(f.Domain), delegation.ParseDomain)
		if err != nil {
			return err
		}
		policy.Domains, policy.Any, policy.PublicSuffixes = domains, false, false
	}
	set(&policy.PublicSuffixes, f.Suffix)
	if f.Email != nil {
		emails, err := parseEach("--email", flagvalue.Words(f.Email), flagvalue.Address)
		if err != nil {
			return err
		}
		policy.Emails, policy.Any = emails, false
	}
	if f.DelegateAny == nil {
		return nil
	}
	if *f.DelegateAny && len(flagvalue.Words(f.Domain))+len(flagvalue.Words(f.Email)) > 0 {
		return usagef("--delegate-any excludes --domain and --email")
	}
	if *f.DelegateAny {
		*policy = delegation.Policy{}
	}
	policy.Any = *f.DelegateAny
	return nil
}

func parseScopes(values []string) (scopes.Set, error) {
	list, err := parseEach("--scope", flagvalue.Words(values), parseScope)
	return scopes.NewSet(list...), err
}

func parseScope(word string) (scopes.Scope, error) {
	if scope := scopes.Scope(word); scope.Valid() {
		return scope, nil
	}
	return "", errors.New("is not a scope")
}

type appCreate struct {
	databaseFlag
	rootKeyFlag
	appFlags
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
		return usagef("--name is required")
	}
	if len(flagvalue.Words(a.Scope)) == 0 && (a.Resource == nil || !*a.Resource) {
		return usagef("--scope is required: some of %s", scopes.All())
	}
	if a.SecretHash != "" && a.ClientID == "" {
		return usagef("--import-secret-hash needs --client-id")
	}
	a.JWKS.Report(c.stderr)
	var wanted delegation.Application
	if err := a.apply(&wanted); err != nil {
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
	page
	printing.Output
}

// Run lists applications.
func (a *appList) Run(ctx context.Context, c *console) error {
	if err := a.check(); err != nil {
		return err
	}
	return a.withRegistry(ctx, delegation.RootKeys{}, func(reg *registry.Registry) error {
		all, err := reg.Applications(ctx)
		if err != nil {
			return err
		}
		apps, more, err := pageOf(a.page, all, func(app delegation.Application) string { return app.ClientID })
		if err != nil {
			return err
		}
		if more {
			a.tell(c, apps[len(apps)-1].ClientID)
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
	appFlags
	listChanges
}

// Run changes an application.
func (a *appUpdate) Run(ctx context.Context, c *console) error {
	a.JWKS.Report(c.stderr)
	if err := a.check(a.appFlags); err != nil {
		return err
	}
	return a.update(ctx, c, func(app *delegation.Application) error {
		if err := a.apply(app); err != nil {
			return err
		}
		return a.change(a.appFlags, app)
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
