package server_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/matryer/is"
	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/delegation/rates"
	"github.com/anteroom-go/anteroom/server"
)

// holding is a hook that holds one query of a request until the context of that ends.
type holding struct {
	after atomic.Int64 // how many queries pass before that; negative: all
	held  chan bool
}

// newHolding returns a hook that lets all queries pass.
func newHolding() *holding {
	h := &holding{held: make(chan bool)}
	h.after.Store(-1)
	return h
}

// BeforeQuery implements bun.QueryHook.
func (h *holding) BeforeQuery(ctx context.Context, _ *bun.QueryEvent) context.Context {
	if ctx.Done() != nil && h.after.Add(-1) == -1 {
		h.held <- true
		<-ctx.Done()
	}
	return ctx
}

// AfterQuery implements bun.QueryHook.
func (h *holding) AfterQuery(context.Context, *bun.QueryEvent) {}

// TestAResetLeavesNothingAcquired resets the connection of a request at each query that it
// makes, from the first to the last one: nothing that the request had taken is kept from the
// same request, sent again at once.
func TestAResetLeavesNothingAcquired(t *testing.T) {
	hold := newHolding()
	databases(t, func(t *testing.T, db *bun.DB) {
		a := serve(t, db.WithQueryHook(hold), func(c *server.Config) {
			c.RateLimits = rates.Limits{Concurrent: 1} // one place for what is expensive
		})
		token := a.token("alice@example.com")
		path, _ := a.roomWith("", token)
		for name, again := range map[string]func(ctx context.Context, n int) (int, error){
			"a key": func(ctx context.Context, n int) (int, error) {
				return a.try(ctx, "POST", "/rooms/", `{"name":"x"}`, token, fmt.Sprint("Idempotency-Key: ", n))
			},
			"a list": func(ctx context.Context, _ int) (int, error) {
				return a.try(ctx, "GET", "/rooms/", "", token)
			},
			"attendees": func(ctx context.Context, n int) (int, error) {
				body := fmt.Sprintf(`{"attendees":[{"email":"%d@example.com"}]}`, n)
				return a.try(ctx, "PUT", path+"attendees/", body, token)
			},
		} {
			t.Run(name, func(t *testing.T) {
				is := is.New(t)
				reset := 0
				for a.resetAt(t, hold, reset, again) {
					status, err := again(t.Context(), reset)
					is.NoErr(err)
					if status == 409 || status == 429 { // database/sql rolls back beside; the place is free after the log record
						eventually(t, func() bool {
							status, err = again(t.Context(), reset)
							return err != nil || status/100 == 2
						})
						is.NoErr(err)
					}
					is.Equal(status/100, 2)
					reset++
				}
				is.True(reset >= 2) // who asks, and the work
			})
		}
		if strings.HasSuffix(t.Name(), "postgres") {
			var locks int
			is := is.New(t)
			is.NoErr(db.NewRaw("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"+
				" AND database = (SELECT oid FROM pg_database WHERE datname = current_database())").Scan(t.Context(), &locks))
			is.Equal(locks, 0)
		}
	})
}

// resetAt sends a request, and resets its connection at the query after so many. It reports
// whether there was one.
func (a *api) resetAt(t *testing.T, hold *holding, after int, send func(context.Context, int) (int, error)) bool {
	before := strings.Count(a.log.String(), `"status":499`)
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	done := make(chan error, 1)
	hold.after.Store(int64(after))
	go func() {
		_, err := send(ctx, after)
		done <- err
	}()
	select {
	case <-hold.held:
		leave()
		is.New(t).True(errors.Is(<-done, context.Canceled))
		a.waitForRecords(`"status":499`, before+1)
		return true
	case err := <-done:
		hold.after.Store(-1)
		is.New(t).NoErr(err)
		return false
	}
}

// try sends a request that may have no answer.
func (a *api) try(ctx context.Context, method, path, body string, headers ...string) (status int, err error) {
	request, err := http.NewRequestWithContext(ctx, method, a.http.URL+base+path, strings.NewReader(body))
	if err != nil {
		return 0, err
	}
	request.Header.Set("Content-Type", "application/json")
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		request.Header.Set(name, value)
	}
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		return 0, err
	}
	return response.StatusCode, response.Body.Close()
}
