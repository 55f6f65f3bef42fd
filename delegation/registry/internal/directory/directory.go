// Package directory looks up applications, secrets and users for the Authority, and remembers what it finds. What is
// looked up about a caller who has proved nothing costs the same whatever is found.
package directory

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/registry/internal/remembered"
	"github.com/anteroom-go/anteroom/delegation/registry/internal/rows"
	"github.com/anteroom-go/anteroom/server/database/native"
	"github.com/anteroom-go/anteroom/server/database/tables"
)

// Directory reads a database.
type Directory struct {
	DB     bun.IDB
	Texts  *tables.Texts
	Memory *remembered.Memory
}

// Application returns what [delegation.Applications] promises, in one statement.
func (d Directory) Application(ctx context.Context, clientID, userID, tokenID string) (
	app delegation.Application, status delegation.Status, err error) {
	if !rows.Storable(clientID) {
		return app, status, delegation.ErrApplicationNotFound
	}
	fill, row := d.Memory.Fill(), rows.Application{}
	err = native.Row(ctx, d.DB, d.Texts.SQL("SELECT "+rows.ApplicationColumns+`,
			COALESCE(d.generation, 0), COALESCE(d.opted_out, FALSE),
			EXISTS (SELECT 1 FROM {revoked_tokens} AS t WHERE t.token_id = $1)
		FROM {applications} AS a
		LEFT JOIN {delegations} AS d ON d.client_id = a.client_id AND d.user_id = $2
		WHERE a.client_id = $3`), []any{rows.OrEmpty(tokenID), rows.OrEmpty(userID), clientID},
		append(row.Targets(), &status.Generation, &status.OptedOut, &status.Revoked)...)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return app, delegation.Status{}, delegation.ErrApplicationNotFound
	case err != nil:
		return app, delegation.Status{}, fmt.Errorf("registry: finding an application: %w", err)
	}
	if app, err = row.Application(); err != nil {
		return delegation.Application{}, delegation.Status{}, err
	}
	d.Memory.KeepApplication(fill, app, userID, tokenID, status)
	return app, status, nil
}

// ApplicationSecret returns what [delegation.Applications] promises, in one statement. It
// answers with one row of the same columns whether or not there is an application
// or a secret, and touches none of the columns that may be large.
func (d Directory) ApplicationSecret(ctx context.Context, clientID, secretID string) (
	stored delegation.StoredSecret, err error) {
	if !rows.Storable(clientID) {
		return stored, delegation.ErrApplicationNotFound
	}
	fill := d.Memory.Fill()
	if stored, err = d.secret(ctx, clientID, secretID); err == nil {
		d.Memory.KeepSecret(fill, stored)
	}
	return stored, err
}

// secretQuery finds an application and one of its secrets. Its first argument is the time at which no secret was
// made, which is as much work to read as any other.
const secretQuery = `SELECT COALESCE(a.client_id, ''), COALESCE(a.active, FALSE),
		COALESCE(octet_length(a.jwks) > 0 AND NOT a.secrets_too, FALSE),
		COALESCE(s.secret_id, ''), COALESCE(s.mac, ''), COALESCE(s.label, ''),
		COALESCE(s.created_at, $1), s.expires_at, s.last_used_at, s.disabled_at
	FROM (SELECT 1 AS one) AS o
	LEFT JOIN {applications} AS a ON a.client_id = $2
	LEFT JOIN {application_secrets} AS s ON s.client_id = $3 AND s.secret_id = $4`

func (d Directory) secret(ctx context.Context, clientID, secretID string) (stored delegation.StoredSecret, err error) {
	row, application, active, refuses := rows.Secret{}, "", false, false
	err = native.Row(ctx, d.DB, d.Texts.SQL(secretQuery),
		[]any{time.Unix(0, 0).UTC(), clientID, clientID, rows.OrEmpty(secretID)},
		&application, &active, &refuses, &row.SecretID, &row.MAC, &row.Label, native.Time(&row.CreatedAt),
		native.Time(&row.ExpiresAt), native.Time(&row.LastUsedAt), native.Time(&row.DisabledAt))
	switch {
	case err != nil:
		return stored, fmt.Errorf("registry: finding a secret: %w", err)
	case application == "":
		return stored, delegation.ErrApplicationNotFound
	case row.SecretID == "":
		return stored, delegation.ErrSecretNotFound
	}
	stored, err = row.Secret()
	stored.ClientID, stored.ApplicationActive, stored.ApplicationRefuses = application, active, refuses
	return stored, err
}

// UserByEmail returns the user with an address, or one without an id if there is none; that one is Protected if the
// address is.
func (d Directory) UserByEmail(ctx context.Context, email delegation.Email) (delegation.User, error) {
	return d.user(ctx, rows.UserByEmail, string(email), string(email))
}

// UserByID returns the user with an id, or one without an id if there is none.
func (d Directory) UserByID(ctx context.Context, id string) (delegation.User, error) {
	return d.user(ctx, rows.UserByID, id)
}

func (d Directory) user(ctx context.Context, query string, values ...any) (user delegation.User, err error) {
	if text, _ := values[0].(string); !rows.Storable(text) {
		return user, delegation.ErrUserNotFound
	}
	fill := d.Memory.Fill()
	err = native.Row(ctx, d.DB, d.Texts.SQL(query), values, &user.ID, &user.Email, &user.Active, &user.Protected)
	if err != nil {
		return delegation.User{}, fmt.Errorf("registry: finding a user: %w", err)
	}
	d.Memory.KeepUser(fill, user)
	return user, nil
}
