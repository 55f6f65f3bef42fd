// Package sqlitefile makes connections to one SQLite file, and to no other one that takes its place.
package sqlitefile

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"modernc.org/sqlite"
)

// ErrChanged means that the file was deleted, or replaced by another one, since it was opened.
var ErrChanged = errors.New("the database file was deleted or replaced while it was open")

// Connector connects to a file by way of modernc's driver.
type Connector struct {
	driver.Connector
	path     string
	info     os.FileInfo // of the file, as it was at first
	versions versions
}

// New returns the connector for a path and a DSN that opens it. The file must exist.
func New(path, dsn string) (*Connector, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	connector, err := sqlite.NewConnector(dsn)
	if err != nil {
		return nil, err
	}
	c := &Connector{Connector: connector, path: path, info: info}
	c.versions.file = c
	return c, nil
}

// Check returns [ErrChanged] if the file at the path is another one now, or none.
func (c *Connector) Check() error {
	info, err := os.Stat(c.path)
	switch {
	case errors.Is(err, fs.ErrNotExist), err == nil && !os.SameFile(info, c.info):
		return fmt.Errorf("%w: %s", ErrChanged, c.path)
	}
	return nil // what cannot be looked at is still open
}

// Connect implements [driver.Connector].
func (c *Connector) Connect(ctx context.Context) (driver.Conn, error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	made, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	below, ok := made.(connection)
	if !ok {
		return nil, errors.Join(errors.New("sqlitefile: the driver makes connections of another kind"), made.Close())
	}
	kept, err := newStatements()
	if err != nil {
		return nil, errors.Join(err, made.Close())
	}
	conn := &conn{connection: below, file: c, statements: kept}
	if err := c.Check(); err != nil { // the file may have been replaced just before it was opened
		return nil, errors.Join(err, conn.Close())
	}
	return conn, nil
}

// connection is what connections of the driver implement.
type connection interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

// conn is a connection that is not used again once the file has changed.
type conn struct {
	connection
	file       *Connector
	statements *statements
}

// ResetSession implements [driver.SessionResetter]: package sql calls it before each use but the first.
func (c *conn) ResetSession(ctx context.Context) error {
	if c.file.Check() != nil {
		return driver.ErrBadConn // the connection that is tried then reports why
	}
	return c.connection.ResetSession(ctx)
}

// Close closes the connection. The last one of a file removes the log that stands beside its path, which by
// now may be that of another database; then it is left there.
func (c *conn) Close() error {
	c.statements.recent.Purge() // SQLite keeps a file open as long as there is a statement of it
	if control, ok := c.connection.(sqlite.FileControl); ok && c.file.Check() != nil {
		_, _ = control.FileControlPersistWAL("main", 1)
	}
	return c.connection.Close()
}

// Unwrap returns the driver's connection.
func (c *conn) Unwrap() driver.Conn { return c.connection }
