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
// (synchronous=FULL). On PostgreSQL no statement is prepared or cached, so a
// pooler in transaction mode may stand in between; only Migrate needs a session
// of its own.
package database
