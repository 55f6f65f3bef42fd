package clock_test

import (
	"errors"
	"testing"
	"time"

	"github.com/matryer/is"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"

	"github.com/anteroom-go/anteroom/delegation/registry/clock"
	"github.com/anteroom-go/anteroom/server/database/dbtest"
)

func TestClocksAreCompared(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		is := is.New(t)
		for _, ahead := range []time.Duration{0, 100 * 24 * time.Hour, -100 * 24 * time.Hour, 20 * time.Second} {
			now := func() time.Time { return time.Now().Add(ahead) }
			err := clock.Check(t.Context(), db, now)
			wrong := ahead.Abs() > clock.Tolerance && db.Dialect().Name() == dialect.PG
			var found *clock.Error
			is.Equal(errors.As(err, &found), wrong) // SQLite has no clock of its own
			if wrong {
				is.True((found.Ahead - ahead).Abs() < clock.Tolerance) // by how much is known
			}
		}
	})
}
