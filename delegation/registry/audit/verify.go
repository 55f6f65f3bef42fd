package audit

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/server/database/tables"
)

// verifyBatch is how many rows one statement reads.
const verifyBatch = 1000

// Head is the number and the hash of an entry, by which the chain up to it is known. The text
// of it is the number, a colon and the hash.
type Head struct {
	Seq  int64
	Hash string
}

// String returns the text of a head.
func (h Head) String() string { return strconv.FormatInt(h.Seq, 10) + ":" + h.Hash }

// ParseHead reads the text of a head.
func ParseHead(text string) (Head, error) {
	number, hash, _ := strings.Cut(text, ":")
	seq, err := strconv.ParseInt(number, 10, 64)
	if err != nil || seq < 1 || len(hash) != 64 || strings.Trim(hash, "0123456789abcdef") != "" {
		return Head{}, errors.New("must be a number, a colon and 64 hexadecimal digits")
	}
	return Head{seq, hash}, nil
}

// Broken is the error of a chain that is not whole.
type Broken struct {
	// Seq is the number of the first entry at which it shows.
	Seq int64
	// Problem is what is wrong with it.
	Problem string
}

// Error returns one sentence.
func (b *Broken) Error() string {
	return fmt.Sprintf("the audit trail is broken: row %d %s", b.Seq, b.Problem)
}

// Report is what [Verify] found.
type Report struct {
	// Rows is how many entries there are, from First on.
	Rows, First int64
	// Head is the last one; the zero Head if there is none.
	Head Head
	// Unchecked are the known heads that lie before First, where nothing is kept any more.
	Unchecked []Head
}

// Verify reads the whole chain. It returns a [*Broken] if a row was changed, removed, put in or
// moved, or if the chain does not hold one of the known heads. Rows that are written or forgotten
// meanwhile are no fault.
func Verify(ctx context.Context, db bun.IDB, known ...Head) (Report, error) {
	for {
		anchor, err := anchored(ctx, db)
		if err != nil {
			return Report{}, err
		}
		report, err := verify(ctx, db, anchor, known)
		var broken *Broken
		if !errors.As(err, &broken) {
			return report, err
		}
		again, failed := anchored(ctx, db)
		if failed != nil || again == anchor {
			return report, errors.Join(err, failed)
		}
	}
}

// anchored returns the last entry that was forgotten, or the zero Head.
func anchored(ctx context.Context, db bun.IDB) (Head, error) {
	var entry Entry
	err := db.NewSelect().Model(&entry).ModelTableExpr(tables.SQL(db, "{audit_trail} AS t")).
		Where("t.kind = ?", Forgotten).OrderExpr("t.seq DESC").Limit(1).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return Head{}, nil
	}
	if err != nil {
		return Head{}, fmt.Errorf("audit: looking for the beginning of the chain: %w", err)
	}
	var kept struct {
		Hash string `json:"hash"`
	}
	seq, err := strconv.ParseInt(entry.Subject, 10, 64)
	if err != nil || json.Unmarshal([]byte(entry.After), &kept) != nil {
		return Head{}, &Broken{entry.Seq, "was changed: it does not tell where the chain begins"}
	}
	return Head{seq, kept.Hash}, nil
}

// ending is what is kept of the end of the chain, and the last row that there is.
type ending struct {
	Seq  int64  `bun:"seq"`
	Hash string `bun:"hash"`
	Last int64  `bun:"last"`
}

// verify follows the chain from where it begins to its end.
func verify(ctx context.Context, db bun.IDB, anchor Head, known []Head) (Report, error) {
	var end ending
	err := db.NewRaw(tables.SQL(db, `SELECT COALESCE(c.seq, 0) AS seq, COALESCE(c.hash, '') AS hash,
			COALESCE((SELECT max(t.seq) FROM {audit_trail} AS t), 0) AS last
		FROM (SELECT 1 AS one) AS o LEFT JOIN {audit_chain} AS c ON c.name = 'chain'`)).Scan(ctx, &end)
	if err != nil {
		return Report{}, fmt.Errorf("audit: reading the end of the chain: %w", err)
	}
	w := walk{at: anchor, known: map[int64]string{}, report: Report{First: anchor.Seq + 1}}
	for _, head := range known {
		if head.Seq > anchor.Seq {
			w.known[head.Seq] = head.Hash
		} else if head != anchor {
			w.report.Unchecked = append(w.report.Unchecked, head)
		}
	}
	if err := w.all(ctx, db, end.Last); err != nil {
		return w.report, err
	}
	w.report.Rows, w.report.Head = w.at.Seq-anchor.Seq, w.at
	return w.report, w.ended(Head{end.Seq, end.Hash})
}

// walk is how far the chain was followed.
type walk struct {
	at     Head
	known  map[int64]string // what is to come
	report Report
}

// all follows the chain up to the row with a number, from the first row that there is.
func (w *walk) all(ctx context.Context, db bun.IDB, last int64) error {
	for after := int64(-1); ; after = w.at.Seq {
		var entries []Entry
		err := db.NewSelect().Model(&entries).ModelTableExpr(tables.SQL(db, "{audit_trail} AS t")).
			Where("t.seq > ? AND t.seq <= ?", after, last).OrderExpr("t.seq").
			Limit(verifyBatch).Scan(ctx)
		if err != nil {
			return fmt.Errorf("audit: reading the chain: %w", err)
		}
		for _, entry := range entries {
			if err := w.step(entry); err != nil {
				return err
			}
		}
		if len(entries) < verifyBatch {
			return nil
		}
	}
}

// step follows one link.
func (w *walk) step(entry Entry) error {
	next := w.at.Seq + 1
	switch hash, told := w.known[entry.Seq]; {
	case entry.Seq > next:
		return &Broken{next, "is missing"}
	case entry.Seq < next:
		return &Broken{entry.Seq, "is there although it was forgotten"}
	case entry.Digest(w.at.Hash) != entry.Hash:
		return &Broken{entry.Seq, "was changed, or the one before it"}
	case told && hash != entry.Hash:
		return &Broken{entry.Seq, "is not the one that was noted"}
	}
	delete(w.known, entry.Seq)
	w.at = Head{entry.Seq, entry.Hash}
	return nil
}

// ended compares the end that was reached with the one that was kept, and with what was noted.
func (w *walk) ended(end Head) error {
	if w.at.Seq < end.Seq {
		return &Broken{w.at.Seq + 1, "is missing"}
	}
	for _, seq := range slices.Sorted(maps.Keys(w.known)) {
		return &Broken{seq, "was noted, and is missing"}
	}
	if w.at != end {
		return &Broken{w.at.Seq, "is not the last one that was kept"}
	}
	return nil
}
