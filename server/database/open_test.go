package database_test

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/server/database"
)

// TestWhiteSpaceIsNoPath opens what an environment file or a heredoc makes of a URL.
func TestWhiteSpaceIsNoPath(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, url := range []string{
		"file:x.db\n", "file:x.db\r\n", " file:x.db", "file: x.db", "file:x.db ",
		"file:\tx.db", "file:x\ny.db", "file:x.db\u00a0", "file:x.db\x00",
	} {
		t.Run(strconv.Quote(url), func(t *testing.T) {
			is := is.New(t)
			_, err := database.Open(t.Context(), url)
			is.True(strings.Contains(err.Error(), "white space")) // it cannot be meant
			files, err := filepath.Glob("*")
			is.NoErr(err)
			is.Equal(len(files), 0) // and no new, empty database appears
		})
	}
	t.Run("escaped", func(t *testing.T) {
		is := is.New(t)
		db, err := database.Open(t.Context(), "file:%20x.db%0A")
		is.NoErr(err) // what is escaped is meant
		is.NoErr(db.Close())
		_, err = os.Stat(" x.db\n")
		is.NoErr(err)
	})
}
