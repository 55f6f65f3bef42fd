// Package roomsql keeps rooms, their attendees, the answers to requests and the
// counts of statistics in a SQL database: SQLite or PostgreSQL, through bun.
//
//	service, err := rooms.New(rooms.Config{Stores: roomsql.New(db).Stores(), ParseAddress: parse})
//
// On a *bun.DB each method is a transaction of its own. On a bun.Tx it is a part of that transaction: a room is rolled
// back with it, and what the store refuses does not spoil it. A [Store] is safe for concurrent use, as far as its
// database handle is.
//
// [Migrations] is the schema. Its tables are rooms, room_members (owners and attendees) and room_requests. Every query
// enters them by a range of an index, so that its cost does not grow with the rooms of others.
package roomsql
