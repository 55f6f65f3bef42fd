// Package dataversion tells when a SQLite file was changed, by which process whatever. It links
// no database driver.
package dataversion

import (
	"context"
	"database/sql/driver"
)

// Reader reads the version of a file. It is safe for concurrent use.
type Reader interface {
	// DataVersion returns a number that is another one after every commit of any connection, of
	// this process or another (PRAGMA data_version). Numbers of two Readers tell nothing.
	DataVersion(ctx context.Context) (int64, error)
}

// Driver is a driver whose pools have a Reader, which ends with the pool. Those of package
// database are on such drivers; a host's own are not.
type Driver interface {
	driver.Driver
	DataVersions() Reader
}

// Pool is a *sql.DB, or a handle of bun on one.
type Pool interface{ Driver() driver.Driver }

// Of returns the reader of a pool, and whether it has one.
func Of(pool Pool) (Reader, bool) {
	if watched, ok := pool.Driver().(Driver); ok {
		return watched.DataVersions(), true
	}
	return nil, false
}
