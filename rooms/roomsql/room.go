package roomsql

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/server/database/native"
)

// roomRow is a row of the table rooms. Role and Total are what a query computes
// beside it: the role of a user, and how many rooms a list has.
type roomRow struct {
	bun.BaseModel `bun:"table:rooms,alias:r"`

	ID            string    `bun:"id,pk"`
	ImportedID    string    `bun:"imported_id,nullzero"` // see ListID
	Slug          string    `bun:"slug"`
	Name          string    `bun:"name"`
	AccessLevel   string    `bun:"access_level"`
	Configuration string    `bun:"configuration"`
	PIN           string    `bun:"pin,nullzero"`
	ExternalID    string    `bun:"external_id,nullzero"`
	Metadata      string    `bun:"metadata"`
	SourceKind    string    `bun:"source_kind"`
	SourceID      string    `bun:"source_id"`
	SourceName    string    `bun:"source_name"`
	Version       int64     `bun:"version"`
	CreatedAt     time.Time `bun:"created_at"`
	UpdatedAt     time.Time `bun:"updated_at"`
	ExpiresAt     time.Time `bun:"expires_at,nullzero"`
	Role          string    `bun:"-"`
	Total         int       `bun:"-"`
}

// roomColumns are the columns of roomRow, from the table rooms as r.
const roomColumns = `r.id, COALESCE(r.imported_id, ''), r.slug, r.name, r.access_level, r.configuration,
	COALESCE(r.pin, ''), COALESCE(r.external_id, ''), r.metadata, r.source_kind, r.source_id, r.source_name, r.version,
	r.created_at, r.updated_at, r.expires_at`

// columns returns where roomColumns are scanned to, with room for one more.
func (r *roomRow) columns() []any {
	return append(make([]any, 0, 17), &r.ID, &r.ImportedID, &r.Slug, &r.Name, &r.AccessLevel, &r.Configuration, &r.PIN,
		&r.ExternalID, &r.Metadata, &r.SourceKind, &r.SourceID, &r.SourceName, &r.Version,
		native.Time(&r.CreatedAt), native.Time(&r.UpdatedAt), native.Time(&r.ExpiresAt))
}

// insertion returns the statement that inserts the row, unless another one has a unique value of it, and the values.
func (r *roomRow) insertion() fragment {
	return fragment{`INSERT INTO {rooms} (id, imported_id, slug, name, access_level, configuration, pin, external_id,
			metadata, source_kind, source_id, source_name, version, created_at, updated_at, expires_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		[]any{r.ID, nullable(r.ImportedID), r.Slug, r.Name, r.AccessLevel, r.Configuration, nullable(r.PIN),
			nullable(r.ExternalID), r.Metadata, r.SourceKind, r.SourceID, r.SourceName, r.Version, r.CreatedAt, r.UpdatedAt,
			nullableTime(r.ExpiresAt)}}
}

// newRoomRow returns a room as a row.
func newRoomRow(room rooms.Room) (roomRow, error) {
	configuration, err := document(room.Configuration, len(room.Configuration) == 0)
	if err != nil {
		return roomRow{}, fmt.Errorf("roomsql: writing a configuration: %w", err)
	}
	metadata, err := document(room.Metadata, len(room.Metadata) == 0)
	if err != nil {
		return roomRow{}, fmt.Errorf("roomsql: writing metadata: %w", err)
	}
	row := roomRow{
		ID: ListID(room.ID, room.CreatedAt), Slug: room.Slug, Name: room.Name,
		AccessLevel: string(room.AccessLevel), Configuration: configuration, PIN: room.PIN,
		ExternalID: room.ExternalID, Metadata: metadata, ExpiresAt: room.ExpiresAt,
		SourceKind: room.Source.Kind, SourceID: room.Source.ID, SourceName: room.Source.Name,
		CreatedAt: room.CreatedAt, UpdatedAt: room.UpdatedAt, Version: room.Version,
	}
	if row.ID != room.ID {
		row.ImportedID = room.ID
	}
	return row, nil
}

// room returns the row as a room. Of empty metadata there is none.
func (r roomRow) room() (rooms.Room, error) {
	room := rooms.Room{
		ID: cmp.Or(r.ImportedID, r.ID), Slug: r.Slug, Name: r.Name, AccessLevel: rooms.AccessLevel(r.AccessLevel),
		PIN: r.PIN, ExternalID: r.ExternalID, ExpiresAt: r.ExpiresAt.UTC(),
		Source:    rooms.Source{Kind: r.SourceKind, ID: r.SourceID, Name: r.SourceName},
		CreatedAt: r.CreatedAt.UTC(), UpdatedAt: r.UpdatedAt.UTC(), Version: r.Version,
	}
	if r.Configuration == emptyDocument {
		room.Configuration = map[string]any{}
	} else if err := json.Unmarshal([]byte(r.Configuration), &room.Configuration); err != nil {
		return rooms.Room{}, fmt.Errorf("roomsql: reading a configuration: %w", err)
	}
	if r.Metadata == emptyDocument {
		return room, nil
	}
	if err := json.Unmarshal([]byte(r.Metadata), &room.Metadata); err != nil {
		return rooms.Room{}, fmt.Errorf("roomsql: reading metadata: %w", err)
	}
	return room, nil
}

// emptyDocument is the text of an object without members.
const emptyDocument = "{}"

// document returns the JSON text of an object, without the escapes that json.Marshal has for HTML.
func document(object any, empty bool) (string, error) {
	if empty {
		return emptyDocument, nil
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(object)
	return string(bytes.TrimSuffix(text.Bytes(), []byte("\n"))), err
}

// roomsOf returns rows as rooms.
func roomsOf(rows []roomRow) ([]rooms.Room, error) {
	all := make([]rooms.Room, len(rows))
	for i, row := range rows {
		room, err := row.room()
		if err != nil {
			return nil, err
		}
		all[i] = room
	}
	return all, nil
}
