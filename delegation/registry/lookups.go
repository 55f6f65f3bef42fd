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
	"github.com/uptrace/bun/schema"

	"github.com/anteroom-go/anteroom/delegation"
)

// Application implements [delegation.Applications]. One statement is enough
// while nothing is taken back from the application, whose row holds whether
// anything is.
func (r *Registry) Application(ctx context.Context, clientID, userID, tokenID string) (
	delegation.Application, delegation.Status, error) {
	row, err := r.application(ctx, clientID)
	if err != nil {
		return delegation.Application{}, delegation.Status{}, err
	}
	app, err := row.application()
	if err != nil || !row.TakenBack && !row.RevokedUntil.After(r.now()) {
		return app, delegation.Status{}, err
	}
	status, err := r.status(ctx, clientID, orEmpty(userID), orEmpty(tokenID))
	return app, status, err
}

// application returns the row of an application.
func (r *Registry) application(ctx context.Context, clientID string) (applicationRow, error) {
	var row applicationRow
	if err := r.lookUp(ctx, &row, r.db.NewSelect().Model(&row), clientID); err != nil {
		return applicationRow{}, err
	}
	return row, nil
}

// status returns what was taken back for a user and a token.
func (r *Registry) status(ctx context.Context, clientID, userID, tokenID string) (delegation.Status, error) {
	var row struct {
		Generation int64 `bun:"generation"`
		OptedOut   bool  `bun:"opted_out"`
		Revoked    bool  `bun:"revoked"`
	}
	err := r.db.NewRaw(`SELECT COALESCE(d.generation, 0) AS generation, COALESCE(d.opted_out, FALSE) AS opted_out,
		EXISTS (SELECT 1 FROM revoked_tokens AS t WHERE t.token_id = ?) AS revoked
		FROM (SELECT 1 AS one) AS o LEFT JOIN delegations AS d ON d.client_id = ? AND d.user_id = ?`,
		tokenID, clientID, userID).Scan(ctx, &row)
	if err != nil {
		return delegation.Status{}, fmt.Errorf("registry: looking for revocations: %w", err)
	}
	return delegation.Status{Generation: row.Generation, OptedOut: row.OptedOut, Revoked: row.Revoked}, nil
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

// applicationSecretRow is an application with one of its secrets, whose columns
// have a prefix.
type applicationSecretRow struct {
	applicationRow `bun:",extend"`

	Secret secretRow `bun:"embed:secret_"`
}

// ApplicationSecret implements [delegation.Applications], in one statement.
func (r *Registry) ApplicationSecret(ctx context.Context, clientID, secretID string) (
	delegation.Application, delegation.StoredSecret, error) {
	query := r.db.NewSelect().Model((*applicationRow)(nil)).ColumnExpr("?TableColumns").ColumnExpr(r.secretColumns).
		Join("LEFT JOIN application_secrets AS s ON s.client_id = a.client_id AND s.secret_id = ?", orEmpty(secretID))
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

// secretColumns names every column of a secret as [applicationSecretRow] has it.
func secretColumns(db bun.IDB) string {
	gen, columns := schema.NewQueryGen(db.Dialect()), []string{}
	for _, column := range db.Dialect().Tables().Get(reflect.TypeFor[*secretRow]()).Fields {
		columns = append(columns, gen.FormatQuery("s.? AS ?", bun.Ident(column.Name), bun.Ident("secret_"+column.Name)))
	}
	return strings.Join(columns, ", ")
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
