package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/sqlitedialect"
	_ "modernc.org/sqlite" // registers the driver "sqlite"

	"github.com/anteroom-go/anteroom/server/database/internal/filelock"
)

// sqliteOptions are set on every connection. The time-out comes first, so that
// the others wait too.
const sqliteOptions = "?_txlock=immediate" +
	"&_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=foreign_keys(1)&_pragma=synchronous(FULL)"

// sqliteConnections bounds the pool: readers run side by side, one writer at a
// time, and a short queue in Go is fairer than many connections polling for
// SQLite's lock.
const sqliteConnections = 8

func openSQLite(ctx context.Context, text string) (*bun.DB, error) {
	path, err := sqlitePath(text)
	if err != nil {
		return nil, err
	}
	if err := createFile(path); err != nil {
		return nil, err
	}
	pool, err := sql.Open("sqlite", "file:"+escapePath(path)+sqliteOptions)
	if err != nil {
		return nil, fmt.Errorf("opening the database %s: %w", path, err)
	}
	pool.SetMaxOpenConns(sqliteConnections)
	pool.SetMaxIdleConns(sqliteConnections)
	if err := firstUse(ctx, pool, path); err != nil {
		_ = pool.Close()
		return nil, fmt.Errorf("opening the database %s: %w", path, err)
	}
	return bun.NewDB(pool, sqlitedialect.New()), nil
}

// firstUse makes the first connection, which switches a new file to WAL.
// Processes doing that at once are refused by SQLite without waiting, so they
// queue for the lock file.
func firstUse(ctx context.Context, pool *sql.DB, path string) error {
	unlock, err := filelock.Lock(ctx, path+".lock")
	if err != nil {
		return err
	}
	defer unlock()
	return pool.PingContext(ctx)
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
		return "", errors.New("a database in memory would be another one for each connection: use a file in a temporary directory")
	case strings.ContainsRune(path, 0):
		return "", errors.New("a path cannot contain a NUL byte")
	case strings.HasSuffix(path, "/"):
		return "", fmt.Errorf("%s is a directory: a SQLite URL names a file", path)
	}
	return filepath.FromSlash(path), nil
}

// createFile creates the database file readable by its owner alone: it holds
// addresses and MACs. SQLite would follow the umask.
func createFile(path string) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("opening the database: %w", err)
	}
	return file.Close()
}

// escapePath writes a path so that SQLite's URI parser reads the same path.
func escapePath(path string) string {
	return strings.NewReplacer("%", "%25", "?", "%3F", "#", "%23").Replace(filepath.ToSlash(path))
}
