package server_test

import (
	"time"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/delegation/registry/audit"
	"github.com/anteroom-go/anteroom/server"
	"github.com/anteroom-go/anteroom/server/database/tables"
)

// keepsRecords reports whether records of changes are kept that are two years old.
func (a *api) keepsRecords() bool {
	is := is.New(a.T)
	_, err := a.registry.AddUser(a.Context(), "old@example.com")
	is.NoErr(err)
	_, err = a.plain.DB.ExecContext(a.Context(), tables.SQL(a.plain.DB, "UPDATE {audit_trail} SET at = ?"), time.Now().AddDate(-2, 0, 0).UTC())
	is.NoErr(err)
	is.NoErr(server.Housekeep(a.Context(), a.http.Config.Handler.(*server.Server)))
	list, _, err := audit.List(a.Context(), a.plain.DB, audit.Query{Kind: audit.Forgotten})
	is.NoErr(err)
	return len(list) == 0
}
