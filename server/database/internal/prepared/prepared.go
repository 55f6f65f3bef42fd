// Package prepared has pgx keep the statements prepared that come with arguments. Those without any hold their values
// in their texts, so that none of them comes twice; they are sent as pgx is configured.
//
// A pooler in transaction mode gives every statement another session of the server, which does not know what was
// prepared in the last one. Those that follow prepared statements (PgBouncer from 1.21 on, with
// max_prepared_statements) are recognised, and so is a server without a pooler. Behind any other one, pgx only
// remembers the types of arguments and results, and if that fails too, it takes them from the arguments.
package prepared

import (
	"context"
	"database/sql/driver"
	"errors"
	"sync/atomic"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

// Capacity is how many statements are kept prepared on a connection: more than there are texts with arguments.
const Capacity = 128

// Level is how statements with arguments are sent. It only rises, when the database refuses what pgx relied on.
type Level struct{ now atomic.Int32 }

// modes are those of pgx by level.
var modes = [...]any{pgx.QueryExecModeCacheStatement, pgx.QueryExecModeCacheDescribe, pgx.QueryExecModeExec}

// Configure has pgx keep what Conn needs. Statements without arguments are sent once, without being prepared.
func Configure(config *pgx.ConnConfig) {
	config.DefaultQueryExecMode = pgx.QueryExecModeExec
	config.StatementCacheCapacity, config.DescriptionCacheCapacity = Capacity, Capacity
	before := config.AfterConnect
	config.AfterConnect = func(ctx context.Context, conn *pgconn.PgConn) error {
		if before != nil {
			if err := before(ctx, conn); err != nil {
				return err
			}
		}
		followed, err := keeps(ctx, conn)
		conn.CustomData()[keepsKey] = followed
		return err
	}
}

// keepsKey is the key of whether a connection keeps prepared statements.
const keepsKey = "anteroom.keeps"

// Conn is a connection of pgx.
type Conn struct {
	*stdlib.Conn
	level *Level
	least int // of the levels
}

// New returns a connection that [Configure] configured. Connections of one pool share a level.
func New(conn *stdlib.Conn, level *Level) *Conn {
	c := &Conn{Conn: conn, level: level, least: 1}
	if kept, _ := conn.Conn().PgConn().CustomData()[keepsKey].(bool); kept {
		c.least = 0
	}
	return c
}

// QueryContext implements [driver.QueryerContext].
func (c *Conn) QueryContext(ctx context.Context, text string, args []driver.NamedValue) (rows driver.Rows, err error) {
	if len(args) == 0 {
		return c.Conn.QueryContext(ctx, text, nil)
	}
	err = c.send(func(mode any) (err error) {
		rows, err = c.query(ctx, text, mode, args)
		return err
	})
	return rows, err
}

// ExecContext implements [driver.ExecerContext].
func (c *Conn) ExecContext(ctx context.Context, text string, args []driver.NamedValue) (done driver.Result, err error) {
	if len(args) == 0 {
		return c.Conn.ExecContext(ctx, text, nil)
	}
	err = c.send(func(mode any) (err error) {
		done, err = c.Conn.ExecContext(ctx, text, append([]driver.NamedValue{{Value: mode}}, args...))
		return err
	})
	return done, err
}

// send sends a statement, and again if it was refused before it did anything: because of what the session was to know
// of it, which it does not, or because a table was changed since. In a transaction, nothing can be sent after that.
func (c *Conn) send(send func(mode any) error) error {
	free, replanned := c.Conn.Conn().PgConn().TxStatus() == 'I', false
	for {
		level := max(int(c.level.now.Load()), c.least)
		err := send(modes[level])
		if err == nil {
			return nil
		}
		switch state := sqlState(err); {
		case state == "0A000" && free && !replanned: // cached plan must not change result type
			replanned = true
		case unknown(state) && level+1 < len(modes):
			c.level.raise(level + 1)
			if !free {
				return err
			}
		default:
			return err
		}
	}
}

// raise makes the level at least this.
func (l *Level) raise(level int) {
	for now := l.now.Load(); int(now) < level && !l.now.CompareAndSwap(now, int32(level)); now = l.now.Load() {
	}
}

// unknown reports whether the session was to know a statement and does not, or knows another one of that name: an
// invalid or a duplicate name, or arguments that are those of another statement.
func unknown(state string) bool { return state == "26000" || state == "42P05" || state == "08P01" }

// sqlState is what PostgreSQL reported; empty if it was not PostgreSQL.
func sqlState(err error) string {
	var refusal *pgconn.PgError
	if !errors.As(err, &refusal) {
		return ""
	}
	return refusal.Code
}
