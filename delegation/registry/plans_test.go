package registry_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/matryer/is"
	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/registry"
	"github.com/anteroom-go/anteroom/server/database/dbtest"
	"github.com/anteroom-go/anteroom/server/database/tables"
)

// recorder keeps the statements that reach the database.
type recorder struct {
	mu      sync.Mutex
	queries []string
}

func (r *recorder) BeforeQuery(ctx context.Context, _ *bun.QueryEvent) context.Context { return ctx }

func (r *recorder) AfterQuery(_ context.Context, event *bun.QueryEvent) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if event.Query != "BEGIN" && event.Query != "COMMIT" {
		r.queries = append(r.queries, event.Query)
	}
}

const manyRows = 20_000

// fillTables makes applications, users and what is kept of them.
func fillTables(t *testing.T, db *bun.DB) {
	t.Helper()
	is := is.New(t)
	for _, statement := range []string{
		`INSERT INTO {applications} (client_id, name, active, scopes, any_user, domains, emails, provision, undelegated,
				reach,
			token_ttl, version, created_at, updated_at)
			SELECT 'app-' || n, 'x', TRUE, 'rooms:list', TRUE, '', '', FALSE, FALSE, 'own', 0, 1, ?, ? FROM n`,
		`INSERT INTO {application_secrets} (client_id, secret_id, mac, label, created_at)
			SELECT 'app-' || n, 'secret-' || n, '', '', ? FROM n`,
		`INSERT INTO {users} (id, email, active, created_at) SELECT 'user-' || n, 'u' || n || '@example.com', TRUE, ? FROM n`,
		`INSERT INTO {audit_trail} (seq, at, author, kind, client_id, user_id, subject, request_id, before_change,
			after_change, hash) SELECT n, ?, 'op', 'user.added', '', 'user-' || n, '', '', '', '', 'h' FROM n`,
		`INSERT INTO {audit_chain} (name, seq, hash) SELECT 'chain', max(n), 'h' FROM n`,
		`INSERT INTO {protected_addresses} (email) SELECT 'p' || n || '@example.com' FROM n`,
		`INSERT INTO {delegations} (client_id, user_id) SELECT 'app-' || n, 'user-' || n FROM n`,
		`INSERT INTO {revoked_tokens} (token_id, expires_at) SELECT 'token-' || n, ? FROM n`,
		`INSERT INTO {used_assertions} (client_id, assertion_id, expires_at) SELECT 'app-' || n, 'id-' || n, ? FROM n`,
		`INSERT INTO {authority_leases} (holder, seen, term) SELECT 'replica-' || n, n, n FROM n WHERE n < 4`,
		`INSERT INTO {authority_changes} (epoch, kind, subject, created_at) SELECT -n, 'user', 'user-' || n, ? FROM n`,
		`INSERT INTO {used_proofs} (proof_id, expires_at) SELECT 'proof-' || n, ? FROM n`,
	} {
		args := []any{manyRows}
		for range strings.Count(statement, "?") {
			args = append(args, time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC))
		}
		insert, selection, _ := strings.Cut(statement, "SELECT ")
		numbers := ` WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ?) SELECT `
		_, err := db.ExecContext(t.Context(), tables.SQL(db, insert+numbers+selection), args...)
		is.NoErr(err)
	}
	_, err := db.ExecContext(t.Context(), tables.SQL(db, "ANALYZE"))
	is.NoErr(err)
}

// scansTable reports whether a step reads a whole table. The row "o" of a constant,
// to which statements join what they look for, is no table, and the end of the audit
// trail is one row.
func scansTable(step string) bool {
	for _, small := range []string{"audit_chain", "authority_epoch", "authority_leases"} { // a row, and a row a replica
		if strings.Contains(step, "Seq Scan on "+small) {
			return false
		}
	}
	if step == "SCAN CONSTANT ROW" || step == "SCAN o" {
		return false
	}
	return strings.Contains(step, "Seq Scan") || strings.HasPrefix(step, "SCAN ")
}

// TestPlans asks the databases how they answer what requests and housekeeping
// send: every table is entered by an index.
func TestPlans(t *testing.T) {
	calls := map[string]func(ctx context.Context, reg *registry.Registry) error{
		"application": func(ctx context.Context, reg *registry.Registry) error {
			_, _, err := reg.Application(ctx, "app-77", "user-77", "token-77")
			return err
		},
		"application and delegation": func(ctx context.Context, reg *registry.Registry) error {
			_, _, err := reg.Application(ctx, "app-77", "user-77", "")
			return err
		},
		"application and secret": func(ctx context.Context, reg *registry.Registry) error {
			_, err := reg.ApplicationSecret(ctx, "app-77", "secret-77")
			return err
		},
		"user by id": func(ctx context.Context, reg *registry.Registry) error {
			_, err := reg.UserByID(ctx, "user-77")
			return err
		},
		"user by address": func(ctx context.Context, reg *registry.Registry) error {
			_, err := reg.UserByEmail(ctx, "u77@example.com")
			return err
		},
		"provision": func(ctx context.Context, reg *registry.Registry) error {
			_, err := reg.ProvisionUser(ctx, "u77@example.com")
			return err
		},
		"first use": func(ctx context.Context, reg *registry.Registry) error {
			_, err := reg.FirstUse(ctx, "app-77", "user-78", time.Now())
			return err
		},
		"renew": func(ctx context.Context, reg *registry.Registry) error {
			return reg.RenewSecret(ctx, "app-77", "secret-77", nil)
		},
		"imported": func(ctx context.Context, reg *registry.Registry) error {
			_, err := reg.CheckImportedSecret(ctx, "app-77", "x", atOnce)
			return err
		},
		"use a proof": func(ctx context.Context, reg *registry.Registry) error {
			return reg.UseProof(ctx, "proof", time.Now())
		},
		"revoke token": func(ctx context.Context, reg *registry.Registry) error {
			return reg.RevokeToken(ctx, "app-77", "t", time.Now())
		},
		"revoke delegation": func(ctx context.Context, reg *registry.Registry) error {
			return reg.RevokeDelegation(ctx, "app-77", "user-77")
		},
		"assertion": func(ctx context.Context, reg *registry.Registry) error {
			return reg.UseAssertion(ctx, "app-77", "t", time.Now())
		},
		"save a use": func(ctx context.Context, reg *registry.Registry) error {
			reg.SecretUsed("app-77", "secret-77", time.Now())
			return reg.SaveUses(ctx)
		},
		"purge": func(ctx context.Context, reg *registry.Registry) error { return reg.Purge(ctx) },
		"protect a user": func(ctx context.Context, reg *registry.Registry) error {
			_, err := reg.SetUserProtected(ctx, "u78@example.com", true)
			return err
		},
		"unprotect a user": func(ctx context.Context, reg *registry.Registry) error {
			_, err := reg.SetUserProtected(ctx, "p78@example.com", false)
			return err
		},
		"rename a user": func(ctx context.Context, reg *registry.Registry) error {
			_, err := reg.RenameUser(ctx, "u80@example.com", "v80@example.com")
			return err
		},
		"delete an application": func(ctx context.Context, reg *registry.Registry) error {
			return reg.DeleteApplication(ctx, "app-79")
		},
		"delete a user": func(ctx context.Context, reg *registry.Registry) error {
			_, err := reg.DeleteUser(ctx, "u79@example.com")
			return err
		},
	}
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		fillTables(t, db)
		for name, call := range calls {
			t.Run(name, func(t *testing.T) {
				is := is.New(t)
				sent := &recorder{}
				reg := newRegistry(t, registry.Config{DB: db.WithQueryHook(sent), RootKeys: delegation.NewRootKeys()})
				is.NoErr(call(t.Context(), reg))
				is.True(len(sent.queries) > 0) // it asks the database
				for _, query := range sent.queries {
					for _, step := range dbtest.Explain(t, db, query) {
						if scansTable(step) {
							t.Errorf("%s\n\n%s", query, step)
						}
					}
				}
			})
		}
	})
}
