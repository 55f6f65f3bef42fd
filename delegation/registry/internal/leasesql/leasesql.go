// Package leasesql keeps the epoch of authority, its changes and the leases in SQL, see package
// lease. Triggers write the epoch and the changes.
package leasesql

import (
	"context"
	"errors"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/delegation/registry/internal/lease"
	"github.com/anteroom-go/anteroom/server/database/tables"
)

// mostNews bounds what one renewal reads: after more changes everything is forgotten.
const mostNews = 10_000

var errNoEpoch = errors.New("leasesql: the row of the epoch is gone")

// Store implements [lease.Store].
type Store struct {
	db    bun.IDB
	texts *tables.Texts
}

// New returns the store on a primary database.
func New(db bun.IDB, texts *tables.Texts) *Store { return &Store{db, texts} }

// Hold implements [lease.Store].
func (s *Store) Hold(ctx context.Context, row lease.Row) error {
	_, err := s.db.ExecContext(ctx, s.texts.SQL(`INSERT INTO {authority_leases} AS l (holder, seen, term) VALUES (?, ?, ?)
		ON CONFLICT (holder) DO UPDATE SET seen = excluded.seen, term = excluded.term WHERE l.term < excluded.term`),
		row.Holder, row.Seen, row.Term)
	if err != nil {
		return fmt.Errorf("leasesql: writing a lease: %w", err)
	}
	return nil
}

// Since implements [lease.Store].
func (s *Store) Since(ctx context.Context, epoch int64) (lease.News, error) {
	var found []changeRow
	err := s.db.NewRaw(s.texts.SQL(`SELECT e.epoch, COALESCE(c.epoch, 0) AS at, COALESCE(c.kind, '') AS kind,
			COALESCE(c.subject, '') AS subject
		FROM {authority_epoch} AS e LEFT JOIN {authority_changes} AS c ON c.epoch >= ?
		WHERE e.name = 'epoch' ORDER BY c.epoch LIMIT ?`),
		epoch, mostNews).Scan(ctx, &found)
	switch {
	case err != nil:
		return lease.News{}, fmt.Errorf("leasesql: reading changes: %w", err)
	case len(found) == 0:
		return lease.News{}, errNoEpoch
	}
	return newsOf(found, epoch), nil
}

// changeRow is a change, or none, beside the newest epoch.
type changeRow struct {
	Epoch, At     int64
	Kind, Subject string
}

// newsOf returns what is new after an epoch, of the changes from that on.
func newsOf(found []changeRow, epoch int64) lease.News {
	news := lease.News{Epoch: found[0].Epoch}
	known := news.Epoch == epoch // a change of the known epoch is there if none was purged since
	for _, row := range found {
		known = known || row.At == epoch
		if row.At > epoch {
			news.Changes = append(news.Changes, lease.Change{Kind: row.Kind, Key: row.Subject})
		}
	}
	news.Gap = !known || len(found) == mostNews
	return news
}

// Rows implements [lease.Store].
func (s *Store) Rows(ctx context.Context) (epoch int64, rows []lease.Row, err error) {
	var found []struct {
		Epoch, Seen, Term int64
		Holder            string
	}
	err = s.db.NewRaw(s.texts.SQL(`SELECT e.epoch, COALESCE(l.holder, '') AS holder, COALESCE(l.seen, 0) AS seen,
			COALESCE(l.term, 0) AS term
		FROM {authority_epoch} AS e LEFT JOIN {authority_leases} AS l ON l.holder > ''
		WHERE e.name = 'epoch'`)).Scan(ctx, &found)
	if err != nil {
		return 0, nil, fmt.Errorf("leasesql: reading leases: %w", err)
	}
	for _, row := range found {
		epoch = row.Epoch
		if row.Holder != "" {
			rows = append(rows, lease.Row{Holder: row.Holder, Seen: row.Seen, Term: row.Term})
		}
	}
	return epoch, rows, nil
}

// Remove implements [lease.Store].
func (s *Store) Remove(ctx context.Context, row lease.Row) error {
	_, err := s.db.ExecContext(ctx,
		s.texts.SQL(`DELETE FROM {authority_leases} WHERE holder = ? AND term <= ?`), row.Holder, row.Term)
	if err != nil {
		return fmt.Errorf("leasesql: removing a lease: %w", err)
	}
	return nil
}
