package record

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/server/internal/transfer/columns"
)

// The names of the kinds that have rules of their own.
const (
	User        = "user"
	Protection  = "protection"
	Application = "application"
	Secret      = "secret"
	Delegation  = "delegation"
	Room        = "room"
)

// Type is the type of a field.
type Type int

// The types. A List is texts, a Document any JSON, and Members are those of a room.
const (
	Text Type = iota
	Bool
	Number
	Time
	List
	Document
	Members
)

// Field is a member of a record.
type Field struct {
	Name string
	Type Type
}

// Kind is what a record is about.
type Kind struct {
	Name  string
	Table string
	// Key names the fields that tell records of the kind apart.
	Key    []string
	Fields []Field
}

// Field returns the field with a name.
func (k *Kind) Field(name string) (Field, bool) {
	i := slices.IndexFunc(k.Fields, func(f Field) bool { return f.Name == name })
	if i < 0 {
		return Field{}, false
	}
	return k.Fields[i], true
}

// Names returns the names of the fields.
func (k *Kind) Names() []string {
	names := make([]string, len(k.Fields))
	for i, field := range k.Fields {
		names[i] = field.Name
	}
	return names
}

// tables are the tables that travel, in an order in which each record comes after those
// that it refers to. What is left out is of the moment or of the schema.
func tables() []Kind {
	return []Kind{
		{Name: User, Table: "users", Key: []string{"id"}},
		{Name: Protection, Table: "protected_addresses", Key: []string{"email"}},
		{Name: Application, Table: "applications", Key: []string{"client_id"}},
		{Name: Secret, Table: "application_secrets", Key: []string{"client_id", "secret_id"}},
		{Name: Delegation, Table: "delegations", Key: []string{"client_id", "user_id"}},
		{Name: Room, Table: "rooms", Key: []string{"id"}},
		{Name: "answer", Table: "room_requests", Key: []string{"source_kind", "source_id", "caller", "route", "key"}},
		{Name: "signing_key", Table: "signing_keys", Key: []string{"kid"}},
		{Name: "revoked_token", Table: "revoked_tokens", Key: []string{"token_id"}},
		{Name: "used_assertion", Table: "used_assertions", Key: []string{"client_id", "assertion_id"}},
	}
}

// special are the types of columns that are texts to the database.
func special(kind, column string) (Type, bool) {
	t, known := map[string]Type{
		"application.scopes": List, "application.domains": List, "application.emails": List,
		"application.jwks": Document, "room.configuration": Document, "room.metadata": Document,
	}[kind+"."+column]
	return t, known
}

// Kinds are all kinds, in the order of an export.
type Kinds []*Kind

// Of returns the kinds that a database holds.
func Of(ctx context.Context, db bun.IDB) (Kinds, error) {
	there, err := columns.Of(ctx, db)
	if err != nil {
		return nil, fmt.Errorf("reading the schema: %w", err)
	}
	var all Kinds
	for _, kind := range tables() {
		kind.Fields = fieldsOf(kind, there[kind.Table])
		all = append(all, &kind)
	}
	return all, nil
}

// fieldsOf returns the key of a kind and its other fields.
func fieldsOf(kind Kind, list []columns.Column) (fields []Field) {
	for _, name := range kind.Key {
		fields = append(fields, Field{name, Text})
	}
	for _, column := range list {
		if slices.Contains(kind.Key, column.Name) || column.Name == "imported_id" {
			continue
		}
		t, known := special(kind.Name, column.Name)
		if !known {
			t = map[columns.Type]Type{columns.Bool: Bool, columns.Number: Number, columns.Time: Time}[column.Type]
		}
		fields = append(fields, Field{column.Name, t})
	}
	if kind.Name == Room {
		fields = append(fields, Field{"members", Members})
	}
	return fields
}

// Kind returns the kind with a name.
func (k Kinds) Kind(name string) (*Kind, bool) {
	i := slices.IndexFunc(k, func(kind *Kind) bool { return kind.Name == name })
	if i < 0 {
		return nil, false
	}
	return k[i], true
}

// Names returns the names of the kinds.
func (k Kinds) Names() []string {
	names := make([]string, len(k))
	for i, kind := range k {
		names[i] = kind.Name
	}
	return names
}

// withHeader returns the kind of records that have the columns of a CSV file: nil if a
// column names the kind of each. It returns an error that names the columns which no kind has.
func (k Kinds) withHeader(header []string) (*Kind, error) {
	if slices.Contains(header, kindColumn) {
		return nil, nil
	}
	var missing []string
	for _, kind := range k {
		unknown := slices.DeleteFunc(slices.Clone(header), func(name string) bool {
			_, known := kind.Field(name)
			return known
		})
		if len(unknown) == 0 {
			return kind, nil
		}
		if missing == nil || len(unknown) < len(missing) {
			missing = unknown
		}
	}
	return nil, fmt.Errorf("no kind of record has the columns %s", strings.Join(missing, ", "))
}
