package registry_test

import (
	"errors"
	"io/fs"
	"testing"
	"testing/fstest"
	"time"

	"github.com/matryer/is"
	"github.com/pressly/goose/v3"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/registry"
	"github.com/anteroom-go/anteroom/server/database"
	"github.com/anteroom-go/anteroom/server/database/dbtest"
	"github.com/anteroom-go/anteroom/server/database/migrate"
	"github.com/anteroom-go/anteroom/server/database/tables"
)

// registeredAgain deletes the application and registers it under its id.
func (h *house) registeredAgain(t *testing.T) {
	t.Helper()
	is := is.New(t)
	is.NoErr(h.DeleteApplication(t.Context(), h.app.ClientID))
	var err error
	h.app, h.secret, err = h.ImportApplication(t.Context(), h.app, "")
	is.NoErr(err)
}

// TestRegisteredAgain: what users and operators took back from an application stays taken
// back from one that is registered under its id.
func TestRegisteredAgain(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		is := is.New(t)
		alice, err := h.UserByEmail(t.Context(), "alice@example.com")
		is.NoErr(err)
		_, err = h.AddUser(t.Context(), "bob@example.com")
		is.NoErr(err)
		_, err = h.SetUserProtected(t.Context(), "bob@example.com", true)
		is.NoErr(err)
		old, err := h.issue(t, h.secret)
		is.NoErr(err)
		is.NoErr(h.RevokeDelegation(t.Context(), h.app.ClientID, "renewed"))
		is.NoErr(h.SetOptOut(t.Context(), h.app.ClientID, alice.ID, true))
		h.registeredAgain(t)
		_, status, err := h.Application(t.Context(), h.app.ClientID, alice.ID, "")
		is.NoErr(err)
		is.True(status.OptedOut)                                                  // for the Authority to find
		is.Equal(h.reason(t, "alice@example.com"), delegation.ReasonUserOptedOut) // an opt-out stands
		is.Equal(h.reason(t, "bob@example.com"), delegation.ReasonUserProtected)  // and a protection
		_, status, err = h.Application(t.Context(), h.app.ClientID, "renewed", "")
		is.NoErr(err)
		is.Equal(status.Generation, int64(1)) // a generation goes on
		is.NoErr(h.SetOptOut(t.Context(), h.app.ClientID, alice.ID, false))
		_, err = h.authority.Verify(t.Context(), old)
		is.True(errors.Is(err, delegation.ErrInvalidToken)) // an old token stays ended
		is.Equal(h.reason(t, "alice@example.com"), delegation.Reason(""))
	})
}

func TestNothingIsKeptOfWhatWasNotTakenBack(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		is := is.New(t)
		for _, user := range []string{"used", "out", "in", "renewed"} {
			_, err := h.FirstUse(t.Context(), h.app.ClientID, user, time.Now())
			is.NoErr(err)
		}
		is.NoErr(h.SetOptOut(t.Context(), h.app.ClientID, "out", true))
		is.NoErr(h.SetOptOut(t.Context(), h.app.ClientID, "in", true))
		is.NoErr(h.SetOptOut(t.Context(), h.app.ClientID, "in", false))
		is.NoErr(h.RevokeDelegation(t.Context(), h.app.ClientID, "renewed"))
		second, _, err := h.CreateApplication(t.Context(), delegation.Application{Name: "CRM"})
		is.NoErr(err)
		_, err = h.FirstUse(t.Context(), second.ClientID, "used", time.Now())
		is.NoErr(err)
		is.NoErr(h.DeleteApplication(t.Context(), h.app.ClientID))
		var kept []string
		is.NoErr(h.db.NewRaw(tables.SQL(h.db,
			"SELECT user_id FROM {delegations} WHERE client_id = ? AND first_used_at IS NULL ORDER BY user_id"),
			h.app.ClientID).Scan(t.Context(), &kept))
		is.Equal(kept, []string{"out", "renewed"}) // what must not come back
		n, err := h.db.NewSelect().TableExpr("?", tables.Table(h.db, "delegations")).Count(t.Context())
		is.NoErr(err)
		is.True(n == 3) // and what is another application's
	})
}

// sixth returns a database with the schema before protections stood with addresses.
func sixth(t *testing.T, url string, fill ...string) *bun.DB {
	t.Helper()
	is := is.New(t)
	db, err := database.Open(t.Context(), url)
	is.NoErr(err)
	t.Cleanup(func() { _ = db.Close() })
	db = tables.On(db, tables.Names{}) // those of older programs
	first := fstest.MapFS{}
	names, err := fs.Glob(registry.Migrations, "migrations/0000[1-6]*")
	is.NoErr(err)
	for _, name := range names {
		text, err := registry.Migrations.ReadFile(name)
		is.NoErr(err)
		first[name] = &fstest.MapFile{Data: text}
	}
	is.NoErr(migrate.Apply(t.Context(), db, "registry_migrations", tables.Names{}.Files(first)))
	for _, statement := range fill {
		_, err := db.ExecContext(t.Context(), tables.SQL(db, statement))
		is.NoErr(err)
	}
	return db
}

func TestMigrationKeepsProtectionsAndOptOuts(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, url string) {
		is := is.New(t)
		db := sixth(t, url,
			`INSERT INTO {users} (id, email, active, protected, created_at) VALUES
				('1', 'alice@example.com', TRUE, TRUE, '2026-01-02'), ('2', 'bob@example.com', TRUE, FALSE, '2026-01-02')`,
			`INSERT INTO {applications} (client_id, name, active, scopes, any_user, domains, emails, provision, undelegated,
				reach,
				token_ttl, version, created_at, updated_at, taken_back) VALUES ('app', 'Calendar', TRUE, '', FALSE, 'co.uk', '',
				FALSE, FALSE, 'own', 0, 1, '2026-01-02', '2026-01-02', TRUE)`,
			`INSERT INTO {delegations} (client_id, user_id, generation, opted_out) VALUES ('app', '1', 3, TRUE)`)
		is.NoErr(database.Migrate(t.Context(), db))
		keeps := func(reg *registry.Registry) {
			alice, err := reg.UserByID(t.Context(), "1")
			is.NoErr(err)
			bob, err := reg.UserByID(t.Context(), "2")
			is.NoErr(err)
			is.True(alice.Protected && !bob.Protected)
			_, status, err := reg.Application(t.Context(), "app", "1", "")
			is.NoErr(err)
			is.Equal(status, delegation.Status{Generation: 3, OptedOut: true})
		}
		reg := newRegistry(t, registry.Config{DB: db})
		keeps(reg)
		keepsSuffix(t, reg)
		_, err := reg.SetUserProtected(t.Context(), "boss@example.com", true)
		is.NoErr(err)
		_, err = db.ExecContext(t.Context(),
			tables.SQL(db, `INSERT INTO {delegations} (client_id, user_id) VALUES ('gone', '1')`))
		is.NoErr(err)

		files, err := fs.Sub(tables.Names{}.FilesOn(db, registry.Migrations), "migrations")
		is.NoErr(err)
		which := goose.DialectSQLite3
		if db.Dialect().Name() == dialect.PG {
			which = goose.DialectPostgres
		}
		migrations, err := goose.NewProvider(which, db.DB, files,
			goose.WithTableName("registry_migrations"), goose.WithDisableGlobalRegistry(true))
		is.NoErr(err)
		_, err = migrations.DownTo(t.Context(), 6)
		is.NoErr(err)
		is.NoErr(database.Migrate(t.Context(), db))
		keeps(reg) // down and up again
		_, err = migrations.DownTo(t.Context(), 0)
		is.NoErr(err) // all the way
	})
}

// keepsSuffix works on an application whose policy has a public suffix from before these were
// refused.
func keepsSuffix(t *testing.T, reg *registry.Registry) {
	t.Helper()
	is := is.New(t)
	update := func(change func(app *delegation.Application)) error {
		_, err := reg.UpdateApplication(t.Context(), "app", func(app *delegation.Application) error {
			change(app)
			return nil
		})
		return err
	}
	app, _, err := reg.Application(t.Context(), "app", "", "")
	is.NoErr(err)
	is.Equal(app.Policy.Domains, []delegation.Domain{"co.uk"})                 // it can be read,
	is.NoErr(update(func(app *delegation.Application) { app.Active = false })) // and disabled
	is.NoErr(update(func(app *delegation.Application) { app.Policy.Emails = []delegation.Email{"u@example.com"} }))
	for _, domains := range [][]delegation.Domain{{"co.uk", "*.org.uk"}, {"*.co.uk"}, {"example.com", "co.uk"}} {
		err = update(func(app *delegation.Application) { app.Policy.Domains = domains })
		is.True(errors.As(err, new(*registry.ConfigError))) // but not widened
	}
	is.NoErr(update(func(app *delegation.Application) { app.Policy.PublicSuffixes = true }))
	app, _, err = reg.Application(t.Context(), "app", "", "")
	is.NoErr(err)
	is.True(app.Policy.PublicSuffixes && !app.Active) // what was said is kept
}
