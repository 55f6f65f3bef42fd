// Package place puts records into a database and takes them out of it.
//
// A batch of records is one transaction: it is there as a whole or not at all. What is there
// already and equal is passed over, so that an import can be repeated and goes on where it
// ended.
package place
