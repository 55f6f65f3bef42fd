package dbtest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"

	"github.com/anteroom-go/anteroom/server/database/tables"
)

// Explain returns the steps in which the database answers a statement. One with placeholders ($1, $2) is planned for
// any arguments: on PostgreSQL that is the plan that it keeps for a prepared statement, if it keeps one.
func Explain(t testing.TB, db *bun.DB, statement string) (steps []string) {
	t.Helper()
	statement = tables.SQL(db, statement)
	if db.Dialect().Name() == dialect.PG {
		statement = strings.ReplaceAll(statement, "?", `\?`)
		return strings.Split(strings.Join(explainPostgres(t, db, statement), "\n"), "->")
	}
	rows, err := db.DB.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+statement, make([]any, arguments(statement))...)
	if err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
	defer rows.Close()
	for rows.Next() {
		var id, parent, unused int
		var step string
		if err := rows.Scan(&id, &parent, &unused, &step); err != nil {
			t.Fatal(err)
		}
		steps = append(steps, step)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return steps
}

// arguments returns how many arguments a statement has.
func arguments(statement string) (n int) {
	for strings.Contains(statement, fmt.Sprintf("$%d", n+1)) {
		n++
	}
	return n
}

// explainPostgres returns the lines of a plan. A prepared statement is only explained with arguments, of which the
// plan for any arguments has nothing.
func explainPostgres(t testing.TB, db *bun.DB, statement string) (lines []string) {
	t.Helper()
	tx, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	explained := statement
	if n := arguments(statement); n > 0 {
		const generic = "SET LOCAL plan_cache_mode = force_generic_plan"
		for _, first := range []string{generic, "PREPARE explained AS " + statement} {
			if _, err := tx.ExecContext(t.Context(), first); err != nil {
				t.Fatalf("%s: %v", first, err)
			}
		}
		defer tx.ExecContext(t.Context(), "DEALLOCATE explained")
		explained = "EXECUTE explained(NULL" + strings.Repeat(", NULL", n-1) + ")"
	}
	if err := tx.NewRaw("EXPLAIN "+explained).Scan(t.Context(), &lines); err != nil {
		t.Fatalf("%s: %v", explained, err)
	}
	return lines
}
