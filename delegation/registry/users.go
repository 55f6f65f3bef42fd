package registry

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/delegation"
)

// userRow is a user as SQL has it.
type userRow struct {
	ID        string `bun:"id"`
	Email     string `bun:"email"`
	Active    bool   `bun:"active"`
	Protected bool   `bun:"protected"`
}

func (row userRow) user() delegation.User {
	return delegation.User{ID: row.ID, Email: delegation.Email(row.Email), Active: row.Active, Protected: row.Protected}
}

// UserByEmail implements [delegation.Users].
func (r *Registry) UserByEmail(ctx context.Context, email delegation.Email) (delegation.User, error) {
	return r.user(ctx, "email", string(email))
}

// UserByID implements [delegation.Users].
func (r *Registry) UserByID(ctx context.Context, id string) (delegation.User, error) {
	return r.user(ctx, "id", id)
}

// user finds a user by one of the two unique columns.
func (r *Registry) user(ctx context.Context, column, value string) (delegation.User, error) {
	if !storable(value) {
		return delegation.User{}, delegation.ErrUserNotFound
	}
	var row userRow
	err := r.db.NewRaw(`SELECT id, email, active, protected FROM users WHERE `+column+` = ?`, value).Scan(ctx, &row)
	if errors.Is(err, sql.ErrNoRows) {
		return delegation.User{}, delegation.ErrUserNotFound
	}
	if err != nil {
		return delegation.User{}, fmt.Errorf("registry: finding a user: %w", err)
	}
	return row.user(), nil
}

// UsersByEmail implements [delegation.BulkUsers].
func (r *Registry) UsersByEmail(ctx context.Context, emails []delegation.Email) ([]delegation.User, error) {
	var known []string
	for _, email := range emails {
		if storable(string(email)) {
			known = append(known, string(email))
		}
	}
	if len(known) == 0 {
		return nil, nil
	}
	var rows []userRow
	err := r.db.NewRaw(`SELECT id, email, active, protected FROM users WHERE email IN (?)`, bun.List(known)).Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("registry: finding users: %w", err)
	}
	return users(rows), nil
}

func users(rows []userRow) []delegation.User {
	list := make([]delegation.User, len(rows))
	for i, row := range rows {
		list[i] = row.user()
	}
	return list
}

// ProvisionUser implements [delegation.Provisioner].
func (r *Registry) ProvisionUser(ctx context.Context, email delegation.Email) (delegation.User, error) {
	if _, err := r.insertUser(ctx, email); err != nil {
		return delegation.User{}, err
	}
	return r.UserByEmail(ctx, email)
}

// AddUser creates an active user. [*InvalidError], ErrUserExists.
func (r *Registry) AddUser(ctx context.Context, email delegation.Email) (delegation.User, error) {
	created, err := r.insertUser(ctx, email)
	if err != nil {
		return delegation.User{}, err
	}
	if !created {
		return delegation.User{}, ErrUserExists
	}
	return r.UserByEmail(ctx, email)
}

// insertUser reports whether it created the user: if there is one with the
// address, it does nothing, so that nobody loses a race.
func (r *Registry) insertUser(ctx context.Context, email delegation.Email) (bool, error) {
	if parsed, err := delegation.ParseEmail(string(email)); err != nil || parsed != email {
		return false, &InvalidError{"email", "is not an address in lower-case ASCII"}
	}
	id, err := uuid.NewV7()
	if err != nil {
		return false, fmt.Errorf("registry: drawing an id: %w", err)
	}
	result, err := r.db.ExecContext(ctx, `INSERT INTO users (id, email, active, created_at) VALUES (?, ?, ?, ?)
		ON CONFLICT DO NOTHING`, id.String(), string(email), true, r.now())
	created, err := affected(result, err)
	if err != nil {
		return false, fmt.Errorf("registry: inserting a user: %w", err)
	}
	return created, nil
}

// Users returns all users by address.
func (r *Registry) Users(ctx context.Context) ([]delegation.User, error) {
	var rows []userRow
	if err := r.db.NewRaw(`SELECT id, email, active, protected FROM users ORDER BY email`).Scan(ctx, &rows); err != nil {
		return nil, fmt.Errorf("registry: listing users: %w", err)
	}
	return users(rows), nil
}

// SetUserActive disables a user, for whom nobody acts then, or enables them
// again. [delegation.ErrUserNotFound].
func (r *Registry) SetUserActive(ctx context.Context, email delegation.Email, active bool) (delegation.User, error) {
	return r.setUser(ctx, email, "active", active)
}

// SetUserProtected protects a user, for whom nobody may act then, or ends the
// protection. [delegation.ErrUserNotFound].
func (r *Registry) SetUserProtected(ctx context.Context, email delegation.Email, protected bool) (delegation.User, error) {
	return r.setUser(ctx, email, "protected", protected)
}

// setUser sets one of the two flags.
func (r *Registry) setUser(ctx context.Context, email delegation.Email, column string, value bool) (delegation.User, error) {
	if storable(string(email)) {
		if _, err := r.db.ExecContext(ctx, `UPDATE users SET `+column+` = ? WHERE email = ?`, value, string(email)); err != nil {
			return delegation.User{}, fmt.Errorf("registry: changing a user: %w", err)
		}
	}
	return r.UserByEmail(ctx, email)
}
