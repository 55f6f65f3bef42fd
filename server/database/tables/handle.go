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

// Of returns the names that a handle or a transaction carries, and whether it carries any. Without, they are the
// plain ones.
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
