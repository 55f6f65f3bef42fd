package registry_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/matryer/is"
	"github.com/uptrace/bun"
	"golang.org/x/crypto/bcrypt"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/registry"
	"github.com/anteroom-go/anteroom/scopes"
	"github.com/anteroom-go/anteroom/server/database/dbtest"
	"github.com/anteroom-go/anteroom/server/database/tables"
)

const (
	importedSecret = "s3cr3t-of-another-product"
	// Made by Django 5.2: make_password(importedSecret, "saltsaltsalt"), with fewer iterations.
	djangoSHA256 = "pbkdf2_sha256$1000$saltsaltsalt$Db5YGir+bayh+7IVuG4lj62+gG1v6eC0SJROpG5i8io="
	djangoSHA1   = "pbkdf2_sha1$1000$saltsaltsalt$ZlBeY+J+5ICshVm89Xocy26AlUM="
)

func bcryptOf(t *testing.T, secret string) string {
	t.Helper()
	text, err := bcrypt.GenerateFromPassword([]byte(secret), bcrypt.MinCost)
	is.New(t).NoErr(err)
	return string(text)
}

// importer is a registry, and an authority over it.
type importer struct {
	*registry.Registry
	*delegation.Authority
	keys     *registry.Keys
	rootKeys delegation.RootKeys
}

func newImporter(t *testing.T, db *bun.DB, rootKeys delegation.RootKeys) importer {
	t.Helper()
	is := is.New(t)
	reg := newRegistry(t, registry.Config{DB: db, RootKeys: rootKeys})
	keys, err := reg.OpenKeys(t.Context())
	is.NoErr(err)
	i := importer{Registry: reg, keys: keys, rootKeys: rootKeys}
	i.Authority, err = delegation.New(i.config(func(ctx context.Context, _, _ string) (func(),
		error) {
		return atOnce(ctx)
	}))
	is.NoErr(err)
	return i
}

// config is that of an authority over the registry.
func (i importer) config(admit func(context.Context, string, string) (func(), error)) delegation.Config {
	return delegation.Config{Issuer: "https://meet.example.org", Audience: "rooms", RootKeys: i.rootKeys,
		Applications: i.Registry, Users: i.Registry, Keys: i.keys, Records: i.Registry, Admit: admit}
}

func (i importer) ask(ctx context.Context, clientID string, secret delegation.Secret) error {
	_, err := i.Issue(ctx, delegation.TokenRequest{Credentials: delegation.Credentials{ClientID: clientID,
		ClientSecret: secret}})
	return err
}

func legacy(clientID string) delegation.Application {
	return delegation.Application{ClientID: clientID, Name: "Legacy", Scopes: scopes.Rooms(), Undelegated: true}
}

func TestImportedSecrets(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		reg := newImporter(t, db, delegation.NewRootKeys())
		for name, hash := range map[string]string{"django": djangoSHA256, "django-sha1": djangoSHA1,
			"bcrypt": bcryptOf(t, importedSecret), "bcrypt-2y": "$2y" + bcryptOf(t, importedSecret)[3:]} {
			t.Run(name, func(t *testing.T) {
				is := is.New(t)
				app, secret, err := reg.ImportApplication(t.Context(), legacy(name), hash)
				is.NoErr(err)
				is.Equal(app.ClientID, name)            // the id that it had
				is.Equal(secret, delegation.Secret("")) // and the secret that it has
				for _, wrong := range []delegation.Secret{"wrong", importedSecret + "x", delegation.Secret(hash)} {
					is.True(errors.Is(reg.ask(t.Context(), name, wrong), delegation.ErrInvalidClient))
				}
				stored, err := reg.Secrets(t.Context(), name)
				is.NoErr(err)
				is.True(stored[0].Imported && len(stored[0].MAC) == 0) // nothing wrong was kept
				is.NoErr(reg.ask(t.Context(), name, importedSecret))
				stored, err = reg.Secrets(t.Context(), name)
				is.NoErr(err)
				is.Equal(len(stored[0].MAC), 32) // from now on it is as cheap as ours
				var kept string
				is.NoErr(db.NewRaw(tables.SQL(db, "SELECT imported_hash FROM {application_secrets} WHERE client_id = ?"),
					name).Scan(t.Context(), &kept))
				is.Equal(kept, "") // the foreign hash is gone
				is.NoErr(reg.ask(t.Context(), name, importedSecret))
				is.True(errors.Is(reg.ask(t.Context(), name, "wrong"), delegation.ErrInvalidClient))
				_, added, err := reg.AddSecret(t.Context(), name, "", noTime)
				is.NoErr(err)
				is.NoErr(reg.ask(t.Context(), name, added)) // a new one beside it
				is.NoErr(reg.DisableSecret(t.Context(), name, delegation.ImportedSecretID))
				is.True(errors.Is(reg.ask(t.Context(), name, importedSecret), delegation.ErrInvalidClient))
			})
		}
	})
}

func TestTokensOfADeletedApplicationStayEnded(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		is := is.New(t)
		reg := newImporter(t, db, delegation.NewRootKeys())
		_, secret, err := reg.ImportApplication(t.Context(), legacy("legacy"), "")
		is.NoErr(err)
		token, err := reg.Issue(t.Context(),
			delegation.TokenRequest{Credentials: delegation.Credentials{ClientID: "legacy", ClientSecret: secret}})
		is.NoErr(err)
		_, err = reg.Verify(t.Context(), string(token.Access))
		is.NoErr(err)
		is.NoErr(reg.DeleteApplication(t.Context(), "legacy"))
		_, _, err = reg.ImportApplication(t.Context(), legacy("legacy"), "")
		is.NoErr(err)
		_, err = reg.Verify(t.Context(), string(token.Access))
		is.True(errors.Is(err, delegation.ErrInvalidToken)) // also if another application gets its id
	})
}

func TestImportedSecretsAtOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		is := is.New(t)
		reg := newImporter(t, db, delegation.NewRootKeys())
		_, _, err := reg.ImportApplication(t.Context(), legacy("legacy"), djangoSHA256)
		is.NoErr(err)
		errs := make([]error, 16)
		var wait sync.WaitGroup
		for i := range errs {
			wait.Go(func() { errs[i] = reg.ask(t.Context(), "legacy", importedSecret) })
		}
		wait.Wait()
		for _, err := range errs {
			is.NoErr(err) // a correct secret always works, whoever renews it
		}
	})
}

func TestRefusedImports(t *testing.T) {
	reg := newImporter(t, dbtest.Open(t, dbtest.SQLite(t)), delegation.NewRootKeys())
	good := bcryptOf(t, "x")
	tests := map[string]struct{ id, hash, field string }{
		"no id":                {"", good, "ClientID"},
		"an id with a space":   {"a b", good, "ClientID"},
		"an id with a hyphen":  {"-a", good, "ClientID"},
		"an id not of ASCII":   {"ü", good, "ClientID"},
		"a long id":            {strings.Repeat("a", 256), good, "ClientID"},
		"a plain secret":       {"a", "secret", "SecretHash"},
		"another algorithm":    {"a", "argon2$argon2id$v=19$m=102400,t=2,p=8$c2FsdA$aGFzaA", "SecretHash"},
		"unsalted":             {"a", "pbkdf2_sha256$1000$$Db5YGir+bayh+7IVuG4lj62+gG1v6eC0SJROpG5i8io=", "SecretHash"},
		"no iterations":        {"a", strings.Replace(djangoSHA256, "1000", "0", 1), "SecretHash"},
		"iterations for years": {"a", strings.Replace(djangoSHA256, "1000", "99999999999", 1), "SecretHash"},
		"a short hash":         {"a", "pbkdf2_sha256$1000$salt$AAAA", "SecretHash"},
		"a cost for years":     {"a", "$2a$31" + good[6:], "SecretHash"},
		"half a bcrypt":        {"a", good[:50], "SecretHash"},
		"bcrypt and more":      {"a", good + "x", "SecretHash"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			_, _, err := reg.ImportApplication(t.Context(), legacy(test.id), test.hash)
			var invalid *registry.ConfigError
			is.True(errors.As(err, &invalid))
			is.Equal(invalid.Field, test.field)
			apps, err := reg.Applications(t.Context())
			is.NoErr(err)
			is.Equal(len(apps), 0) // nothing half-done is left
		})
	}
	t.Run("an id that is taken", func(t *testing.T) {
		is := is.New(t)
		_, secret, err := reg.ImportApplication(t.Context(), legacy("taken"), "")
		is.NoErr(err)
		is.NoErr(reg.ask(t.Context(), "taken", secret)) // without a hash: an id of its own, a secret of ours
		_, _, err = reg.ImportApplication(t.Context(), legacy("taken"), good)
		is.Equal(err, registry.ErrApplicationExists)
		is.NoErr(reg.ask(t.Context(), "taken", secret)) // and nothing changed
	})
}

// replaced returns root keys of which the second replaced the first.
func replaced(t *testing.T, first, second delegation.RootKeys) delegation.RootKeys {
	t.Helper()
	both, err := delegation.ParseRootKeys(string(second.Encode()) + "\n" + string(first.Encode()))
	is.New(t).NoErr(err)
	return both
}

func TestRootKeysRotate(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		is := is.New(t)
		first, second := delegation.NewRootKeys(), delegation.NewRootKeys()
		before := newImporter(t, db, first)
		app, secret, err := before.CreateApplication(t.Context(), legacy(""))
		is.NoErr(err)
		old, oldSecret, err := before.CreateApplication(t.Context(), legacy(""))
		is.NoErr(err)
		token, err := before.Issue(t.Context(),
			delegation.TokenRequest{Credentials: delegation.Credentials{ClientID: app.ClientID, ClientSecret: secret}})
		is.NoErr(err)

		between := newImporter(t, db, replaced(t, first, second))
		n, err := between.SecretsUnderFormerKeys(t.Context())
		is.NoErr(err)
		is.Equal(n, 2) // both still need the first
		is.NoErr(between.ask(t.Context(), app.ClientID, secret))
		// no key makes a wrong secret right
		is.True(errors.Is(between.ask(t.Context(), app.ClientID, oldSecret), delegation.ErrInvalidClient))
		_, err = between.Verify(t.Context(), string(token.Access))
		is.NoErr(err) // the signing key stays
		n, err = between.SecretsUnderFormerKeys(t.Context())
		is.NoErr(err)
		is.Equal(n, 1) // one was used, and renewed

		after := newImporter(t, db, second) // opens what was sealed anew
		_, err = after.Verify(t.Context(), string(token.Access))
		is.NoErr(err)
		is.NoErr(after.ask(t.Context(), app.ClientID, secret))
		// was not used in time
		is.True(errors.Is(after.ask(t.Context(), old.ClientID, oldSecret), delegation.ErrInvalidClient))
		resealed, err := after.Reseal(t.Context())
		is.NoErr(err)
		is.Equal(resealed, 0) // was done by opening

		_, err = newRegistry(t, registry.Config{DB: db, RootKeys: first}).OpenKeys(t.Context())
		is.True(errors.Is(err, registry.ErrRootKeyMismatch)) // the first opens nothing any more
		_, err = newRegistry(t, registry.Config{DB: db, RootKeys: first}).Reseal(t.Context())
		is.True(errors.Is(err, registry.ErrRootKeyMismatch))
	})
}
