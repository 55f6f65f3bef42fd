package buildinfo_test

import (
	"testing"

	"github.com/matryer/is"
	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/server/database/dbtest"
	"github.com/anteroom-go/anteroom/server/database/tables"
	"github.com/anteroom-go/anteroom/server/internal/buildinfo"
)

// TestSchemaIsThatOfTheDatabase compares the numbers with those that migrating leaves in a database.
func TestSchemaIsThatOfTheDatabase(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, url string) {
		is := is.New(t)
		db := dbtest.Open(t, url)
		info, err := buildinfo.Read()
		is.NoErr(err)
		is.Equal(info.Schema.Registry, applied(t, db, "registry_migrations"))
		is.Equal(info.Schema.Rooms, applied(t, db, "rooms_migrations"))
	})
}

func applied(t *testing.T, db *bun.DB, table string) (version int) {
	t.Helper()
	is := is.New(t)
	is.NoErr(db.NewRaw("SELECT max(version_id) FROM ?", tables.Table(db, table)).Scan(t.Context(), &version))
	is.True(version > 0) // migrations are numbered from 1
	return version
}

func TestOneLine(t *testing.T) {
	is := is.New(t)
	info := buildinfo.Info{Version: "v0.9.0", Revision: "4f1d", Go: "go1.26.1"}
	is.Equal(info.String(), "anteroom v0.9.0 4f1d go1.26.1")
	info.Revision = "" // of a program that was not built from a repository
	is.Equal(info.String(), "anteroom v0.9.0 go1.26.1")
}
