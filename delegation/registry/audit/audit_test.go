package audit_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/matryer/is"
	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/by"
	"github.com/anteroom-go/anteroom/delegation/registry/audit"
	"github.com/anteroom-go/anteroom/server/database/dbtest"
	"github.com/anteroom-go/anteroom/server/database/tables"
)

func as(t *testing.T, name string) context.Context {
	t.Helper()
	ctx, err := by.Operator(t.Context(), name)
	is.New(t).NoErr(err)
	return ctx
}

// fill appends n changes, one a transaction.
func fill(t *testing.T, db *bun.DB, n int) {
	t.Helper()
	for i := range n {
		is.New(t).NoErr(audit.Append(as(t, "alice"), db, audit.Change{Kind: audit.UserAdded, UserID: fmt.Sprint("u", i),
			After: audit.Values{"email": "u@example.com"}}))
	}
}

func execute(t *testing.T, db *bun.DB, statements ...string) {
	t.Helper()
	for _, statement := range statements {
		_, err := db.ExecContext(t.Context(), tables.SQL(db, statement))
		is.New(t).NoErr(err)
	}
}

func TestEntries(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		is := is.New(t)
		start := time.Now().Add(-time.Minute)
		is.NoErr(audit.Append(as(t, "alice"), db,
			audit.Change{Kind: audit.ApplicationUpdated, ClientID: "app_1", RequestID: "r-1",
				Before: audit.Values{"name": "Old", "list": []string{}},
				After:  audit.Values{"name": "<New>", "list": []string{"a"}}},
			audit.Change{Kind: audit.SecretAdded, ClientID: "app_1", Subject: "s1"}))
		is.NoErr(audit.Append(by.Server(t.Context()), db, audit.Change{Kind: delegation.EventKeyCreated, Subject: "k"}))
		is.NoErr(audit.Append(t.Context(), db, audit.Change{Kind: audit.UserDeleted, UserID: "u1"}))
		is.NoErr(audit.Append(t.Context(), db)) // nothing is nothing

		list, more, err := audit.List(t.Context(), db, audit.Query{})
		is.NoErr(err)
		is.True(!more)
		var seen []string
		for _, e := range list {
			is.True(e.At.After(start) && e.At.Before(time.Now().Add(time.Minute))) // the clock of the database
			seen = append(seen, fmt.Sprint(e.Seq, " ", e.By, " ", e.Kind, " ", e.ClientID, e.UserID, e.Subject, e.RequestID))
		}
		is.Equal(seen, []string{"4 unnamed user.deleted u1", "3 server key.created k", "2 alice secret.added app_1s1",
			"1 alice application.updated app_1r-1"}) // the newest first
		is.Equal(list[3].Before, `{"list":[],"name":"Old"}`)
		is.Equal(list[3].After, `{"list":["a"],"name":"\u003cNew\u003e"}`)
		is.Equal(list[2].Before+list[2].After, "")

		is.True(audit.Append(t.Context(), db, audit.Change{Kind: "user.invented"}) != nil) // the list of kinds is closed
		report, err := audit.Verify(t.Context(), db)
		is.NoErr(err)
		is.Equal(report, audit.Report{Rows: 4, First: 1, Head: audit.Head{Seq: 4, Hash: list[0].Hash}})
	})
}

func TestQueries(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		is := is.New(t)
		report, err := audit.Verify(t.Context(), db)
		is.NoErr(err)
		is.Equal(report, audit.Report{First: 1}) // an empty trail is whole
		for i := range 6 {
			is.NoErr(audit.Append(as(t, fmt.Sprint("op", i%2)), db, audit.Change{Kind: audit.Kinds()[i%3],
				ClientID: fmt.Sprint("app", i%2), UserID: fmt.Sprint("u", i%3)}))
		}
		execute(t, db, "UPDATE {audit_trail} SET at = '2020-01-01 00:00:00+00:00' WHERE seq < 3")
		for query, want := range map[audit.Query]string{
			{}:                                    "[6 5 4 3 2 1] false",
			{Limit: 2}:                            "[6 5] true",
			{Limit: 2, After: 3}:                  "[2 1] false",
			{ClientID: "app1"}:                    "[6 4 2] false",
			{UserID: "u2"}:                        "[6 3] false",
			{By: "op0", Limit: 2}:                 "[5 3] true",
			{Kind: audit.Kinds()[1]}:              "[5 2] false",
			{Since: time.Now().Add(-time.Hour)}:   "[6 5 4 3] false",
			{Since: time.Now().Add(time.Hour)}:    "[] false",
			{ClientID: "app1", By: "op0"}:         "[] false",
			{ClientID: "' OR 1 = 1 --"}:           "[] false",
			{Limit: audit.MaxPage + 1, By: "op1"}: "[6 4 2] false",
		} {
			list, more, err := audit.List(t.Context(), db, query)
			is.NoErr(err)
			seqs := []int64{}
			for _, e := range list {
				seqs = append(seqs, e.Seq)
			}
			is.Equal(fmt.Sprint(seqs, " ", more), want)
		}
	})
}

// TestTampering changes the tables as an attacker would, and looks for the row at which it shows.
func TestTampering(t *testing.T) {
	tests := map[string]struct {
		statements []string
		want       string
	}{
		"a row is removed":       {[]string{"DELETE FROM {audit_trail} WHERE seq = 3"}, "row 3 is missing"},
		"the first is removed":   {[]string{"DELETE FROM {audit_trail} WHERE seq = 1"}, "row 1 is missing"},
		"the last is removed":    {[]string{"DELETE FROM {audit_trail} WHERE seq = 5"}, "row 5 is missing"},
		"all are removed":        {[]string{"DELETE FROM {audit_trail}"}, "row 1 is missing"},
		"the end is moved":       {[]string{"UPDATE {audit_chain} SET seq = 4"}, "row 5 is not the last one that was kept"},
		"the end is forgotten":   {[]string{"DELETE FROM {audit_chain}"}, "row 5 is not the last one that was kept"},
		"one is put in":          {[]string{copied("0", "4")}, "row 0 is there although it was forgotten"},
		"one is put at the end":  {[]string{copied("6", "5")}, "row 6 was changed"},
		"and the end moved":      {[]string{copied("6", "5"), "UPDATE {audit_chain} SET seq = 6"}, "row 6 was changed"},
		"two change places":      {swapped(2, 4), "row 2 was changed"},
		"two neighbours as well": {swapped(4, 5), "row 4 was changed"},
	}
	for _, column := range []string{"author", "kind", "client_id", "user_id", "subject", "request_id", "before_change",
		"after_change", "hash"} {
		tests["another "+column] = struct {
			statements []string
			want       string
		}{[]string{"UPDATE {audit_trail} SET " + column + " = 'x' WHERE seq = 2"}, "row 2 was changed"}
	}
	tests["another at"] = struct {
		statements []string
		want       string
	}{[]string{"UPDATE {audit_trail} SET at = '2026-01-01 00:00:00+00:00' WHERE seq = 2"}, "row 2 was changed"}
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		fill(t, db, 5)
		for name, test := range tests {
			t.Run(name, func(t *testing.T) {
				is := is.New(t)
				tx, err := db.BeginTx(t.Context(), nil)
				is.NoErr(err)
				defer func() { is.NoErr(tx.Rollback()) }()
				for _, statement := range test.statements {
					_, err := tx.ExecContext(t.Context(), tables.SQL(tx, statement))
					is.NoErr(err)
				}
				_, err = audit.Verify(t.Context(), tx)
				var broken *audit.Broken
				is.True(errors.As(err, &broken))
				is.True(strings.Contains(broken.Error(), test.want))
			})
		}
	})
}

// copied puts a copy of a row in under another number.
func copied(seq, of string) string {
	return "INSERT INTO {audit_trail} SELECT " + seq + ", at, author, kind, client_id, user_id, subject, request_id, " +
		"before_change, after_change, hash FROM {audit_trail} WHERE seq = " + of
}

// swapped changes the numbers of two rows.
func swapped(a, b int) []string {
	return []string{fmt.Sprint("UPDATE {audit_trail} SET seq = 100 WHERE seq = ", a),
		fmt.Sprintf("UPDATE {audit_trail} SET seq = %d WHERE seq = %d", a, b),
		fmt.Sprint("UPDATE {audit_trail} SET seq = ", b, " WHERE seq = 100")}
}

// TestNotedHeads has an attacker make the whole chain anew, as whoever knows how can.
func TestNotedHeads(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		is := is.New(t)
		fill(t, db, 3)
		report, err := audit.Verify(t.Context(), db)
		is.NoErr(err)
		noted, err := audit.ParseHead(report.Head.String())
		is.NoErr(err)
		fill(t, db, 2)
		_, err = audit.Verify(t.Context(), db, noted)
		is.NoErr(err) // the chain has grown behind it

		execute(t, db, "DELETE FROM {audit_trail}", "DELETE FROM {audit_chain}")
		fill(t, db, 2)
		_, err = audit.Verify(t.Context(), db)
		is.NoErr(err) // it does not show by itself
		_, err = audit.Verify(t.Context(), db, noted)
		is.Equal(err.Error(), "the audit trail is broken: row 3 was noted, and is missing")
		fill(t, db, 2)
		_, err = audit.Verify(t.Context(), db, noted)
		is.Equal(err.Error(), "the audit trail is broken: row 3 is not the one that was noted")
	})
	for _, text := range []string{"", "1", "1:", "0:" + strings.Repeat("a", 64), "x:" + strings.Repeat("a", 64),
		"1:" + strings.Repeat("A", 64), "1:" + strings.Repeat("a", 63)} {
		_, err := audit.ParseHead(text)
		is.New(t).True(err != nil)
	}
}

// TestForgetting lets time pass by moving the rows back, before they are chained.
func TestForgetting(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		is := is.New(t)
		fill(t, db, 3)
		report, err := audit.Verify(t.Context(), db)
		is.NoErr(err)
		is.NoErr(audit.Forget(t.Context(), db, audit.MinKeep))
		is.NoErr(audit.Forget(t.Context(), db, -audit.MinKeep/2)) // a day of grace, lest they go one by one
		list, _, err := audit.List(t.Context(), db, audit.Query{})
		is.NoErr(err)
		is.Equal(len(list), 3)

		is.NoErr(audit.Forget(t.Context(), db, -48*time.Hour)) // two days hence
		list, _, err = audit.List(t.Context(), db, audit.Query{})
		is.NoErr(err)
		is.Equal(len(list), 1)
		is.Equal(list[0].Kind, audit.Forgotten)
		is.Equal(list[0].By, by.Itself)
		is.Equal(list[0].Subject, "3")                        // the last row that is gone
		is.True(strings.Contains(list[0].After, `"rows":3}`)) // and how many
		fill(t, db, 2)
		after, err := audit.Verify(t.Context(), db, report.Head)
		is.NoErr(err) // the chain goes on behind what was forgotten, whose end was noted
		is.Equal([]int64{after.First, after.Rows, after.Head.Seq, int64(len(after.Unchecked))}, []int64{4, 3, 6, 0})
		older := audit.Head{Seq: 2, Hash: list[0].Hash}
		after, err = audit.Verify(t.Context(), db, older)
		is.NoErr(err)
		is.Equal(after.Unchecked, []audit.Head{older}) // nothing is kept of it

		execute(t, db, "DELETE FROM {audit_trail} WHERE seq = 4")
		_, err = audit.Verify(t.Context(), db)
		is.True(err != nil) // without the row that tells where it begins
	})
}

// TestForgettingKeepsWhatIsYoung has one old row before young ones.
func TestForgettingKeepsWhatIsYoung(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		is := is.New(t)
		fill(t, db, 4)
		// a clock that was set back
		execute(t, db, "UPDATE {audit_trail} SET at = '2020-01-01 00:00:00+00:00' WHERE seq IN (1, 3)")
		is.NoErr(audit.Forget(t.Context(), db, audit.DefaultKeep))
		list, _, err := audit.List(t.Context(), db, audit.Query{})
		is.NoErr(err)
		is.Equal(len(list), 4)                    // 2, 3 and 4, and what tells of 1
		is.Equal(list[0].Subject, "1")            // nothing is forgotten behind a row that stays
		is.Equal(list[len(list)-1].Seq, int64(2)) // so there is no gap
	})
}
