package audit

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"

	"github.com/anteroom-go/anteroom/delegation/by"
	"github.com/anteroom-go/anteroom/server/database/tables"
)

// link is the end of the chain.
type link struct {
	Seq  int64     `bun:"seq"`
	Hash string    `bun:"hash"`
	At   time.Time `bun:"at"` // the clock of the database
}

// Append records changes, which are made by whom package by tells. It belongs into the
// transaction of the changes, as its last statement: from here to the end of the transaction no
// other one records anything. If it fails, the changes must be undone.
func Append(ctx context.Context, tx bun.IDB, changes ...Change) error {
	if len(changes) == 0 {
		return nil
	}
	entries := make([]Entry, len(changes))
	for i, change := range changes {
		var err error
		if entries[i], err = change.entry(ctx); err != nil {
			return err
		}
	}
	names, err := tables.Find(ctx, tx)
	if err != nil {
		return fmt.Errorf("audit: %w", err)
	}
	last, err := reserve(ctx, tx, names, len(entries))
	if err != nil {
		return err
	}
	hash, table := last.Hash, names.SQL("{audit_trail} AS t")
	for i := range entries {
		entries[i].Seq, entries[i].At = last.Seq-int64(len(entries)-1-i), last.At.UTC()
		hash = entries[i].Digest(hash)
		entries[i].Hash = hash
		if _, err := tx.NewInsert().Model(&entries[i]).ModelTableExpr(table).Exec(ctx); err != nil {
			return fmt.Errorf("audit: recording a change: %w", err)
		}
	}
	_, err = tx.NewRaw(names.SQL("UPDATE {audit_chain} SET hash = ? WHERE name = 'chain'"), hash).Exec(ctx)
	if err != nil {
		return fmt.Errorf("audit: chaining: %w", err)
	}
	return nil
}

// reserve takes the next n numbers, and locks the end of the chain. It returns the last number,
// and the hash of the last entry that is there.
func reserve(ctx context.Context, tx bun.IDB, names tables.Names, n int) (last link, err error) {
	err = tx.NewRaw(names.SQL("INSERT INTO {audit_chain} AS c (name, seq, hash) VALUES ('chain', ?0, '')"+
		" ON CONFLICT (name) DO UPDATE SET seq = c.seq + ?0 RETURNING seq, hash, ")+clock(tx)+" AS at", n).Scan(ctx, &last)
	if err != nil {
		return link{}, fmt.Errorf("audit: locking the chain: %w", err)
	}
	return last, nil
}

// clock is the present time of the database, in SQL.
func clock(db bun.IDB) string {
	if db.Dialect().Name() == dialect.PG {
		return "clock_timestamp()"
	}
	return "strftime('%Y-%m-%d %H:%M:%f+00:00', 'now')"
}

// entry returns the entry of a change, without its place in the chain.
func (c Change) entry(ctx context.Context) (entry Entry, err error) {
	if !slices.Contains(Kinds(), c.Kind) {
		return Entry{}, fmt.Errorf("audit: %q is no kind of a change", c.Kind)
	}
	entry = Entry{By: by.Of(ctx), Kind: c.Kind, ClientID: c.ClientID, UserID: c.UserID, Subject: c.Subject,
		RequestID: c.RequestID}
	if entry.Before, err = c.Before.written(); err != nil {
		return Entry{}, err
	}
	entry.After, err = c.After.written()
	return entry, err
}
