package session

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// Query asks a session of PostgreSQL for its [State]. It returns one row with one
// text, for [ParseState].
const Query = `SELECT json_build_object(
	'settings', json_build_object(
		'standard_conforming_strings', current_setting('standard_conforming_strings'),
		'transform_null_equals', current_setting('transform_null_equals'),
		'client_encoding', current_setting('client_encoding'),
		'server_encoding', current_setting('server_encoding'),
		'DateStyle', current_setting('DateStyle'),
		'default_transaction_isolation', current_setting('default_transaction_isolation'),
		'session_replication_role', current_setting('session_replication_role')),
	'path', current_schemas(false),
	'tables', ARRAY(SELECT n.nspname FROM pg_catalog.pg_namespace AS n
		WHERE n.nspname = ANY (current_schemas(false)) AND EXISTS (SELECT 1 FROM pg_catalog.pg_class AS c
			WHERE c.relnamespace = n.oid AND c.relname IN ('registry_migrations', 'rooms_migrations') AND c.relkind = 'r')
		ORDER BY n.nspname)
)::text`

// State is what a session of PostgreSQL reports about itself.
type State struct {
	// Settings are the settings that this module relies on, by name.
	Settings map[string]string `json:"settings"`
	// Path are the existing schemas of the search path, in its order.
	Path []string `json:"path"`
	// Tables are the schemas of Path that hold tables of this module.
	Tables []string `json:"tables"`
}

// ParseState returns the state that the text of [Query] describes.
func ParseState(text string) (State, error) {
	var state State
	if err := json.Unmarshal([]byte(text), &state); err != nil {
		return State{}, fmt.Errorf("session: reading the state of a session: %w", err)
	}
	return state, nil
}

// Check returns nil if the session can be relied on. Otherwise it returns a
// [SettingError] for each setting that is wrong, joined. A setting that is missing
// is wrong.
func (s State) Check() error {
	var problems []error
	for _, r := range requirements() {
		if value := s.Settings[r.setting]; !r.met(value) {
			problems = append(problems, &SettingError{Setting: r.setting, Value: value, Want: r.want, Remedy: r.remedy()})
		}
	}
	if _, err := s.Home(); err != nil {
		problems = append(problems, err)
	}
	return errors.Join(problems...)
}

// Home returns the schema of the tables of this module or, if there are none, the
// schema in which they would be created. It returns a [SettingError] if several
// schemas of the search path hold tables, since a session with another path would
// see others, or if the search path has no schema.
func (s State) Home() (string, error) {
	switch {
	case len(s.Tables) > 1:
		return "", &SettingError{Setting: searchPath, Value: s.path(), Want: "with one set of tables",
			Remedy: "schemas " + strings.Join(s.Tables, " and ") +
				" hold one each; name the right one alone, as in ?search_path=" + s.Tables[0]}
	case len(s.Tables) == 1:
		return s.Tables[0], nil
	case len(s.Path) == 0:
		return "", &SettingError{Setting: searchPath, Value: s.path(), Want: "a schema that exists",
			Remedy: "create the schema, or name another one, as in ?search_path=public"}
	}
	return s.Path[0], nil
}

// CheckCreation returns nil if new tables would be created in schema home. Otherwise
// it returns a [SettingError]: a second set of tables would begin, which other
// sessions might see instead of the first.
func (s State) CheckCreation(home string) error {
	if len(s.Path) > 0 && s.Path[0] == home {
		return nil
	}
	return &SettingError{Setting: searchPath, Value: s.path(), Want: "beginning with " + home + ", which holds the tables",
		Remedy: "set it in the connection string, as in ?search_path=" + home + ", or by ALTER ROLE"}
}

// Settings with a remedy of their own.
const (
	searchPath     = "search_path"
	serverEncoding = "server_encoding"
)

func (s State) path() string { return strings.Join(s.Path, ", ") }

// requirement is a setting on which the code relies, and the value it must have.
type requirement struct{ setting, want string }

func requirements() []requirement {
	return []requirement{ // by how bad the other values are
		{"standard_conforming_strings", "on"},
		{"transform_null_equals", "off"},
		{"client_encoding", "UTF8"},
		{serverEncoding, "UTF8"},
		{"DateStyle", "ISO"},
		{"default_transaction_isolation", "read committed"},
		{"session_replication_role", "origin"},
	}
}

// met reports whether a value is the wanted one, alone or before a comma: the
// other part of DateStyle is for input that is never ambiguous here.
func (r requirement) met(value string) bool {
	first, _, _ := strings.Cut(value, ",")
	return strings.EqualFold(first, r.want)
}

func (r requirement) remedy() string {
	if r.setting == serverEncoding {
		return "create the database with ENCODING 'UTF8'"
	}
	return "take it out of the connection string, postgresql.conf, ALTER DATABASE and ALTER ROLE, or ALTER ROLE … SET " +
		r.setting + " = '" + r.want + "'"
}

// SettingError reports a setting of the database session that this module cannot
// work with.
type SettingError struct {
	Setting string // its name
	Value   string // what it is
	Want    string // what it must be
	Remedy  string // how to mend it
}

// Error returns one sentence with all fields.
func (e *SettingError) Error() string {
	return fmt.Sprintf("the database session has %s = %q, but it must be %s: %s", e.Setting, e.Value, e.Want, e.Remedy)
}
