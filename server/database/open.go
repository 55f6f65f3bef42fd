package database

import (
	"context"
	"errors"
	"strings"

	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/server/database/migrate"
)

// ErrURL says that a database URL has neither of the two forms. It never
// repeats the URL, which may hold a password.
var ErrURL = errors.New("a database URL is file:PATH (SQLite) or postgres://USER:PASSWORD@HOST/DATABASE")

// Open opens the database that url names and checks that it answers.
//
// file:PATH is SQLite. Everything after "file:" is the path, relative or
// absolute, in which percent escapes are decoded if all of them are valid; a
// question mark must be escaped as %3F, because options are not accepted. The
// file is created with mode 0600, its directory must exist.
//
// postgres://… or postgresql://… is PostgreSQL, with pgx's parameters. One more,
// pool_max_conns, bounds the pool (default 16).
func Open(ctx context.Context, url string) (*bun.DB, error) {
	if path, ok := strings.CutPrefix(url, "file:"); ok {
		return openSQLite(ctx, path)
	}
	if strings.HasPrefix(url, "postgres://") || strings.HasPrefix(url, "postgresql://") {
		return openPostgres(ctx, url)
	}
	return nil, ErrURL
}

// Migrate brings the schema up to date, see [migrate.Up]. Any number of
// processes may call it at once.
func Migrate(ctx context.Context, db *bun.DB) error { return migrate.Up(ctx, db) }
