package database_test

import (
	"testing"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/server/database/dataversion"
	"github.com/anteroom-go/anteroom/server/database/dbtest"
	"github.com/uptrace/bun"
)

// TestDataVersion: each commit of any pool makes the version another one, and nothing else does.
func TestDataVersion(t *testing.T) {
	is := is.New(t)
	url := dbtest.SQLite(t)
	one, two := dbtest.Open(t, url), dbtest.Open(t, url)
	reader, ok := dataversion.Of(one)
	is.True(ok)
	version := func() int64 {
		v, err := reader.DataVersion(t.Context())
		is.NoErr(err)
		return v
	}
	last := version()
	is.Equal(version(), last)
	_, err := one.ExecContext(t.Context(), "CREATE TABLE noted (n INTEGER)")
	is.NoErr(err)
	for range 3 {
		for _, db := range []*bun.DB{one, two} {
			before := version()
			_, err := db.ExecContext(t.Context(), "INSERT INTO noted VALUES (1)")
			is.NoErr(err)
			is.True(version() != before)
		}
		var n int
		before := version()
		is.NoErr(one.NewRaw("SELECT count(*) FROM noted").Scan(t.Context(), &n))
		is.Equal(version(), before)
	}
	is.NoErr(one.Close())
	_, err = reader.DataVersion(t.Context())
	is.True(err != nil) // it ended with its pool
}

func BenchmarkDataVersion(b *testing.B) {
	reader, _ := dataversion.Of(dbtest.Open(b, dbtest.SQLite(b)))
	for b.Loop() {
		if _, err := reader.DataVersion(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}
