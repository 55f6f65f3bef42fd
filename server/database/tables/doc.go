// Package tables names the tables of this module, which may share a database with those of a product. What comes
// before their names is a schema ("anteroom." in PostgreSQL), a prefix ("anteroom_"), or nothing.
//
// A handle of bun carries the [Names]: [On] returns one that does, its transactions included, and [Of] reads them.
// The stores take them from the handle they are given. For a handle that carries none they are found: the plain names
// if those tables are there, otherwise the default ones, the schema anteroom or, in SQLite, the prefix anteroom_.
//
//	db = tables.On(db, tables.Names{Schema: "anteroom"})
//	reg, err := registry.New(registry.Config{DB: db})
//
// # How to write SQL
//
// No statement has the name of a table or an index in it. It is written in braces, and [Names.SQL] expands it; each
// text is expanded once for its names.
//
//   - A statement: names.SQL(`SELECT a.name FROM {applications} AS a WHERE a.client_id = ?`). Columns are qualified by
//     an alias, never by the table. The stores have a method sql for it.
//   - A model: .Model(&row).ModelTableExpr(names.SQL("{applications} AS a")), with the alias of the model.
//   - A migration: files hold the same braces. {applications} is the name with its schema. {.applications} is without
//     it, for CREATE INDEX {.users_email} ON {users}, for RENAME TO, and for a column that is qualified by its table
//     in UPDATE. DROP INDEX {users_email} has the schema, as have DROP TABLE and REFERENCES.
//   - A trigger: its name is written {.name}, its table {name}; its function {name}, with the schema.
//   - What is different in SQLite and PostgreSQL: in a migration the line "-- +sqlite" or "-- +postgres" begins a part
//     for one of them, and "-- +end" ends it. See [Names.FilesOn].
//   - The key of an advisory lock: [Names.Lock], which returns another number for other names.
package tables
