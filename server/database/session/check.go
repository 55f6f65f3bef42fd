package session

import (
	"context"
	"errors"
	"fmt"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"
)

// Check returns nil if a session of db has every setting that this module relies
// on. It returns a [SettingError] for each one that is wrong, joined; on a pool it
// looks at one connection. On SQLite, foreign keys must be on and writers must wait
// for each other.
func Check(ctx context.Context, db bun.IDB) error {
	name, err := spoken(db)
	if err != nil {
		return err
	}
	switch name {
	case dialect.PG:
		state, err := Read(ctx, db)
		if err != nil {
			return err
		}
		return state.Check()
	case dialect.SQLite:
		return checkSQLite(ctx, db)
	}
	return errors.New("the database is neither PostgreSQL nor SQLite")
}

// spoken returns the name of the dialect of a handle. A bun.Tx that is written as a literal
// panics at every use.
func spoken(db bun.IDB) (name dialect.Name, err error) {
	defer func() {
		if recover() != nil {
			err = errors.New("the database handle was not made by bun, as bun.Tx{Tx: tx} is not: " +
				"call Tx or DB of package server/database/handle")
		}
	}()
	return db.Dialect().Name(), nil
}

// Read returns the state of a session of PostgreSQL.
func Read(ctx context.Context, db bun.IDB) (State, error) {
	var text string
	if err := db.QueryRowContext(ctx, Query).Scan(&text); err != nil {
		return State{}, fmt.Errorf("reading the settings of the database session: %w", err)
	}
	return ParseState(text)
}

func checkSQLite(ctx context.Context, db bun.IDB) error {
	var foreignKeys, busyTimeout int
	err := db.QueryRowContext(ctx, "SELECT foreign_keys, timeout FROM pragma_foreign_keys, pragma_busy_timeout").
		Scan(&foreignKeys, &busyTimeout)
	if err != nil {
		return fmt.Errorf("reading the settings of the database session: %w", err)
	}
	var problems []error
	if foreignKeys != 1 {
		problems = append(problems, &SettingError{Setting: "foreign_keys", Value: fmt.Sprint(foreignKeys),
			Want: "1", Remedy: "run PRAGMA foreign_keys = 1 on every connection"})
	}
	if busyTimeout <= 0 {
		problems = append(problems, &SettingError{Setting: "busy_timeout", Value: fmt.Sprint(busyTimeout),
			Want: "more than 0", Remedy: "run PRAGMA busy_timeout = 10000 on every connection"})
	}
	return errors.Join(problems...)
}
