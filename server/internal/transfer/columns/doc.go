// Package columns reads which tables and columns a database of the program has, and the
// values in them in the same form from SQLite and from PostgreSQL.
package columns
