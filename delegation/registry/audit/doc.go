// Package audit keeps a record of every change that operators and the server make: who, what,
// on what, before and after, when. Package registry writes it in the transaction of each change,
// so that there is none without the other.
//
//	entries, more, err := audit.List(ctx, db, audit.Query{ClientID: clientID})
//
// # The chain
//
// Each row has a number, without gaps, and a hash: SHA-256, in hexadecimal, of the texts that
// [Entry.Digest] lists, of which the hash of the row before is the first. A row of its own holds
// the last number and the last hash. So [Verify] finds a row that was changed, removed, put in or
// moved, at the end as well. When old rows are forgotten, a row of the kind [Forgotten] holds the
// number and the hash of the last one of them: the chain begins there.
//
// Who may write to the whole table can make all hashes anew, because nothing in them is secret:
// commands that change an application need no root key. So note the [Head] elsewhere from time to
// time, such as in a log that the database's administrators cannot change, and give it to Verify:
// every row up to it is then as it was. What was not noted can be forged by whoever may write to
// the database, and whoever may do that can also make changes that leave no row.
//
// # Transactions
//
// Rows are numbered under a lock on one row of the database, which is held from [Append] to the
// end of the transaction. Append therefore belongs at its end. A host that changes something in a
// transaction of its own keeps other changes waiting until that ends; requests for tokens and
// rooms write no rows and wait for nothing.
//
// # Personal data
//
// A row holds neither secrets nor what is made of them: no MAC, no hash of another product, no
// PIN, no sealed key. It names users by their id. An address stands in it only where the address
// is what was changed: an operator adds, renames or deletes a user, protects an address, or
// changes the addresses of an application's policy. The name of the operator is what the program
// gave. Each row is bounded, and forgotten when its time is over, by default after a year; nothing
// is removed from it before, also if its user is deleted.
package audit
