// Package handle makes handles of bun, which everything here works on, from what a host
// has: a *sql.DB or a *sql.Tx, whether it is that of GORM, sqlx, sqlc or plain
// database/sql. It links no driver: the host has one.
//
//	db, err := handle.DB(ctx, pool, "") // the *sql.DB of the host, which stays the host's
//	if err != nil {
//		return err
//	}
//	if err := (migrate.Migrator{Adopt: true}).Up(ctx, db); err != nil { // beside the tables of the host
//		return err
//	}
//	api, err := server.New(ctx, server.Config{URL: url, RootKeys: keys, DB: db})
//	if err != nil {
//		return err
//	}
//
// The same handles are for registry.Config and roomsql.New. A handle of a transaction makes
// everything a part of that:
//
//	own, err := pool.BeginTx(ctx, nil)
//	if err != nil {
//		return err
//	}
//	defer own.Rollback()
//	tx, err := handle.Tx(ctx, db, own)
//	if err != nil {
//		return err
//	}
//	inside := api.Rooms().On(roomsql.New(tx).Stores())
//	room, _, err := inside.Create(ctx, caller, rooms.Change{Name: new("Budget")})
//
// The *sql.DB of GORM is that of its method DB, and its *sql.Tx is in Statement.ConnPool. Those
// of sqlx are the embedded ones; sqlc works on the host's own.
//
// # What the host's driver has to be set to
//
// Package session checks the settings of sessions. On SQLite a transaction has to take the
// lock for writing when it begins, and not later (BEGIN IMMEDIATE): _txlock=immediate in the
// data source name, with modernc.org/sqlite and with mattn/go-sqlite3. Behind PgBouncer,
// pgx needs default_query_exec_mode=exec.
package handle

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"
	"github.com/uptrace/bun/dialect/sqlitedialect"
	"github.com/uptrace/bun/schema"

	"github.com/anteroom-go/anteroom/server/database/tables"
)

// Dialect names the SQL that a database speaks. The empty one means that the database is
// asked, by a statement that changes nothing.
type Dialect string

// The dialects.
const (
	Postgres Dialect = "postgres"
	SQLite   Dialect = "sqlite"
)

// DB returns a handle on the host's pool. It carries the names of our tables that are there,
// or those of a new database; [tables.On] returns one with others. Closing the handle closes
// the pool.
func DB(ctx context.Context, pool *sql.DB, dialect Dialect) (*bun.DB, error) {
	if pool == nil {
		return nil, errors.New("handle: DB needs a *sql.DB")
	}
	spoken, err := dialect.of(ctx, pool)
	if err != nil {
		return nil, err
	}
	db := bun.NewDB(pool, spoken)
	names, err := tables.Find(ctx, db)
	if err != nil {
		return nil, fmt.Errorf("handle: %w", err)
	}
	return tables.On(db, names), nil
}

// Tx returns a handle on a transaction of the host's, which the host ends; db is the handle on
// its database, which carries the names of the tables. Transactions within it are savepoints.
// Statements that are given no context have ctx.
func Tx(ctx context.Context, db *bun.DB, tx *sql.Tx) (bun.Tx, error) {
	if db == nil || tx == nil {
		return bun.Tx{}, errors.New("handle: Tx needs a handle of DB and a *sql.Tx")
	}
	nothing := sql.OpenDB(nowhere{})
	defer nothing.Close()
	template := bun.NewDB(nothing, db.Dialect())
	if names, carried := tables.Of(db); carried {
		template = tables.On(template, names)
	}
	made, err := template.BeginTx(ctx, nil)
	if err != nil {
		return bun.Tx{}, fmt.Errorf("handle: %w", err)
	}
	if err := made.Rollback(); err != nil {
		return bun.Tx{}, fmt.Errorf("handle: %w", err)
	}
	made.Tx = tx // bun makes a Tx only by its own BeginTx, and this is the part that runs statements
	return made, nil
}

// of returns the dialect for bun. SQLite has no truth values: a comparison is a number.
func (d Dialect) of(ctx context.Context, pool *sql.DB) (schema.Dialect, error) {
	if d == "" {
		var equal any
		if err := pool.QueryRowContext(ctx, "SELECT 'a' = 'a'").Scan(&equal); err != nil {
			return nil, fmt.Errorf("handle: finding the dialect: %w", err)
		}
		switch equal {
		case true:
			d = Postgres
		case int64(1):
			d = SQLite
		}
	}
	switch d {
	case Postgres:
		return pgdialect.New(), nil
	case SQLite:
		return sqlitedialect.New(), nil
	}
	return nil, fmt.Errorf("handle: the dialect %.20q is neither %s nor %s", d, Postgres, SQLite)
}

// nowhere is a driver, connection and transaction of no database, in which nothing can be
// done but begin and end.
type nowhere struct{}

var errNowhere = errors.New("handle: there is no database here")

func (n nowhere) Connect(context.Context) (driver.Conn, error) { return n, nil }
func (n nowhere) Driver() driver.Driver                        { return n }
func (n nowhere) Open(string) (driver.Conn, error)             { return n, nil }
func (n nowhere) Prepare(string) (driver.Stmt, error)          { return nil, errNowhere }
func (n nowhere) Begin() (driver.Tx, error)                    { return n, nil }
func (n nowhere) Close() error                                 { return nil }
func (n nowhere) Commit() error                                { return nil }
func (n nowhere) Rollback() error                              { return nil }
