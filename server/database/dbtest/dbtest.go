package dbtest

import (
	"context"
	"crypto/rand"
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

// Each runs a test twice: on a migrated, empty SQLite file and on a migrated,
// empty PostgreSQL database.
func Each(t *testing.T, run func(t *testing.T, db *bun.DB)) {
	t.Helper()
	EachURL(t, func(t *testing.T, url string) {
		run(t, Open(t, url))
	})
}

// EachURL runs a test twice, with the URLs of new databases that have no schema
// yet.
func EachURL(t *testing.T, run func(t *testing.T, url string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { run(t, SQLite(t)) })
	t.Run("postgres", func(t *testing.T) { run(t, Postgres(t)) })
}

// Open opens and migrates a database for the length of a test.
func Open(t testing.TB, url string) *bun.DB {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	db, err := database.Open(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	if err := database.Migrate(ctx, db); err != nil {
		t.Fatal(err)
	}
	return db
}

// SQLite returns the URL of a new file.
func SQLite(t testing.TB) string {
	return "file:" + filepath.Join(t.TempDir(), "test.db")
}

// server is the PostgreSQL server of this process: a URL, or why there is none.
var server = sync.OnceValues(func() (string, error) {
	if url := os.Getenv("ANTEROOM_TEST_POSTGRES_URL"); url != "" {
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
	admin, err := server()
	if err != nil {
		Missing(t, "PostgreSQL", err.Error()+
			"; install PostgreSQL (Debian: apt-get install postgresql), or set ANTEROOM_TEST_POSTGRES_URL")
	}
	name := "anteroom_test_" + strings.ToLower(rand.Text())
	execute(t, admin, "CREATE DATABASE "+name)
	t.Cleanup(func() { execute(t, admin, "DROP DATABASE "+name+" WITH (FORCE)") })
	u, err := url.Parse(admin)
	if err != nil {
		t.Fatal("ANTEROOM_TEST_POSTGRES_URL is not a URL")
	}
	u.Path = "/" + name
	return u.String()
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

func execute(t testing.TB, url, statement string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	db, err := database.Open(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(ctx, statement); err != nil {
		t.Fatal(err)
	}
}
