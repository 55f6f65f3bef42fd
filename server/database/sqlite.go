package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/sqlitedialect"
	_ "modernc.org/sqlite" // registers the driver "sqlite"

	"github.com/anteroom-go/anteroom/server/database/internal/filelock"
	"github.com/anteroom-go/anteroom/server/database/session"
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
	db := bun.NewDB(pool, sqlitedialect.New())
	if err := firstUse(ctx, db, path); err != nil {
		return nil, errors.Join(fmt.Errorf("opening the database %s: %w", path, err), pool.Close())
	}
	return db, nil
}

// firstUse makes the first connection, which switches a new file to WAL, and
// checks its settings. Processes that switch at once are refused by SQLite without
// waiting, so they queue for the lock file.
func firstUse(ctx context.Context, db *bun.DB, path string) error {
	if !inWAL(path) {
		unlock, err := filelock.Lock(ctx, path, nil)
		if err != nil {
			return err
		}
		defer unlock()
	}
	var mode string
	if err := db.NewRaw("SELECT journal_mode FROM pragma_journal_mode").Scan(ctx, &mode); err != nil {
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
