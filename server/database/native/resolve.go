package native

import (
	"context"
	"strings"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"
)

// argument is the named argument of bun by which a handle tells that its resolver calls [Resolve].
const argument = "anteroom_native"

// Resolving returns a copy of the handle of a pool whose [bun.ConnResolver] calls [Resolve]. Statements that read
// pass by it then, and otherwise go to the pool itself.
func Resolving(db *bun.DB) *bun.DB { return db.WithNamedArg(argument, true) }

// resolves reports whether a handle is one of [Resolving]. Only SQLite has two pools.
func resolves(db *bun.DB) bool {
	if db.Dialect().Name() != dialect.SQLite {
		return false
	}
	var room [2 * len(argument)]byte
	return !strings.HasPrefix(string(db.QueryGen().AppendQuery(room[:0], "?"+argument)), "?")
}

// Resolve returns conn for the statement that ctx is the context of, with its arguments; nil if it is not a statement
// of this package that reads.
func Resolve(ctx context.Context, conn bun.IConn) bun.IConn {
	if args, carried := ctx.Value(carrierKey{}).([]any); carried {
		return beside{conn, args}
	}
	return nil
}

type carrierKey struct{}

// carrier is a context that brings the arguments of a statement to the resolver.
type carrier struct {
	context.Context
	args []any
}

// Value implements [context.Context].
func (c *carrier) Value(key any) any {
	if key == (carrierKey{}) {
		return c.args
	}
	return c.Context.Value(key)
}
