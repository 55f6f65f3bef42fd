package tables

import (
	"strings"

	"github.com/uptrace/bun"
)

// argument is the named argument of bun under which a handle carries its names.
const argument = "anteroom_tables"

// On returns a copy of the handle, on the same pool, that carries the names. The transactions that it begins carry
// them as well.
func On(db *bun.DB, names Names) *bun.DB {
	return db.WithNamedArg(argument, names.String())
}

// Of returns the names that a handle or a transaction carries, and whether it carries any.
func Of(db bun.IDB) (names Names, carried bool) {
	text := db.NewRaw("?" + argument).String()
	text, carried = strings.CutPrefix(text, "'")
	if !carried {
		return Names{}, false
	}
	text = strings.TrimSuffix(text, "'")
	if text == "" {
		return Names{}, true
	}
	names, err := Parse(text)
	return names, err == nil
}

// SQL expands the names of tables in a statement for a handle, see [Names.SQL]. Those of one that carries no names are
// found first.
func SQL(db bun.IDB, text string) string { return known(db).SQL(text) }

// Table returns the name of a table as an argument of a statement for a handle, as [SQL] does.
func Table(db bun.IDB, name string) bun.Safe { return bun.Safe(known(db).Table(name)) }

// known returns the names of a handle, or the default ones if they cannot be found.
func known(db bun.IDB) Names {
	names, err := Known(db)
	if err != nil {
		return DefaultOf(db)
	}
	return names
}
