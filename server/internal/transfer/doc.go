// Package transfer copies the database of the program into another one, such as a
// SQLite file into PostgreSQL.
//
// Everything is copied: applications, secrets, users, rooms, signing keys, answers
// that are kept. With the same root key and the same public URL nothing changes for
// callers: their secrets and their tokens go on.
package transfer
