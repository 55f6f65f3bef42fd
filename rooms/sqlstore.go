package rooms

import (
	"context"
	"database/sql"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"
)

// Migrations holds the schema of [SQLStore] in goose's format, in the directory
// "migrations", one text for SQLite and PostgreSQL.
//
//go:embed migrations/*.sql
var Migrations embed.FS

// SQLStore is the [Store] on SQL, for SQLite and PostgreSQL. On a *bun.DB each
// method is a transaction of its own; on a host's bun.Tx it is a part of that:
// a room is rolled back with it, and what the store refuses does not spoil it.
type SQLStore struct {
	db bun.IDB
}

// NewSQLStore returns the store on a database or a transaction.
func NewSQLStore(db bun.IDB) *SQLStore { return &SQLStore{db: db} }

// row is a room as SQL has it.
type row struct {
	ID            string    `bun:"id"`
	Slug          string    `bun:"slug"`
	Name          string    `bun:"name"`
	AccessLevel   string    `bun:"access_level"`
	Configuration string    `bun:"configuration"`
	PIN           string    `bun:"pin"`
	ExternalID    string    `bun:"external_id"`
	SourceKind    string    `bun:"source_kind"`
	SourceID      string    `bun:"source_id"`
	SourceName    string    `bun:"source_name"`
	Version       int64     `bun:"version"`
	CreatedAt     time.Time `bun:"created_at"`
	UpdatedAt     time.Time `bun:"updated_at"`
	Role          string    `bun:"role"`
}

// columns are those of row, from the table rooms as r.
const columns = `r.id, r.slug, r.name, r.access_level, r.configuration, COALESCE(r.pin, '') AS pin,
	COALESCE(r.external_id, '') AS external_id, r.source_kind, r.source_id, r.source_name,
	r.version, r.created_at, r.updated_at`

func (r row) room() (Room, error) {
	configuration, err := parseConfiguration([]byte(r.Configuration))
	return Room{
		ID: r.ID, Slug: r.Slug, Name: r.Name, AccessLevel: AccessLevel(r.AccessLevel), Configuration: configuration,
		PIN: r.PIN, ExternalID: r.ExternalID, Source: Source{Kind: r.SourceKind, ID: r.SourceID, Name: r.SourceName},
		CreatedAt: r.CreatedAt.UTC(), UpdatedAt: r.UpdatedAt.UTC(), Version: r.Version,
	}, err
}

// visible is the condition on rooms as r that the view sees it.
func visible(view View) (condition string, args []any) {
	condition = "r.deleted_at IS NULL"
	if !view.AllSources {
		condition += " AND r.source_kind = ? AND r.source_id = ?"
		args = append(args, view.SourceKind, view.SourceID)
	}
	if view.User != "" || view.AllSources {
		condition += " AND EXISTS (SELECT 1 FROM room_members AS m WHERE m.room_id = r.id AND m.user_id = ?)"
		args = append(args, view.User)
	}
	return condition, args
}

// Insert implements [Store]. A unique violation would end a host's transaction
// on PostgreSQL, so the statement does nothing instead, and the reason is looked
// for afterwards.
func (s *SQLStore) Insert(ctx context.Context, room Room, owner string) error {
	configuration, err := json.Marshal(room.Configuration)
	if err != nil {
		return fmt.Errorf("rooms: writing a configuration: %w", err)
	}
	return s.db.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
		result, err := tx.ExecContext(ctx, `INSERT INTO rooms (id, slug, name, access_level, configuration, pin, external_id,
			source_kind, source_id, source_name, version, created_at, updated_at)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
			room.ID, room.Slug, room.Name, string(room.AccessLevel), string(configuration), null(room.PIN), null(room.ExternalID),
			room.Source.Kind, room.Source.ID, room.Source.Name, room.Version, room.CreatedAt, room.UpdatedAt)
		inserted, err := affected(result, err)
		if err != nil {
			return fmt.Errorf("rooms: inserting a room: %w", err)
		}
		if !inserted {
			return s.taken(ctx, tx, room)
		}
		return s.insertOwner(ctx, tx, room, owner)
	})
}

func (s *SQLStore) insertOwner(ctx context.Context, tx bun.Tx, room Room, owner string) error {
	if owner == "" {
		return nil
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO room_members (room_id, user_id, role, source_kind, source_id, created_at)
		VALUES (?, ?, ?, ?, ?, ?)`, room.ID, owner, string(Owner), room.Source.Kind, room.Source.ID, room.CreatedAt)
	if err != nil {
		return fmt.Errorf("rooms: inserting the owner: %w", err)
	}
	return nil
}

// taken says which unique value of a room another one has.
func (s *SQLStore) taken(ctx context.Context, db bun.IDB, room Room) error {
	var externalID bool
	err := db.NewRaw(`SELECT EXISTS (SELECT 1 FROM rooms WHERE source_kind = ? AND source_id = ? AND external_id = ?
		AND deleted_at IS NULL AND id <> ?)`,
		room.Source.Kind, room.Source.ID, null(room.ExternalID), room.ID).Scan(ctx, &externalID)
	switch {
	case err != nil:
		return fmt.Errorf("rooms: looking for the conflict: %w", err)
	case externalID:
		return ErrExternalIDTaken
	}
	return ErrCodeTaken
}

// Find implements [Store].
func (s *SQLStore) Find(ctx context.Context, view View, id string) (Room, Role, error) {
	condition, args := visible(view)
	var found row
	err := s.db.NewRaw(`SELECT `+columns+`,
		COALESCE((SELECT m.role FROM room_members AS m WHERE m.room_id = r.id AND m.user_id = ?), '') AS role
		FROM rooms AS r WHERE r.id = ? AND `+condition, append([]any{view.User, id}, args...)...).Scan(ctx, &found)
	if errors.Is(err, sql.ErrNoRows) {
		return Room{}, "", ErrNotFound
	}
	if err != nil {
		return Room{}, "", fmt.Errorf("rooms: finding a room: %w", err)
	}
	room, err := found.room()
	return room, Role(found.Role), err
}

// List implements [Store].
func (s *SQLStore) List(ctx context.Context, view View, limit, offset int) ([]Room, int, error) {
	l := listing(view)
	var total int
	if err := s.db.NewRaw(`SELECT count(*) FROM `+l.counted+` WHERE `+l.condition, l.args...).Scan(ctx, &total); err != nil {
		return nil, 0, fmt.Errorf("rooms: counting rooms: %w", err)
	}
	if offset >= total {
		return nil, total, nil
	}
	var rows []row
	err := s.db.NewRaw(`SELECT `+columns+` FROM `+l.listed+` WHERE `+l.condition+` ORDER BY `+l.order+` DESC LIMIT ? OFFSET ?`,
		append(l.args, limit, offset)...).Scan(ctx, &rows)
	if err != nil {
		return nil, 0, fmt.Errorf("rooms: listing rooms: %w", err)
	}
	found := make([]Room, len(rows))
	for i, r := range rows {
		if found[i], err = r.room(); err != nil {
			return nil, 0, err
		}
	}
	return found, total, nil
}

// list is the range of one index that holds the rooms of a view in their order.
type list struct {
	counted, listed  string // the tables to count in and to read from
	condition, order string
	args             []any
}

// listing starts from the memberships of the view's user; without a user, from
// the rooms of its source.
func listing(view View) list {
	source := []any{view.SourceKind, view.SourceID}
	const members, joined = "room_members AS m", "room_members AS m JOIN rooms AS r ON r.id = m.room_id"
	switch {
	case view.AllSources:
		return list{members, joined, "m.user_id = ? AND m.deleted_at IS NULL", "m.room_id", []any{view.User}}
	case view.User != "":
		return list{members, joined, "m.user_id = ? AND m.source_kind = ? AND m.source_id = ? AND m.deleted_at IS NULL",
			"m.room_id", append([]any{view.User}, source...)}
	}
	return list{"rooms AS r", "rooms AS r", "r.source_kind = ? AND r.source_id = ? AND r.deleted_at IS NULL", "r.id", source}
}

// Update implements [Store]. Only the external id can collide; the change is
// then undone by itself, and the reason looked for.
func (s *SQLStore) Update(ctx context.Context, view View, room Room, version int64) error {
	if room.ExternalID == "" {
		return s.update(ctx, s.db, view, room, version)
	}
	err := s.db.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
		return s.update(ctx, tx, view, room, version)
	})
	if err == nil || errors.Is(err, ErrConflict) {
		return err
	}
	if taken := s.taken(ctx, s.db, room); errors.Is(taken, ErrExternalIDTaken) {
		return taken
	}
	return err
}

func (s *SQLStore) update(ctx context.Context, db bun.IDB, view View, room Room, version int64) error {
	configuration, err := json.Marshal(room.Configuration)
	if err != nil {
		return fmt.Errorf("rooms: writing a configuration: %w", err)
	}
	condition, args := visible(view)
	changes := []any{room.Name, string(room.AccessLevel), string(configuration), null(room.ExternalID), room.UpdatedAt, room.Version, room.ID, version}
	result, err := db.ExecContext(ctx, `UPDATE rooms AS r SET name = ?, access_level = ?, configuration = ?, external_id = ?,
		updated_at = ?, version = ? WHERE r.id = ? AND r.version = ? AND `+condition, append(changes, args...)...)
	updated, err := affected(result, err)
	if err != nil {
		return fmt.Errorf("rooms: updating a room: %w", err)
	}
	if !updated {
		return ErrConflict
	}
	return nil
}

// Delete implements [Store].
func (s *SQLStore) Delete(ctx context.Context, view View, id string, at time.Time) error {
	condition, args := visible(view)
	return s.db.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
		result, err := tx.ExecContext(ctx, `UPDATE rooms AS r SET deleted_at = ? WHERE r.id = ? AND `+condition,
			append([]any{at, id}, args...)...)
		deleted, err := affected(result, err)
		if err != nil {
			return fmt.Errorf("rooms: deleting a room: %w", err)
		}
		if !deleted {
			return ErrNotFound
		}
		if _, err = tx.ExecContext(ctx, `UPDATE room_members SET deleted_at = ? WHERE room_id = ?`, at, id); err != nil {
			return fmt.Errorf("rooms: ending memberships: %w", err)
		}
		return nil
	})
}

// affected reports whether a statement changed anything.
func affected(result sql.Result, err error) (bool, error) {
	if err != nil {
		return false, err
	}
	n, err := result.RowsAffected()
	return n > 0, err
}

// null is the empty text as SQL has it where texts are unique.
func null(text string) any {
	if text == "" {
		return nil
	}
	return text
}
