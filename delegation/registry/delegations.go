package registry

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/anteroom-go/anteroom/delegation"
)

// userStatusRow is a user with what was taken back, as SQL has it: no id is no
// user.
type userStatusRow struct {
	UserID     string `bun:"user_id"`
	Email      string `bun:"user_email"`
	Active     bool   `bun:"user_active"`
	Protected  bool   `bun:"user_protected"`
	Generation int64  `bun:"delegation_generation"`
	OptedOut   bool   `bun:"opted_out"`
	Revoked    bool   `bun:"revoked"`
}

const userStatusColumns = `COALESCE(u.id, '') AS user_id, COALESCE(u.email, '') AS user_email, COALESCE(u.active, FALSE) AS user_active,
	COALESCE(u.protected, FALSE) AS user_protected, COALESCE(d.generation, 0) AS delegation_generation,
	COALESCE(d.opted_out, FALSE) AS opted_out`

func (row userStatusRow) user() (delegation.User, error) {
	if row.UserID == "" {
		return delegation.User{}, delegation.ErrUserNotFound
	}
	return userRow{ID: row.UserID, Email: row.Email, Active: row.Active, Protected: row.Protected}.user(), nil
}

func (row userStatusRow) status() delegation.Status {
	return delegation.Status{Generation: row.Generation, OptedOut: row.OptedOut, Revoked: row.Revoked}
}

// Delegation implements [delegation.Delegations], in one query.
func (r *Registry) Delegation(ctx context.Context, clientID, userID, tokenID string) (delegation.Application, delegation.User, delegation.Status, error) {
	var row struct {
		applicationRow `bun:",extend"`
		userStatusRow  `bun:",extend"`
	}
	none := delegation.Status{}
	if !storable(clientID) {
		return delegation.Application{}, delegation.User{}, none, delegation.ErrApplicationNotFound
	}
	sought := userID
	if !storable(userID) {
		sought = ""
	}
	if !storable(tokenID) {
		tokenID = ""
	}
	err := r.db.NewRaw(`SELECT `+applicationColumns+`, `+userStatusColumns+`,
		EXISTS (SELECT 1 FROM revoked_tokens WHERE token_id = ?) AS revoked
		FROM applications AS a LEFT JOIN users AS u ON u.id = ?
		LEFT JOIN delegations AS d ON d.client_id = a.client_id AND d.user_id = ?
		WHERE a.client_id = ?`, tokenID, sought, sought, clientID).Scan(ctx, &row)
	if errors.Is(err, sql.ErrNoRows) {
		return delegation.Application{}, delegation.User{}, none, delegation.ErrApplicationNotFound
	}
	if err != nil {
		return delegation.Application{}, delegation.User{}, none, fmt.Errorf("registry: finding a delegation: %w", err)
	}
	app, err := row.application()
	if err != nil {
		return app, delegation.User{}, none, err
	}
	if userID == "" { // a token without a user
		return app, delegation.User{}, row.status(), nil
	}
	user, err := row.user()
	return app, user, row.status(), err
}

// UserStatus implements [delegation.Delegations], in one query.
func (r *Registry) UserStatus(ctx context.Context, clientID string, email delegation.Email) (delegation.User, delegation.Status, error) {
	var row userStatusRow
	if !storable(string(email)) || !storable(clientID) {
		return delegation.User{}, delegation.Status{}, delegation.ErrUserNotFound
	}
	err := r.db.NewRaw(`SELECT `+userStatusColumns+`, FALSE AS revoked
		FROM users AS u LEFT JOIN delegations AS d ON d.client_id = ? AND d.user_id = u.id
		WHERE u.email = ?`, clientID, string(email)).Scan(ctx, &row)
	if errors.Is(err, sql.ErrNoRows) {
		return delegation.User{}, delegation.Status{}, delegation.ErrUserNotFound
	}
	if err != nil {
		return delegation.User{}, delegation.Status{}, fmt.Errorf("registry: finding a user: %w", err)
	}
	user, err := row.user()
	return user, row.status(), err
}
