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
// Handles are safe for concurrent use. On SQLite, transactions take the write
// lock when they begin and wait up to ten seconds for it; commits are durable
// (synchronous=FULL).
//
// On PostgreSQL, every new connection sets what the code relies on (see package
// session), and is checked. The schema in which the tables are is found when Open
// connects and comes first on the search path from then on, so that no other one
// takes its place under a running server. No statement is prepared or cached, so a
// pooler in transaction mode may stand in between. PgBouncer carries the settings of
// strings, encoding, dates and time zone; the others must be right on the server,
// or Open refuses. Behind a pooler, Migrate needs two connections to the server.
package database
