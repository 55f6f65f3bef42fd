package registry

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/by"
	"github.com/anteroom-go/anteroom/delegation/registry/audit"
	"github.com/anteroom-go/anteroom/delegation/registry/internal/recording"
	"github.com/anteroom-go/anteroom/delegation/registry/internal/rows"
)

// userRow is a user as SQL has it.
type userRow = rows.User

// UserByEmail implements [delegation.Users]. It returns a User without an id for an address that is
// protected and has no user.
func (r *Registry) UserByEmail(ctx context.Context, email delegation.Email) (delegation.User, error) {
	user, err := r.directory.UserByEmail(ctx, email)
	if err == nil && user.ID == "" && !user.Protected {
		return delegation.User{}, delegation.ErrUserNotFound
	}
	return user, err
}

// UserByID implements [delegation.Users].
func (r *Registry) UserByID(ctx context.Context, id string) (delegation.User, error) {
	return existing(r.directory.UserByID(ctx, id))
}

// existingUser returns the user with an address.
func (r *Registry) existingUser(ctx context.Context, email delegation.Email) (delegation.User, error) {
	return existing(r.directory.UserByEmail(ctx, email))
}

// existing returns the user, unless there is none.
func existing(user delegation.User, err error) (delegation.User, error) {
	if err == nil && user.ID == "" {
		return delegation.User{}, delegation.ErrUserNotFound
	}
	return user, err
}

// ProvisionUser implements [delegation.Provisioner].
func (r *Registry) ProvisionUser(ctx context.Context, email delegation.Email) (delegation.User, error) {
	if _, err := r.insertUser(by.Server(ctx), delegation.EventUserProvisioned, email); err != nil {
		return delegation.User{}, err
	}
	return r.UserByEmail(ctx, email)
}

// AddUser creates an active user, who is protected if the address is. It returns a [*ConfigError]
// for "Email", and ErrUserExists if there is a user with the address.
func (r *Registry) AddUser(ctx context.Context, email delegation.Email) (delegation.User, error) {
	created, err := r.insertUser(ctx, audit.UserAdded, email)
	if err != nil {
		return delegation.User{}, err
	}
	if !created {
		return delegation.User{}, ErrUserExists
	}
	return r.UserByEmail(ctx, email)
}

// checkEmail demands the normal form: an address in another one would never be found.
func checkEmail(email delegation.Email) error {
	if parsed, err := delegation.ParseEmail(string(email)); err != nil || parsed != email {
		return &ConfigError{Field: "Email", Problem: "is not an address in lower-case ASCII"}
	}
	return nil
}

// insertUser reports whether it created the user. It does nothing if there is one with the address,
// so that no call loses a race.
func (r *Registry) insertUser(ctx context.Context, kind audit.Kind, email delegation.Email) (created bool, err error) {
	if err := checkEmail(email); err != nil {
		return false, err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return false, fmt.Errorf("registry: drawing an id: %w", err)
	}
	row := userRow{ID: id.String(), Email: string(email), Active: true, CreatedAt: r.now()}
	err = r.changes.Change(ctx, func(ctx context.Context, tx *recording.Tx) (err error) {
		created, err = rows.Affected(tx.NewInsert().Model(&row).
			ModelTableExpr(r.sql("{users} AS u")).On("CONFLICT DO NOTHING").Exec(ctx))
		if err != nil {
			return fmt.Errorf("registry: inserting a user: %w", err)
		}
		change := audit.Change{Kind: kind, UserID: row.ID}
		if kind == audit.UserAdded {
			change.After = audit.Values{"email": email}
		}
		if created {
			tx.Note(change)
		}
		return nil
	})
	return created, err
}

// Users returns all users by address and, without an id, the protected addresses that have no user.
func (r *Registry) Users(ctx context.Context) ([]delegation.User, error) {
	return r.users(ctx, rows.AllUsers+" ORDER BY 2")
}

// UsersAfter is Users from behind an address on; the zero Email means from the beginning. It
// returns at most limit of them.
func (r *Registry) UsersAfter(ctx context.Context, after delegation.Email, limit int) ([]delegation.User, error) {
	return r.users(ctx, "SELECT * FROM ("+rows.AllUsers+") AS l WHERE l.email > ? ORDER BY 2 LIMIT ?",
		string(after), limit)
}

func (r *Registry) users(ctx context.Context, query string, args ...any) ([]delegation.User, error) {
	var found []userRow
	if err := r.db.NewRaw(r.sql(query), args...).Scan(ctx, &found); err != nil {
		return nil, fmt.Errorf("registry: listing users: %w", err)
	}
	list := make([]delegation.User, len(found))
	for i, row := range found {
		list[i] = row.User()
	}
	return list, nil
}

// SetUserActive disables a user, for whom no application acts then, or enables them again. It
// returns [delegation.ErrUserNotFound] if there is no such user.
func (r *Registry) SetUserActive(ctx context.Context, email delegation.Email, active bool) (delegation.User, error) {
	kind := audit.UserDisabled
	if active {
		kind = audit.UserEnabled
	}
	err := r.changes.Change(ctx, func(ctx context.Context, tx *recording.Tx) error {
		var ids []string
		err := tx.NewUpdate().Model(&userRow{Active: active}).
			ModelTableExpr(r.sql("{users} AS u")).Column("active").
			Where("email = ? AND active <> ?", rows.OrEmpty(string(email)), active).Returning("id").Scan(ctx, &ids)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("registry: changing a user: %w", err)
		}
		for _, id := range ids {
			tx.Note(audit.Change{Kind: kind, UserID: id})
		}
		return nil
	})
	if err != nil {
		return delegation.User{}, err
	}
	return r.existingUser(ctx, email)
}

// RenameUser gives a user another address. They keep their id, so their tokens go on while the
// policy of the application covers the new address. If the old address is protected, the new one is
// protected as well. It returns a [*ConfigError] for "Email", [delegation.ErrUserNotFound] if no
// user has the old address, and ErrUserExists if another user has the new one.
func (r *Registry) RenameUser(ctx context.Context, old, email delegation.Email) (delegation.User, error) {
	if err := checkEmail(email); err != nil {
		return delegation.User{}, err
	}
	user, err := r.existingUser(ctx, old)
	if err != nil || old == email {
		return user, err
	}
	err = r.changes.Change(ctx, func(ctx context.Context, tx *recording.Tx) error {
		renamed, err := rows.Affected(tx.NewUpdate().Model(&userRow{Email: string(email)}).
			ModelTableExpr(r.sql("{users} AS u")).Column("email").
			Where("id = ? AND email = ?", user.ID, string(old)).
			Where(r.sql("NOT EXISTS (SELECT 1 FROM {users} AS other WHERE other.email = ?)"), string(email)).Exec(ctx))
		if err != nil {
			return fmt.Errorf("registry: renaming a user: %w", err)
		}
		if !renamed {
			return ErrUserExists
		}
		tx.Note(audit.Change{Kind: audit.UserRenamed, UserID: user.ID,
			Before: audit.Values{"email": old}, After: audit.Values{"email": email}})
		return r.protectLike(ctx, tx, email, old)
	})
	if err != nil {
		return delegation.User{}, err
	}
	return r.UserByID(ctx, user.ID)
}

// DeleteUser forgets a user, and what they and operators decided about applications that act for them. Their tokens
// end. A later user with the address has another id, and inherits nothing but the protection, which stands with the
// address. It returns the user as they were, or [delegation.ErrUserNotFound] if there is no such user.
func (r *Registry) DeleteUser(ctx context.Context, email delegation.Email) (delegation.User, error) {
	user, err := r.existingUser(ctx, email)
	if err != nil {
		return delegation.User{}, err
	}
	err = r.changes.Change(ctx, func(ctx context.Context, tx *recording.Tx) error {
		if _, err := tx.NewDelete().Model((*userRow)(nil)).
			ModelTableExpr(r.sql("{users} AS u")).Where("id = ?", user.ID).Exec(ctx); err != nil {
			return err
		}
		tx.Note(audit.Change{Kind: audit.UserDeleted, UserID: user.ID,
			Before: audit.Values{"email": user.Email, "active": user.Active}})
		tx.Note(audit.Change{Kind: delegation.EventTokenRevoked, UserID: user.ID})
		_, err := tx.NewDelete().Model((*delegationRow)(nil)).
			ModelTableExpr(r.sql("{delegations} AS d")).Where("user_id = ?", user.ID).Exec(ctx)
		return err
	})
	if err != nil {
		return delegation.User{}, fmt.Errorf("registry: deleting a user: %w", err)
	}
	return user, nil
}
