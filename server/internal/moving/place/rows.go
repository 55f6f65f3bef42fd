package place

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/rooms/roomsql"
	"github.com/anteroom-go/anteroom/server/internal/moving/record"
	"github.com/anteroom-go/anteroom/server/internal/transfer/columns"
)

// row returns the columns of a record and their values, in the order of the names.
func row(r record.Record) (names []string, values []any) {
	for _, field := range r.Kind.Fields {
		value := r.Values[field.Name]
		if value == nil || field.Type == record.Members {
			continue
		}
		names, values = append(names, field.Name), append(values, written(value))
	}
	if r.Kind.Name == record.Room {
		id := listID(r)
		values[slices.Index(names, "id")] = id
		if id != r.Text("id") {
			names, values = append(names, "imported_id"), append(values, r.Text("id"))
		}
	}
	return names, values
}

// listID is the id of a room's row.
func listID(r record.Record) string { return roomsql.ListID(r.Text("id"), momentOf(r, "created_at")) }

// written returns a value as a column has it.
func written(value any) any {
	switch value := value.(type) {
	case []string:
		return strings.Join(value, " ")
	case json.RawMessage:
		return string(value)
	}
	return value
}

// keyOf returns what tells the row of a record apart.
func keyOf(r record.Record) []any {
	if r.Kind.Name == record.Room {
		return []any{listID(r)}
	}
	var key []any
	for _, name := range r.Kind.Key {
		key = append(key, r.Text(name))
	}
	return key
}

// joined returns a key as one text.
func joined(key []any) string {
	texts := make([]string, len(key))
	for i, part := range key {
		texts[i], _ = part.(string)
	}
	return strings.Join(texts, "\x00")
}

// ownerOf returns the id of the owner that the others repeat.
func ownerOf(people []record.Member) (owner string) {
	for _, m := range people {
		if m.Role == "owner" {
			owner = max(owner, m.UserID)
		}
	}
	return owner
}

// peopleOf returns the rows of the members of a room, with the columns of memberColumns.
func peopleOf(r record.Record) (rows []bun.TupleValues) {
	people, _ := r.Values["members"].([]record.Member)
	owner := ownerOf(people)
	for _, m := range people {
		if m.Role != "owner" && m.Email != "" {
			m.UserID = "" // who comes with the address has the role
		}
		created, deleted := momentOf(r, "created_at"), r.Values["deleted_at"]
		if m.CreatedAt != nil {
			created = m.CreatedAt.UTC()
		}
		if m.DeletedAt != nil {
			deleted = m.DeletedAt.UTC()
		}
		if m.ID == "" {
			m.ID = uuid.NewSHA1(uuid.NameSpaceOID, []byte(r.Text("id")+" "+m.Email+" "+m.UserID)).String()
		}
		rows = append(rows, columns.Tuple([]any{listID(r), m.ID, orNull(m.UserID), orNull(m.Email), m.Role,
			r.Text("source_kind"), r.Text("source_id"), owner, created, deleted}))
	}
	return rows
}

// memberColumns are the columns of the rows of members.
const memberColumns = "room_id, id, user_id, address, role, source_kind, source_id, owner_id, created_at, deleted_at"

func orNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}
