package place

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/server/database/tables"
	"github.com/anteroom-go/anteroom/server/internal/moving/record"
	"github.com/anteroom-go/anteroom/server/internal/transfer/columns"
)

// stored is a record with the key of its row.
type stored struct {
	record.Record
	key string
	id  []any
}

// read returns the records of the rows that fulfil a condition.
func read(ctx context.Context, db bun.IDB, kind *record.Kind, condition string, args ...any) ([]stored, error) {
	list := columnsOf(kind)
	query := "SELECT ? FROM ? WHERE " + condition
	rows, err := db.QueryContext(ctx, query, slices.Concat([]any{bun.List(columns.Names(list)), tables.Table(db, kind.Table)},
		args)...)
	if err != nil {
		return nil, fmt.Errorf("table %s: %w", kind.Table, err)
	}
	defer rows.Close()
	var all []stored
	for rows.Next() {
		values, err := columns.Scan(rows, list)
		if err != nil {
			return nil, fmt.Errorf("table %s: %w", kind.Table, err)
		}
		all = append(all, storedOf(kind, list, values))
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("table %s: %w", kind.Table, err)
	}
	_ = rows.Close() // the next statement is on the same connection
	if kind.Name == record.Room {
		return all, withMembers(ctx, db, all)
	}
	return all, nil
}

// columnsOf returns the columns of a kind, the key first.
func columnsOf(kind *record.Kind) (list []columns.Column) {
	types := map[record.Type]columns.Type{record.Bool: columns.Bool, record.Number: columns.Number,
		record.Time: columns.Time}
	for _, field := range kind.Fields {
		if field.Type != record.Members {
			list = append(list, columns.Column{Name: field.Name, Type: types[field.Type]})
		}
	}
	if kind.Name == record.Room {
		list = append(list, columns.Column{Name: "imported_id"})
	}
	return list
}

func storedOf(kind *record.Kind, list []columns.Column, values []any) stored {
	s := stored{Record: record.Record{Kind: kind, Values: map[string]any{}}, id: values[:len(kind.Key)]}
	s.key = joined(s.id)
	for n, column := range list {
		field, known := kind.Field(column.Name)
		if value := fromColumn(field, values[n]); known && value != nil {
			s.Values[field.Name] = value
		}
	}
	if imported, _ := values[len(values)-1].(string); kind.Name == record.Room && imported != "" {
		s.Values["id"] = imported
	}
	return s
}

// fromColumn returns the value of a field that a column has.
func fromColumn(field record.Field, value any) any {
	text, isText := value.(string)
	switch {
	case !isText:
		return value
	case field.Type == record.List:
		return strings.Fields(text)
	case field.Type == record.Document && text == "":
		return nil
	case field.Type == record.Document:
		return json.RawMessage(text)
	}
	return value
}

// withMembers adds the members to rooms.
func withMembers(ctx context.Context, db bun.IDB, rooms []stored) error {
	if len(rooms) == 0 {
		return nil
	}
	ids := make([]string, len(rooms))
	place := map[string]int{}
	for n, room := range rooms {
		ids[n], place[room.key] = room.key, n
	}
	var rows []memberRow
	err := db.NewRaw(tables.SQL(db, `SELECT m.room_id, m.id, COALESCE(m.user_id, '') AS user_id, COALESCE(m.address, '') AS address,
			m.role, m.created_at, m.deleted_at
		FROM {room_members} AS m WHERE m.room_id IN (?) ORDER BY m.room_id, m.role = 'owner' DESC, m.id`),
		bun.List(ids)).Scan(ctx, &rows)
	if err != nil {
		return fmt.Errorf("table room_members: %w", err)
	}
	for _, row := range rows {
		values := rooms[place[row.RoomID]].Values
		people, _ := values["members"].([]record.Member)
		values["members"] = append(people, row.member())
	}
	return nil
}

// memberRow is a row of the table room_members.
type memberRow struct {
	RoomID, ID, UserID, Address, Role string
	CreatedAt                         time.Time
	DeletedAt                         bun.NullTime
}

func (row memberRow) member() record.Member {
	created := row.CreatedAt.UTC()
	m := record.Member{ID: row.ID, UserID: row.UserID, Email: row.Address, Role: row.Role, CreatedAt: &created}
	if !row.DeletedAt.IsZero() {
		deleted := row.DeletedAt.UTC()
		m.DeletedAt = &deleted
	}
	return m
}

// page is how many records are read at a time.
const page = 1000

// Each yields all records of a kind in the order of their keys, a page at a time.
func Each(ctx context.Context, db bun.IDB, kind *record.Kind, yield func(record.Record) error) error {
	order := " ORDER BY ? LIMIT ?"
	condition, args := "1 = 1"+order, []any{idents(kind.Key), page}
	for {
		rows, err := read(ctx, db, kind, condition, args...)
		if err != nil {
			return err
		}
		for _, one := range rows {
			if err := yield(one.Record); err != nil {
				return err
			}
		}
		if len(rows) < page {
			return nil
		}
		condition = "(?) > ?" + order
		args = []any{idents(kind.Key), columns.Tuple(rows[len(rows)-1].id), idents(kind.Key), page}
	}
}
