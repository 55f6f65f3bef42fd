package server_test

import (
	"database/sql"
	"errors"
	"strings"
	"testing"

	"github.com/matryer/is"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/server"
	"github.com/anteroom-go/anteroom/server/database/dbtest"
)

// TestNewRefusesUnsafeSessions brings pools of a host's own whose sessions read
// SQL in another way than it is written.
func TestNewRefusesUnsafeSessions(t *testing.T) {
	address := dbtest.Postgres(t)
	dbtest.Open(t, address) // migrates it
	for _, setting := range []string{"standard_conforming_strings=off", "client_encoding=LATIN1"} {
		t.Run(setting, func(t *testing.T) {
			is := is.New(t)
			pool, err := sql.Open("pgx", address+"&"+setting)
			is.NoErr(err)
			defer pool.Close()
			_, err = server.New(t.Context(), server.Config{
				URL: publicURL, RootKeys: delegation.NewRootKeys(), DB: bun.NewDB(pool, pgdialect.New()),
			})
			var wrong *server.ConfigError
			is.True(errors.As(err, &wrong))
			is.Equal(wrong.Field, "DB") // the one part that is not acceptable
			name, _, _ := strings.Cut(setting, "=")
			is.True(strings.Contains(wrong.Problem, name)) // and the setting by name
		})
	}
}
