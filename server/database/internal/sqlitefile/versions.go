package sqlitefile

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/anteroom-go/anteroom/server/database/dataversion"
)

// watched is the driver of a pool, with the reader of versions of its file.
type watched struct {
	driver.Driver
	versions *versions
}

// DataVersions implements [dataversion.Driver].
func (w watched) DataVersions() dataversion.Reader { return w.versions }

// Driver implements [driver.Connector].
func (c *Connector) Driver() driver.Driver { return watched{c.Connector.Driver(), &c.versions} }

// Close ends the reader of versions. Package sql calls it when the pool is closed.
func (c *Connector) Close() error { return c.versions.close() }

// versions reads the version of a file on a connection of its own, because SQLite counts for
// each connection what others commit.
type versions struct {
	file   *Connector
	mu     sync.Mutex
	conn   driver.Conn // nil until the first question
	stmt   stepper
	made   int64 // connections
	closed bool
}

// stepper is what statements of the driver implement.
type stepper interface {
	driver.Stmt
	driver.StmtQueryContext
}

var errClosed = errors.New("sqlitefile: the database is closed")

// DataVersion implements [dataversion.Reader].
func (v *versions) DataVersion(ctx context.Context) (int64, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if err := v.file.Check(); err != nil {
		return 0, err
	}
	if err := v.connect(ctx); err != nil {
		return 0, fmt.Errorf("sqlitefile: connecting for versions: %w", err)
	}
	version, err := v.read()
	if err != nil {
		_ = v.disconnect()
		return 0, fmt.Errorf("sqlitefile: reading the version: %w", err)
	}
	return v.made<<32 | version, nil // SQLite counts to 32 bits, for each connection from another number
}

func (v *versions) connect(ctx context.Context) (err error) {
	switch {
	case v.closed:
		return errClosed
	case v.conn != nil:
		return nil
	}
	if v.conn, err = v.file.Connect(context.WithoutCancel(ctx)); err != nil {
		v.conn = nil
		return err
	}
	prepared, err := v.conn.Prepare("PRAGMA data_version")
	if err != nil {
		return errors.Join(err, v.disconnect())
	}
	stmt, ok := prepared.(stepper)
	if !ok {
		return errors.Join(errors.New("sqlitefile: the driver makes statements of another kind"), v.disconnect())
	}
	v.stmt = stmt
	v.made++
	return nil
}

func (v *versions) read() (version int64, err error) {
	rows, err := v.stmt.QueryContext(context.Background(), nil) // of memory: there is nothing to interrupt
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	row := make([]driver.Value, 1)
	if err := rows.Next(row); err != nil && !errors.Is(err, io.EOF) {
		return 0, err
	}
	version, ok := row[0].(int64)
	if !ok {
		return 0, errors.New("it is not a number")
	}
	return version, nil
}

func (v *versions) disconnect() (err error) {
	if v.stmt != nil {
		err = v.stmt.Close()
	}
	err = errors.Join(err, v.conn.Close())
	v.conn, v.stmt = nil, nil
	return err
}

func (v *versions) close() error {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.closed = true
	if v.conn == nil {
		return nil
	}
	return v.disconnect()
}
