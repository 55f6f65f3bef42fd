package database

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"

	"github.com/anteroom-go/anteroom/server/database/migrate"
	"github.com/anteroom-go/anteroom/server/database/tables"
)

// ErrURL is returned for a database URL that has neither of the two forms. No error
// of this package repeats a URL, which may hold a password.
var ErrURL = errors.New("a database URL is file:PATH (SQLite) or postgres://USER:PASSWORD@HOST/DATABASE")

// Open opens the database that url names, and checks that it answers and that its
// sessions have the settings that package session lists. It returns [ErrURL] if url
// names neither kind of database.
//
// file:PATH is SQLite. Everything after "file:" is the path, relative or
// absolute, in which percent escapes are decoded if all of them are valid; a
// question mark must be escaped as %3F, because options are not accepted. A
// file that is not there is created with mode 0600, its directory must exist; see
// [OpenExisting].
//
// postgres://… or postgresql://… is PostgreSQL, with pgx's parameters. One more,
// pool_max_conns, bounds the pool (default 16), and silence_timeout is how many seconds
// a statement waits for a sign of the server (default 5, 0 for as long as its
// context), see [session.Silence]. An @ must be escaped as %40
// wherever it does not end the user and the password.
//
// Control characters, and white space at the ends, must be escaped in either: a
// line's end that came along from a file would name another database.
func Open(ctx context.Context, url string) (*bun.DB, error) { return Options{}.Open(ctx, url) }

// OpenExisting is [Open] for what makes no sense on a new database: it returns [ErrNoFile] for a SQLite file
// that is not there.
func OpenExisting(ctx context.Context, url string) (*bun.DB, error) {
	return Options{Existing: true}.Open(ctx, url)
}

// Options are how [Options.Open] opens a database.
type Options struct {
	// Tables is what comes before the names of the tables of this module: a schema ("anteroom.", PostgreSQL only) or a
	// prefix ("anteroom_"), see [tables.Parse]. Empty means that the tables are found. Those of a new database are in
	// the schema anteroom, in SQLite they have the prefix anteroom_.
	Tables string
	// Existing refuses to create a SQLite file, see [OpenExisting].
	Existing bool
}

// Open opens the database that url names, see the function [Open]. It returns [tables.ErrNames] for Tables that cannot
// be, and [tables.ErrTwo] if none are given and the database has the tables of two installations.
func (o Options) Open(ctx context.Context, url string) (*bun.DB, error) {
	if o.Tables != "" {
		if _, err := tables.Parse(o.Tables); err != nil {
			return nil, err
		}
	}
	db, err := open(ctx, url, !o.Existing)
	if err != nil {
		return nil, err
	}
	named, err := withTables(ctx, db, o.Tables)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return named, nil
}

// withTables returns the handle with the names of its tables.
func withTables(ctx context.Context, db *bun.DB, text string) (*bun.DB, error) {
	if text == "" {
		names, err := tables.Find(ctx, db)
		return tables.On(db, names), err
	}
	names, err := tables.Parse(text)
	switch {
	case db.Dialect().Name() == dialect.PG:
	case names.Schema == "main":
		names.Schema = ""
	case names.Schema != "":
		err = fmt.Errorf("SQLite has no schemas but main: %w", tables.ErrNames)
	}
	return tables.On(db, names), err
}

func open(ctx context.Context, url string, create bool) (*bun.DB, error) {
	path, sqlite := strings.CutPrefix(url, "file:")
	switch {
	case untidy(url) || untidy(path):
		return nil, errors.New("a database URL must not contain control characters, nor begin or end with white space")
	case sqlite:
		return openSQLite(ctx, path, create)
	case strings.HasPrefix(url, "postgres://") || strings.HasPrefix(url, "postgresql://"):
		return openPostgres(ctx, url)
	}
	return nil, ErrURL
}

// untidy reports whether a text has characters that cannot be meant: control
// characters, and at its ends white space or what cannot be seen.
func untidy(text string) bool {
	invisible := func(r rune) bool { return r == ' ' || !unicode.IsPrint(r) }
	return strings.ContainsFunc(text, unicode.IsControl) || strings.TrimFunc(text, invisible) != text
}

// Migrate brings the schema up to date, see [migrate.Up]. Any number of
// processes may call it at once.
func Migrate(ctx context.Context, db *bun.DB) error { return migrate.Up(ctx, db) }
