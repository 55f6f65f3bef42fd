package dbtest

import (
	"context"
	"crypto/rand"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/server/database"
	"github.com/anteroom-go/anteroom/server/database/session"
)

// Each runs a test twice: on a migrated, empty SQLite file and on a migrated,
// empty PostgreSQL database.
func Each(t *testing.T, run func(t *testing.T, db *bun.DB)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { run(t, migratedSQLite(t)) })
	t.Run("postgres", func(t *testing.T) { run(t, migratedPostgres(t)) })
}

// EachURL runs a test twice, with the URLs of new databases that have no schema
// yet.
func EachURL(t *testing.T, run func(t *testing.T, url string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { run(t, SQLite(t)) })
	t.Run("postgres", func(t *testing.T) { run(t, Postgres(t)) })
}

// Open opens and migrates a database for the length of a test. A SQLite file that is
// not there yet is made as a copy of a migrated one.
func Open(t testing.TB, url string) *bun.DB {
	t.Helper()
	if path, isFile := strings.CutPrefix(url, "file:"); isFile && missing(path) {
		return copiedSQLite(t, path)
	}
	if err := migrate(url); err != nil {
		t.Fatal(err)
	}
	return connect(t, url)
}

// SQLite returns the URL of a new file.
func SQLite(t testing.TB) string {
	return "file:" + filepath.Join(t.TempDir(), "test.db")
}

// serverVariable names a PostgreSQL server to use instead of one of our own.
const serverVariable = "ANTEROOM_TEST_POSTGRES_URL"

// server is the PostgreSQL server of this process: a URL, or why there is none.
var server = sync.OnceValues(func() (string, error) {
	if url := os.Getenv(serverVariable); url != "" {
		return url, nil
	}
	address, _, err := startCluster()
	return address, err
})

// Postgres returns the URL of a new, empty database, which is dropped after the
// test. Without a server the test is skipped, or fails if nothing may be
// skipped.
func Postgres(t testing.TB) string {
	t.Helper()
	requirePostgres(t)
	return createDatabase(t, "")
}

// requirePostgres skips or fails the test without a PostgreSQL server.
func requirePostgres(t testing.TB) {
	t.Helper()
	if _, err := server(); err != nil {
		Missing(t, "PostgreSQL", err.Error()+
			"; install PostgreSQL (Debian: apt-get install postgresql), or set "+serverVariable)
	}
}

// createDatabase creates a database for the length of a test and returns its URL.
func createDatabase(t testing.TB, options string) string {
	t.Helper()
	admin, err := server()
	if err != nil {
		t.Fatal(err)
	}
	name := "anteroom_test_" + strings.ToLower(rand.Text())
	if err := execute(admin, "CREATE DATABASE "+name+options); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := execute(admin, "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
			t.Error(err)
		}
	})
	return databaseURL(admin, name)
}

// Missing skips a test that lacks a part of the machine, or fails it where
// nothing may be skipped.
func Missing(t testing.TB, what, how string) {
	t.Helper()
	if os.Getenv("ANTEROOM_TEST_REQUIRE") != "" {
		t.Fatalf("%s is required: %s", what, how)
	}
	t.Skipf("needs %s: %s", what, how)
}

func execute(url, statement string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	db, err := database.Open(ctx, url)
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = db.ExecContext(session.Silence(ctx, 0), statement) // a database is copied in silence
	return err
}
