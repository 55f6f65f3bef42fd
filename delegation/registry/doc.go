// Package registry keeps applications, their secrets, users and signing keys on SQL, and administers them. A [Registry]
// implements every contract of package delegation for SQLite and PostgreSQL but that of the keys, which its [Keys]
// implement. The package example registers an application.
//
// # Guarantees
//
// Of a secret only its MAC is kept, of a private key only what the root key seals. The next request of any process on
// the database reads what an operator changed. Concurrent changes of one application all count. Everything works on a
// host's transaction as well as on its database.
//
// # Addresses and people
//
// A user is their id, which is never used again; an address belongs to whoever has it now. [Registry.RenameUser] gives
// a user another address: their tokens go on while the policy of the application covers it. Before an address is given
// to another person, [Registry.DeleteUser] forgets the one who had it: their tokens end, and the next user with the
// address has another id, no token, no first use, and nothing of what the former one decided. What a host keeps by
// address, such as the attendees of rooms, is the host's to rename or forget.
package registry
