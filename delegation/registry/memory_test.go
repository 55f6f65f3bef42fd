package registry_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/matryer/is"
	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/registry"
	"github.com/anteroom-go/anteroom/scopes"
	"github.com/anteroom-go/anteroom/server/database/dbtest"
	"github.com/anteroom-go/anteroom/server/database/tables"
)

// asked counts statements.
type asked struct{ atomic.Int64 }

func (a *asked) BeforeQuery(ctx context.Context, _ *bun.QueryEvent) context.Context { return ctx }

func (a *asked) AfterQuery(context.Context, *bun.QueryEvent) { a.Add(1) }

// replica is a process that answers, with the registry of another one beside it on the same database.
type replica struct {
	t         *testing.T
	db        *bun.DB
	operator  *registry.Registry // of a pool of its own
	keys      *registry.Keys
	asked     asked
	authority *delegation.Authority
	app       delegation.Application
	secret    delegation.Secret
	user      delegation.User
	users     int
	stop      func()
}

// replicas runs a test with a replica on each database.
func replicas(t *testing.T, run func(r *replica)) {
	t.Helper()
	dbtest.EachURL(t, func(t *testing.T, url string) { run(newReplica(t, url)) })
}

func newReplica(t *testing.T, url string) *replica {
	t.Helper()
	is := is.New(t)
	roots := delegation.NewRootKeys()
	r := &replica{t: t, db: dbtest.Open(t, url)}
	r.operator = newRegistry(t, registry.Config{DB: r.db, RootKeys: roots})
	answering := newRegistry(t, registry.Config{DB: dbtest.Open(t, url).WithQueryHook(&r.asked), RootKeys: roots})
	var err error
	r.keys, err = answering.OpenKeys(t.Context())
	is.NoErr(err)
	r.authority, err = delegation.New(delegation.Config{
		Issuer: "https://meet.example.org", Audience: "https://meet.example.org/external-api", RootKeys: roots,
		Applications: answering, Users: answering, Keys: r.keys, Records: answering, Provisioner: answering,
		Memory: answering.Memory(),
	})
	is.NoErr(err)
	r.register()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { answering.Run(ctx, func(err error) { t.Error(err) }); close(ended) }()
	r.stop = func() { cancel(); <-ended }
	t.Cleanup(r.stop)
	return r
}

// register makes an application and a user for a part of the test.
func (r *replica) register() {
	is := is.New(r.t)
	var err error
	r.app, r.secret, err = r.operator.CreateApplication(r.t.Context(), delegation.Application{Name: "Calendar",
		Scopes: scopes.Rooms(), Policy: delegation.Policy{Domains: []delegation.Domain{"example.com"}}})
	is.NoErr(err)
	r.users++
	r.user, err = r.operator.AddUser(r.t.Context(), delegation.Email(fmt.Sprintf("u%d@example.com", r.users)))
	is.NoErr(err)
}

func (r *replica) issue() (string, error) {
	token, err := r.authority.Issue(r.t.Context(), delegation.TokenRequest{Scope: string(r.user.Email),
		Credentials: delegation.Credentials{ClientID: r.app.ClientID, ClientSecret: r.secret}})
	return string(token.Access), err
}

func (r *replica) verify(token string) error {
	_, err := r.authority.Verify(r.t.Context(), token)
	return err
}

// remembers returns a token when the replica issues and verifies without a look at applications and users.
func (r *replica) remembers() (token string) {
	r.t.Helper()
	is := is.New(r.t)
	token, err := r.issue()
	is.NoErr(err)
	for deadline := time.Now().Add(10 * time.Second); ; {
		is.NoErr(r.verify(token))
		before := r.asked.Load()
		is.NoErr(r.verify(token))
		_, err := r.issue()
		is.NoErr(err)
		if r.asked.Load() == before {
			return token
		}
		is.True(time.Now().Before(deadline)) // it remembers
	}
}

// sql runs a statement as an operator may write it.
func (r *replica) sql(statement string, args ...any) error {
	_, err := r.db.ExecContext(r.t.Context(), tables.SQL(r.db, statement), args...)
	return err
}

// change changes the application.
func (r *replica) change(change func(app *delegation.Application)) error {
	_, err := r.operator.UpdateApplication(r.t.Context(), r.app.ClientID,
		func(app *delegation.Application) error { change(app); return nil })
	return err
}

// taking takes authority away. It may leave one of the two things that the replica did before.
type taking struct {
	do             func(token string) error
	stillIssues    bool
	stillVerifies  bool
	withoutWaiting bool // plain SQL is noticed soon, or at once on SQLite
}

// takings are what takes authority away.
func (r *replica) takings() map[string]taking {
	ctx, o := r.t.Context(), r.operator
	id := func() string { return r.app.ClientID }
	return map[string]taking{
		"disable the application": {do: func(string) error {
			return r.change(func(app *delegation.Application) { app.Active = false })
		}},
		"delete the application": {do: func(string) error { return o.DeleteApplication(ctx, id()) }},
		"another policy": {do: func(string) error {
			return r.change(func(app *delegation.Application) { app.Policy.Domains[0] = "example.org" })
		}},
		"end its tokens": {do: func(string) error { return o.RevokeApplication(ctx, id()) }, stillIssues: true},
		"end those for the user": {do: func(string) error {
			return o.RevokeDelegation(ctx, id(), r.user.ID)
		}, stillIssues: true},
		"end one token": {do: func(token string) error {
			grant, err := r.authority.Examine(ctx, token)
			return errors.Join(err, o.RevokeToken(ctx, id(), grant.TokenID, grant.ExpiresAt))
		}, stillIssues: true},
		"opt out": {do: func(string) error { return o.SetOptOut(ctx, id(), r.user.ID, true) }},
		"protect the user": {do: func(string) error {
			_, err := o.SetUserProtected(ctx, r.user.Email, true)
			return err
		}},
		"disable the user": {do: func(string) error {
			_, err := o.SetUserActive(ctx, r.user.Email, false)
			return err
		}},
		"rename the user": {do: func(string) error {
			_, err := o.RenameUser(ctx, r.user.Email, "x"+r.user.Email)
			return err
		}, stillVerifies: true},
		"delete the user": {do: func(string) error {
			_, err := o.DeleteUser(ctx, r.user.Email)
			return err
		}},
		"disable the secret": {do: func(string) error {
			secretID, err := r.secret.ID()
			return errors.Join(err, o.DisableSecret(ctx, id(), secretID))
		}, stillVerifies: true},
		"compromise the key": {do: func(string) error {
			keys, err := o.SigningKeys(ctx)
			active := slices.IndexFunc(keys, func(key registry.KeyInfo) bool { return key.State == registry.KeyActive })
			return errors.Join(err, o.CompromiseKey(ctx, keys[active].ID))
		}, stillIssues: true},
		"a policy by SQL": {do: func(string) error {
			return r.sql("UPDATE {applications} SET domains = '' WHERE client_id = ?", id())
		}, withoutWaiting: true},
		"delete the user by SQL": {do: func(string) error {
			return r.sql("DELETE FROM {users} WHERE id = ?", r.user.ID)
		}, withoutWaiting: true},
		"protect by SQL": {do: func(string) error {
			return r.sql("INSERT INTO {protected_addresses} (email) VALUES (?)", r.user.Email)
		}, withoutWaiting: true},
		"opt out by SQL": {do: func(string) error {
			return r.sql("UPDATE {delegations} SET opted_out = TRUE WHERE user_id = ?", r.user.ID)
		}, withoutWaiting: true},
	}
}

// TestWhatIsTakenAwayIsObeyedAtOnce: a replica that answers from memory obeys what another process takes away as
// soon as that has returned.
func TestWhatIsTakenAwayIsObeyedAtOnce(t *testing.T) {
	replicas(t, func(r *replica) {
		for name, taking := range r.takings() {
			r.t.Run(name, func(t *testing.T) {
				is := is.New(t)
				r.register()
				token := r.remembers()
				is.NoErr(taking.do(token))
				if taking.withoutWaiting {
					is.NoErr(registry.Await(t.Context(), r.db))
				}
				_, issued := r.issue()
				verified := r.verify(token)
				is.Equal(issued == nil, taking.stillIssues)
				is.Equal(verified == nil, taking.stillVerifies)
			})
		}
		is := is.New(r.t)
		r.register()
		token := r.remembers()
		r.stop() // Run has ended: nothing is answered from memory any more
		before := r.asked.Load()
		is.NoErr(r.verify(token))
		is.True(r.asked.Load() > before)
	})
}

// TestWhatIsGivenIsSeenAtOnce: an absence is not remembered.
func TestWhatIsGivenIsSeenAtOnce(t *testing.T) {
	replicas(t, func(r *replica) {
		is := is.New(r.t)
		token := r.remembers()
		is.NoErr(r.change(func(app *delegation.Application) { app.Active = false }))
		is.True(r.verify(token) != nil)
		is.NoErr(r.change(func(app *delegation.Application) { app.Active = true }))
		is.NoErr(r.verify(token))
		_, err := r.operator.SetUserProtected(r.t.Context(), r.user.Email, true)
		is.NoErr(err)
		is.True(r.verify(token) != nil)
		_, err = r.operator.SetUserProtected(r.t.Context(), r.user.Email, false)
		is.NoErr(err)
		is.NoErr(r.verify(token))
		is.Equal(r.remembers() != "", true)
	})
}

// TestRequestsChangeNoAuthority: what requests write by themselves does not make replicas forget.
func TestRequestsChangeNoAuthority(t *testing.T) {
	replicas(t, func(r *replica) {
		is, ctx := is.New(r.t), r.t.Context()
		r.remembers()
		epoch := func() (n int64) {
			is.NoErr(r.db.NewRaw(tables.SQL(r.db, "SELECT epoch FROM {authority_epoch}")).Scan(ctx, &n))
			return n
		}
		before := epoch()
		r.operator.SecretUsed(r.app.ClientID, "any", time.Now())
		secretID, err := r.secret.ID()
		is.NoErr(err)
		r.operator.SecretUsed(r.app.ClientID, secretID, time.Now())
		is.NoErr(r.operator.SaveUses(ctx))
		_, err = r.operator.FirstUse(ctx, r.app.ClientID, "somebody", time.Now())
		is.NoErr(err)
		_, err = r.operator.ProvisionUser(ctx, "new@example.com")
		is.NoErr(err)
		is.NoErr(r.operator.UseAssertion(ctx, r.app.ClientID, "a", time.Now().Add(time.Minute)))
		is.NoErr(r.operator.UseProof(ctx, "p", time.Now().Add(time.Minute)))
		_, err = r.issue()
		is.NoErr(err)
		is.NoErr(r.operator.Purge(ctx))
		is.Equal(epoch(), before)
	})
}
