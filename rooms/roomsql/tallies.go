package roomsql

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/rooms/stats"
	"github.com/anteroom-go/anteroom/server/database/session"
)

const (
	// talliedFrom is how many memberships make a user worth tallies.
	talliedFrom = 200
	// foldedFrom is how many tallies of sessions are added up.
	foldedFrom = 1_000
	// foldedAtOnce is how many of them one statement adds up.
	foldedAtOnce = 20_000
	// patience is how long the memberships of before may be counted, which is done once.
	patience = 15 * time.Second
)

// The spans of tallies, in seconds: all time zones of today begin their days at a quarter of an hour.
const (
	quarterSpan = 15 * 60
	daySpan     = 24 * 60 * 60
)

// countUser counts the rooms of a user: by the tallies, if they have many.
func (s *Store) countUser(ctx context.Context, view rooms.View, periods []period) ([]stats.Count, error) {
	span := spanOf(periods)
	if span == 0 || len(view.Addresses) > 1 {
		return s.countMemberships(ctx, view, periods)
	}
	ready, err := s.tallied(ctx, view)
	if err != nil {
		return nil, err
	}
	if !ready {
		if ready, err = s.tally(ctx, view); err != nil {
			return nil, err
		}
	}
	if !ready {
		return s.countMemberships(ctx, view, periods)
	}
	counts, once, err := s.countTallies(ctx, view, periods, span)
	if err != nil || once {
		return counts, err
	}
	return s.countMemberships(ctx, view, periods)
}

// spanOf returns the longest span that all periods are made of, or zero.
func spanOf(periods []period) int64 {
	for _, span := range []int64{daySpan, quarterSpan} {
		apart := func(t time.Time) bool { return t.Nanosecond() != 0 || t.Unix()%span != 0 }
		if !slices.ContainsFunc(periods, func(p period) bool { return apart(p.begins) || apart(p.ends) }) {
			return span
		}
	}
	return 0
}

// whoOf returns the names under which tallies count what a user's view sees.
func whoOf(view rooms.View) []string {
	who := []string{"u" + view.UserID}
	for _, address := range view.Addresses {
		who = append(who, "a"+address)
	}
	return who
}

// tallied reports whether the tallies of a user are ready.
func (s *Store) tallied(ctx context.Context, view rooms.View) (ready bool, err error) {
	who := whoOf(view)
	err = s.db.NewRaw(s.sql(`SELECT (SELECT count(*) FROM {room_tally_heads} AS h WHERE h.source_kind = ?
		AND h.source_id = ? AND h.who IN (?) AND h.ready) = ?`),
		view.SourceKind, view.SourceID, bun.List(who), len(who)).Scan(ctx, &ready)
	return ready, err
}

// talliesInPeriod are the tallies t of someone in a period p.
const talliesInPeriod = `t.source_kind = ? AND t.source_id = ? AND t.who = ? AND t.span = ?
	AND t.bucket >= p.begins AND t.bucket < p.ends`

// countTallies adds tallies up: for each period a range of an index. A room of the user's own to which the user's
// address is invited counts by the id alone. It reports whether each room counts once: not if a host added the user by
// id to rooms of others, in which the user may be by address as well.
func (s *Store) countTallies(ctx context.Context, view rooms.View, periods []period, span int64) (
	counts []stats.Count, once bool, err error) {
	values := make([]fragment, len(periods))
	for i, p := range periods {
		values[i] = fragment{"(?, ?, ?)", []any{i, p.begins.Unix(), p.ends.Unix()}}
		if isPostgres(s.db) {
			values[i].sql = "(?, CAST(? AS BIGINT), CAST(? AS BIGINT))"
		}
	}
	all, inPeriod := join(values, ", "), `JOIN {room_tallies} AS t ON `+talliesInPeriod
	if isPostgres(s.db) { // which would read all tallies for each period otherwise
		inPeriod = `CROSS JOIN LATERAL (SELECT * FROM {room_tallies} AS t WHERE ` + talliesInPeriod + ` OFFSET 0) AS t`
	}
	var parts []fragment
	for _, who := range whoOf(view) {
		part := fragment{`SELECT p.n, t.who, t.owner_id, t.shard, t.created, t.deleted FROM periods AS p ` + inPeriod,
			[]any{view.SourceKind, view.SourceID, who, span}}
		if strings.HasPrefix(who, "a") {
			part.sql += " WHERE t.owner_id <> ?"
			part.args = append(part.args, view.UserID)
		}
		parts = append(parts, part)
	}
	tallies := join(parts, " UNION ALL ")
	var rows []struct {
		N, Folds, Added int
		stats.Count
	}
	err = s.db.NewRaw(s.sql(`WITH periods (n, begins, ends) AS (VALUES `+all.sql+`)
		SELECT o.n, sum(o.created) AS created, sum(o.deleted) AS deleted, sum(o.folds) AS folds,
			sum(CASE WHEN o.owner_id = ? THEN 0 ELSE o.added END) AS added,
			sum(CASE WHEN o.owner_id <> '' AND o.created > 0 THEN 1 ELSE 0 END) AS users
		FROM (SELECT t.n, t.owner_id, sum(t.created) AS created, sum(t.deleted) AS deleted,
				sum(CASE WHEN t.shard = 0 THEN 0 ELSE 1 END) AS folds,
				sum(CASE WHEN t.who = ? THEN t.created + t.deleted ELSE 0 END) AS added
			FROM (`+tallies.sql+`) AS t GROUP BY t.n, t.owner_id) AS o GROUP BY o.n`),
		slices.Concat(all.args, []any{view.UserID, whoOf(view)[0]}, tallies.args)...).Scan(ctx, &rows)
	if err != nil {
		return nil, false, err
	}
	folds, added := 0, 0
	counts = make([]stats.Count, len(periods))
	for _, row := range rows {
		counts[row.N] = row.Count
		folds, added = folds+row.Folds, added+row.Added
	}
	if folds >= foldedFrom {
		err = s.fold(ctx, view)
	}
	return counts, added == 0 || len(view.Addresses) == 0, err
}

// tally has the triggers count the memberships of a user with many of them, and counts those of before. It reports
// whether the tallies are ready: a later call makes them so if transactions are running that may not know of them.
func (s *Store) tally(ctx context.Context, view rooms.View) (ready bool, err error) {
	if _, within := s.db.(bun.Tx); within {
		return false, nil
	}
	most := everMemberships(view)
	var n int
	err = s.db.NewRaw(s.sql("SELECT count(*) FROM ("+most.sql+" LIMIT ?) AS l"), append(most.args, talliedFrom)...).
		Scan(ctx, &n)
	if err != nil || n < talliedFrom {
		return false, err
	}
	source := []any{view.SourceKind, view.SourceID}
	for _, who := range whoOf(view) {
		_, err := s.db.NewRaw(s.sql(`INSERT INTO {room_tally_heads} (source_kind, source_id, who) VALUES (?, ?, ?)
			ON CONFLICT DO NOTHING`), append(source[:2:2], who)...).Exec(ctx)
		if err != nil {
			return false, fmt.Errorf("beginning tallies: %w", err)
		}
	}
	if mark := s.marked("{room_tally_heads}", "NOT ready", source); mark.sql != "" {
		if _, err := s.db.NewRaw(s.sql(mark.sql), mark.args...).Exec(ctx); err != nil {
			return false, fmt.Errorf("marking tallies: %w", err)
		}
	}
	if err := s.tallyBefore(session.Silence(ctx, patience), view); err != nil {
		return false, err
	}
	return s.tallied(ctx, view)
}

// tallyBefore counts the memberships that there are, less what the triggers counted of them
// already. That is one statement, which reads one state of both.
func (s *Store) tallyBefore(ctx context.Context, view rooms.View) error {
	condition := []fragment{{"v.user_id = ?", []any{view.UserID}}}
	for _, address := range view.Addresses {
		condition = append(condition, fragment{"v.user_id IS NULL AND v.address = ?", []any{address}})
	}
	return inTx(ctx, s.db, func(tx bun.Tx) error {
		for i, who := range whoOf(view) {
			head := []any{view.SourceKind, view.SourceID, who}
			ready, err := affected(tx.NewRaw(s.sql(`UPDATE {room_tally_heads} AS h SET ready = TRUE
				WHERE h.source_kind = ? AND h.source_id = ? AND h.who = ? AND NOT h.ready`+s.everyoneKnows("h")),
				head...).Exec(ctx))
			if err != nil {
				return fmt.Errorf("finding tallies: %w", err)
			}
			if !ready {
				continue
			}
			var parts []fragment // live ones and past ones are in indexes of their own
			for _, when := range []string{" AND v.deleted_at IS NULL", " AND v.deleted_at IS NOT NULL"} {
				parts = append(parts, fragment{`SELECT v.span, v.bucket, v.owner_id, v.created, v.deleted
					FROM {room_marks} AS v WHERE v.source_kind = ? AND v.source_id = ? AND ` + condition[i].sql + when,
					slices.Concat(head[:2], condition[i].args)})
			}
			marks := join(parts, " UNION ALL ")
			_, err = tx.NewRaw(s.sql(`INSERT INTO {room_tallies} AS t
					(source_kind, source_id, who, span, bucket, owner_id, shard, created, deleted)
				SELECT ?, ?, ?, a.span, a.bucket, a.owner_id, 0, sum(a.created), sum(a.deleted) FROM (
					`+marks.sql+` UNION ALL
					SELECT o.span, o.bucket, o.owner_id, -o.created, -o.deleted FROM {room_tallies} AS o
						WHERE o.source_kind = ? AND o.source_id = ? AND o.who = ?) AS a
				WHERE TRUE GROUP BY a.span, a.bucket, a.owner_id
				ON CONFLICT (source_kind, source_id, who, span, bucket, owner_id, shard)
					DO UPDATE SET created = t.created + EXCLUDED.created, deleted = t.deleted + EXCLUDED.deleted`),
				slices.Concat(head, marks.args, head)...).Exec(ctx)
			if err != nil {
				return fmt.Errorf("counting memberships: %w", err)
			}
		}
		return nil
	})
}

// fold adds up the tallies that sessions of PostgreSQL have left, without waiting for those
// that are changed now. Of a host's transaction it stays out.
func (s *Store) fold(ctx context.Context, view rooms.View) error {
	if _, within := s.db.(bun.Tx); within {
		return nil
	}
	_, err := s.db.NewRaw(s.sql(`WITH moved AS (DELETE FROM {room_tallies} AS t WHERE t.ctid = ANY (ARRAY(
			SELECT o.ctid FROM {room_tallies} AS o WHERE o.source_kind = ? AND o.source_id = ? AND o.who IN (?)
				AND o.shard <> 0 LIMIT ? FOR UPDATE SKIP LOCKED))
			RETURNING t.who, t.span, t.bucket, t.owner_id, t.created, t.deleted)
		INSERT INTO {room_tallies} AS t (source_kind, source_id, who, span, bucket, owner_id, shard, created, deleted)
		SELECT ?, ?, m.who, m.span, m.bucket, m.owner_id, 0, sum(m.created), sum(m.deleted) FROM moved AS m
			GROUP BY m.who, m.span, m.bucket, m.owner_id ORDER BY m.who, m.span, m.bucket, m.owner_id
		ON CONFLICT (source_kind, source_id, who, span, bucket, owner_id, shard)
			DO UPDATE SET created = t.created + EXCLUDED.created, deleted = t.deleted + EXCLUDED.deleted`),
		view.SourceKind, view.SourceID, bun.List(whoOf(view)), foldedAtOnce, view.SourceKind, view.SourceID).Exec(ctx)
	if err != nil {
		return fmt.Errorf("adding tallies up: %w", err)
	}
	return nil
}
