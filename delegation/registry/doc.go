// Package registry keeps applications, their secrets, users and signing keys on
// SQL, and administers them. A [Registry] implements the directory contracts of
// package delegation for SQLite and PostgreSQL; its [Keys] implement the
// contract of the keys.
//
//	reg, err := registry.New(registry.Config{DB: db, RootKey: rootKey})
//	app, secret, err := reg.CreateApplication(ctx, delegation.Application{
//		Name:   "Calendar",
//		Scopes: scopes.Rooms(),
//		Policy: delegation.Policy{Domains: []delegation.Domain{"example.com"}},
//	})
//	fmt.Println(app.ClientID, string(secret)) // the secret is never seen again
//
// # Guarantees
//
// Of a secret only its MAC is kept, of a private key only what the root key
// seals. What an operator changes is read by the next request of any process
// on the database. Concurrent changes of one application all count. Everything
// works on a host's transaction as well as on its database.
package registry
