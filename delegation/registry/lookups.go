package registry

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/registry/internal/rows"
)

// applicationRow is an application as SQL has it.
type applicationRow = rows.Application

// Application implements [delegation.Applications].
func (r *Registry) Application(ctx context.Context, clientID, userID, tokenID string) (
	delegation.Application, delegation.Status, error) {
	return r.directory.Application(ctx, clientID, userID, tokenID)
}

// ApplicationSecret implements [delegation.Applications].
func (r *Registry) ApplicationSecret(ctx context.Context, clientID, secretID string) (delegation.StoredSecret, error) {
	return r.directory.ApplicationSecret(ctx, clientID, secretID)
}

// application returns the row of an application.
func (r *Registry) application(ctx context.Context, db bun.IDB, clientID string) (applicationRow, error) {
	if !rows.Storable(clientID) {
		return applicationRow{}, delegation.ErrApplicationNotFound
	}
	var row applicationRow
	err := db.NewSelect().Model(&row).ModelTableExpr(r.sql("{applications} AS a")).
		Where("a.client_id = ?", clientID).Scan(ctx)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return applicationRow{}, delegation.ErrApplicationNotFound
	case err != nil:
		return applicationRow{}, fmt.Errorf("registry: finding an application: %w", err)
	}
	return row, nil
}

// secretRow is a secret as SQL has it.
type secretRow = rows.Secret
