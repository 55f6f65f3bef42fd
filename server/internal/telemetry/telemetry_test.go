package telemetry_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/matryer/is"
	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/registry"
	"github.com/anteroom-go/anteroom/server"
	"github.com/anteroom-go/anteroom/server/database/dbtest"
	"github.com/anteroom-go/anteroom/server/database/tables"
	"github.com/anteroom-go/anteroom/server/internal/telemetry"
)

func start(t *testing.T) *telemetry.Telemetry {
	t.Helper()
	started, err := telemetry.Start(t.Context(), telemetry.Config{Env: func(string) string { return "" }, Version: "v1",
		Logger: slog.New(slog.DiscardHandler)})
	is.New(t).NoErr(err)
	return started
}

// samples returns the metrics that begin with a text.
func samples(t *testing.T, from *telemetry.Telemetry, prefix string) (lines []string) {
	t.Helper()
	answer := httptest.NewRecorder()
	from.Handler().ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), "GET", "/metrics", nil))
	is.New(t).Equal(answer.Code, 200)
	for line := range strings.Lines(answer.Body.String()) {
		if strings.HasPrefix(line, prefix) {
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	return lines
}

func TestApplicationsAreBounded(t *testing.T) {
	is := is.New(t)
	watch := start(t)
	observer := watch.Observer()
	for n := range 300 {
		observer.TokenIssued(t.Context(), fmt.Sprint("app_", n))
		observer.OverQuota(t.Context(), fmt.Sprint("app_", n), "reads")
	}
	is.Equal(len(samples(t, watch, "anteroom_tokens_issued_total{")), 201) // two hundred and the rest
	is.Equal(samples(t, watch, `anteroom_tokens_issued_total{client_id="other"}`)[0],
		`anteroom_tokens_issued_total{client_id="other"} 100`)
	is.Equal(len(watch.Clients()), 200)
	watch.Forget([]string{"app_7"})
	is.Equal(len(samples(t, watch, `anteroom_tokens_issued_total{client_id="app_7"}`)), 0)
	is.Equal(len(samples(t, watch, `anteroom_quota_refusals_total{class="reads",client_id="app_7"}`)), 0)
	observer.TokenIssued(t.Context(), "app_299") // takes the place
	is.Equal(len(samples(t, watch, `anteroom_tokens_issued_total{client_id="app_299"}`)), 1)
}

func TestRequests(t *testing.T) {
	is := is.New(t)
	watch := start(t)
	observer := watch.Observer()
	_, end := observer.Request(httptest.NewRequestWithContext(t.Context(), "GET", "/", nil), "1")
	is.Equal(samples(t, watch, "anteroom_http_requests_in_flight")[0], "anteroom_http_requests_in_flight 1")
	end(server.Observation{Method: "GET", Route: "/rooms", Status: 200})
	is.Equal(samples(t, watch, "anteroom_http_requests_in_flight")[0], "anteroom_http_requests_in_flight 0")
	is.Equal(samples(t, watch, "anteroom_http_requests_total")[0],
		`anteroom_http_requests_total{method="GET",route="/rooms",status="200"} 1`)
	observer.Unauthenticated(t.Context(), "", "secret_wrong")
	observer.TokenRefused(t.Context(), "", delegation.ReasonUserUnknown)
	observer.StoreError(t.Context(), errors.New("away"))
	is.Equal(samples(t, watch, "anteroom_authentication_failures_total"),
		[]string{`anteroom_authentication_failures_total{reason="secret_wrong"} 1`})
	is.Equal(samples(t, watch, "anteroom_tokens_refused_total"),
		[]string{`anteroom_tokens_refused_total{reason="user_unknown"} 1`})
	is.Equal(samples(t, watch, "anteroom_http_requests_unanswered_total"),
		[]string{"anteroom_http_requests_unanswered_total 1"})
}

func TestStatements(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, plain *bun.DB) {
		is := is.New(t)
		watch := start(t)
		db := watch.Database(plain)
		failed := func() (count []string) {
			for _, line := range samples(t, watch, "anteroom_store_errors_total") {
				if !strings.HasSuffix(line, " 0") {
					count = append(count, line)
				}
			}
			return count
		}
		insert := "INSERT INTO {users} (id, email, active, created_at) VALUES ('1', 'x', TRUE, '2020-01-01 00:00:00+00:00')"
		_, err := db.ExecContext(t.Context(), tables.SQL(db, insert))
		is.NoErr(err)
		_, err = db.ExecContext(t.Context(), tables.SQL(db, insert))
		is.True(err != nil)
		is.Equal(len(failed()), 0) // a conflict is an answer
		left, leave := context.WithCancel(t.Context())
		leave()
		_, err = db.ExecContext(left, tables.SQL(db, "SELECT 1"))
		is.True(err != nil)
		is.Equal(len(failed()), 0) // and a caller who left is no error
		_, err = db.ExecContext(t.Context(), tables.SQL(db, "DELETE FROM nothing WHERE x = 'a value'"))
		is.True(err != nil)
		is.Equal(failed(), []string{`anteroom_store_errors_total{class="other",operation="DELETE"} 1`})
		is.NoErr(plain.Close())
		_, err = db.ExecContext(t.Context(), tables.SQL(db, "VACUUM a_value"))
		is.True(err != nil)
		is.Equal(failed()[1], `anteroom_store_errors_total{class="unavailable",operation="other"} 1`) // few words
		is.Equal(len(samples(t, watch, "anteroom_store_duration_seconds_count")), 4)                  // each was measured
	})
}

func TestLease(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, plain *bun.DB) {
		is := is.New(t)
		first, second := start(t), start(t)
		housekeep := func(watch *telemetry.Telemetry) {
			reg, err := registry.New(registry.Config{DB: watch.Database(plain)})
			is.NoErr(err)
			is.NoErr(reg.Housekeep(t.Context()))
		}
		is.Equal(samples(t, first, "anteroom_lease_held")[0], `anteroom_lease_held{lease="purge"} 0`)
		housekeep(first)
		housekeep(second)
		is.Equal(samples(t, first, "anteroom_lease_held")[0], `anteroom_lease_held{lease="purge"} 1`)
		is.Equal(samples(t, second, "anteroom_lease_held")[0], `anteroom_lease_held{lease="purge"} 0`) // one of all
	})
}
