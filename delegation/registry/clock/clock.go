// Package clock compares the clock of this process with that of its database.
package clock

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"
)

// Tolerance is how far the two clocks may differ before [Check] returns an error.
const Tolerance = 30 * time.Second

// Error reports that this clock and the database's differ too much for times to be compared.
type Error struct {
	// Ahead is how far this clock is ahead of the database's, or behind it if less than zero.
	Ahead time.Duration
}

// Error returns one sentence.
func (e *Error) Error() string {
	if e.Ahead < 0 {
		return fmt.Sprintf("the clock of this process is %s behind the database's: set one of them right",
			(-e.Ahead).Round(time.Second))
	}
	return fmt.Sprintf("the clock of this process is %s ahead of the database's: set one of them right",
		e.Ahead.Round(time.Second))
}

// Check returns an [*Error] if now and the clock of the database differ by more than [Tolerance].
func Check(ctx context.Context, db bun.IDB, now func() time.Time) error {
	ahead, err := Ahead(ctx, db, now)
	if err == nil && ahead.Abs() > Tolerance {
		err = &Error{Ahead: ahead}
	}
	return err
}

// Ahead returns how far now is ahead of the clock of the database. The time that the answer takes
// counts for neither side. It is zero on SQLite, where both have the clock of one machine.
func Ahead(ctx context.Context, db bun.IDB, now func() time.Time) (time.Duration, error) {
	if db.Dialect().Name() != dialect.PG {
		return 0, nil
	}
	var there time.Time
	before := now()
	if err := db.NewRaw("SELECT clock_timestamp()").Scan(ctx, &there); err != nil {
		return 0, fmt.Errorf("reading the clock of the database: %w", err)
	}
	after := now()
	switch {
	case before.After(there):
		return before.Sub(there), nil
	case after.Before(there):
		return after.Sub(there), nil
	}
	return 0, nil
}
