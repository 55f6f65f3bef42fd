package dbtest

import (
	"context"
	"crypto/rand"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/server/database"
)

// Migrating takes longer than most tests do, so each process migrates one
// database of either kind and copies it.

// migratedFile returns the content of a migrated SQLite file.
var migratedFile = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "anteroom-template-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "template.db")
	if err := migrate("file:" + path); err != nil { // closing writes the whole log into the file
		return nil, err
	}
	return os.ReadFile(path)
})

// migratedDatabase returns the name of a migrated database on the PostgreSQL
// server of this process.
var migratedDatabase = sync.OnceValues(func() (string, error) {
	admin, err := server()
	if err != nil {
		return "", err
	}
	name := "anteroom_template_" + strings.ToLower(rand.Text())
	if err := execute(admin, "CREATE DATABASE "+name); err != nil {
		return "", err
	}
	return name, migrate(databaseURL(admin, name))
})

// migrate brings the schema of a database up to date.
func migrate(address string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	db, err := database.Open(ctx, address)
	if err != nil {
		return err
	}
	defer db.Close()
	return database.Migrate(ctx, db)
}

// migratedSQLite opens a copy of the migrated file.
func migratedSQLite(t testing.TB) *bun.DB {
	t.Helper()
	return copiedSQLite(t, filepath.Join(t.TempDir(), "test.db"))
}

// missing reports whether a path has neither a file nor the parameters of a URL.
func missing(path string) bool {
	_, err := os.Stat(path)
	return errors.Is(err, os.ErrNotExist) && !strings.Contains(path, "?")
}

// copiedSQLite copies the migrated file to a path and opens it.
func copiedSQLite(t testing.TB, path string) *bun.DB {
	t.Helper()
	content, err := migratedFile()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return connect(t, "file:"+path)
}

// migratedPostgres opens a copy of the migrated database.
func migratedPostgres(t testing.TB) *bun.DB {
	t.Helper()
	requirePostgres(t)
	if os.Getenv(serverVariable) != "" { // there the template would stay behind
		return Open(t, Postgres(t))
	}
	template, err := migratedDatabase()
	if err != nil {
		t.Fatal(err)
	}
	return connect(t, createDatabase(t, " TEMPLATE "+template+" STRATEGY FILE_COPY"))
}

// connect opens a database for the length of a test.
func connect(t testing.TB, address string) *bun.DB {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	db, err := database.Open(ctx, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// databaseURL returns the URL of another database on a server.
func databaseURL(admin, name string) string {
	u, err := url.Parse(admin)
	if err != nil {
		panic(serverVariable + " is not a URL") // the server answered there
	}
	u.Path = "/" + name
	return u.String()
}
