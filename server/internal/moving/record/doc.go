// Package record has the form in which data move in and out: records of a few kinds, as
// JSON Lines or as CSV.
//
// A record has the members of its kind, which are the columns of a table, and a room its
// members. Kinds are taken from the schema, so that a column which a later version adds
// travels too.
package record
