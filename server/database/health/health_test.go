package health_test

import (
	"errors"
	"net/url"
	"testing"
	"time"

	"github.com/matryer/is"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/registry"
	"github.com/anteroom-go/anteroom/server/database"
	"github.com/anteroom-go/anteroom/server/database/dbtest"
	"github.com/anteroom-go/anteroom/server/database/health"
	"github.com/anteroom-go/anteroom/server/database/tables"
)

func TestAHealthyDatabase(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		is := is.New(t)
		is.NoErr(health.Reachable(t.Context(), db))
		is.NoErr(health.Schema(t.Context(), db))
		is.NoErr(health.Clock(t.Context(), db, time.Now))
		is.NoErr(health.Applications(t.Context(), db)) // none is not wrong
		for range 2 {
			is.NoErr(health.Writable(t.Context(), db))
		}
		is.True(health.ActiveKey(t.Context(), db) != nil) // no server has started here yet
		reg, err := registry.New(registry.Config{DB: db, RootKeys: delegation.NewRootKeys()})
		is.NoErr(err)
		_, err = reg.OpenKeys(t.Context())
		is.NoErr(err)
		is.NoErr(health.ActiveKey(t.Context(), db))
		_, err = db.ExecContext(t.Context(), tables.SQL(db, "UPDATE {signing_keys} SET state = 'retired'"))
		is.NoErr(err)
		is.Equal(health.ActiveKey(t.Context(), db).Error(), "no signing key is active")
		_, err = db.ExecContext(t.Context(),
			tables.SQL(db, `DROP TABLE {google_keys}; DROP TABLE {application_secrets}; DROP TABLE {delegations};
				DROP TABLE {applications}`))
		is.NoErr(err)
		is.True(health.Applications(t.Context(), db) != nil)
		is.True(health.Clock(t.Context(), db, func() time.Time { return time.Now().Add(-time.Hour) }) != nil ==
			(db.Dialect().Name() == dialect.PG)) // SQLite has no clock of its own
	})
}

func TestAPostgresThatTakesNoChanges(t *testing.T) {
	is := is.New(t)
	address := dbtest.Postgres(t)
	db := dbtest.Open(t, address)
	u, err := url.Parse(address)
	is.NoErr(err)
	_, err = db.ExecContext(t.Context(),
		tables.SQL(db, "ALTER DATABASE "+u.Path[1:]+" SET default_transaction_read_only = on"))
	is.NoErr(err)
	db, err = database.Open(t.Context(), address)
	is.NoErr(err)
	defer db.Close()
	is.NoErr(health.Reachable(t.Context(), db)) // it answers
	is.True(errors.Is(health.Writable(t.Context(), db), health.ErrReadOnly))
}
