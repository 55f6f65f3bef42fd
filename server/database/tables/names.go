package tables

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"strings"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"
)

// Default is the word of which the default names of new databases are made: the schema anteroom in PostgreSQL, the
// prefix anteroom_ in SQLite.
const Default = "anteroom"

// ErrNames is returned for a text that [Parse] does not accept.
var ErrNames = errors.New(`the names of tables begin with a schema ("anteroom.", PostgreSQL only) or a prefix ` +
	`("anteroom_"): lower-case letters, digits and underscores, at most 30, and a letter first`)

// Names is what comes before the names of tables. The zero Names is nothing: the plain names.
type Names struct {
	Schema string // PostgreSQL only; empty means the schema of the session
	Prefix string
}

// Parse returns the names that a text gives: "SCHEMA.", "PREFIX_", or "SCHEMA.PREFIX_". It returns [ErrNames] for any
// other text. The text "main." means the plain names of SQLite.
func Parse(text string) (Names, error) {
	var names Names
	schema, prefix, qualified := strings.Cut(text, ".")
	if !qualified {
		schema, prefix = "", text
	}
	if qualified && !isWord(schema) || prefix != "" && !(isWord(prefix) && strings.HasSuffix(prefix, "_")) ||
		text == "" || strings.HasPrefix(schema, "pg_") || strings.HasPrefix(prefix, "pg_") ||
		strings.HasPrefix(prefix, "sqlite_") {
		return names, ErrNames
	}
	return Names{Schema: schema, Prefix: prefix}, nil
}

// isWord reports whether a text can be written in SQL without quotes. Reserved words are refused by the database.
func isWord(text string) bool {
	return text != "" && len(text) <= 30 && strings.Trim(text[:1], "abcdefghijklmnopqrstuvwxyz") == "" &&
		strings.Trim(text, "abcdefghijklmnopqrstuvwxyz0123456789_") == ""
}

// DefaultOf returns the names that the tables of a new database have.
func DefaultOf(db bun.IDB) Names {
	if db.Dialect().Name() == dialect.PG {
		return Names{Schema: Default}
	}
	return Names{Prefix: Default + "_"}
}

// String returns the text that [Parse] reads; empty for the plain names.
func (n Names) String() string {
	if n.Schema == "" {
		return n.Prefix
	}
	return n.Schema + "." + n.Prefix
}

// Table returns the name of a table or an index, with the schema.
func (n Names) Table(name string) string { return n.String() + name }

// Bare returns the name of a table or an index without the schema.
func (n Names) Bare(name string) string { return n.Prefix + name }

// Lock returns the key of an advisory lock, which differs between names. The key of the plain names is key itself; the
// schema public is where they are.
func (n Names) Lock(key int64) int64 {
	if n == (Names{}) || n == (Names{Schema: "public"}) {
		return key
	}
	sum := sha256.Sum256([]byte(n.String()))
	return key ^ int64(binary.BigEndian.Uint64(sum[:8]))
}
