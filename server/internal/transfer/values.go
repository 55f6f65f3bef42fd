package transfer

import (
	"database/sql"
	"fmt"
	"strings"
	"time"

	"github.com/uptrace/bun"
)

// kind is how the values of a column are written.
type kind int

const (
	asIs kind = iota
	asBool
	asTime
)

// kindOf returns the kind of a type as the database names it.
func kindOf(name string) kind {
	switch name = strings.ToLower(name); {
	case strings.HasPrefix(name, "bool"):
		return asBool
	case strings.HasPrefix(name, "timestamp"):
		return asTime
	}
	return asIs
}

// scan reads a row, in the order of the columns.
func (t table) scan(rows *sql.Rows) ([]any, error) {
	values, places := make([]any, len(t.columns)), make([]any, len(t.columns))
	for i := range values {
		places[i] = &values[i]
	}
	if err := rows.Scan(places...); err != nil {
		return nil, err
	}
	for i, column := range t.columns {
		value, err := column.kind.value(values[i])
		if err != nil {
			return nil, fmt.Errorf("column %s: %w", column.name, err)
		}
		values[i] = value
	}
	return values, nil
}

// value returns a value that a driver read in the type in which it is written.
func (k kind) value(read any) (any, error) {
	if bytes, ok := read.([]byte); ok {
		read = string(bytes)
	}
	switch {
	case read == nil:
		return bun.Safe("NULL"), nil // a list of values cannot hold nil
	case k == asBool:
		return truth(read)
	case k == asTime:
		return moment(read)
	}
	return read, nil
}

func truth(read any) (bool, error) {
	switch value := read.(type) {
	case bool:
		return value, nil
	case int64:
		return value != 0, nil
	}
	return false, fmt.Errorf("a value of type %T is no truth value", read)
}

// moments are the forms in which SQLite holds a time.
const (
	bunMoment    = "2006-01-02 15:04:05.999999999-07:00"
	sqliteMoment = "2006-01-02 15:04:05"
)

func moment(read any) (time.Time, error) {
	switch value := read.(type) {
	case time.Time:
		return value.UTC(), nil
	case string:
		for _, form := range []string{bunMoment, time.RFC3339Nano, sqliteMoment} {
			if at, err := time.Parse(form, value); err == nil {
				return at.UTC(), nil
			}
		}
	}
	return time.Time{}, fmt.Errorf("a value of type %T is no time", read)
}
