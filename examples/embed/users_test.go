package main

import (
	"strconv"
	"testing"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/delegationtest"
	"github.com/anteroom-go/anteroom/server/database/dbtest"
)

// TestUsers runs the suite that every directory of users must pass.
func TestUsers(t *testing.T) {
	delegationtest.Users(t, func(t *testing.T) delegationtest.UsersFixture {
		is := is.New(t)
		db := dbtest.Open(t, dbtest.SQLite(t))
		directory, err := newUsers(t.Context(), db)
		is.NoErr(err)
		next := 100
		return delegationtest.UsersFixture{Users: directory, NewID: func() string { return "99" },
			Add: func(t *testing.T, email delegation.Email, active bool) string {
				next++
				_, err := db.ExecContext(t.Context(), `INSERT INTO accounts (id, mail, blocked) VALUES (?, ?, ?)
				ON CONFLICT (mail) DO UPDATE SET id = excluded.id, blocked = excluded.blocked`, next, string(email), !active)
				is.NoErr(err)
				return strconv.Itoa(next)
			}}
	})
}
