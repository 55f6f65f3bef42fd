package place

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/server/database/tables"
	"github.com/anteroom-go/anteroom/server/internal/moving/record"
	"github.com/anteroom-go/anteroom/server/internal/transfer/columns"
)

func momentOf(r record.Record, name string) time.Time {
	at, _ := r.Values[name].(time.Time)
	return at
}

// put inserts what is not there, and settles the rest.
func (w *Writer) put(ctx context.Context, tx bun.Tx, kind *record.Kind, items []item) error {
	if err := insertAll(ctx, tx, kind, items); err != nil {
		return err
	}
	if err := w.meet(ctx, tx, kind, unsettled(items)); err != nil {
		return err
	}
	left := unsettled(items)
	if w.update { // an update may have made room
		if err := insertAll(ctx, tx, kind, left); err != nil {
			return err
		}
	}
	for _, i := range unsettled(left) {
		if err := w.blame(ctx, tx, i); err != nil {
			return err
		}
	}
	return nil
}

// insertAll inserts records with what belongs to them.
func insertAll(ctx context.Context, tx bun.Tx, kind *record.Kind, items []item) error {
	groups := map[string][]item{}
	for _, i := range items {
		names, _ := row(i.Record)
		shape := strings.Join(names, " ")
		groups[shape] = append(groups[shape], i)
	}
	for _, shape := range slices.Sorted(maps.Keys(groups)) {
		if err := insert(ctx, tx, kind, groups[shape]); err != nil {
			return err
		}
	}
	if kind.Name == record.Room {
		return insertPeople(ctx, tx, items)
	}
	return nil
}

// insert inserts records whose rows have the same columns, and settles those that were not
// there.
func insert(ctx context.Context, tx bun.Tx, kind *record.Kind, items []item) error {
	names, _ := row(items[0].Record)
	tuples := make([]bun.TupleValues, len(items))
	first := map[string]item{} // of those with one key
	for n, i := range items {
		_, values := row(i.Record)
		tuples[n] = columns.Tuple(values)
		if key := joined(keyOf(i.Record)); first[key].outcome == nil {
			first[key] = i
		}
	}
	rows, err := tx.QueryContext(ctx, "INSERT INTO ? (?) VALUES ? ON CONFLICT DO NOTHING RETURNING ?",
		tables.Table(tx, kind.Table), idents(names), bun.List(tuples), idents(kind.Key))
	if err != nil {
		return err
	}
	defer rows.Close()
	list := make([]columns.Column, len(kind.Key))
	for rows.Next() {
		key, err := columns.Scan(rows, list)
		if err != nil {
			return err
		}
		first[joined(key)].settle(Imported, "")
	}
	return rows.Err()
}

func idents(names []string) any {
	list := make([]bun.Ident, len(names))
	for i, name := range names {
		list[i] = bun.Ident(name)
	}
	return bun.List(list)
}

// insertPeople inserts the members of the rooms that were imported.
func insertPeople(ctx context.Context, tx bun.Tx, items []item) error {
	var people []bun.TupleValues
	for _, i := range items {
		if i.outcome.Result == Imported {
			people = append(people, peopleOf(i.Record)...)
		}
	}
	for some := range slices.Chunk(people, atOnce) {
		_, err := tx.ExecContext(ctx, tables.SQL(tx, "INSERT INTO {room_members} ("+memberColumns+") VALUES ?"), bun.List(some))
		if err != nil {
			return err
		}
	}
	return nil
}

// meet compares records with what is there under their keys.
func (w *Writer) meet(ctx context.Context, tx bun.Tx, kind *record.Kind, items []item) error {
	if len(items) == 0 {
		return nil
	}
	there, err := found(ctx, tx, kind, items)
	if err != nil {
		return err
	}
	for _, i := range items {
		existing, known := there[joined(keyOf(i.Record))]
		if !known {
			continue
		}
		if err := w.compare(ctx, tx, i, existing); err != nil {
			return err
		}
	}
	return nil
}

func (w *Writer) compare(ctx context.Context, tx bun.Tx, i item, existing record.Record) error {
	fields := differing(i, existing)
	switch {
	case len(fields) == 0:
		i.settle(Present, "")
		return nil
	case !w.update:
		i.settle(Conflict, "differs from what is there in "+strings.Join(fields, ", "))
		return nil
	}
	return w.replace(ctx, tx, i, fields)
}

// blame finds out whose value keeps a record out that is not there itself.
func (w *Writer) blame(ctx context.Context, tx bun.Tx, i item) error {
	fields, err := taken(ctx, tx, i, uniques(i.Kind.Name))
	if err != nil {
		return err
	}
	if len(fields) == 0 {
		fields = []string{"key"}
	}
	i.settle(Conflict, "another "+i.Kind.Name+" has its "+strings.Join(fields, " and its "))
	return nil
}

// uniques are the fields whose values are unique beside the key.
func uniques(kind string) [][]string {
	return map[string][][]string{
		record.User:   {{"email"}},
		record.Room:   {{"id"}, {"slug"}, {"pin"}, {"external_id", "source_kind", "source_id"}},
		"signing_key": {{"state"}},
	}[kind]
}

// taken returns which unique values of a record another row has.
func taken(ctx context.Context, tx bun.Tx, i item, sets [][]string) (fields []string, err error) {
	for _, set := range sets {
		query := tx.NewSelect().TableExpr("?", tables.Table(tx, i.Kind.Table)).ColumnExpr("1")
		for n, name := range i.Kind.Key {
			query.Where("? <> ?", bun.Ident(name), keyOf(i.Record)[n])
		}
		for _, name := range set {
			column := name
			if i.Kind.Name == record.Room && name == "id" {
				column = "imported_id"
			}
			query.Where("? = ?", bun.Ident(column), i.Values[name])
		}
		if set[0] == "external_id" {
			query.Where("deleted_at IS NULL")
		}
		there, err := query.Exists(ctx)
		if err != nil {
			return nil, err
		}
		if there {
			fields = append(fields, set[0])
		}
	}
	return fields, nil
}
