// Package dbtest gives tests a database: every test of a store runs on SQLite
// and on PostgreSQL, by a call of [Each].
//
// PostgreSQL is the server that ANTEROOM_TEST_POSTGRES_URL names, in which each
// test creates a database of its own; else a cluster that is started for the
// test process from initdb and postgres (on the PATH, or where Debian puts
// them), on a private socket, without fsync. It ends with the process, however
// that ends. Run as root, it belongs to the user postgres, or to the user with the
// least rights.
//
// [Cluster] starts another one for a test that needs settings of its own, and
// [PgBouncer] a pooler in front of a database; both end with the test. [Hang] and
// [HangSessions] stop the processes of a server, as a fault does.
//
// [Proxy] starts a web server that compresses, in front of a server under test.
//
// Without PostgreSQL or PgBouncer, tests on them are skipped and say how to get it. If
// ANTEROOM_TEST_REQUIRE is set, they fail instead: continuous integration skips
// nothing.
package dbtest
