package database_test

import (
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/server/database"
	"github.com/anteroom-go/anteroom/server/database/dbtest"
	"github.com/anteroom-go/anteroom/server/database/schema"
)

// TestCheckOwnerChangesNothing looks at files of other programs, and at ours.
func TestCheckOwnerChangesNothing(t *testing.T) {
	for name, statement := range map[string]string{
		"tables": "CREATE TABLE notes (text TEXT)", "another mark": "PRAGMA application_id = 252006673",
	} {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			path := filepath.Join(t.TempDir(), "foreign.db")
			db, err := sql.Open("sqlite", "file:"+path)
			is.NoErr(err)
			_, err = db.ExecContext(t.Context(), statement)
			is.NoErr(err)
			is.NoErr(db.Close())
			before, err := os.ReadFile(path)
			is.NoErr(err)
			err = database.CheckOwner(t.Context(), "file:"+path)
			is.True(errors.Is(err, schema.ErrForeign))
			after, err := os.ReadFile(path)
			is.NoErr(err)
			is.Equal(string(after), string(before)) // not even its journal mode
			entries, err := os.ReadDir(filepath.Dir(path))
			is.NoErr(err)
			is.Equal(len(entries), 1) // nothing stands beside it
		})
	}
	is := is.New(t)
	own := dbtest.SQLite(t)
	is.NoErr(database.CheckOwner(t.Context(), own)) // there is none yet
	dbtest.Open(t, own)
	is.NoErr(database.CheckOwner(t.Context(), own))
	is.NoErr(database.CheckOwner(t.Context(), "postgres://u@127.0.0.1:1/d")) // another program may stand beside
}
