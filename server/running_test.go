package server_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/matryer/is"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"

	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/server"
)

// TestRunningRequests: while a request is being answered, the same one has to come
// again, or waits.
func TestRunningRequests(t *testing.T) {
	began, finish := make(chan bool), make(chan bool)
	slow := func(c *server.Config) {
		c.OnRoomEvent = func(_ context.Context, event rooms.Event) error {
			if event.Room.Name == "slow" {
				began <- true
				<-finish
			}
			return nil
		}
	}
	each(t, func(t *testing.T, a *api) {
		is := is.New(t)
		token := a.token("alice@example.com")
		first, second := make(chan reply), make(chan reply)
		go func() { first <- a.post("k", `{"name":"slow"}`, token) }()
		<-began
		go func() { second <- a.post("k", `{"name":"slow"}`, token) }()
		if a.onPostgres() {
			r := <-second
			problem(t, r, 409, "idempotency_key_in_use")
			is.Equal(r.Header.Get("Retry-After"), "1")                                           // it takes no longer
			problem(t, a.post("k", `{"name":"x"}`, token), 409, "idempotency_key_in_use")        // whatever the body
			is.Equal(a.post("other", "{}", token).StatusCode, 201)                               // another key is free
			go func() { second <- a.post("k", `{"name":"slow"}`, a.token("bob@example.com")) }() // so is another user's
			<-began
		}
		close(finish)
		r := <-first
		is.Equal(r.StatusCode, 201)
		again := <-second
		is.Equal(again.StatusCode, 201)
		is.Equal(again.body == r.body, !a.onPostgres()) // SQLite has one writer at a time: the second waited for the first
		is.Equal(a.post("k", `{"name":"slow"}`, token).body, r.body)
		finish = make(chan bool)
	}, slow)
}

// onPostgres reports whether the server is on PostgreSQL.
func (a *api) onPostgres() bool { return a.config.DB.(*bun.DB).Dialect().Name() == dialect.PG }

// TestSendersWhoGiveUp sends requests whose senders give up at random moments, and
// sends every one of them again.
func TestSendersWhoGiveUp(t *testing.T) {
	const senders, atOnce = 600, 12
	each(t, func(t *testing.T, a *api) {
		is := is.New(t)
		token := a.token("alice@example.com")
		answers, places := make(chan string, senders), make(chan bool, atOnce)
		for i := range senders {
			places <- true
			go func() {
				defer func() { <-places }()
				answers <- a.persist(fmt.Sprint("key ", i), token)
			}()
		}
		bodies, gaveUp := map[string]bool{}, 0
		for range senders {
			answer := <-answers
			body, replayed := strings.CutPrefix(answer, "replayed ")
			is.True(strings.HasPrefix(body, `{"id":`)) // every key has its room
			bodies[body] = true
			if !replayed {
				gaveUp++
			}
		}
		is.Equal(len(bodies), senders)
		is.Equal(a.count(token), float64(senders)) // and one only
		kept, err := a.config.DB.NewSelect().TableExpr("?", requestsTable(a)).Where("answer IS NOT NULL").Count(t.Context())
		is.NoErr(err)
		is.True(kept == senders) // no key stays being answered
		t.Logf("%d of %d gave up before their room was kept", gaveUp, senders)
		is.True(!strings.Contains(a.log.String(), `"level":"ERROR"`)) // a caller who left is no error of ours
		is.True(strings.Contains(a.log.String(), `"status":499`))
	}, unlimited)
}

// persist sends a request and gives up after at most thirty milliseconds, then sends
// it until there is an answer.
func (a *api) persist(key, token string) string {
	ctx, cancel := context.WithTimeout(a.Context(), rand.N(30*time.Millisecond))
	defer cancel()
	if request := a.creating(ctx, key, token); request != nil {
		if response, err := http.DefaultTransport.RoundTrip(request); err == nil {
			_ = response.Body.Close()
		}
	}
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); {
		response, err := http.DefaultTransport.RoundTrip(a.creating(a.Context(), key, token))
		if err != nil {
			return err.Error()
		}
		r := read(a.T, response)
		switch {
		case r.StatusCode == 201 && r.Header.Get("Idempotency-Replayed") == "true":
			return "replayed " + r.body
		case r.code() != "idempotency_key_in_use":
			return r.body
		}
	}
	return "the key stays in use"
}

// creating returns a request that creates a room.
func (a *api) creating(ctx context.Context, key, token string) *http.Request {
	request, err := http.NewRequestWithContext(ctx, "POST", a.http.URL+base+"/rooms/", strings.NewReader(`{"name":"x"}`))
	if err != nil {
		a.Error(err)
		return nil
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Idempotency-Key", key)
	request.Header.Set("Authorization", strings.TrimPrefix(token, "Authorization: "))
	return request
}
