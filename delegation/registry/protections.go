package registry

import (
	"context"
	"errors"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/registry/audit"
	"github.com/anteroom-go/anteroom/delegation/registry/internal/recording"
	"github.com/anteroom-go/anteroom/delegation/registry/internal/rows"
)

// protectedRow is an address for which no application may act, whoever has it.
type protectedRow struct {
	bun.BaseModel `bun:"table:protected_addresses,alias:p"`

	Email string `bun:"email,pk"`
}

// SetUserProtected protects an address, for whose user no application may act then, or ends the protection. The
// protection stands with the address, whether there is a user who has it or not: who gets the address later is
// protected too. It returns the user, without an id if there is none. It returns a [*ConfigError] for "Email", and
// [delegation.ErrUserNotFound] if the protection of an address is to end that has neither protection nor user.
func (r *Registry) SetUserProtected(ctx context.Context, email delegation.Email, protected bool) (
	delegation.User, error) {
	if err := checkEmail(email); err != nil {
		return delegation.User{}, err
	}
	if !protected {
		return r.unprotect(ctx, email)
	}
	err := r.changes.Change(ctx, func(ctx context.Context, tx *recording.Tx) error {
		// The user is locked, lest a renaming that runs leaves the protection behind.
		_, err := tx.NewUpdate().Model((*userRow)(nil)).
			ModelTableExpr(r.sql("{users} AS u")).Set("email = email").Where("email = ?", string(email)).Exec(ctx)
		if err != nil {
			return err
		}
		protected, err := rows.Affected(tx.NewInsert().Model(&protectedRow{Email: string(email)}).
			ModelTableExpr(r.sql("{protected_addresses} AS p")).
			On("CONFLICT DO NOTHING").Exec(ctx))
		if protected {
			tx.Note(audit.Change{Kind: audit.AddressProtected, Subject: string(email)})
		}
		return err
	})
	if err != nil {
		return delegation.User{}, fmt.Errorf("registry: protecting an address: %w", err)
	}
	return r.UserByEmail(ctx, email)
}

// unprotect ends the protection of an address.
func (r *Registry) unprotect(ctx context.Context, email delegation.Email) (delegation.User, error) {
	var ended bool
	err := r.changes.Change(ctx, func(ctx context.Context, tx *recording.Tx) (err error) {
		ended, err = rows.Affected(tx.NewDelete().Model(&protectedRow{Email: string(email)}).
			ModelTableExpr(r.sql("{protected_addresses} AS p")).WherePK().Exec(ctx))
		if ended {
			tx.Note(audit.Change{Kind: audit.AddressUnprotected, Subject: string(email)})
		}
		return err
	})
	if err != nil {
		return delegation.User{}, fmt.Errorf("registry: ending a protection: %w", err)
	}
	user, err := r.UserByEmail(ctx, email)
	if ended && errors.Is(err, delegation.ErrUserNotFound) {
		return delegation.User{Email: email}, nil
	}
	return user, err
}

// protectLike protects an address if another one is protected.
func (r *Registry) protectLike(ctx context.Context, tx *recording.Tx, email, like delegation.Email) error {
	protected, err := rows.Affected(tx.NewRaw(r.sql(`INSERT INTO {protected_addresses} (email)
		SELECT ? FROM {protected_addresses} AS p WHERE p.email = ? ON CONFLICT DO NOTHING`),
		string(email), string(like)).Exec(ctx))
	if err != nil {
		return fmt.Errorf("registry: protecting an address: %w", err)
	}
	if protected {
		tx.Note(audit.Change{Kind: audit.AddressProtected, Subject: string(email)})
	}
	return nil
}
