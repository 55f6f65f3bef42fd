package migrate

import (
	"context"
	"database/sql"
	"errors"
	"slices"

	"github.com/pressly/goose/v3"
	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/server/database/schema"
	"github.com/anteroom-go/anteroom/server/database/session"
)

// anyPending reports whether a version of sources is missing in a version table.
// It only reads: goose itself would create the table first.
func anyPending(ctx context.Context, db *bun.DB, table string, sources []*goose.Source) (bool, error) {
	exists, err := tableExists(ctx, db, table)
	if err != nil || !exists {
		return !exists, err
	}
	var applied []int64
	if err := db.NewRaw("SELECT version_id FROM ?", bun.Ident(table)).Scan(ctx, &applied); err != nil {
		return false, err
	}
	return slices.ContainsFunc(sources, func(source *goose.Source) bool {
		return !slices.Contains(applied, source.Version)
	}), nil
}

func tableExists(ctx context.Context, db *bun.DB, table string) (bool, error) {
	if onPostgres(db) {
		schema, err := schemaOf(ctx, db, table)
		return schema != "", err
	}
	var exists bool
	err := db.NewRaw("SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?)", table).
		Scan(ctx, &exists)
	return exists, err
}

// schemaOf returns the schema of the table that the name means in PostgreSQL, or
// an empty text if it means none.
func schemaOf(ctx context.Context, db *bun.DB, table string) (string, error) {
	var schema string
	err := db.NewRaw(`SELECT n.nspname FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
		WHERE c.oid = to_regclass(?)`, table).Scan(ctx, &schema)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return schema, err
}

// checkSchema returns an error if PostgreSQL would create tables in another schema
// than that of the version table or, for the first migrations of one of our two
// sets, than that of the other.
func checkSchema(ctx context.Context, db *bun.DB, table string) error {
	if !onPostgres(db) {
		return nil
	}
	state, err := session.Read(ctx, db)
	if err != nil {
		return err
	}
	home, err := schemaOf(ctx, db, table)
	if err == nil && home == "" && (table == schema.RegistryTable || table == schema.RoomsTable) {
		home, err = state.Home()
	}
	if err != nil || home == "" {
		return err
	}
	return state.CheckCreation(home)
}
