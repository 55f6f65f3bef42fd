package registry_test

import (
	"context"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/matryer/is"
	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/by"
	"github.com/anteroom-go/anteroom/delegation/registry"
	"github.com/anteroom-go/anteroom/delegation/registry/audit"
	"github.com/anteroom-go/anteroom/scopes"
	"github.com/anteroom-go/anteroom/server/database/dbtest"
)

// step is a call of a method that changes something, and the kinds of the rows that it leaves.
type step struct {
	method string
	author string // operator unless it is the server
	kinds  []audit.Kind
	call   func(context.Context) error
}

const operator = "olivia"

// office is a registry whose record can be made to fail.
type office struct {
	*safe
	*testing.T
	db       *bun.DB
	sent     *wiretap
	app      delegation.Application
	secret   delegation.Secret
	added    delegation.StoredSecret
	user     delegation.User
	keys     *registry.Keys
	hasty    *registry.Registry
	resealed *registry.Registry
}

// wiretap sees the statements, and makes those fail that would write the record.
type wiretap struct {
	broken bool
	writes int // of anything else than the record
}

func (w *wiretap) BeforeQuery(ctx context.Context, event *bun.QueryEvent) context.Context {
	verb, _, _ := strings.Cut(strings.TrimSpace(event.Query), " ")
	recording := strings.Contains(event.Query, "audit_")
	if slices.Contains([]string{"INSERT", "UPDATE", "DELETE"}, verb) && !recording {
		w.writes++
	}
	if w.broken && recording && verb != "SELECT" {
		ended, end := context.WithCancel(ctx)
		end()
		return ended
	}
	return ctx
}

func (w *wiretap) AfterQuery(context.Context, *bun.QueryEvent) {}

func newOffice(t *testing.T, db *bun.DB) *office {
	t.Helper()
	is := is.New(t)
	o := &office{T: t, db: db, sent: &wiretap{}}
	roots, err := delegation.ParseRootKeys(strings.Repeat("a1", 32))
	is.NoErr(err)
	both, err := delegation.ParseRootKeys(strings.Repeat("b2", 32) + "\n" + strings.Repeat("a1", 32))
	is.NoErr(err)
	o.safe = newSafe(t, db.WithQueryHook(o.sent), func(c *registry.Config) { c.RootKeys = roots })
	config := registry.Config{DB: db.WithQueryHook(o.sent), RootKeys: roots, PublishFor: registry.MinPublication,
		Now: func() time.Time { return o.now }, RequestID: func(context.Context) string { return "request-1" }}
	o.hasty = newRegistry(t, config)
	config.RootKeys = both
	o.resealed = newRegistry(t, config)
	return o
}

// kinds returns kinds of a list.
func kinds(list ...audit.Kind) []audit.Kind { return list }

// steps are every method that changes something, in an order in which each can.
func (o *office) steps() []step {
	in := o.now
	return slices.Concat(o.applicationSteps(), o.userSteps(), []step{
		{"OpenKeys", by.Itself, kinds(delegation.EventKeyCreated), func(ctx context.Context) (err error) {
			o.keys, err = o.OpenKeys(ctx)
			return err
		}},
		{"RotateKey", operator, kinds(delegation.EventKeyCreated), o.RotateKey},
		{"RotateKey", operator, kinds(audit.KeyHastened), func(ctx context.Context) error { return o.hasty.RotateKey(ctx) }},
		{"AdvanceKeys", by.Itself, kinds(delegation.EventKeyActivated), func(ctx context.Context) error {
			o.now = in.Add(time.Hour)
			return o.AdvanceKeys(ctx)
		}},
		{"AdvanceKeys", by.Itself, kinds(delegation.EventKeyRetired), func(ctx context.Context) error {
			o.now = in.Add(3 * time.Hour)
			return o.AdvanceKeys(ctx)
		}},
		{"AdvanceKeys", by.Itself, kinds(delegation.EventKeyMended), func(ctx context.Context) error {
			o.now = in
			return o.AdvanceKeys(ctx)
		}},
		{"Reseal", operator, kinds(audit.KeyResealed), func(ctx context.Context) error {
			_, err := o.resealed.Reseal(ctx)
			return err
		}},
		{"CompromiseKey", operator, kinds(delegation.EventKeyCompromised, delegation.EventKeyCreated), o.compromise},
		{"Demonstration", by.Itself, kinds(audit.ApplicationCreated, audit.SecretAdded), func(ctx context.Context) error {
			_, _, err := o.resealed.Demonstration(ctx, delegation.Application{Name: "Demo"})
			return err
		}},
		{"DeleteApplication", operator, kinds(audit.ApplicationDeleted), func(ctx context.Context) error {
			return o.DeleteApplication(ctx, o.app.ClientID)
		}},
	})
}

// compromise ends the key that signs.
func (o *office) compromise(ctx context.Context) error {
	list, err := o.SigningKeys(ctx)
	if err != nil {
		return err
	}
	active := slices.IndexFunc(list, func(key registry.KeyInfo) bool { return key.State == registry.KeyActive })
	return o.resealed.CompromiseKey(ctx, list[active].ID)
}

// create registers the application that the others are about.
func (o *office) create(ctx context.Context) (err error) {
	o.app, o.secret, err = o.CreateApplication(ctx, delegation.Application{Name: "Calendar", Scopes: scopes.All()})
	return err
}

func (o *office) applicationSteps() []step {
	return []step{
		{"CreateApplication", operator, kinds(audit.ApplicationCreated, audit.SecretAdded), o.create},
		{"ImportApplication", operator, kinds(audit.ApplicationImported), func(ctx context.Context) error {
			_, _, err := o.ImportApplication(ctx, delegation.Application{ClientID: "moved", Name: "Moved"}, importedHash)
			return err
		}},
		{"ImportApplication", operator, kinds(audit.ApplicationCreated, audit.SecretAdded), func(ctx context.Context) error {
			_, _, err := o.ImportApplication(ctx, delegation.Application{ClientID: "renewed", Name: "Moved"}, "")
			return err
		}},
		{"UpdateApplication", operator, kinds(audit.ApplicationUpdated), func(ctx context.Context) error {
			_, err := o.UpdateApplication(ctx, o.app.ClientID, func(app *delegation.Application) error {
				app.Policy.Domains = []delegation.Domain{"example.com"}
				return nil
			})
			return err
		}},
		{"AddSecret", operator, kinds(audit.SecretAdded), func(ctx context.Context) (err error) {
			o.added, _, err = o.AddSecret(ctx, o.app.ClientID, "second", time.Time{})
			return err
		}},
		{"RotateSecret", operator, kinds(audit.SecretRotated, audit.SecretAdded), func(ctx context.Context) error {
			_, _, err := o.RotateSecret(ctx, o.app.ClientID, "third", time.Hour)
			return err
		}},
		{"DisableSecret", operator, kinds(audit.SecretDisabled), func(ctx context.Context) error {
			return o.DisableSecret(ctx, o.app.ClientID, o.added.ID)
		}},
		{"RenewSecret", by.Itself, kinds(audit.SecretRenewed), func(ctx context.Context) error {
			return o.RenewSecret(ctx, "moved", delegation.ImportedSecretID, []byte("a MAC of thirty-two bytes at all"))
		}},
		{"RevokeToken", operator, kinds(delegation.EventTokenRevoked), func(ctx context.Context) error {
			return o.RevokeToken(ctx, o.app.ClientID, "token", o.now.Add(time.Hour))
		}},
		{"RevokeDelegation", operator, kinds(delegation.EventTokenRevoked), func(ctx context.Context) error {
			return o.RevokeDelegation(ctx, o.app.ClientID, "user")
		}},
		{"RevokeApplication", operator, kinds(delegation.EventTokenRevoked), func(ctx context.Context) error {
			return o.RevokeApplication(ctx, o.app.ClientID)
		}},
	}
}

func (o *office) userSteps() []step {
	user := func(work func(ctx context.Context) (delegation.User, error)) func(context.Context) error {
		return func(ctx context.Context) (err error) {
			o.user, err = work(ctx)
			return err
		}
	}
	return []step{
		{"AddUser", operator, kinds(audit.UserAdded), user(func(ctx context.Context) (delegation.User, error) {
			return o.AddUser(ctx, "alice@example.com")
		})},
		{"ProvisionUser", by.Itself, kinds(delegation.EventUserProvisioned),
			user(func(ctx context.Context) (delegation.User, error) { return o.ProvisionUser(ctx, "bob@example.com") })},
		{"SetUserActive", operator, kinds(audit.UserDisabled), user(func(ctx context.Context) (delegation.User, error) {
			return o.SetUserActive(ctx, "alice@example.com", false)
		})},
		{"SetUserActive", operator, kinds(audit.UserEnabled), user(func(ctx context.Context) (delegation.User, error) {
			return o.SetUserActive(ctx, "alice@example.com", true)
		})},
		{"SetUserProtected", operator, kinds(audit.AddressProtected),
			user(func(ctx context.Context) (delegation.User, error) {
				return o.SetUserProtected(ctx, "alice@example.com", true)
			})},
		{"RenameUser", operator, kinds(audit.UserRenamed, audit.AddressProtected),
			user(func(ctx context.Context) (delegation.User, error) {
				return o.RenameUser(ctx, "alice@example.com", "eve@example.com")
			})},
		{"SetUserProtected", operator, kinds(audit.AddressUnprotected),
			user(func(ctx context.Context) (delegation.User, error) {
				return o.SetUserProtected(ctx, "eve@example.com", false)
			})},
		{"SetOptOut", operator, kinds(audit.UserOptedOut), func(ctx context.Context) error {
			return o.SetOptOut(ctx, o.app.ClientID, o.user.ID, true)
		}},
		{"SetOptOut", operator, kinds(audit.UserOptedIn), func(ctx context.Context) error {
			return o.SetOptOut(ctx, o.app.ClientID, o.user.ID, false)
		}},
		{"DeleteUser", operator, kinds(audit.UserDeleted, delegation.EventTokenRevoked),
			user(func(ctx context.Context) (delegation.User, error) { return o.DeleteUser(ctx, "eve@example.com") })},
	}
}

// importedHash is the hash of a secret in another product.
const importedHash = djangoSHA256

// unrecorded are the methods that record nothing: those that only read, and those of which the comment
// tells why what they write is no decision.
func unrecorded() []string {
	return []string{"Application", "ApplicationSecret", "Applications", "CheckImportedSecret", "Secrets",
		"SecretsUnderFormerKeys", "SigningKeys", "UserByEmail", "UserByID", "Users", "UsersAfter", "Memory",
		"FirstUse", "SecretUsed", "SaveUses", "UseAssertion", "UseProof", // what callers do, which they do all the time
		"Run", "Housekeep", "Purge", // only what has expired is removed; of the record itself TestPurgeForgetsTheRecord tells
	}
}

// TestNothingIsChangedWithoutARecord goes through every method, so that a new one is put into one list or the
// other.
func TestNothingIsChangedWithoutARecord(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		o := newOffice(t, db)
		left := map[string]bool{}
		for method := range reflect.TypeFor[*registry.Registry]().Methods() {
			left[method.Name] = !slices.Contains(unrecorded(), method.Name)
		}
		for _, step := range o.steps() {
			o.take(step)
			left[step.method] = false
		}
		for method, forgotten := range left {
			if forgotten {
				t.Errorf("%s is in no list", method)
			}
		}
		report, err := audit.Verify(t.Context(), db)
		is.New(t).NoErr(err)
		is.New(t).True(report.Rows > 25)
		o.reads()
		o.secretsStaySecret()
	})
}
