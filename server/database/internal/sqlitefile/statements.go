package sqlitefile

import (
	"context"
	"database/sql/driver"
	"errors"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// prepared is how many statements with arguments a connection keeps prepared: more than there are texts of them.
const prepared = 128

// statements are those that a connection keeps prepared. As the connection, they are used by one caller at a time.
// SQLite prepares them again by itself when a table was changed.
type statements struct {
	recent *simplelru.LRU[string, *statement]
}

// statement is one of them. It is busy while its rows are read.
type statement struct {
	prepares
	busy, dropped bool
}

// prepares is what statements of the driver implement.
type prepares interface {
	driver.Stmt
	driver.StmtQueryContext
	driver.StmtExecContext
}

func newStatements() (*statements, error) {
	drop := func(_ string, s *statement) {
		s.dropped = true
		s.done()
	}
	recent, err := simplelru.NewLRU(prepared, drop)
	return &statements{recent}, err
}

// of returns the statement with the text, which is the caller's until done is called; nil if it is busy.
func (s *statements) of(ctx context.Context, conn connection, text string) (*statement, error) {
	if known, found := s.recent.Get(text); found {
		if known.busy {
			return nil, nil
		}
		known.busy = true
		return known, nil
	}
	made, err := conn.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	usable, ok := made.(prepares)
	if !ok {
		return nil, errors.Join(errors.New("sqlitefile: the driver prepares statements of another kind"), made.Close())
	}
	kept := &statement{prepares: usable, busy: true}
	s.recent.Add(text, kept)
	return kept, nil
}

// forget closes a statement that returned an error. It is prepared anew the next time.
func (s *statements) forget(text string, failed *statement) {
	failed.busy = false
	s.recent.Remove(text)
}

// done ends the use of a statement.
func (s *statement) done() {
	if s.dropped && !s.busy {
		_ = s.Close() // it reports the error of its last use once more
	}
}

// QueryContext implements [driver.QueryerContext].
func (c *conn) QueryContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Rows, error) {
	if len(args) == 0 {
		return c.connection.QueryContext(ctx, text, args)
	}
	s, err := c.statements.of(ctx, c.connection, text)
	if err != nil {
		return nil, err
	}
	if s == nil {
		return c.connection.QueryContext(ctx, text, args)
	}
	rows, err := s.QueryContext(ctx, args)
	if err != nil {
		c.statements.forget(text, s)
		return nil, err
	}
	return &rowsOf{rows, s}, nil
}

// ExecContext implements [driver.ExecerContext].
func (c *conn) ExecContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Result, error) {
	if len(args) == 0 {
		return c.connection.ExecContext(ctx, text, args)
	}
	s, err := c.statements.of(ctx, c.connection, text)
	if err != nil {
		return nil, err
	}
	if s == nil {
		return c.connection.ExecContext(ctx, text, args)
	}
	result, err := s.ExecContext(ctx, args)
	if err != nil {
		c.statements.forget(text, s)
		return nil, err
	}
	s.busy = false
	s.done()
	return result, nil
}

// rowsOf are the rows of a statement that is kept.
type rowsOf struct {
	driver.Rows
	of *statement
}

// Close implements [driver.Rows].
func (r *rowsOf) Close() error {
	err := r.Rows.Close()
	if r.of != nil {
		r.of.busy = false
		r.of.done()
		r.of = nil // which may be others' from now on
	}
	return err
}
