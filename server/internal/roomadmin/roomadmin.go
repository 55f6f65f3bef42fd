// Package roomadmin shows operators the rooms of all sources, and deletes them.
package roomadmin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/delegation/registry/audit"
	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/rooms/roomsql"
	"github.com/anteroom-go/anteroom/server/database/tables"
	"github.com/anteroom-go/anteroom/server/internal/people"
	"github.com/anteroom-go/anteroom/server/internal/printing"
)

// Query chooses rooms.
type Query struct {
	Owner  string // id of the user who owns them; empty: of any
	Source string // id of what created them; empty: of any
	After  string // id or slug of the room before the first one; empty: from the newest
	Limit  int
}

// Room is a room as operators see it: without its PIN.
type Room struct {
	ID          string     `bun:"id" json:"id"`
	Slug        string     `bun:"slug" json:"slug"`
	Name        string     `bun:"name" json:"name"`
	AccessLevel string     `bun:"access_level" json:"access_level"`
	OwnerID     string     `bun:"owner_id" json:"owner_id"`
	SourceKind  string     `bun:"source_kind" json:"source_kind"`
	SourceID    string     `bun:"source_id" json:"source_id"`
	SourceName  string     `bun:"source_name" json:"source_name"`
	CreatedAt   time.Time  `bun:"created_at" json:"created_at"`
	UpdatedAt   time.Time  `bun:"updated_at" json:"updated_at"`
	ExpiresAt   *time.Time `bun:"expires_at" json:"expires_at"`
}

// ErrNoRoom means that there is no room, or none any more, with an id or a slug.
var ErrNoRoom = errors.New("there is no room with this id or slug")

const (
	columns = `SELECT COALESCE(r.imported_id, r.id) AS id, r.slug, r.name, r.access_level, r.source_kind, r.source_id,
			r.source_name, r.created_at, r.updated_at, r.expires_at, COALESCE((SELECT m.user_id FROM {room_members} AS m
			WHERE m.room_id = r.id AND m.role = 'owner' AND m.deleted_at IS NULL LIMIT 1), '') AS owner_id
		FROM {rooms} AS r WHERE r.deleted_at IS NULL`
	isNamed = ` AND (r.id = ? OR r.imported_id = ? OR r.slug = ?)`
	isAfter = ` AND r.id < (SELECT o.id FROM {rooms} AS o WHERE o.id = ? OR o.imported_id = ? OR o.slug = ?)`
	isOwned = ` AND EXISTS (SELECT 1 FROM {room_members} AS m
		WHERE m.room_id = r.id AND m.user_id = ? AND m.role = 'owner' AND m.deleted_at IS NULL)`
)

// List returns rooms, the newest first, and whether there are more.
func List(ctx context.Context, db bun.IDB, query Query) (list []Room, more bool, err error) {
	text, args := columns, []any(nil)
	for _, condition := range []struct {
		sql   string
		value string
	}{{isAfter, query.After}, {isOwned, query.Owner}, {" AND r.source_id = ?", query.Source}} {
		if condition.value != "" {
			text += condition.sql
			for range strings.Count(condition.sql, "?") {
				args = append(args, condition.value)
			}
		}
	}
	text += " ORDER BY r.id DESC LIMIT ?"
	err = db.NewRaw(tables.SQL(db, text), append(args, query.Limit+1)...).Scan(ctx, &list)
	if err != nil {
		return nil, false, fmt.Errorf("listing rooms: %w", err)
	}
	more = len(list) > query.Limit
	return list[:min(len(list), query.Limit)], more, nil
}

// Find returns a room by its id or slug. It returns [ErrNoRoom] if there is none.
func Find(ctx context.Context, db bun.IDB, name string) (Room, error) {
	name = strings.ToLower(name)
	var list []Room
	err := db.NewRaw(tables.SQL(db, columns+isNamed), name, name, name).Scan(ctx, &list)
	switch {
	case err != nil:
		return Room{}, fmt.Errorf("finding a room: %w", err)
	case len(list) == 0:
		return Room{}, ErrNoRoom
	}
	return list[0], nil
}

// Caller returns what has every right in the room: the program that created it.
func (r Room) Caller() rooms.Caller {
	return rooms.ForProgram(rooms.Source{Kind: r.SourceKind, ID: r.SourceID, Name: r.SourceName})
}

// Attendees returns who has a role in the room.
func Attendees(ctx context.Context, db bun.IDB, room Room) ([]rooms.Attendee, error) {
	service, err := serviceOn(db, nil)
	if err != nil {
		return nil, err
	}
	return service.Attendees(ctx, room.Caller(), room.ID)
}

// Delete deletes a room as its creator would, with its event, and records who did.
func Delete(ctx context.Context, db bun.IDB, room Room, onEvent func(context.Context, rooms.Event) error) error {
	return db.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
		service, err := serviceOn(tx, onEvent)
		if err != nil {
			return err
		}
		err = service.Delete(ctx, room.Caller(), room.ID, nil)
		switch {
		case errors.Is(err, rooms.ErrNotFound):
			return ErrNoRoom
		case err != nil:
			return err
		}
		return audit.Append(ctx, tx, audit.Change{Kind: audit.RoomDeleted, UserID: room.OwnerID, Subject: room.ID,
			Before: audit.Values{"slug": room.Slug, "source_id": room.SourceID}})
	})
}

func serviceOn(db bun.IDB, onEvent func(context.Context, rooms.Event) error) (*rooms.Service, error) {
	return rooms.New(rooms.Config{Stores: roomsql.New(db).Stores(), ParseAddress: people.ParseAddress, OnEvent: onEvent})
}

// Table writes rooms for people, with a line above.
func Table(w io.Writer, list []Room) {
	fmt.Fprintln(w, "SLUG\tNAME\tLEVEL\tCREATED BY\tCREATED\tID")
	for _, r := range list {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", r.Slug, printing.Shown(r.Name), r.AccessLevel, r.source(),
			r.CreatedAt.UTC().Format(time.RFC3339), r.ID)
	}
}

// Lines writes a room for people.
func (r Room) Lines(w io.Writer) {
	for _, line := range [][2]string{{"id", r.ID}, {"slug", r.Slug}, {"name", printing.Shown(r.Name)},
		{"level", r.AccessLevel}, {"owner", r.OwnerID}, {"created by", r.source()},
		{"created", r.CreatedAt.UTC().Format(time.RFC3339)}, {"changed", r.UpdatedAt.UTC().Format(time.RFC3339)},
		{"expires", printing.OrNever(r.ExpiresAt)}} {
		fmt.Fprintf(w, "%s\t%s\n", line[0], line[1])
	}
}

// source names what created the room.
func (r Room) source() string {
	return printing.Source(rooms.Source{Kind: r.SourceKind, ID: r.SourceID, Name: r.SourceName})
}
