package readiness_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/server/database/dbtest"
	"github.com/anteroom-go/anteroom/server/internal/readiness"
)

// TestThereMustBeRoomBesideTheFile takes away the place where the next bytes would
// go. "faults sqlite-disk-full" does so with a disk.
func TestThereMustBeRoomBesideTheFile(t *testing.T) {
	is := is.New(t)
	dir := filepath.Join(t.TempDir(), "data")
	is.NoErr(os.Mkdir(dir, 0o700))
	url := "file:" + filepath.Join(dir, "test.db")
	w := &world{T: t, url: url, db: dbtest.Open(t, url), checks: map[string]readiness.Check{}}
	w.prepare(&readiness.Database{})
	is.Equal(w.reason("writable"), "")
	left, err := os.ReadDir(dir)
	is.NoErr(err)
	for _, entry := range left {
		is.True(strings.HasPrefix(entry.Name(), "test.db")) // nothing is left behind
	}
	is.NoErr(os.Rename(dir, dir+".away"))
	is.True(strings.Contains(w.reason("writable"), "beside the database file"))
}
