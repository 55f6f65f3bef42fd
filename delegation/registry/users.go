package registry

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/delegation"
)

// userRow is a user as SQL has it.
type userRow struct {
	bun.BaseModel `bun:"table:users,alias:u"`

	ID        string    `bun:"id,pk"`
	Email     string    `bun:"email"`
	Active    bool      `bun:"active"`
	Protected bool      `bun:"protected"`
	CreatedAt time.Time `bun:"created_at"`
}

func (row userRow) user() delegation.User {
	return delegation.User{ID: row.ID, Email: delegation.Email(row.Email), Active: row.Active, Protected: row.Protected}
}

// UserByEmail implements [delegation.Users].
func (r *Registry) UserByEmail(ctx context.Context, email delegation.Email) (delegation.User, error) {
	return userWhere(ctx, r.db, "u.email = ?", string(email))
}

// UserByID implements [delegation.Users].
func (r *Registry) UserByID(ctx context.Context, id string) (delegation.User, error) {
	return userWhere(ctx, r.db, "u.id = ?", id)
}

// userWhere finds a user by one of the two unique columns. The database answers
// with one row whether or not there is a user: the work is the same.
func userWhere(ctx context.Context, db bun.IDB, condition, value string) (delegation.User, error) {
	if !storable(value) {
		return delegation.User{}, delegation.ErrUserNotFound
	}
	var row userRow
	err := db.NewRaw(`SELECT COALESCE(u.id, '') AS id, COALESCE(u.email, '') AS email,
			COALESCE(u.active, FALSE) AS active, COALESCE(u.protected, FALSE) AS protected
		FROM (SELECT 1 AS one) AS o LEFT JOIN users AS u ON `+condition, value).Scan(ctx, &row)
	if err != nil {
		return delegation.User{}, fmt.Errorf("registry: finding a user: %w", err)
	}
	if row.ID == "" {
		return delegation.User{}, delegation.ErrUserNotFound
	}
	return row.user(), nil
}

// ProvisionUser implements [delegation.Provisioner].
func (r *Registry) ProvisionUser(ctx context.Context, email delegation.Email) (delegation.User, error) {
	if _, err := r.insertUser(ctx, email); err != nil {
		return delegation.User{}, err
	}
	return r.UserByEmail(ctx, email)
}

// AddUser creates an active user. It returns a [*ConfigError] for "Email", and
// ErrUserExists if there is a user with the address.
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

// checkEmail demands the normal form: an address in another one would never be
// found.
func checkEmail(email delegation.Email) error {
	if parsed, err := delegation.ParseEmail(string(email)); err != nil || parsed != email {
		return &ConfigError{Field: "Email", Problem: "is not an address in lower-case ASCII"}
	}
	return nil
}

// insertUser reports whether it created the user. It does nothing if there is one
// with the address, so that no call loses a race.
func (r *Registry) insertUser(ctx context.Context, email delegation.Email) (bool, error) {
	if err := checkEmail(email); err != nil {
		return false, err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return false, fmt.Errorf("registry: drawing an id: %w", err)
	}
	row := userRow{ID: id.String(), Email: string(email), Active: true, CreatedAt: r.now()}
	created, err := affected(r.db.NewInsert().Model(&row).On("CONFLICT DO NOTHING").Exec(ctx))
	if err != nil {
		return false, fmt.Errorf("registry: inserting a user: %w", err)
	}
	return created, nil
}

// Users returns all users by address.
func (r *Registry) Users(ctx context.Context) ([]delegation.User, error) {
	var rows []userRow
	if err := r.db.NewSelect().Model(&rows).Order("u.email").Scan(ctx); err != nil {
		return nil, fmt.Errorf("registry: listing users: %w", err)
	}
	list := make([]delegation.User, len(rows))
	for i, row := range rows {
		list[i] = row.user()
	}
	return list, nil
}

// SetUserActive disables a user, for whom no application acts then, or enables
// them again. It returns [delegation.ErrUserNotFound] if there is no such user.
func (r *Registry) SetUserActive(ctx context.Context, email delegation.Email, active bool) (delegation.User, error) {
	return r.setUser(ctx, email, userRow{Active: active}, "active")
}

// SetUserProtected protects a user, for whom no application may act then, or
// ends the protection. It returns [delegation.ErrUserNotFound] if there is no
// such user.
func (r *Registry) SetUserProtected(ctx context.Context, email delegation.Email, protected bool) (
	delegation.User, error) {
	return r.setUser(ctx, email, userRow{Protected: protected}, "protected")
}

// setUser sets one column of a user to its value in the row.
func (r *Registry) setUser(ctx context.Context, email delegation.Email, row userRow, column string) (
	delegation.User, error) {
	_, err := r.db.NewUpdate().Model(&row).Column(column).Where("email = ?", orEmpty(string(email))).Exec(ctx)
	if err != nil {
		return delegation.User{}, fmt.Errorf("registry: changing a user: %w", err)
	}
	return r.UserByEmail(ctx, email)
}

// RenameUser gives a user another address. They keep their id, so their tokens
// go on while the policy of the application covers the new address. It returns a
// [*ConfigError] for "Email", [delegation.ErrUserNotFound] if no user has the
// old address, and ErrUserExists if another user has the new one.
func (r *Registry) RenameUser(ctx context.Context, old, email delegation.Email) (delegation.User, error) {
	if err := checkEmail(email); err != nil {
		return delegation.User{}, err
	}
	user, err := r.UserByEmail(ctx, old)
	if err != nil || old == email {
		return user, err
	}
	renamed, err := affected(r.db.NewUpdate().Model(&userRow{Email: string(email)}).Column("email").
		Where("id = ? AND email = ?", user.ID, string(old)).
		Where("NOT EXISTS (SELECT 1 FROM users AS other WHERE other.email = ?)", string(email)).Exec(ctx))
	if err != nil {
		return delegation.User{}, fmt.Errorf("registry: renaming a user: %w", err)
	}
	if !renamed {
		return delegation.User{}, ErrUserExists
	}
	return r.UserByID(ctx, user.ID)
}

// DeleteUser forgets a user, and what they and operators decided about
// applications that act for them. Their tokens end. A later user with the
// address has another id, and inherits nothing. It returns the user as they
// were, or [delegation.ErrUserNotFound] if there is no such user.
func (r *Registry) DeleteUser(ctx context.Context, email delegation.Email) (delegation.User, error) {
	user, err := r.UserByEmail(ctx, email)
	if err != nil {
		return delegation.User{}, err
	}
	err = r.inTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if _, err := tx.NewDelete().Model((*userRow)(nil)).Where("id = ?", user.ID).Exec(ctx); err != nil {
			return err
		}
		_, err := tx.NewDelete().Model((*delegationRow)(nil)).Where("user_id = ?", user.ID).Exec(ctx)
		return err
	})
	if err != nil {
		return delegation.User{}, fmt.Errorf("registry: deleting a user: %w", err)
	}
	r.tell(ctx, delegation.Event{Kind: delegation.EventTokenRevoked, UserID: user.ID})
	return user, nil
}
