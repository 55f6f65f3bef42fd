// Package session checks that the sessions of a database have the settings that
// Anteroom relies on, and shares a database among many: it runs transactions again
// that PostgreSQL gave up, bounds how many change something at once, and how long
// a statement waits for a server that has fallen silent. It links no database
// driver.
//
//	if err := session.Check(ctx, db); err != nil {
//		return nil, err // names the setting, its value and how to mend it
//	}
//	return session.Shared(db), nil
//
// The SQL of this module is written by bun, which puts arguments into the text of
// statements. A string is then safe only if standard_conforming_strings is on
// and both sides speak UTF-8. Other settings decide what NULL equals, whether
// statements fail at random, and which tables a name means. Each of them can be
// changed in postgresql.conf, by ALTER DATABASE and ALTER ROLE, and in a
// connection string.
//
// Package database sets all of them and checks every new connection. A host that
// brings a pool of its own is checked by [Check] when a server is made and when
// migrations are applied, on one connection of the pool; it can check every
// connection by running [Query] in a hook of its driver.
package session
