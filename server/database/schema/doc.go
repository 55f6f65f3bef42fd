// Package schema compares the schema of a database with the one that this program knows. It links no database
// driver, and changes nothing.
//
// The schema is two sets of migrations, each with a version table, which package migrate applies. The database also
// keeps, for each of them, the lowest version that a program must know to work on it: its floor. So a program that is
// older than the database can tell whether it may go on, as in a rolling upgrade, or must stop, because it would
// take for nothing what it does not know.
package schema
