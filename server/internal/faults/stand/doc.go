// Package stand is a test stand for the program as it is shipped: it starts the
// binary on a database, loads it with clients that note every answer, takes away
// what the binary stands on, and compares the database with what was
// acknowledged. It needs Linux.
package stand
