package audit_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/matryer/is"
	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/delegation/registry/audit"
	"github.com/anteroom-go/anteroom/server/database/dbtest"
)

// TestAtOnce records changes in many transactions at once.
func TestAtOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		is := is.New(t)
		const writers, each = 8, 20
		var wait sync.WaitGroup
		errs := make([]error, writers)
		for i := range writers {
			wait.Go(func() {
				for range each {
					errs[i] = errors.Join(errs[i], db.RunInTx(t.Context(), nil, func(ctx context.Context, tx bun.Tx) error {
						return audit.Append(ctx, tx, audit.Change{Kind: audit.UserAdded}, audit.Change{Kind: audit.UserDeleted})
					}))
				}
			})
		}
		for range 5 {
			_, err := audit.Verify(t.Context(), db)
			is.NoErr(err) // also while they write
		}
		wait.Wait()
		is.NoErr(errors.Join(errs...))
		report, err := audit.Verify(t.Context(), db)
		is.NoErr(err)
		is.Equal(report.Rows, int64(2*writers*each)) // one chain, none lost
	})
}

// TestATransactionThatFails leaves no gap.
func TestATransactionThatFails(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		is := is.New(t)
		fill(t, db, 1)
		undone := errors.New("undone")
		err := db.RunInTx(t.Context(), nil, func(ctx context.Context, tx bun.Tx) error {
			return errors.Join(audit.Append(ctx, tx, audit.Change{Kind: audit.UserAdded}), undone)
		})
		is.True(errors.Is(err, undone))
		fill(t, db, 1)
		report, err := audit.Verify(t.Context(), db)
		is.NoErr(err)
		is.Equal(report.Head.Seq, int64(2))
	})
}

func TestValues(t *testing.T) {
	is := is.New(t)
	was, now := audit.Between(audit.Values{"name": "a", "list": []string{"x"}, "gone": 1},
		audit.Values{"name": "b", "list": []string{"x"}, "new": true})
	is.Equal(was, audit.Values{"name": "a", "gone": 1})
	is.Equal(now, audit.Values{"name": "b", "new": true}) // what is the same is left out
	db := dbtest.Open(t, dbtest.SQLite(t))
	long := audit.Values{"emails": strings.Repeat("x", 1<<20), "name": "short"}
	is.NoErr(audit.Append(t.Context(), db, audit.Change{Kind: audit.ApplicationCreated, After: long}))
	list, _, err := audit.List(t.Context(), db, audit.Query{})
	is.NoErr(err)
	is.True(len(list[0].After) < 200) // every row is bounded
	is.True(strings.HasPrefix(list[0].After, `{"emails":{"bytes":1048578,"sha256":"`))
	is.True(audit.Append(t.Context(), db, audit.Change{Kind: audit.UserAdded, After: audit.Values{"f": func() {}}}) != nil)
}
