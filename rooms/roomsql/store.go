package rooms

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"
)

// Migrations holds the schema of [SQLStore] in goose's format, in the directory
// "migrations", one text for SQLite and PostgreSQL.
//
//go:embed migrations/*.sql
var Migrations embed.FS

// SQLStore is the [Store] on SQL, for SQLite and PostgreSQL, with everything that
// a store may be able to do beside. On a *bun.DB each method is a transaction of
// its own; on a host's bun.Tx it is a part of that: a room is rolled back with it,
// and what the store refuses does not spoil it.
type SQLStore struct {
	db bun.IDB
}

// NewSQLStore returns the store on a database or a transaction.
func NewSQLStore(db bun.IDB) *SQLStore { return &SQLStore{db: db} }

// InTx implements [Transactor]. In a host's transaction it is a part of that.
func (s *SQLStore) InTx(ctx context.Context, do func(ctx context.Context, store Store, db bun.IDB) error) error {
	return s.db.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error { return do(ctx, NewSQLStore(tx), tx) })
}

// row is a room as SQL has it.
type row struct {
	ID            string       `bun:"id"`
	Slug          string       `bun:"slug"`
	Name          string       `bun:"name"`
	AccessLevel   string       `bun:"access_level"`
	Configuration string       `bun:"configuration"`
	PIN           string       `bun:"pin"`
	ExternalID    string       `bun:"external_id"`
	Metadata      string       `bun:"metadata"`
	SourceKind    string       `bun:"source_kind"`
	SourceID      string       `bun:"source_id"`
	SourceName    string       `bun:"source_name"`
	Version       int64        `bun:"version"`
	CreatedAt     time.Time    `bun:"created_at"`
	UpdatedAt     time.Time    `bun:"updated_at"`
	ExpiresAt     bun.NullTime `bun:"expires_at"`
	Role          string       `bun:"role"`
}

// columns are those of row, from the table rooms as r.
const columns = `r.id, r.slug, r.name, r.access_level, r.configuration, COALESCE(r.pin, '') AS pin,
	COALESCE(r.external_id, '') AS external_id, r.metadata, r.source_kind, r.source_id, r.source_name,
	r.version, r.created_at, r.updated_at, r.expires_at`

func (r row) room() (Room, error) {
	configuration, err := parseConfiguration([]byte(r.Configuration))
	if err != nil {
		return Room{}, err
	}
	metadata, err := parseMetadata(r.Metadata)
	return Room{
		ID: r.ID, Slug: r.Slug, Name: r.Name, AccessLevel: AccessLevel(r.AccessLevel), Configuration: configuration,
		PIN: r.PIN, ExternalID: r.ExternalID, Metadata: metadata, ExpiresAt: r.ExpiresAt.UTC(),
		Source:    Source{Kind: r.SourceKind, ID: r.SourceID, Name: r.SourceName},
		CreatedAt: r.CreatedAt.UTC(), UpdatedAt: r.UpdatedAt.UTC(), Version: r.Version,
	}, err
}

// documents returns the two JSON texts of a room.
func documents(room Room) (configuration, metadata string, err error) {
	first, err := encode(room.Configuration)
	if err != nil {
		return "", "", fmt.Errorf("rooms: writing a configuration: %w", err)
	}
	if len(room.Metadata) == 0 {
		return string(first), noMetadata, nil
	}
	second, err := encode(room.Metadata)
	return string(first), string(second), err
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
func (s *SQLStore) Insert(ctx context.Context, room Room, owner Attendee) error {
	configuration, metadata, err := documents(room)
	if err != nil {
		return err
	}
	return s.db.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
		result, err := tx.ExecContext(ctx, `INSERT INTO rooms (id, slug, name, access_level, configuration, pin, external_id, metadata,
			source_kind, source_id, source_name, version, created_at, updated_at, expires_at)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
			room.ID, room.Slug, room.Name, string(room.AccessLevel), configuration, null(room.PIN), null(room.ExternalID), metadata,
			room.Source.Kind, room.Source.ID, room.Source.Name, room.Version, room.CreatedAt, room.UpdatedAt, nullTime(room.ExpiresAt))
		inserted, err := affected(result, err)
		if err != nil {
			return fmt.Errorf("rooms: inserting a room: %w", err)
		}
		if !inserted {
			return s.taken(ctx, tx, room)
		}
		if owner.UserID == "" {
			return nil
		}
		return insertMembers(ctx, tx, room.ID, room.Source, []Attendee{owner})
	})
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
	return s.find(ctx, view, id, "")
}

// Lock implements [Transactor].
func (s *SQLStore) Lock(ctx context.Context, view View, id string) (Room, Role, error) {
	return s.find(ctx, view, id, forUpdate(s.db))
}

// forUpdate locks the rooms r that a query finds. A transaction on SQLite is the
// only one that writes, from its beginning.
func forUpdate(db bun.IDB) string {
	if db.Dialect().Name() == dialect.PG {
		return " FOR UPDATE OF r"
	}
	return ""
}

func (s *SQLStore) find(ctx context.Context, view View, id, locking string) (Room, Role, error) {
	condition, args := visible(view)
	var found row
	err := s.db.NewRaw(`SELECT `+columns+`,
		COALESCE((SELECT m.role FROM room_members AS m WHERE m.room_id = r.id AND m.user_id = ?), '') AS role
		FROM rooms AS r WHERE r.id = ? AND `+condition+locking, append([]any{view.User, id}, args...)...).Scan(ctx, &found)
	if errors.Is(err, sql.ErrNoRows) {
		return Room{}, "", ErrNotFound
	}
	if err != nil {
		return Room{}, "", fmt.Errorf("rooms: finding a room: %w", err)
	}
	room, err := found.room()
	return room, Role(found.Role), err
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
	configuration, metadata, err := documents(room)
	if err != nil {
		return err
	}
	condition, args := visible(view)
	changes := []any{room.Name, string(room.AccessLevel), configuration, null(room.ExternalID), metadata, nullTime(room.ExpiresAt),
		room.UpdatedAt, room.Version, room.ID, version}
	result, err := db.ExecContext(ctx, `UPDATE rooms AS r SET name = ?, access_level = ?, configuration = ?, external_id = ?, metadata = ?,
		expires_at = ?, updated_at = ?, version = ? WHERE r.id = ? AND r.version = ? AND `+condition, append(changes, args...)...)
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

// nullTime returns a time as SQL has it; zero is NULL.
func nullTime(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t
}
