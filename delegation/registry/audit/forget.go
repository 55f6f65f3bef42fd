package audit

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/delegation/by"
	"github.com/anteroom-go/anteroom/server/database/tables"
)

const (
	// DefaultKeep is how long entries are kept unless a program wants otherwise.
	DefaultKeep = 365 * 24 * time.Hour
	// MinKeep is the least.
	MinKeep = 24 * time.Hour
	// slack is how much longer entries stay, so that they are not forgotten one by one.
	slack = 24 * time.Hour
	// forgetBatch is how many entries one transaction removes.
	forgetBatch = 10_000
)

// Forget removes the entries that are older than keep, by the clock of the database. It begins
// when the oldest one is a day older than that, and leaves a row of the kind [Forgotten]. Any number
// of processes may call it.
func Forget(ctx context.Context, db bun.IDB, keep time.Duration) error {
	for {
		n, err := forget(ctx, db, keep)
		if err != nil || n < forgetBatch {
			return err
		}
	}
}

// forget removes one batch, and returns how many entries.
func forget(ctx context.Context, db bun.IDB, keep time.Duration) (n int64, err error) {
	last, limit, err := lastToForget(ctx, db, keep)
	if err != nil || last.Seq == 0 {
		return 0, err
	}
	err = db.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
		result, err := tx.NewDelete().Model((*Entry)(nil)).ModelTableExpr(tables.SQL(tx, "{audit_trail} AS t")).
			Where("seq <= ?", last.Seq).Exec(ctx)
		if err != nil {
			return err
		}
		if n, err = result.RowsAffected(); err != nil || n == 0 { // another process came first
			return err
		}
		return Append(by.Server(ctx), tx, Change{Kind: Forgotten, Subject: strconv.FormatInt(last.Seq, 10),
			After: Values{"hash": last.Hash, "rows": n, "older_than": limit.Format(time.RFC3339)}})
	})
	if err != nil {
		return 0, fmt.Errorf("audit: forgetting: %w", err)
	}
	return n, nil
}

// lastToForget returns the last entry of a batch of those whose time is over, all of which are
// older than the limit. It returns the zero Head if it is too early.
func lastToForget(ctx context.Context, db bun.IDB, keep time.Duration) (last Head, limit time.Time, err error) {
	var now struct {
		At time.Time `bun:"at"`
	}
	if err := db.NewRaw("SELECT "+clock(db)+" AS at").Scan(ctx, &now); err != nil {
		return Head{}, limit, fmt.Errorf("audit: reading the clock of the database: %w", err)
	}
	limit = now.At.Add(-keep).UTC()
	var oldest, entry Entry
	err = db.NewSelect().Model(&oldest).ModelTableExpr(tables.SQL(db, "{audit_trail} AS t")).
		Column("seq", "at").
		Where(tables.SQL(db, "t.seq = (SELECT min(s.seq) FROM {audit_trail} AS s)")).Scan(ctx)
	if err == nil && oldest.At.Before(limit.Add(-slack)) {
		// The rows before the first one that stays; their times may not be in order.
		err = db.NewSelect().Model(&entry).ModelTableExpr(tables.SQL(db, "{audit_trail} AS t")).
			Column("seq", "hash").Where("t.seq < ?", oldest.Seq+forgetBatch).
			Where(tables.SQL(db,
				"t.seq < COALESCE((SELECT min(s.seq) FROM {audit_trail} AS s WHERE s.at >= ?), t.seq + 1)"), limit).
			OrderExpr("t.seq DESC").Limit(1).Scan(ctx)
	}
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return Head{}, limit, fmt.Errorf("audit: looking for what to forget: %w", err)
	}
	return Head{entry.Seq, entry.Hash}, limit, nil
}
