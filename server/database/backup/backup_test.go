package backup_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/server/database"
	"github.com/anteroom-go/anteroom/server/database/backup"
	"github.com/anteroom-go/anteroom/server/database/dbtest"
	"github.com/anteroom-go/anteroom/server/database/migrate"
)

// TestCopiesAreWhole copies a database in which rows always come in pairs.
func TestCopiesAreWhole(t *testing.T) {
	is := is.New(t)
	url := dbtest.SQLite(t)
	db := dbtest.Open(t, url)
	_, err := db.ExecContext(t.Context(), "CREATE TABLE pairs (i INTEGER)")
	is.NoErr(err)
	ctx, cancel := context.WithCancel(t.Context())
	var wait sync.WaitGroup
	wait.Go(func() {
		for ctx.Err() == nil {
			_, _ = db.ExecContext(ctx, "INSERT INTO pairs VALUES (1), (2)")
		}
	})
	dir := t.TempDir()
	for _, name := range []string{"one.db", "it's a 'second' one?.db"} {
		path := filepath.Join(dir, name)
		is.NoErr(backup.Copy(t.Context(), dbtest.Open(t, url), path))
		info, err := os.Stat(path)
		is.NoErr(err)
		is.Equal(info.Mode().Perm(), os.FileMode(0o600)) // it holds what the database holds
		copied, err := database.OpenExisting(t.Context(), "file:"+strings.ReplaceAll(path, "?", "%3F"))
		is.NoErr(err)
		is.NoErr(migrate.Check(t.Context(), copied))
		var odd int
		is.NoErr(copied.NewRaw("SELECT count(*) % 2 FROM pairs").Scan(t.Context(), &odd))
		is.Equal(odd, 0) // and no half of a transaction
		is.NoErr(copied.Close())
	}
	cancel()
	wait.Wait()
	left, err := filepath.Glob(filepath.Join(dir, ".*"))
	is.NoErr(err)
	is.Equal(len(left), 0) // nothing else is left behind
}

func TestNothingIsReplaced(t *testing.T) {
	is := is.New(t)
	db := dbtest.Open(t, dbtest.SQLite(t))
	path := filepath.Join(t.TempDir(), "copy.db")
	is.NoErr(os.WriteFile(path, []byte("precious"), 0o600))
	is.True(errors.Is(backup.Copy(t.Context(), db, path), fs.ErrExist))
	text, err := os.ReadFile(path)
	is.NoErr(err)
	is.Equal(string(text), "precious")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	dir := t.TempDir()
	is.True(backup.Copy(ctx, db, filepath.Join(dir, "copy.db")) != nil)
	left, err := os.ReadDir(dir)
	is.NoErr(err)
	is.Equal(len(left), 0) // a copy that fails leaves nothing
}

func TestPostgresHasAToolOfItsOwn(t *testing.T) {
	is := is.New(t)
	err := backup.Copy(t.Context(), dbtest.Open(t, dbtest.Postgres(t)), filepath.Join(t.TempDir(), "copy.db"))
	is.True(errors.Is(err, backup.ErrPostgres))
}
