package registry

import (
	"context"
	"crypto/rand"
	"fmt"
	"reflect"
	"time"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/registry/audit"
	"github.com/anteroom-go/anteroom/delegation/registry/internal/recording"
	"github.com/anteroom-go/anteroom/delegation/registry/internal/rows"
)

// Applications returns all applications, the oldest first.
func (r *Registry) Applications(ctx context.Context) ([]delegation.Application, error) {
	var rows []applicationRow
	if err := r.db.NewSelect().Model(&rows).
		ModelTableExpr(r.sql("{applications} AS a")).Order("a.created_at", "a.client_id").Scan(ctx); err != nil {
		return nil, fmt.Errorf("registry: listing applications: %w", err)
	}
	apps := make([]delegation.Application, len(rows))
	for i, row := range rows {
		var err error
		if apps[i], err = row.Application(); err != nil {
			return nil, err
		}
	}
	return apps, nil
}

// CreateApplication registers an application with these settings, active, under a new client id and
// with a new secret, which is never seen again. It ignores ClientID, Active, Generation
// and the times of the argument. It returns a [*ConfigError] for every setting
// that is not acceptable, and ErrRootKeyRequired or ErrRootKeyMismatch if no secret can be made.
func (r *Registry) CreateApplication(ctx context.Context, app delegation.Application) (
	delegation.Application, delegation.Secret, error) {
	app.ClientID, app.Generation = newClientID(), 0
	return r.withNewSecret(ctx, app)
}

// newClientID draws app_ and 22 letters and digits, 110 bits.
func newClientID() string { return "app_" + rand.Text()[:22] }

// createApplication registers an application under its client id, with a secret.
func (r *Registry) createApplication(ctx context.Context, app delegation.Application, secret delegation.Secret) (
	delegation.Application, error) {
	return r.register(ctx, app, audit.ApplicationCreated, func(ctx context.Context, tx *recording.Tx) error {
		_, err := r.insertSecret(ctx, tx, app.ClientID, secret, "", time.Time{})
		return err
	})
}

// withNewSecret registers an application under its client id, with a new secret.
func (r *Registry) withNewSecret(ctx context.Context, app delegation.Application) (
	delegation.Application, delegation.Secret, error) {
	secret := delegation.NewSecret()
	created, err := r.createApplication(ctx, app, secret)
	if err != nil {
		return delegation.Application{}, "", err
	}
	return created, secret, nil
}

// laterGeneration returns a generation for an application whose client id is not new: there may
// have been one with this id, whose tokens have ended.
func (r *Registry) laterGeneration() int64 { return r.now().UnixMicro() }

// register keeps an application, active, and what credentials add to it.
func (r *Registry) register(ctx context.Context, app delegation.Application, kind audit.Kind,
	credentials func(context.Context, *recording.Tx) error) (delegation.Application, error) {
	app.Active, app.CreatedAt = true, r.now()
	app.UpdatedAt = app.CreatedAt
	app, err := r.validated(app)
	if err != nil {
		return delegation.Application{}, err
	}
	row, err := rows.Of(app)
	if err != nil {
		return delegation.Application{}, err
	}
	row.Version = 1
	err = r.changes.Change(ctx, func(ctx context.Context, tx *recording.Tx) error {
		if err := r.insertApplication(ctx, tx, row); err != nil {
			return err
		}
		tx.Note(audit.Change{Kind: kind, ClientID: app.ClientID, After: row.Values()})
		return credentials(ctx, tx)
	})
	if err != nil {
		return delegation.Application{}, err
	}
	return app, nil
}

// validated returns the application in its canonical form, or all that is wrong with it.
func (r *Registry) validated(app delegation.Application) (delegation.Application, error) {
	if app.Reach == "" {
		app.Reach = delegation.ReachOwn
	}
	err := app.Validate()
	if unknown := app.Scopes.Minus(r.config.Scopes); err == nil && !unknown.Empty() {
		err = &ConfigError{Field: "Scopes",
			Problem: fmt.Sprintf("%q is not known; known scopes are %s", unknown, r.config.Scopes)}
	}
	if err != nil {
		return delegation.Application{}, fmt.Errorf("registry: %w", err)
	}
	return app, nil
}

func (r *Registry) insertApplication(ctx context.Context, tx *recording.Tx, row applicationRow) error {
	inserted, err := rows.Affected(tx.NewInsert().Model(&row).
		ModelTableExpr(r.sql("{applications} AS a")).On("CONFLICT DO NOTHING").Exec(ctx))
	if err != nil {
		return fmt.Errorf("registry: inserting an application: %w", err)
	}
	if !inserted {
		return ErrApplicationExists
	}
	return nil
}

// UpdateApplication lets change work on the application and keeps the result, except for ClientID, Generation and the
// times. Change is called again, on the newer state, if another change came first. Nothing is written if nothing
// changed. It returns a [*ConfigError] for every setting that is not acceptable, [delegation.ErrApplicationNotFound],
// and what change returns.
func (r *Registry) UpdateApplication(ctx context.Context, clientID string,
	change func(*delegation.Application) error) (delegation.Application, error) {
	for {
		old, err := r.application(ctx, r.db, clientID)
		if err != nil {
			return delegation.Application{}, err
		}
		row, err := r.changed(old, change)
		if err != nil {
			return delegation.Application{}, err
		}
		if reflect.DeepEqual(row, old) {
			return row.Application()
		}
		row.Version, row.UpdatedAt = old.Version+1, r.now()
		written, err := r.updateApplication(ctx, row, old)
		if err != nil {
			return delegation.Application{}, err
		}
		if written {
			return row.Application()
		}
	}
}

// changed returns the row that change makes of another, checked.
func (r *Registry) changed(old applicationRow, change func(*delegation.Application) error) (applicationRow, error) {
	app, err := old.Application()
	if err != nil {
		return applicationRow{}, err
	}
	if err := change(&app); err != nil {
		return applicationRow{}, err
	}
	app.ClientID = old.ClientID
	suffixes := app.Policy.PublicSuffixes
	if suffixes == old.PublicSuffixes && rows.Join(app.Policy.Domains) == old.Domains {
		app.Policy.PublicSuffixes = true // what is kept already is in the way of no other change
	}
	if app, err = r.validated(app); err != nil {
		return applicationRow{}, err
	}
	app.Policy.PublicSuffixes = suffixes
	row, err := rows.Of(app)
	row.Generation, row.Version = old.Generation, old.Version
	row.CreatedAt, row.UpdatedAt = old.CreatedAt, old.UpdatedAt
	return row, err
}

// updateApplication writes the row if the version is still the one with which it was read.
func (r *Registry) updateApplication(ctx context.Context, row, old applicationRow) (written bool, err error) {
	err = r.changes.Change(ctx, func(ctx context.Context, tx *recording.Tx) (err error) {
		written, err = rows.Affected(tx.NewUpdate().Model(&row).ModelTableExpr(r.sql("{applications} AS a")).
			ExcludeColumn("generation", "created_at").WherePK().Where("version = ?", old.Version).Exec(ctx))
		if err != nil {
			return fmt.Errorf("registry: updating an application: %w", err)
		}
		if written {
			was, is := audit.Between(old.Values(), row.Values())
			tx.Note(audit.Change{Kind: audit.ApplicationUpdated, ClientID: row.ClientID, Before: was, After: is})
		}
		return nil
	})
	return written, err
}

// DeleteApplication forgets an application and its secrets; its tokens end. Its rooms stay, as does
// what was taken back from it: if it is registered again under its client id, the users who opted
// out still do. It returns [delegation.ErrApplicationNotFound] if there is none.
func (r *Registry) DeleteApplication(ctx context.Context, clientID string) error {
	return r.changes.Change(ctx, func(ctx context.Context, tx *recording.Tx) error {
		old, err := r.application(ctx, tx, clientID)
		if err != nil {
			return err
		}
		deleted, err := rows.Affected(tx.NewDelete().Model((*applicationRow)(nil)).
			ModelTableExpr(r.sql("{applications} AS a")).Where("client_id = ?", clientID).Exec(ctx))
		if err != nil {
			return fmt.Errorf("registry: deleting an application: %w", err)
		}
		if !deleted {
			return delegation.ErrApplicationNotFound
		}
		tx.Note(audit.Change{Kind: audit.ApplicationDeleted, ClientID: clientID, Before: old.Values()})
		return r.forgetUses(ctx, tx, clientID)
	})
}
