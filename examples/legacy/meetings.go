package main

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/anteroom-go/anteroom/rooms"
)

// meetings is the product's table as rooms.Store: numbers are the ids of rooms, codes their slugs, accounts their
// owners. What the product has no column for is in details.
type meetings struct {
	db    *sql.DB
	among string // the condition that the external id is in a list in JSON
}

// number returns the number that an id is, or 0, which no row has.
func number(id string) (n int64) { n, _ = strconv.ParseInt(id, 10, 64); return n }

// seen is the condition that a view sees a meeting, and seenBy its arguments, before those of other conditions.
const seen = ` WHERE deleted_at IS NULL AND ($1 OR source_kind = $2 AND source_id = $3) AND ($4 OR account_id = $5)`

func seenBy(v rooms.View, others ...any) []any {
	return append([]any{v.AllSources, v.SourceKind, v.SourceID, v.Program, number(v.UserID)}, others...)
}

// change runs a statement on a room. If that changes nothing, it returns why.
func (m meetings) change(ctx context.Context, room rooms.Room, otherwise error, statement string, args ...any) error {
	var n int64
	err := m.db.QueryRowContext(ctx, statement+" RETURNING id", args...).Scan(&n)
	if err == nil {
		return nil
	}
	const taken = `SELECT id FROM meetings WHERE source_kind = $1 AND source_id = $2 AND external_id = $3
		AND external_id <> '' AND deleted_at IS NULL AND id <> $4`
	of := []any{room.Source.Kind, room.Source.ID, room.ExternalID, number(room.ID)}
	switch other := m.db.QueryRowContext(ctx, taken, of...).Scan(&n); {
	case other == nil:
		return rooms.ErrExternalIDTaken
	case errors.Is(err, sql.ErrNoRows):
		return otherwise
	}
	return err
}

func (m meetings) Insert(ctx context.Context, room rooms.Room, owner *rooms.Attendee) error {
	var account any // NULL if there is none; the foreign key refuses one that is not there
	if owner != nil {
		account = number(owner.UserID)
	}
	details, _ := json.Marshal(room) // of texts, numbers and decoded JSON
	return m.change(ctx, room, rooms.ErrCodeTaken, `INSERT INTO meetings (id, code, title, account_id, created_at,
			source_kind, source_id, external_id, pin, level, updated_at, version, details)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) ON CONFLICT DO NOTHING`, number(room.ID), room.Slug,
		room.Name, account, room.CreatedAt.UnixMicro(), room.Source.Kind, room.Source.ID, room.ExternalID, room.PIN,
		string(room.AccessLevel), room.UpdatedAt.UnixMicro(), room.Version, string(details))
}

// read returns the meetings that a condition selects.
func (m meetings) read(ctx context.Context, v rooms.View, where string, args ...any) (found []rooms.Room, err error) {
	if err := v.Validate(); err != nil {
		return nil, err
	}
	rows, err := m.db.QueryContext(ctx, "SELECT id, code, title, created_at, details FROM meetings"+where, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var room, own rooms.Room
		var created int64
		var details []byte
		err := rows.Scan(&own.ID, &own.Slug, &own.Name, &created, &details)
		if err := cmp.Or(err, json.Unmarshal(details, &room)); err != nil {
			return nil, err
		}
		room.ID, room.Slug, room.Name, room.CreatedAt = own.ID, own.Slug, own.Name, time.UnixMicro(created).UTC()
		found = append(found, room)
	}
	return found, rows.Err()
}

// find returns the meeting with an id; without one, the error none.
func (m meetings) find(ctx context.Context, v rooms.View, id string, none error) (rooms.Room, error) {
	found, err := m.read(ctx, v, seen+" AND id = $6", seenBy(v, number(id))...)
	if err != nil || len(found) == 0 {
		return rooms.Room{}, cmp.Or(err, none)
	}
	return found[0], nil
}

func (m meetings) Find(ctx context.Context, v rooms.View, id string) (rooms.Room, rooms.Role, error) {
	room, err := m.find(ctx, v, id, rooms.ErrNotFound)
	return room, map[bool]rooms.Role{true: rooms.Owner}[err == nil && !v.Program], err // a user sees what they own
}

func (m meetings) List(ctx context.Context, v rooms.View, q rooms.Query) (found []rooms.Room, total int, err error) {
	ids, _ := json.Marshal(q.ExternalIDs) // null if there are none
	where := seen + ` AND (code = $6 OR $6 = '') AND (level = $7 OR $7 = '') AND created_at > $8
		AND (created_at < $9 OR $9 = -62135596800000000) AND updated_at > $10 AND ($11 = 'null' OR ` + m.among + ")"
	args := seenBy(v, q.Slug, string(q.AccessLevel), q.CreatedAfter.UnixMicro(), q.CreatedBefore.UnixMicro(),
		q.UpdatedAfter.UnixMicro(), string(ids))
	page := where + " AND (id < $12 OR $12 = 0) ORDER BY id DESC"
	if q.OldestFirst {
		page = where + " AND id > $12 ORDER BY id"
	}
	page += fmt.Sprintf(" LIMIT %d OFFSET %d", q.Limit, q.Offset)
	if found, err = m.read(ctx, v, page, append(args, number(q.After))...); err == nil && q.After == "" {
		err = m.db.QueryRowContext(ctx, "SELECT count(*) FROM meetings"+where, args...).Scan(&total)
	}
	return found, total, err
}

func (m meetings) Update(ctx context.Context, v rooms.View, room rooms.Room, version int64) error {
	kept, err := m.find(ctx, v, room.ID, rooms.ErrConflict)
	if err != nil {
		return err
	}
	room.Slug, room.PIN, room.Source, room.CreatedAt = kept.Slug, kept.PIN, kept.Source, kept.CreatedAt
	details, _ := json.Marshal(room)
	return m.change(ctx, room, rooms.ErrConflict, `UPDATE meetings SET title = $1, external_id = $2, level = $3,
		updated_at = $4, version = $5, details = $6 WHERE id = $7 AND version = $8 AND deleted_at IS NULL`, room.Name,
		room.ExternalID, string(room.AccessLevel), room.UpdatedAt.UnixMicro(), room.Version, string(details),
		number(room.ID), version)
}

func (m meetings) Delete(ctx context.Context, v rooms.View, id string, version int64, at time.Time) error {
	if err := v.Validate(); err != nil {
		return err
	}
	return m.change(ctx, rooms.Room{}, rooms.ErrConflict, "UPDATE meetings SET deleted_at = $6"+seen+
		" AND id = $7 AND version = $8", seenBy(v, at.UnixMicro(), number(id), version)...)
}
