package roomsql

import (
	"context"
	"database/sql"
	"errors"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/sqlitedialect"
)

// errByHand is the error of every method on a handle of which every use would panic.
var errByHand = errors.New("roomsql: New got a handle that bun did not make, such as bun.Tx{Tx: tx}: " +
	"call Tx or DB of package server/database/handle")

// usable returns the handle, or one that returns [errByHand] if bun did not make it. A bun.Tx
// that is written as a literal panics at every use.
func usable(db bun.IDB) (safe bun.IDB) {
	defer func() {
		if recover() != nil {
			safe = refusing(errByHand)
		}
	}()
	db.Dialect()
	return db
}

// refusing returns a handle that returns the error whatever it is used for.
func refusing(err error) bun.IDB { return unusable{bun.NewDB(nil, sqlitedialect.New()), err} }

// unusable is a handle that can do nothing.
type unusable struct {
	*bun.DB
	err error
}

func (u unusable) NewRaw(query string, args ...any) *bun.RawQuery {
	return u.DB.NewRaw(query, args...).Err(u.err)
}
func (u unusable) NewSelect() *bun.SelectQuery { return u.DB.NewSelect().Err(u.err) }
func (u unusable) NewInsert() *bun.InsertQuery { return u.DB.NewInsert().Err(u.err) }
func (u unusable) NewUpdate() *bun.UpdateQuery { return u.DB.NewUpdate().Err(u.err) }
func (u unusable) NewDelete() *bun.DeleteQuery { return u.DB.NewDelete().Err(u.err) }

func (u unusable) ExecContext(context.Context, string, ...any) (sql.Result, error) {
	return nil, u.err
}

func (u unusable) RunInTx(context.Context, *sql.TxOptions, func(context.Context, bun.Tx) error) error {
	return u.err
}
