// Package migrate brings the schema of an open database up to date. It links no
// database driver, so that a host with a driver of its own can use it.
//
//	err = migrate.Migrator{Logger: logger}.Up(ctx, db)
//
// Any number of processes may migrate at once. On PostgreSQL the one that works
// holds an advisory lock of a transaction, which PgBouncer in transaction mode
// lets through, and a second connection for the work: the pool and the pooler must
// allow it two. On SQLite it holds the lock of a file beside the database.
//
// What this program does not know it does not take for nothing: a database that is
// newer is refused, unless the floors that stand in it allow this program to go on,
// see package schema. A migration that programs before it cannot bear raises the
// floor of its set in the same transaction. A SQLite file of another program is
// refused, unless [Migrator] is told to adopt it.
package migrate
