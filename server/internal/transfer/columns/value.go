package columns

import (
	"fmt"
	"strings"
	"time"

	"github.com/uptrace/bun"
)

// Column is one of a table.
type Column struct {
	Name string
	Type Type
}

// Type is how the values of a column are written.
type Type int

// The types.
const (
	Text Type = iota
	Bool
	Time
	Number
)

// typeOf returns the type that a database names.
func typeOf(name string) Type {
	switch name = strings.ToLower(name); {
	case strings.HasPrefix(name, "bool"):
		return Bool
	case strings.HasPrefix(name, "timestamp"):
		return Time
	case strings.Contains(name, "int"):
		return Number
	}
	return Text
}

// Value returns a value that a driver read: a bool, a time in UTC, an int64 or a string;
// nil for NULL.
func (t Type) Value(read any) (any, error) {
	if bytes, ok := read.([]byte); ok {
		read = string(bytes)
	}
	switch {
	case read == nil:
		return nil, nil
	case t == Bool:
		return truth(read)
	case t == Time:
		return moment(read)
	}
	return read, nil
}

// Tuple returns values as one row of an INSERT statement. In a list of values bun writes no
// nil, so NULL stands for it.
func Tuple(values []any) bun.TupleValues {
	row := make([]any, len(values))
	for i, value := range values {
		if row[i] = value; value == nil {
			row[i] = bun.Safe("NULL")
		}
	}
	return bun.Tuple(row)
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
