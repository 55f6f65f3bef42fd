package telemetry

import (
	"context"
	"slices"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	semconv "go.opentelemetry.io/otel/semconv/v1.37.0"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"

	"github.com/anteroom-go/anteroom/server/database/tables"
)

// purge is the lease of the clean-up.
const purge = "purge"

// Database returns db with its statements measured.
func (t *Telemetry) Database(db *bun.DB) *bun.DB { return db.WithQueryHook(&statements{t}) }

// statements measures statements: their operation, their table, how long they took
// and the class of their error. Nothing else of their text is read.
type statements struct{ telemetry *Telemetry }

// BeforeQuery implements [bun.QueryHook].
func (s *statements) BeforeQuery(ctx context.Context, _ *bun.QueryEvent) context.Context { return ctx }

// AfterQuery implements [bun.QueryHook].
func (s *statements) AfterQuery(ctx context.Context, event *bun.QueryEvent) {
	t, operation, class := s.telemetry, operationOf(event), classOf(event.Err)
	t.metrics.statements.WithLabelValues(operation).Observe(time.Since(event.StartTime).Seconds())
	if class != "" {
		t.metrics.storeErrors.WithLabelValues(operation, class).Inc()
	}
	if operation == "INSERT" && tableOf(event.DB, event.Query) == "leases" {
		t.elected(event)
	}
	if t.tracer == nil {
		return
	}
	name, table := operation, tableOf(event.DB, event.Query)
	system := semconv.DBSystemNamePostgreSQL
	if event.DB.Dialect().Name() == dialect.SQLite {
		system = semconv.DBSystemNameSQLite
	}
	attributes := append(make([]attribute.KeyValue, 0, 3), system, semconv.DBOperationName(operation))
	if table != "" {
		name += " " + table
		attributes = append(attributes, semconv.DBCollectionName(table))
	}
	t.span(ctx, name, event.StartTime, class, attributes...)
}

// elected notes whether this process took or renewed the lease of the clean-up.
func (t *Telemetry) elected(event *bun.QueryEvent) {
	held := 0.0
	if event.Err == nil && event.Result != nil {
		if rows, err := event.Result.RowsAffected(); err == nil && rows > 0 {
			held = 1
		}
	}
	t.metrics.lease.WithLabelValues(purge).Set(held)
}

// operationOf returns the operation of a statement, one of few words.
func operationOf(event *bun.QueryEvent) string {
	word := strings.ToUpper(event.Operation())
	if _, raw := event.IQuery.(*bun.RawQuery); raw { // whatever that does, bun takes it for a query
		word = changeOf(event.Query)
	}
	if slices.Contains([]string{"SELECT", "INSERT", "UPDATE", "DELETE", "WITH", "BEGIN", "COMMIT", "ROLLBACK"}, word) {
		return word
	}
	return other
}

// changeOf returns how a statement changes rows, as its first word tells, or that of the first part of one which
// has several; SELECT for every other one.
func changeOf(text string) string {
	for word := range strings.FieldsSeq(text) {
		switch word = strings.Trim(word, "("); word {
		case "SELECT", "INSERT", "UPDATE", "DELETE":
			return word
		}
	}
	return "SELECT"
}

// named are the tables that spans name.
func named() []string {
	return []string{"applications", "application_secrets", "users", "protected_addresses", "delegations",
		"revoked_tokens", "used_assertions", "used_proofs", "signing_keys", "google_keys", "leases",
		"rooms", "room_members", "room_requests", "room_statistics", "room_tally_heads", "room_tallies"}
}

// tableOf returns the table that stands first in a statement, or an empty text. Only
// the names of our own tables can come out, whatever values the text holds.
func tableOf(db *bun.DB, query string) string {
	names, _ := tables.Of(db)
	words := strings.Fields(query)
	for i, word := range words[:max(len(words)-1, 0)] {
		if !slices.Contains([]string{"FROM", "JOIN", "INTO", "UPDATE"}, word) {
			continue
		}
		name := strings.TrimPrefix(strings.Trim(words[i+1], `"();,`), names.String())
		if slices.Contains(named(), name) {
			return name
		}
	}
	return ""
}
