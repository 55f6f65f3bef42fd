package registry

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/scopes"
)

// applicationRow is an application as SQL has it.
type applicationRow struct {
	ClientID    string    `bun:"client_id"`
	Name        string    `bun:"name"`
	Active      bool      `bun:"active"`
	Scopes      string    `bun:"scopes"`
	AnyUser     bool      `bun:"any_user"`
	Domains     string    `bun:"domains"`
	Emails      string    `bun:"emails"`
	Provision   bool      `bun:"provision"`
	Undelegated bool      `bun:"undelegated"`
	Reach       string    `bun:"reach"`
	Resource    bool      `bun:"resource_server"`
	Generation  int64     `bun:"generation"`
	JWKS        string    `bun:"jwks"`
	SecretsToo  bool      `bun:"secrets_too"`
	JWTBearer   bool      `bun:"jwt_bearer"`
	TokenTTL    int64     `bun:"token_ttl"`
	Version     int64     `bun:"version"`
	CreatedAt   time.Time `bun:"created_at"`
	UpdatedAt   time.Time `bun:"updated_at"`

	TakenBack    bool         `bun:"taken_back"`
	RevokedUntil bun.NullTime `bun:"revoked_until"`
}

const applicationColumns = `a.client_id, a.name, a.active, a.scopes, a.any_user, a.domains, a.emails,
	a.provision, a.undelegated, a.reach, a.resource_server, a.generation, a.jwks, a.secrets_too, a.jwt_bearer, a.token_ttl,
	a.version, a.created_at, a.updated_at, a.taken_back, a.revoked_until`

func (row applicationRow) application(now time.Time) (delegation.Application, error) {
	granted, err := scopes.Parse(row.Scopes)
	if err != nil {
		return delegation.Application{}, fmt.Errorf("registry: reading the application %s: %w", row.ClientID, err)
	}
	keys, err := row.keys()
	if err != nil {
		return delegation.Application{}, fmt.Errorf("registry: reading the application %s: %w", row.ClientID, err)
	}
	return delegation.Application{
		Keys: keys, SecretsToo: row.SecretsToo, JWTBearer: row.JWTBearer,
		ClientID: row.ClientID, Name: row.Name, Active: row.Active, Scopes: granted,
		Policy: delegation.Policy{
			Any: row.AnyUser, Domains: split[delegation.Domain](row.Domains), Emails: split[delegation.Email](row.Emails),
		},
		Provision: row.Provision, Undelegated: row.Undelegated, Reach: delegation.Reach(row.Reach),
		ResourceServer: row.Resource, Generation: row.Generation, NothingTakenBack: !row.TakenBack && !row.RevokedUntil.After(now),
		TokenTTL: time.Duration(row.TokenTTL) * time.Second, CreatedAt: row.CreatedAt.UTC(), UpdatedAt: row.UpdatedAt.UTC(),
	}, nil
}

func (row applicationRow) keys() ([]delegation.Key, error) {
	if row.JWKS == "" {
		return nil, nil
	}
	return delegation.ParseKeys([]byte(row.JWKS))
}

// jwks writes the keys of an application, in which validated found no fault.
func jwks(keys []delegation.Key) string {
	if len(keys) == 0 {
		return ""
	}
	text, err := delegation.FormatKeys(keys)
	if err != nil {
		panic(err) // public keys of known types
	}
	return string(text)
}

func rowOf(app delegation.Application) applicationRow {
	return applicationRow{
		JWKS: jwks(app.Keys), SecretsToo: app.SecretsToo, JWTBearer: app.JWTBearer,
		ClientID: app.ClientID, Name: app.Name, Active: app.Active, Scopes: app.Scopes.String(),
		AnyUser: app.Policy.Any, Domains: join(app.Policy.Domains), Emails: join(app.Policy.Emails),
		Provision: app.Provision, Undelegated: app.Undelegated, Reach: string(app.Reach), Resource: app.ResourceServer, Generation: app.Generation,
		TokenTTL: int64(app.TokenTTL / time.Second), CreatedAt: app.CreatedAt, UpdatedAt: app.UpdatedAt,
	}
}

// split and join turn lists into the texts that the tables keep.
func split[T ~string](text string) (list []T) {
	for _, element := range strings.Fields(text) {
		list = append(list, T(element))
	}
	return list
}

func join[T ~string](list []T) string {
	texts := make([]string, len(list))
	for i, element := range list {
		texts[i] = string(element)
	}
	return strings.Join(texts, " ")
}

// Application implements [delegation.Applications].
func (r *Registry) Application(ctx context.Context, clientID string) (delegation.Application, error) {
	row, err := r.application(ctx, r.db, clientID)
	if err != nil {
		return delegation.Application{}, err
	}
	return row.application(r.now())
}

func (r *Registry) application(ctx context.Context, db bun.IDB, clientID string) (row applicationRow, err error) {
	if !storable(clientID) {
		return row, delegation.ErrApplicationNotFound
	}
	err = db.NewRaw(`SELECT `+applicationColumns+` FROM applications AS a WHERE a.client_id = ?`, clientID).Scan(ctx, &row)
	if errors.Is(err, sql.ErrNoRows) {
		return row, delegation.ErrApplicationNotFound
	}
	if err != nil {
		return row, fmt.Errorf("registry: finding an application: %w", err)
	}
	return row, nil
}

// Applications returns all applications, the oldest first.
func (r *Registry) Applications(ctx context.Context) ([]delegation.Application, error) {
	var rows []applicationRow
	err := r.db.NewRaw(`SELECT `+applicationColumns+` FROM applications AS a ORDER BY a.created_at, a.client_id`).Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("registry: listing applications: %w", err)
	}
	apps, now := make([]delegation.Application, len(rows)), r.now()
	for i, row := range rows {
		if apps[i], err = row.application(now); err != nil {
			return nil, err
		}
	}
	return apps, nil
}

// CreateApplication registers an application like the given one, active, under
// a new client id and with one secret, which is never seen again. Client id,
// Active, Generation and the times of the given one are ignored. [*InvalidError],
// ErrRootKeyRequired, ErrRootKeyMismatch.
func (r *Registry) CreateApplication(ctx context.Context, app delegation.Application) (delegation.Application, delegation.Secret, error) {
	var err error
	if app.ClientID, err = delegation.NewClientID(r.config.Random); err != nil {
		return delegation.Application{}, "", err
	}
	app.Generation = 0
	return r.createApplication(ctx, app)
}

// createApplication registers an application under its client id, with a new
// secret.
func (r *Registry) createApplication(ctx context.Context, app delegation.Application) (created delegation.Application, secret delegation.Secret, err error) {
	created, err = r.register(ctx, app, func(ctx context.Context, tx bun.Tx) (err error) {
		_, secret, err = r.insertSecret(ctx, tx, app.ClientID, "", time.Time{})
		return err
	})
	return created, secret, err
}

// register keeps an application, active, and what credentials add to it.
func (r *Registry) register(ctx context.Context, app delegation.Application, credentials func(context.Context, bun.Tx) error) (delegation.Application, error) {
	app.Active, app.NothingTakenBack, app.CreatedAt = true, true, r.now()
	app.UpdatedAt = app.CreatedAt
	app, err := r.validated(app)
	if err != nil {
		return delegation.Application{}, err
	}
	err = r.inTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := insertApplication(ctx, tx, rowOf(app)); err != nil {
			return err
		}
		return credentials(ctx, tx)
	})
	if err != nil {
		return delegation.Application{}, err
	}
	return app, nil
}

func insertApplication(ctx context.Context, tx bun.Tx, row applicationRow) error {
	inserted, err := affected(tx.ExecContext(ctx, `INSERT INTO applications (client_id, name, active, scopes, any_user, domains, emails,
		provision, undelegated, reach, resource_server, generation, jwks, secrets_too, jwt_bearer, token_ttl, version, created_at, updated_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1, ?, ?) ON CONFLICT DO NOTHING`,
		row.ClientID, row.Name, row.Active, row.Scopes, row.AnyUser, row.Domains, row.Emails,
		row.Provision, row.Undelegated, row.Reach, row.Resource, row.Generation, row.JWKS, row.SecretsToo, row.JWTBearer, row.TokenTTL, row.CreatedAt, row.UpdatedAt))
	if err != nil {
		return fmt.Errorf("registry: inserting an application: %w", err)
	}
	if !inserted {
		return ErrApplicationExists
	}
	return nil
}

// UpdateApplication lets change work on the application and keeps the result;
// client id, generation and times are not its to change. It is called again, on the newer
// state, if another change came first. What changes nothing writes nothing.
// [*InvalidError], [delegation.ErrApplicationNotFound], and what change returns.
func (r *Registry) UpdateApplication(ctx context.Context, clientID string, change func(*delegation.Application) error) (delegation.Application, error) {
	for {
		old, err := r.application(ctx, r.db, clientID)
		if err != nil {
			return delegation.Application{}, err
		}
		app, err := r.changed(old, change)
		if err != nil {
			return delegation.Application{}, err
		}
		row := rowOf(app)
		row.Version, row.CreatedAt, row.UpdatedAt = old.Version, old.CreatedAt, old.UpdatedAt
		row.TakenBack, row.RevokedUntil = old.TakenBack, old.RevokedUntil
		if reflect.DeepEqual(row, old) {
			return app, nil
		}
		app.UpdatedAt = r.now()
		row.UpdatedAt = app.UpdatedAt
		written, err := r.updateApplication(ctx, row)
		if written || err != nil {
			return app, err
		}
		if err := ctx.Err(); err != nil {
			return delegation.Application{}, err
		}
	}
}

// changed returns the application that change makes of a row, checked.
func (r *Registry) changed(old applicationRow, change func(*delegation.Application) error) (delegation.Application, error) {
	app, err := old.application(r.now())
	if err != nil {
		return app, err
	}
	if err := change(&app); err != nil {
		return app, err
	}
	app.ClientID, app.Generation = old.ClientID, old.Generation
	app.CreatedAt, app.UpdatedAt = old.CreatedAt.UTC(), old.UpdatedAt.UTC()
	return r.validated(app)
}

// updateApplication writes the row if its version is still the one it was read
// with.
func (r *Registry) updateApplication(ctx context.Context, row applicationRow) (bool, error) {
	result, err := r.db.ExecContext(ctx, `UPDATE applications SET name = ?, active = ?, scopes = ?, any_user = ?, domains = ?,
		emails = ?, provision = ?, undelegated = ?, reach = ?, resource_server = ?, generation = ?, jwks = ?, secrets_too = ?,
		jwt_bearer = ?, token_ttl = ?, version = version + 1, updated_at = ?
		WHERE client_id = ? AND version = ?`,
		row.Name, row.Active, row.Scopes, row.AnyUser, row.Domains, row.Emails, row.Provision, row.Undelegated, row.Reach,
		row.Resource, row.Generation, row.JWKS, row.SecretsToo, row.JWTBearer, row.TokenTTL, row.UpdatedAt, row.ClientID, row.Version)
	written, err := affected(result, err)
	if err != nil {
		return false, fmt.Errorf("registry: updating an application: %w", err)
	}
	return written, nil
}

// DeleteApplication forgets an application and its secrets; its tokens end. Its
// rooms stay. [delegation.ErrApplicationNotFound].
func (r *Registry) DeleteApplication(ctx context.Context, clientID string) error {
	if !storable(clientID) {
		return delegation.ErrApplicationNotFound
	}
	result, err := r.db.ExecContext(ctx, `DELETE FROM applications WHERE client_id = ?`, clientID)
	deleted, err := affected(result, err)
	if err != nil {
		return fmt.Errorf("registry: deleting an application: %w", err)
	}
	if !deleted {
		return delegation.ErrApplicationNotFound
	}
	return nil
}
