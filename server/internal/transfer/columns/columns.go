package columns

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"

	"github.com/anteroom-go/anteroom/server/database/tables"
)

// The tables of a schema, or else of the one that comes first on the search path, and their columns.
const (
	postgresColumns = `SELECT c.table_name, c.column_name, c.data_type FROM information_schema.columns AS c
		JOIN information_schema.tables AS t ON t.table_schema = c.table_schema AND t.table_name = c.table_name
		WHERE c.table_schema = COALESCE(NULLIF(?, ''), current_schema()) AND t.table_type = 'BASE TABLE'`
	sqliteColumns = `SELECT t.name AS table_name, c.name AS column_name, c.type AS data_type
		FROM sqlite_schema AS t, pragma_table_info(t.name) AS c
		WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite%' AND ? = ''`
)

// Of returns the columns of every table under the names of db, by its name without schema and prefix, in the order
// of their names.
func Of(ctx context.Context, db bun.IDB) (map[string][]Column, error) {
	names, err := tables.Find(ctx, db)
	if err != nil {
		return nil, err
	}
	statement := sqliteColumns
	if db.Dialect().Name() == dialect.PG {
		statement = postgresColumns
	}
	var rows []struct{ TableName, ColumnName, DataType string }
	if err := db.NewRaw(statement, names.Schema).Scan(ctx, &rows); err != nil {
		return nil, err
	}
	all := map[string][]Column{}
	for _, row := range rows {
		if name, ours := strings.CutPrefix(row.TableName, names.Prefix); ours {
			all[name] = append(all[name], Column{row.ColumnName, typeOf(row.DataType)})
		}
	}
	for _, of := range all {
		slices.SortFunc(of, func(a, b Column) int { return strings.Compare(a.Name, b.Name) })
	}
	return all, nil
}

// Names returns the names of columns, for a statement.
func Names(list []Column) []bun.Ident {
	names := make([]bun.Ident, len(list))
	for i, column := range list {
		names[i] = bun.Ident(column.Name)
	}
	return names
}

// Scan reads a row that has the values of the columns in their order.
func Scan(rows *sql.Rows, list []Column) ([]any, error) {
	values, places := make([]any, len(list)), make([]any, len(list))
	for i := range values {
		places[i] = &values[i]
	}
	if err := rows.Scan(places...); err != nil {
		return nil, err
	}
	for i, column := range list {
		value, err := column.Type.Value(values[i])
		if err != nil {
			return nil, fmt.Errorf("column %s: %w", column.Name, err)
		}
		values[i] = value
	}
	return values, nil
}
