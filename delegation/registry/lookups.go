package registry

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/registry/internal/rows"
)

// applicationRow is an application as SQL has it.
type applicationRow = rows.Application

// statusRow is an application with what was taken back from it.
type statusRow struct {
	applicationRow `bun:",extend"`

	DelegationGeneration int64 `bun:"delegation_generation"`
	OptedOut             bool  `bun:"opted_out"`
	Revoked              bool  `bun:"revoked"`
}

// Application implements [delegation.Applications], in one statement.
func (r *Registry) Application(ctx context.Context, clientID, userID, tokenID string) (
	delegation.Application, delegation.Status, error) {
	var row statusRow
	fill := r.memory.Fill()
	err := r.lookUp(ctx, &row, r.db.NewSelect().Model((*applicationRow)(nil)).
		ModelTableExpr(r.sql("{applications} AS a")).ColumnExpr("?TableColumns").
		ColumnExpr("COALESCE(d.generation, 0) AS delegation_generation, COALESCE(d.opted_out, FALSE) AS opted_out").
		ColumnExpr(r.sql("EXISTS (SELECT 1 FROM {revoked_tokens} AS t WHERE t.token_id = ?) AS revoked"),
			rows.OrEmpty(tokenID)).
		Join(r.sql("LEFT JOIN {delegations} AS d ON d.client_id = a.client_id AND d.user_id = ?"),
			rows.OrEmpty(userID)), clientID)
	if err != nil {
		return delegation.Application{}, delegation.Status{}, err
	}
	app, err := row.Application()
	if err != nil {
		return delegation.Application{}, delegation.Status{}, err
	}
	status := delegation.Status{Generation: row.DelegationGeneration, OptedOut: row.OptedOut, Revoked: row.Revoked}
	r.memory.KeepApplication(fill, app, userID, tokenID, status)
	return app, status, nil
}

// application returns the row of an application.
func (r *Registry) application(ctx context.Context, db bun.IDB, clientID string) (applicationRow, error) {
	var row applicationRow
	if err := r.lookUp(ctx, &row, db.NewSelect().Model(&row).
		ModelTableExpr(r.sql("{applications} AS a")), clientID); err != nil {
		return applicationRow{}, err
	}
	return row, nil
}

// secretRow is a secret as SQL has it.
type secretRow = rows.Secret

// secretLookUpRow is what decides whether a secret is accepted. Its texts are empty
// where there is nothing.
type secretLookUpRow struct {
	secretRow `bun:",extend"`

	Application string `bun:"application"` // its client id
	Active      bool   `bun:"active"`
	Refuses     bool   `bun:"refuses"`
}

// ApplicationSecret implements [delegation.Applications], in one statement. It
// answers with one row of the same columns whether or not there is an application
// or a secret, and touches none of the columns that may be large.
func (r *Registry) ApplicationSecret(ctx context.Context, clientID, secretID string) (delegation.StoredSecret, error) {
	if !rows.Storable(clientID) {
		return delegation.StoredSecret{}, delegation.ErrApplicationNotFound
	}
	var row secretLookUpRow
	fill := r.memory.Fill()
	noTime := time.Unix(0, 0).UTC() // as much work to read as the time at which a secret was made
	err := r.db.NewRaw(r.sql(`SELECT COALESCE(a.client_id, '') AS application, COALESCE(a.active, FALSE) AS active,
			COALESCE(octet_length(a.jwks) > 0 AND NOT a.secrets_too, FALSE) AS refuses,
			COALESCE(s.secret_id, '') AS secret_id, COALESCE(s.mac, '') AS mac, COALESCE(s.label, '') AS label,
			COALESCE(s.created_at, ?) AS created_at, s.expires_at, s.last_used_at, s.disabled_at
		FROM (SELECT 1 AS one) AS o
		LEFT JOIN {applications} AS a ON a.client_id = ?
		LEFT JOIN {application_secrets} AS s ON s.client_id = ? AND s.secret_id = ?`),
		noTime, clientID, clientID, rows.OrEmpty(secretID)).Scan(ctx, &row)
	switch {
	case err != nil:
		return delegation.StoredSecret{}, fmt.Errorf("registry: finding a secret: %w", err)
	case row.Application == "":
		return delegation.StoredSecret{}, delegation.ErrApplicationNotFound
	case row.SecretID == "":
		return delegation.StoredSecret{}, delegation.ErrSecretNotFound
	}
	stored, err := row.Secret()
	stored.ClientID, stored.ApplicationActive, stored.ApplicationRefuses = row.Application, row.Active, row.Refuses
	if err == nil {
		r.memory.KeepSecret(fill, stored)
	}
	return stored, err
}

// lookUp runs a query for the application with a client id.
func (r *Registry) lookUp(ctx context.Context, row any, query *bun.SelectQuery, clientID string) error {
	if !rows.Storable(clientID) {
		return delegation.ErrApplicationNotFound
	}
	err := query.Where("a.client_id = ?", clientID).Scan(ctx, row)
	if errors.Is(err, sql.ErrNoRows) {
		return delegation.ErrApplicationNotFound
	}
	if err != nil {
		return fmt.Errorf("registry: finding an application: %w", err)
	}
	return nil
}
