// Package native sends the statements of which there are the most with their arguments beside the text, so that a
// driver can keep them prepared. Bun writes arguments into the text, and the database plans every one of those anew.
//
//	err := native.Row(ctx, db, names.SQL(`SELECT r.name FROM {rooms} AS r WHERE r.id = $1`), []any{id}, &name)
//
// A text is written for few arguments and used for many: the number of texts is bounded, because drivers keep some
// hundred of them for each connection. Placeholders are $1, $2 and so on, each number used once and in this order,
// which every driver of either database understands. A text contains no question mark.
//
// Everything else is as with bun: the handle is a pool, a connection or a transaction of it, its hooks are called (with
// the text, which has no values in it), a SQLite file that package database opened is read by the connections for
// reading, and the pool of package session has changes wait for their turn. On a pool of a host's the arguments go to
// the driver of the host. With a handle of any other kind, bun writes them into the text.
//
// Arguments are texts, bytes, numbers, truth values, times and nil. They arrive as bun writes them: times in UTC and
// microseconds, bytes that are not UTF-8 as U+FFFD. A text with a NUL byte is refused with [ErrNUL], since no column
// can hold one.
package native
