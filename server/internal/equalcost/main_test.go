package main

import (
	"testing"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/server/database/dbtest"
)

// TestCausesAreAlike holds what makes the causes cost the same, whatever the time
// is on the machine: one answer, and the same statements.
func TestCausesAreAlike(t *testing.T) {
	for name, url := range map[string]func(testing.TB) string{"sqlite": dbtest.SQLite, "postgres": dbtest.Postgres} {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			w, err := newWorld(t.Context(), url(t))
			is.NoErr(err)
			defer w.close()
			causes, err := w.causes(t.Context())
			is.NoErr(err)
			is.NoErr(w.alike(t.Context(), causes)) // no cause of a group does more than another
		})
	}
}
