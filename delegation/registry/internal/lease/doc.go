// Package lease lets a replica answer from memory and still obey, in every request that
// begins after an operator's command has returned, what the command took away. It knows
// nothing of SQL; a [Store] does.
//
// # The protocol
//
// Every taking-away adds one to the epoch, in its own transaction and under the lock of one
// row, so that epoches become visible in the order of their commits.
//
// A replica renews its lease: it notes its clock, writes its row with the epoch whose
// changes it has applied ([Store.Hold]), then, in a second statement, reads the changes
// since ([Store.Since]), applies them, and only then believes in the lease, for
// Length-Margin from the time that it noted first. It answers from memory while it believes.
//
// A command commits and calls [Await]. That returns as soon as a read of all rows, begun
// after the commit, finds the epoch in each; and after Length at the latest.
//
// # Why it holds
//
// Take a command that committed an epoch and returned, and a request that begins then. Let
// the request find a lease good, and let the lease's row be written before or after the
// command's last read of the rows.
//
// If after, the replica's read of changes began after the commit. It applied the epoch
// before it believed.
//
// If before, either the row had the epoch, and what a row has was applied before it was
// written; or the command waited for Length after a read that was later than the row. The
// lease began before its row was written, and had ended.
//
// The acknowledgement and the read of changes are two statements for a reason. One that
// writes the newest epoch tells a command that it was obeyed while the changes are still on
// their way. One whose snapshot is older than a commit may write its row after the command
// has looked.
//
// A fill of the memory is a read that may have begun before a change and end after it. It
// carries the turn in which it began, and is dropped if any change was applied since.
// It must read the primary database, in a transaction that began after [Holder.Fill].
//
// # What is assumed
//
// No clock of the database is used: it may step. Clocks of replicas and commands run within
// one part in twenty of each other; Margin covers that. Whether a lease has ended is asked
// of the monotonic clock and of the wall clock, because the former stands still while a
// machine is suspended. A virtual machine both of whose clocks stood still is outside of
// the model, as is a database that loses commits it had confirmed and is back within Length.
package lease
