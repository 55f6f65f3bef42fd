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
// context), see [session.Silence]. PostgreSQL ends the statement after four fifths of
// that, unless the URL has a statement_timeout, or a pooler refuses to set one: then the
// role's counts. Either may end with the parameter tables, which
// is Tables of [Options]: file:meet.db?tables=meet_. An @ must be escaped as %40
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
	url, given := splitTables(url)
	if o.Tables == "" {
		o.Tables = given
	}
	if err := possible(o.Tables, strings.HasPrefix(url, "file:")); err != nil {
		return nil, err
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

// possible returns an error for names that tables cannot have, before there is a file.
func possible(text string, sqlite bool) error {
	if text == "" {
		return nil
	}
	names, err := tables.Parse(text)
	if err == nil && sqlite && names.Schema != "" && names.Schema != "main" {
		err = fmt.Errorf("SQLite has no schemas but main: %w", tables.ErrNames)
	}
	return err
}

// WithTables returns the URL of the same database with Tables of [Options] in it, as its
// parameter tables, unless the URL has that already.
func WithTables(url, names string) string {
	if _, given := splitTables(url); given != "" || names == "" {
		return url
	}
	separator := "?"
	if !strings.HasPrefix(url, "file:") && strings.Contains(url, "?") {
		separator = "&"
	}
	return url + separator + tablesParameter + names
}

// tablesParameter is the parameter of a URL; it is the last one.
const tablesParameter = "tables="

// splitTables returns a URL without its last parameter, if that is tables, and the value of that.
func splitTables(url string) (rest, names string) {
	i := strings.LastIndexAny(url, "?&")
	if i < 0 || !strings.HasPrefix(url[i+1:], tablesParameter) || strings.HasPrefix(url, "file:") && url[i] != '?' {
		return url, ""
	}
	return url[:i], url[i+1+len(tablesParameter):]
}

// withTables returns the handle with the names of its tables.
func withTables(ctx context.Context, db *bun.DB, text string) (*bun.DB, error) {
	if text == "" {
		names, err := tables.Find(ctx, db)
		return tables.On(db, names), err
	}
	names, err := tables.Parse(text)
	if db.Dialect().Name() != dialect.PG {
		names.Schema = "" // main
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
