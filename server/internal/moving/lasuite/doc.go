// Package lasuite reads what "manage.py dumpdata" of LaSuite Meet writes, and turns it into
// records.
//
// Django writes one list of objects, or with --format jsonl one on each line, in which a room
// is spread over several: its resource, the room itself, and an access for each person in it.
// They may come in any order. So everything is put into a file first, which only its owner can
// read and which is removed afterwards, and records are made of what is there together. The
// memory that this takes does not grow with the file.
package lasuite
