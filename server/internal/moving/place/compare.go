package place

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/server/database/tables"
	"github.com/anteroom-go/anteroom/server/internal/moving/record"
	"github.com/anteroom-go/anteroom/server/internal/transfer/columns"
)

// unstable are fields that change by use, and are no difference.
func unstable() []string {
	return []string{"updated_at", "version", "generation", "last_used_at", "mac", "root_key", "imported_hash",
		"first_used_at"}
}

// differing returns the fields of a record whose values are others in what is there.
func differing(i item, existing record.Record) (fields []string) {
	for _, field := range i.Kind.Fields {
		if !slices.Contains(i.given, field.Name) || slices.Contains(unstable(), field.Name) {
			continue
		}
		if !same(i.Values[field.Name], existing.Values[field.Name]) {
			fields = append(fields, field.Name)
		}
	}
	return fields
}

// same reports whether two values mean the same.
func same(a, b any) bool {
	switch a := a.(type) {
	case time.Time:
		other, isTime := b.(time.Time)
		return isTime && a.Equal(other)
	case json.RawMessage:
		other, _ := b.(json.RawMessage)
		var one, two any
		return json.Unmarshal(a, &one) == nil && json.Unmarshal(other, &two) == nil && reflect.DeepEqual(one, two)
	case []string:
		other, _ := b.([]string)
		return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(other)))
	case []record.Member:
		other, _ := b.([]record.Member)
		return slices.Equal(roles(a), roles(other))
	}
	return a == b
}

// roles returns who has which role, in order.
func roles(people []record.Member) []string {
	list := make([]string, len(people))
	for i, m := range people {
		if m.Role != "owner" && m.Email != "" {
			m.UserID = ""
		}
		list[i] = fmt.Sprint(m.Role, " ", m.UserID, " ", m.Email)
	}
	slices.Sort(list)
	return list
}

// found returns the records that are there under the keys of items, by their keys.
func found(ctx context.Context, tx bun.Tx, kind *record.Kind, items []item) (map[string]record.Record, error) {
	keys := make([]bun.TupleValues, len(items))
	for n, i := range items {
		keys[n] = columns.Tuple(keyOf(i.Record))
	}
	condition := "(?) IN (VALUES ?)"
	rows, err := read(ctx, tx, kind, condition, idents(kind.Key), bun.List(keys))
	if err != nil {
		return nil, err
	}
	there := map[string]record.Record{}
	for _, one := range rows {
		there[one.key] = one.Record
	}
	return there, nil
}

// replace gives what is there the values of a record, unless they are another's.
func (w *Writer) replace(ctx context.Context, tx bun.Tx, i item, fields []string) error {
	var mine [][]string
	for _, set := range uniques(i.Kind.Name) {
		if slices.Contains(fields, set[0]) {
			mine = append(mine, set)
		}
	}
	others, err := taken(ctx, tx, i, mine)
	if err != nil {
		return err
	}
	if len(others) > 0 {
		i.settle(Conflict, "another "+i.Kind.Name+" has its "+strings.Join(others, " and its "))
		return nil
	}
	if slices.Contains(fields, "created_at") && i.Kind.Name == record.Room {
		i.settle(Conflict, "differs from what is there in created_at, which a room keeps")
		return nil
	}
	if err := w.set(ctx, tx, i, fields); err != nil {
		return err
	}
	i.settle(Updated, strings.Join(fields, ", "))
	return nil
}

func (w *Writer) set(ctx context.Context, tx bun.Tx, i item, fields []string) error {
	update := tx.NewUpdate().TableExpr("?", tables.Table(tx, i.Kind.Table))
	for _, name := range fields {
		if name != "members" {
			update.Set("? = ?", bun.Ident(name), written(i.Values[name]))
		}
	}
	if _, versioned := i.Kind.Field("version"); versioned {
		update.Set("version = version + 1").Set("updated_at = ?", w.check.now)
	}
	for n, name := range i.Kind.Key {
		update.Where("? = ?", bun.Ident(name), keyOf(i.Record)[n])
	}
	if _, err := update.Exec(ctx); err != nil {
		return err
	}
	if !slices.Contains(fields, "members") {
		return nil
	}
	return replacePeople(ctx, tx, i.Record)
}

func replacePeople(ctx context.Context, tx bun.Tx, r record.Record) error {
	_, err := tx.ExecContext(ctx, tables.SQL(tx, "DELETE FROM {room_members} WHERE room_id = ?"), listID(r))
	if rows := peopleOf(r); err == nil && len(rows) > 0 {
		_, err = tx.ExecContext(ctx,
			tables.SQL(tx, "INSERT INTO {room_members} ("+memberColumns+") VALUES ?"), bun.List(rows))
	}
	return err
}
