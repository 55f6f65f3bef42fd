package registry_test

import (
	"encoding/hex"
	"errors"
	"fmt"
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
	"github.com/anteroom-go/anteroom/server/database/dbtest"
	"github.com/anteroom-go/anteroom/server/database/tables"
)

// reads calls the methods that only read, and sees that they do.
func (o *office) reads() {
	o.Helper()
	is, ctx := is.New(o.T), o.Context()
	o.sent.writes = 0
	_, _, err := o.Application(ctx, "moved", "user", "token")
	is.NoErr(err)
	_, err = o.ApplicationSecret(ctx, "moved", delegation.ImportedSecretID)
	is.NoErr(err)
	_, err = o.Applications(ctx)
	is.NoErr(err)
	_, err = o.CheckImportedSecret(ctx, "moved", "x", atOnce)
	is.NoErr(err)
	_, err = o.Secrets(ctx, "moved")
	is.NoErr(err)
	_, err = o.SecretsUnderFormerKeys(ctx)
	is.NoErr(err)
	_, err = o.SigningKeys(ctx)
	is.NoErr(err)
	_, err = o.UserByEmail(ctx, "bob@example.com")
	is.NoErr(err)
	_, err = o.UserByID(ctx, "unknown")
	is.True(errors.Is(err, delegation.ErrUserNotFound))
	_, err = o.Users(ctx)
	is.NoErr(err)
	is.Equal(o.sent.writes, 0) // what is listed as reading writes nothing
}

// secretsStaySecret looks for what must not be in the record.
func (o *office) secretsStaySecret() {
	o.Helper()
	is := is.New(o.T)
	entries, more, err := audit.List(o.Context(), o.db, audit.Query{})
	is.NoErr(err)
	is.True(!more)
	var rows []struct{ MAC, ImportedHash string }
	is.NoErr(o.db.NewRaw(tables.SQL(o.db, "SELECT mac, imported_hash FROM {application_secrets}")).
		Scan(o.Context(), &rows))
	forbidden := []string{string(o.secret), importedHash, "pbkdf2", hex.EncodeToString([]byte("a MAC of")), "sealed"}
	for _, row := range rows {
		forbidden = append(forbidden, row.MAC)
	}
	for _, entry := range entries {
		for _, text := range forbidden {
			is.True(text == "" || !strings.Contains(entry.Before+entry.After+entry.Subject, text)) // no secret
		}
	}
	provisioned, _, err := audit.List(o.Context(), o.db, audit.Query{Kind: delegation.EventUserProvisioned})
	is.NoErr(err)
	is.Equal(len(provisioned), 1)
	is.True(!strings.Contains(provisioned[0].After, "@")) // the server notes no addresses by itself
	updated, _, err := audit.List(o.Context(), o.db, audit.Query{Kind: audit.ApplicationUpdated})
	is.NoErr(err)
	is.Equal(updated[0].Before, `{"domains":""}`)
	is.Equal(updated[0].After, `{"domains":"example.com"}`) // what changed, and no more
	sooner, _, err := audit.List(o.Context(), o.db, audit.Query{Kind: audit.KeyHastened})
	is.NoErr(err)
	is.Equal(sooner[0].RequestID, "request-1")
}

// TestWhatChangesNothingIsNotRecorded repeats changes.
func TestWhatChangesNothingIsNotRecorded(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		is, ctx := is.New(t), t.Context()
		add := func() {
			_, err := h.ProvisionUser(ctx, "zoe@example.com")
			is.NoErr(err)
			_, err = h.SetUserActive(ctx, "zoe@example.com", false)
			is.NoErr(err)
			_, err = h.SetUserProtected(ctx, "zoe@example.com", true)
			is.NoErr(err)
			secrets, err := h.Secrets(ctx, h.app.ClientID)
			is.NoErr(err)
			is.NoErr(h.DisableSecret(ctx, h.app.ClientID, secrets[0].ID))
			is.NoErr(h.RevokeToken(ctx, h.app.ClientID, "token", time.Now().Add(time.Hour)))
			_, err = h.UpdateApplication(ctx, h.app.ClientID, func(app *delegation.Application) error {
				app.Name = "Other"
				return nil
			})
			is.NoErr(err)
		}
		add()
		before, err := audit.Verify(ctx, h.db)
		is.NoErr(err)
		add()
		is.NoErr(h.RevokeToken(by.Application(ctx, h.app.ClientID), h.app.ClientID, "another", time.Now().Add(time.Hour)))
		after, err := audit.Verify(ctx, h.db)
		is.NoErr(err)
		is.Equal(after, before) // twice is once, and what an application does with its token is its own
	})
}

func TestPurgeForgetsTheRecord(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		is := is.New(t)
		for keep, want := range map[time.Duration]int{-1: 3, 3 * 365 * 24 * time.Hour: 3, 0: 1} {
			if keep == 0 {
				continue // last
			}
			is.Equal(recordAfterPurge(t, db, keep), want)
		}
		is.Equal(recordAfterPurge(t, db, 0), 1) // a year, unless it is configured
		_, err := registry.New(registry.Config{DB: db, KeepAudit: time.Hour})
		var wrong *registry.ConfigError
		is.True(errors.As(err, &wrong) && wrong.Field == "KeepAudit")
	})
}

// recordAfterPurge returns how many rows are left of three that are two years old.
func recordAfterPurge(t *testing.T, db *bun.DB, keep time.Duration) int {
	t.Helper()
	is := is.New(t)
	reg := newRegistry(t, registry.Config{DB: db, KeepAudit: keep})
	if list, _, err := audit.List(t.Context(), db, audit.Query{}); err != nil || len(list) == 0 {
		is.NoErr(err)
		for _, email := range []delegation.Email{"a@example.com", "b@example.com", "c@example.com"} {
			_, err := reg.AddUser(t.Context(), email)
			is.NoErr(err)
		}
		_, err := db.ExecContext(t.Context(), tables.SQL(db, "UPDATE {audit_trail} SET at = ?"),
			time.Now().AddDate(-2, 0, 0).UTC())
		is.NoErr(err)
	}
	is.NoErr(reg.Purge(t.Context()))
	list, _, err := audit.List(t.Context(), db, audit.Query{})
	is.NoErr(err)
	return len(list)
}

// take takes a step twice: with a record that fails, after which nothing has changed, and then whole.
func (o *office) take(step step) {
	o.Helper()
	is := is.New(o.T)
	ctx := o.Context()
	if step.author == operator {
		var err error
		ctx, err = by.Operator(ctx, operator)
		is.NoErr(err)
	}
	before, seq := o.state(), o.last()
	o.sent.broken = true
	if step.call(ctx) == nil {
		o.Errorf("%s succeeds without a record", step.method)
	}
	o.sent.broken = false
	is.Equal(o.state(), before) // what cannot be recorded is not done
	o.events = nil
	is.NoErr(step.call(ctx))
	entries, _, err := audit.List(ctx, o.db, audit.Query{})
	is.NoErr(err)
	var got []audit.Kind
	for _, entry := range slices.Backward(entries) {
		if entry.Seq > seq {
			got = append(got, entry.Kind)
			is.Equal(entry.By, step.author) // who
		}
	}
	if !slices.Equal(got, step.kinds) {
		o.Errorf("%s records %v, and not %v", step.method, got, step.kinds)
	}
	is.True(o.state() != before) // it changes something
	for _, event := range o.events {
		is.Equal(event.By, step.author)
		is.True(slices.Contains(step.kinds, event.Kind)) // each is an event as well
	}
}

func (o *office) last() int64 {
	o.Helper()
	entries, _, err := audit.List(o.Context(), o.db, audit.Query{Limit: 1})
	is.New(o.T).NoErr(err)
	if len(entries) == 0 {
		return 0
	}
	return entries[0].Seq
}

// state returns what the tables hold.
func (o *office) state() string {
	o.Helper()
	is := is.New(o.T)
	var all []string
	for _, table := range []string{"applications", "application_secrets", "users", "protected_addresses", "delegations",
		"revoked_tokens", "signing_keys"} {
		var rows []map[string]any
		is.NoErr(o.db.NewRaw("SELECT * FROM ?", tables.Table(o.db, table)).Scan(o.Context(), &rows))
		for _, row := range rows {
			all = append(all, fmt.Sprintln(table, row))
		}
	}
	slices.Sort(all)
	return strings.Join(all, "")
}
