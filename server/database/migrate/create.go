package migrate

import (
	"context"
	"errors"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/server/database/tables"
)

// ErrCreate means that the role of the connection may not create tables where they are to be.
var ErrCreate = errors.New("the role of the connection may not create tables there")

// What an owner does for the role.
const (
	grant  = "GRANT USAGE, CREATE ON SCHEMA %s TO the role"
	create = "CREATE SCHEMA %s AUTHORIZATION the role"
)

// aboutSchema asks about a schema whether it is there, whether its name would have to be quoted, and whether the role
// may create it, and tables in it.
const aboutSchema = `SELECT n.oid IS NOT NULL,
		EXISTS (SELECT 1 FROM pg_catalog.pg_get_keywords() AS k WHERE k.word = s.name AND k.catcode IN ('R', 'T')),
		pg_catalog.has_database_privilege(current_database(), 'CREATE'),
		COALESCE(pg_catalog.has_schema_privilege(n.oid, 'CREATE, USAGE'), FALSE)
	FROM (SELECT CAST(? AS TEXT) AS name) AS s LEFT JOIN pg_catalog.pg_namespace AS n ON n.nspname = s.name`

// prepareSchema creates the schema of the tables, if they have one and it is not there yet. It returns [ErrCreate] if
// the role may not create it, or no tables in it.
func prepareSchema(ctx context.Context, db *bun.DB, names tables.Names) error {
	switch {
	case names.Schema == "":
		return nil
	case !onPostgres(db):
		return fmt.Errorf("SQLite has no schema %s: name a prefix, such as %s_", names.Schema, names.Schema)
	}
	var exists, reserved, creates, fills bool
	err := db.QueryRowContext(ctx, aboutSchema, names.Schema).Scan(&exists, &reserved, &creates, &fills)
	switch {
	case err != nil:
		return err
	case reserved:
		return fmt.Errorf("%s is a reserved word of PostgreSQL: name another schema", names.Schema)
	case exists && fills:
		return nil
	case exists:
		return fmt.Errorf("%w: have the owner of the schema run "+grant, ErrCreate, names.Schema)
	case !creates:
		return fmt.Errorf("%w: have the owner of the database run "+create, ErrCreate, names.Schema)
	}
	_, err = db.ExecContext(ctx, "CREATE SCHEMA IF NOT EXISTS "+names.Schema)
	return err
}
