// Package migrate brings the schema of an open database up to date. It links no
// database driver, so that a host with a driver of its own can use it.
//
//	err = migrate.Migrator{Logger: logger}.Up(ctx, db)
//
// Any number of processes may migrate at once. On PostgreSQL the one that works
// holds an advisory lock of a transaction, which PgBouncer in transaction mode
// lets through, and a second connection for the work: the pool and the pooler must
// allow it two. On SQLite it holds the lock of a file beside the database.
package migrate
