package registry

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"reflect"
	"time"

	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/delegation"
)

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
	err := r.lookUp(ctx, &row, r.db.NewSelect().Model((*applicationRow)(nil)).ColumnExpr("?TableColumns").
		ColumnExpr("COALESCE(d.generation, 0) AS delegation_generation, COALESCE(d.opted_out, FALSE) AS opted_out").
		ColumnExpr("EXISTS (SELECT 1 FROM revoked_tokens AS t WHERE t.token_id = ?) AS revoked", orEmpty(tokenID)).
		Join("LEFT JOIN delegations AS d ON d.client_id = a.client_id AND d.user_id = ?", orEmpty(userID)), clientID)
	if err != nil {
		return delegation.Application{}, delegation.Status{}, err
	}
	app, err := row.application()
	if err != nil {
		return delegation.Application{}, delegation.Status{}, err
	}
	return app, delegation.Status{Generation: row.DelegationGeneration, OptedOut: row.OptedOut, Revoked: row.Revoked}, nil
}

// secretRow is a secret as SQL has it.
type secretRow struct {
	bun.BaseModel `bun:"table:application_secrets,alias:s"`

	ClientID     string    `bun:"client_id,pk"`
	SecretID     string    `bun:"secret_id,pk"`
	MAC          string    `bun:"mac"` // hexadecimal
	RootKey      string    `bun:"root_key"`
	ImportedHash string    `bun:"imported_hash"`
	Label        string    `bun:"label"`
	CreatedAt    time.Time `bun:"created_at"`
	ExpiresAt    time.Time `bun:"expires_at,nullzero"`
	LastUsedAt   time.Time `bun:"last_used_at,nullzero"`
	DisabledAt   time.Time `bun:"disabled_at,nullzero"`
}

// applicationSecretRow is an application with one of its secrets, whose columns have a prefix.
type applicationSecretRow struct {
	applicationRow `bun:",extend"`

	Secret secretRow `bun:"embed:secret_"`
}

// ApplicationSecret implements [delegation.Applications], in one statement.
func (r *Registry) ApplicationSecret(ctx context.Context, clientID, secretID string) (
	delegation.Application, delegation.StoredSecret, error) {
	query := r.db.NewSelect().Model((*applicationRow)(nil)).ColumnExpr("?TableColumns").
		Join("LEFT JOIN application_secrets AS s ON s.client_id = a.client_id AND s.secret_id = ?", orEmpty(secretID))
	for _, column := range r.db.Dialect().Tables().Get(reflect.TypeFor[*secretRow]()).Fields {
		query = query.ColumnExpr("s.? AS ?", bun.Ident(column.Name), bun.Ident("secret_"+column.Name))
	}
	var row applicationSecretRow
	if err := r.lookUp(ctx, &row, query, clientID); err != nil {
		return delegation.Application{}, delegation.StoredSecret{}, err
	}
	app, err := row.application()
	if err != nil {
		return delegation.Application{}, delegation.StoredSecret{}, err
	}
	if row.Secret.SecretID == "" {
		return app, delegation.StoredSecret{}, delegation.ErrSecretNotFound
	}
	stored, err := row.Secret.secret()
	return app, stored, err
}

// lookUp runs a query for the application with a client id.
func (r *Registry) lookUp(ctx context.Context, row any, query *bun.SelectQuery, clientID string) error {
	if !storable(clientID) {
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
