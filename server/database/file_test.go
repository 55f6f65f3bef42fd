package database_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/matryer/is"
	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/server/database"
	"github.com/anteroom-go/anteroom/server/database/dbtest"
	"github.com/anteroom-go/anteroom/server/database/migrate"
	"github.com/anteroom-go/anteroom/server/database/tables"
)

// file opens a migrated file in which there is one user.
func file(t *testing.T) (db *bun.DB, path string) {
	t.Helper()
	url := dbtest.SQLite(t)
	db = dbtest.Open(t, url)
	_, err := db.ExecContext(t.Context(), tables.SQL(db, "INSERT INTO {users} (id, email, active, created_at) VALUES ('a', 'a@b.c', 1, '')"))
	is.New(t).NoErr(err)
	return db, strings.TrimPrefix(url, "file:")
}

// refused checks that a database is neither read nor written.
func refused(t *testing.T, db *bun.DB) {
	t.Helper()
	is := is.New(t)
	_, err := db.ExecContext(t.Context(), tables.SQL(db, "UPDATE {users} SET active = 0"))
	is.True(errors.Is(err, database.ErrFileChanged)) // nothing is written
	err = db.NewRaw(tables.SQL(db, "SELECT count(*) FROM {users}")).Scan(t.Context(), new(int))
	is.True(errors.Is(err, database.ErrFileChanged)) // and nothing read
	_, err = db.BeginTx(t.Context(), nil)
	is.True(errors.Is(err, database.ErrFileChanged)) // in a transaction neither
}

func TestADeletedFile(t *testing.T) {
	is := is.New(t)
	db, path := file(t)
	away := filepath.Join(t.TempDir(), "away.db")
	is.NoErr(os.Rename(path, away))
	refused(t, db)
	_, err := os.Stat(path)
	is.True(errors.Is(err, os.ErrNotExist)) // no other one is created in its place
	is.NoErr(os.Rename(away, path))
	is.Equal(users(t, db), 1) // the right file is used again
}

func TestAReplacedFile(t *testing.T) {
	is := is.New(t)
	db, path := file(t)
	is.Equal(users(t, db), 1)
	is.NoErr(os.Remove(path))
	other := dbtest.Open(t, "file:"+path) // as a second server does, and as a restore
	_, err := other.ExecContext(t.Context(), tables.SQL(other, "CREATE TABLE another (i INTEGER)"))
	is.NoErr(err)
	refused(t, db)
	is.NoErr(db.Close())
	_, err = other.ExecContext(t.Context(), tables.SQL(other, "INSERT INTO another VALUES (1)"))
	is.NoErr(err)
	_, err = os.Stat(path + "-wal")
	is.NoErr(err) // and does not take the log of the other one away when it closes
}

func TestOnlyOpenCreates(t *testing.T) {
	is := is.New(t)
	url := dbtest.SQLite(t)
	_, err := database.OpenExisting(t.Context(), url)
	is.True(errors.Is(err, database.ErrNoFile))
	_, err = os.Stat(strings.TrimPrefix(url, "file:"))
	is.True(errors.Is(err, os.ErrNotExist))
	db, err := database.Open(t.Context(), url)
	is.NoErr(err)
	is.NoErr(db.Close())
	db, err = database.OpenExisting(t.Context(), url)
	is.NoErr(err)
	defer db.Close()
	is.True(errors.Is(migrate.Check(t.Context(), db), migrate.ErrEmpty)) // an empty file is no schema
	is.NoErr(migrate.Up(t.Context(), db))                                // but may become one
	is.NoErr(migrate.Check(t.Context(), db))
}

// TestAFileOfAnotherProgram is a host's, which has tables of its own.
func TestAFileOfAnotherProgram(t *testing.T) {
	is := is.New(t)
	path := filepath.Join(t.TempDir(), "host.db")
	pool := hostFile(t, path)
	_, err := pool.ExecContext(t.Context(), tables.SQL(pool, "CREATE TABLE accounts (id TEXT)"))
	is.NoErr(err)
	db := open(t, "file:"+path)
	is.True(errors.Is(migrate.Up(t.Context(), db), migrate.ErrForeign)) // its owner may not know of this
	var count int
	is.NoErr(db.NewRaw(tables.SQL(db, "SELECT count(*) FROM sqlite_master")).Scan(t.Context(), &count))
	is.Equal(count, 1)
	is.NoErr(migrate.Migrator{Adopt: true}.Up(t.Context(), db)) // or asks for it
	is.NoErr(migrate.Up(t.Context(), db))                       // once
	is.NoErr(migrate.Check(t.Context(), db))
}
