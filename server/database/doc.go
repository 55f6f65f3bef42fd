// Package database opens the database of the standalone server, and of hosts
// that want it: a SQLite file or PostgreSQL, behind one handle of bun and one
// SQL text.
//
//	db, err := database.Open(ctx, "file:anteroom.db")
//	if err != nil {
//		return err
//	}
//	defer db.Close()
//	err = database.Migrate(ctx, db)
//
// It is the only package of this module that links database drivers (modernc's
// SQLite and pgx). A host that registers a driver of its own does not import
// it, and applies the migrations with package migrate, which links none.
//
// Handles are safe for concurrent use. On SQLite, seven connections only read:
// queries that bun builds to select, and raw ones that begin with SELECT or WITH and
// change nothing, do not wait for writers; everything else, such as QueryContext of
// the handle itself, has three others. Transactions take the write lock when they
// begin and wait up to five seconds for another one that has it; among the requests
// of a server they queue for it instead, see package session. Commits are durable
// (synchronous=FULL). The file is the one that was opened: when it is deleted or
// replaced, every statement returns [ErrFileChanged] and nothing is written, until
// it is there again.
//
// On PostgreSQL, every new connection sets what the code relies on (see package
// session), and is checked. The schema in which the tables are is found when Open
// connects and comes first on the search path from then on, so that no other one
// takes its place under a running server. Statements that come with arguments (see
// package native) are prepared once for each connection, others are not. A pooler in
// transaction mode may stand in between: behind one that does not follow prepared
// statements none are prepared. PgBouncer carries the settings of
// strings, encoding, dates and time zone; the others must be right on the server,
// or Open refuses. Behind a pooler, Migrate needs two connections to the server.
//
// A server that falls silent is not waited for. A connection on which nothing comes
// for five seconds (silence_timeout) ends, and its statement with an error; whether
// PostgreSQL had done it already is not known, unless it belonged to a transaction
// that was not committed. While the server is known to be silent one attempt at a
// time is made, and everything else returns at once. A context from
// [session.Silence] lets a statement take longer, as migrations do. A transaction
// in which nothing happens for a minute is ended by PostgreSQL, where no pooler
// stands in between.
package database
