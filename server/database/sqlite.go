package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/sqlitedialect"

	"github.com/anteroom-go/anteroom/server/database/internal/filelock"
	"github.com/anteroom-go/anteroom/server/database/internal/sqlitefile"
	"github.com/anteroom-go/anteroom/server/database/native"
	"github.com/anteroom-go/anteroom/server/database/schema"
	"github.com/anteroom-go/anteroom/server/database/session"
)

// The options of connections to SQLite. The time-out comes first, so that the others wait too. Both kinds open a
// file that exists, and create none in its place.
const (
	sqliteOptions = "?mode=rw&_txlock=immediate&_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)" +
		"&_pragma=foreign_keys(1)&_pragma=synchronous(FULL)"
	writerOptions = "&_pragma=journal_size_limit(16777216)"            // of the log, once it was written back
	readerOptions = "&_pragma=query_only(1)&_pragma=cache_size(-1024)" // KiB
)

// The pools of a SQLite database. Readers have their own. SQLite has one writer at a time, which package session has
// queue for its turn; the other connections of the first pool are for hosts, such as for a query inside a hook.
const (
	sqliteReaders = 7
	sqliteWriters = 3
)

// Errors of a SQLite file.
var (
	// ErrNoFile means that there is no file at the path. No other one is created in its place.
	ErrNoFile = errors.New("there is no database file")
	// ErrFileChanged means that the file was deleted or replaced since it was opened. Nothing is read and
	// nothing is written until the right file is there again.
	ErrFileChanged = sqlitefile.ErrChanged
)

// openSQLite opens a file and, if it may, creates it.
func openSQLite(ctx context.Context, text string, create bool) (*bun.DB, error) {
	path, err := sqlitePath(text)
	if err != nil {
		return nil, err
	}
	created, err := prepareFile(path, create)
	if err != nil {
		return nil, err
	}
	db, err := connectFile(path)
	if err != nil {
		return nil, fmt.Errorf("opening the database %s: %w", path, err)
	}
	if err := firstUse(ctx, db, path, created); err != nil {
		return nil, errors.Join(fmt.Errorf("opening the database %s: %w", path, err), db.Close())
	}
	return db, nil
}

// connectFile returns a handle that writes on some connections and reads on others.
func connectFile(path string) (*bun.DB, error) {
	dsn := "file:" + escapePath(path) + sqliteOptions
	writer, err := sqlitefile.New(path, dsn+writerOptions)
	if err != nil {
		return nil, err
	}
	reader, err := sqlitefile.New(path, dsn+readerOptions)
	if err != nil {
		return nil, err
	}
	return native.Resolving(bun.NewDB(sqlitePool(writer, sqliteWriters), sqlitedialect.New(),
		bun.WithConnResolver(readers{sqlitePool(reader, sqliteReaders)}))), nil
}

func sqlitePool(connector *sqlitefile.Connector, connections int) *sql.DB {
	pool := sql.OpenDB(connector)
	pool.SetMaxOpenConns(connections)
	pool.SetMaxIdleConns(connections)
	return pool
}

// firstUse makes the first connection, which switches a new file to WAL, marks a file
// that was created, and checks the settings. Processes that switch at once are refused by SQLite without
// waiting, so they queue for the lock file.
func firstUse(ctx context.Context, db *bun.DB, path string, created bool) error {
	if !inWAL(path) {
		unlock, err := filelock.Lock(ctx, path, nil)
		if err != nil {
			return err
		}
		defer unlock()
	}
	if created {
		if _, err := db.ExecContext(ctx, fmt.Sprintf("PRAGMA application_id = %d", schema.ApplicationID)); err != nil {
			return err
		}
	}
	var mode string
	if err := db.QueryRowContext(ctx, "SELECT journal_mode FROM pragma_journal_mode").Scan(&mode); err != nil {
		return err
	}
	if mode != "wal" {
		return &session.SettingError{Setting: "journal_mode", Value: mode, Want: "wal",
			Remedy: "keep the file on a local file system, in a directory where files can be created"}
	}
	return session.Check(ctx, db)
}

// inWAL reports whether a database is in WAL mode already, as its header has it
// (section 1.3 of SQLite's file format).
func inWAL(path string) bool {
	file, err := os.Open(path)
	if err != nil {
		return false
	}
	defer file.Close()
	header := make([]byte, 20)
	_, err = io.ReadFull(file, header)
	return err == nil && header[18] == 2 && header[19] == 2
}

// sqlitePath returns the path of a file: URL as the file system wants it.
func sqlitePath(text string) (string, error) {
	text, options, given := strings.Cut(text, "?")
	if given && options != "" {
		return "", errors.New("a SQLite URL takes no options; a question mark in a path is written %3F")
	}
	path := strings.TrimPrefix(text, "//localhost")
	if strings.HasPrefix(path, "///") {
		path = path[2:]
	}
	if decoded, err := url.PathUnescape(path); err == nil {
		path = decoded
	}
	switch {
	case strings.HasPrefix(path, "//"):
		return "", errors.New("a SQLite URL names no host: file:PATH, or file:///PATH")
	case path == "":
		return "", errors.New("a SQLite URL needs a path: file:anteroom.db")
	case path == ":memory:":
		return "", errors.New("a database in memory would be another one for each connection: " +
			"use a file in a temporary directory")
	case strings.Contains(path, "://"):
		return "", errors.New("a SQLite URL names a path, not another URL")
	case strings.ContainsRune(path, 0):
		return "", errors.New("a path cannot contain a NUL byte")
	case strings.HasSuffix(path, "/"):
		return "", fmt.Errorf("%s is a directory: a SQLite URL names a file", path)
	}
	return filepath.FromSlash(path), nil
}

// prepareFile creates the database file readable by its owner alone, if it may: it holds addresses and MACs.
// SQLite would follow the umask. An empty file counts as created.
func prepareFile(path string, create bool) (created bool, err error) {
	flags := os.O_RDWR
	if create {
		flags |= os.O_CREATE
	}
	file, err := os.OpenFile(path, flags, 0o600)
	if errors.Is(err, fs.ErrNotExist) && !create {
		return false, fmt.Errorf("%w: %s", ErrNoFile, path)
	}
	if err != nil {
		return false, fmt.Errorf("opening the database: %w", err)
	}
	info, err := file.Stat()
	if err := errors.Join(err, file.Close()); err != nil {
		return false, fmt.Errorf("opening the database: %w", err)
	}
	return create && info.Size() == 0, nil
}

// escapePath writes a path so that SQLite's URI parser reads the same path.
func escapePath(path string) string {
	return strings.NewReplacer("%", "%25", "?", "%3F", "#", "%23").Replace(filepath.ToSlash(path))
}
