package audit

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/server/database/tables"
)

// MaxPage is how many entries [List] returns at most.
const MaxPage = 1000

// Query chooses entries. What is zero does not choose.
type Query struct {
	// Since is the time from which on entries count.
	Since time.Time
	// ClientID, UserID, By and Kind are those of the entries.
	ClientID, UserID, By string
	Kind                 Kind
	// After is the number of the last entry of the page before.
	After int64
	// Limit is how many entries are returned; zero means [MaxPage].
	Limit int
}

// List returns the entries of a query, the newest first, and whether there are more.
func List(ctx context.Context, db bun.IDB, query Query) (entries []Entry, more bool, err error) {
	limit := MaxPage
	if query.Limit > 0 {
		limit = min(query.Limit, MaxPage)
	}
	found := db.NewSelect().Model(&entries).ModelTableExpr(tables.SQL(db, "{audit_trail} AS t")).
		OrderExpr("t.seq DESC").Limit(int64(limit) + 1)
	for column, value := range map[string]string{"client_id": query.ClientID, "user_id": query.UserID,
		"author": query.By, "kind": string(query.Kind)} {
		if value != "" {
			found.Where("t.? = ?", bun.Ident(column), value)
		}
	}
	if !query.Since.IsZero() {
		found.Where("t.at >= ?", query.Since.UTC())
	}
	if query.After > 0 {
		found.Where("t.seq < ?", query.After)
	}
	if err := found.Scan(ctx); err != nil {
		return nil, false, fmt.Errorf("audit: listing: %w", err)
	}
	for i := range entries {
		entries[i].At = entries[i].At.UTC()
	}
	more = len(entries) > limit
	return entries[:min(len(entries), limit)], more, nil
}
