package server_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/matryer/is"
	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/rooms/once"
	"github.com/anteroom-go/anteroom/rooms/roomsql"
	"github.com/anteroom-go/anteroom/scopes"
	"github.com/anteroom-go/anteroom/server"
	"github.com/anteroom-go/anteroom/server/database/tables"
)

// post creates a room under an Idempotency-Key.
func (a *api) post(key, body, token string) reply {
	a.Helper()
	return a.send("POST", "/rooms/", body, token, jsonType, "Idempotency-Key: "+key)
}

// count is how many rooms are listed.
func (a *api) count(token string) float64 {
	a.Helper()
	return a.call("GET", "/rooms/", "", token).json(a.T)["count"].(float64)
}

func TestIdempotencyKey(t *testing.T) {
	each(t, func(t *testing.T, a *api) {
		is := is.New(t)
		token := a.token("alice@example.com")
		first := a.post("one", `{"name":"Budget"}`, token)
		is.Equal(first.StatusCode, 201)
		is.Equal(first.Header.Get("Idempotency-Replayed"), "")
		again := a.post(`"one"`, `{"name":"Budget"}`, token) // quoted or bare
		is.Equal(again.StatusCode, 201)
		is.Equal(again.body, first.body) // the same answer
		for _, name := range []string{"Location", "ETag", "Content-Type"} {
			is.Equal(again.Header.Get(name), first.Header.Get(name))
		}
		is.Equal(again.Header.Get("Idempotency-Replayed"), "true")
		is.True(again.Header.Get("X-Request-Id") != first.Header.Get("X-Request-Id")) // to another request
		problem(t, a.post("one", `{"name":"Other"}`, token), 422, "idempotency_key_reused")
		problem(t, a.send("POST", "/rooms/", "", token, "Idempotency-Key: one"), 422, "idempotency_key_reused")
		is.Equal(a.count(token), 1.0)                                                                  // one room
		is.Equal(a.post("two", `{"name":"Budget"}`, token).Header.Get("Idempotency-Replayed"), "")     // another key
		is.Equal(a.post("one", "", a.token("bob@example.com")).Header.Get("Idempotency-Replayed"), "") // another user
		is.Equal(a.post("one", "", a.token("bob@example.com")).Header.Get("Idempotency-Replayed"), "true")
		crm, secret := a.register(delegation.Application{Name: "CRM", Scopes: scopes.All(),
			Policy: delegation.Policy{Any: true}})
		is.Equal(a.post("one", "", // another application
			a.tokenOf(crm, secret, "alice@example.com")).Header.Get("Idempotency-Replayed"), "")
		a.clock.advance(23 * time.Hour)
		token = a.token("alice@example.com")
		is.Equal(a.post("one", `{"name":"Budget"}`, token).body, first.body) // for a day
		a.clock.advance(2 * time.Hour)
		token = a.token("alice@example.com")
		is.True(a.post("one", `{"name":"New"}`, token).body != first.body) // and no longer
	})
}

func TestIdempotencyKeepsConflicts(t *testing.T) {
	each(t, func(t *testing.T, a *api) {
		is := is.New(t)
		token := a.token("alice@example.com")
		a.create(`{"external_id":"e"}`, a.token("bob@example.com"))
		first := a.post("taken", `{"external_id":"e"}`, token)
		problem(t, first, 409, "external_id_conflict")
		again := a.post("taken", `{"external_id":"e"}`, token)
		is.Equal(again.StatusCode, 409)
		is.Equal(again.body, first.body) // as it was said
		is.Equal(again.Header.Get("Content-Type"), "application/problem+json")
		is.Equal(again.Header.Get("Idempotency-Replayed"), "true")
		is.True(!strings.Contains(again.body, "slug"))                                  // no room data
		is.True(strings.Contains(a.log.String(), `"error":"rooms: external id taken"`)) // for the operator, as without a key
	})
}

// TestIdempotencyForgetsWhatDidNotBegin refuses requests that change nothing.
func TestIdempotencyForgetsWhatDidNotBegin(t *testing.T) {
	each(t, func(t *testing.T, a *api) {
		is := is.New(t)
		token := a.token("alice@example.com")
		for i, body := range []string{`{"name":1}`, `{"name":1}`, `{`, `{"` + strings.Repeat("x", 60<<10) + `":1}`} {
			r := a.post("bad", body, token)
			is.Equal(r.StatusCode, 400)
			is.Equal(r.Header.Get("Idempotency-Replayed"), "") // decided anew each time
			if i == 0 {
				const exact = `"error":"rooms: invalid input, faults: 1 (name invalid_type)"`
				is.True(strings.Contains(a.log.String(), exact)) // for the operator
			}
		}
		kept, err := a.config.DB.NewSelect().TableExpr("?", requestsTable(a)).Count(t.Context())
		is.NoErr(err)
		is.True(kept == 0) // nothing of it is kept
		is.Equal(a.post("bad", `{"name":"good"}`, token).StatusCode, 201)
		is.Equal(a.count(token), 1.0)
	})
}

// TestKeptAnswersAreBounded creates the largest room there is.
func TestKeptAnswersAreBounded(t *testing.T) {
	each(t, func(t *testing.T, a *api) {
		is := is.New(t)
		token := a.token("alice@example.com")
		is.Equal(a.post("large", largestRoom(), token).StatusCode, 201)
		var size int
		is.NoErr(a.config.DB.NewSelect().TableExpr("?", requestsTable(a)).
			ColumnExpr("max(length(answer))").Scan(t.Context(), &size))
		is.True(size > 25<<10 && size <= 64<<10) // an answer of a room is kept whole, in bounds
		is.Equal(a.post("large", largestRoom(), token).Header.Get("Idempotency-Replayed"), "true")
	}, anySettings)
}

// largestRoom returns a body with all that a room may hold, in characters that grow
// when they are written: each quote is two bytes in JSON, and four in JSON in JSON.
func largestRoom() string {
	quotes := func(n int) string { return strings.Repeat(`\"`, n) }
	return `{"name":"` + quotes(500) + `","external_id":"` + quotes(255) + `","metadata":{"k":"` + quotes(2000) +
		`"},"configuration":{"of_the_host":"` + quotes(4000) + `"}}`
}

// anySettings accepts every configuration of a room.
func anySettings(c *server.Config) { c.Configuration = func(map[string]any, *rooms.Faults) {} }

func TestIdempotencyKeysThatAreNone(t *testing.T) {
	a := onSQLite(t)
	token := a.token("alice@example.com")
	for name, headers := range map[string][]string{
		"empty": {"Idempotency-Key: "}, "quoted empty": {`Idempotency-Key: ""`}, "open": {`Idempotency-Key: "x`},
		"too long": {"Idempotency-Key: " + strings.Repeat("k", 256)},
		"twice": {"Idempotency-Key: a",
			"Idempotency-Key: a"}, "not ASCII": {"Idempotency-Key: é"}, "escapes": {`Idempotency-Key: "a\"b"`},
	} {
		t.Run(name, func(t *testing.T) {
			problem(t, a.send("POST", "/rooms/", "", append(headers, token)...), 400, "invalid_request")
		})
	}
	is.New(t).Equal(a.count(token), 0.0) // nothing was created
	is.New(t).Equal(a.send("POST", "/rooms/", "", "Idempotency-Key: "+strings.Repeat("k", 255), token).StatusCode, 201)
}

func TestIdempotentRequestsAtOnce(t *testing.T) {
	each(t, func(t *testing.T, a *api) {
		is := is.New(t)
		token := a.token("alice@example.com")
		bodies := map[string]bool{}
		for _, r := range atOnce(8, func() reply { return a.post("one", `{"name":"Budget"}`, token) }) {
			switch r.StatusCode {
			case 201:
				bodies[r.body] = true
			default:
				problem(t, r, 409, "idempotency_key_in_use")
				is.True(r.Header.Get("Retry-After") != "") // says when to come back
			}
		}
		is.Equal(len(bodies), 1) // everybody who gets an answer gets the same
		is.Equal(a.count(token), 1.0)
	})
}

func TestExternalIDsAtOnce(t *testing.T) {
	each(t, func(t *testing.T, a *api) {
		is := is.New(t)
		token := a.token("alice@example.com")
		statuses, ids := map[int]int{}, map[any]bool{}
		for _, r := range atOnce(8, func() reply { return a.call("POST", "/rooms/", `{"external_id":"uid-1"}`, token) }) {
			statuses[r.StatusCode]++
			ids[r.json(t)["id"]] = true
		}
		is.Equal(statuses, map[int]int{201: 1, 200: 7}) // one creates, the others find
		is.Equal(len(ids), 1)
		room := a.call("POST", "/rooms/", `{"external_id":"uid-1","name":"Another name"}`, token)
		is.Equal(room.StatusCode, 200)
		is.True(room.json(t)["name"] != "Another name") // unchanged
		id := room.json(t)["id"].(string)
		is.Equal(a.call("DELETE", "/rooms/"+id, "", token).StatusCode, 204)
		is.Equal(a.call("POST", "/rooms/", `{"external_id":"uid-1"}`, token).StatusCode, 201) // free again
	})
}

// breakingStore is a store whose insertions break in a chosen way.
type breakingStore struct {
	rooms.Store
	insert func() error
}

func (b breakingStore) Insert(ctx context.Context, room rooms.Room, owner *rooms.Attendee) error {
	if err := b.insert(); err != nil {
		return err
	}
	return b.Store.Insert(ctx, room, owner)
}

// broken makes the insertions of a transaction break in a chosen way, and those
// of the transactions inside it.
func broken(tx rooms.Tx, insert func() error) rooms.Tx {
	tx.Rooms = breakingStore{tx.Rooms, insert}
	tx.Transactor = breakingTransactor{tx.Transactor, insert}
	return tx
}

type breakingTransactor struct {
	rooms.Transactor
	insert func() error
}

func (b breakingTransactor) InTx(ctx context.Context, do func(context.Context, rooms.Tx) error) error {
	return b.Transactor.InTx(ctx, func(ctx context.Context, tx rooms.Tx) error { return do(ctx, broken(tx, b.insert)) })
}

type breakingRequests struct {
	once.Store
	insert func() error
}

func (b breakingRequests) Answer(ctx context.Context, attempt once.Attempt,
	do func(context.Context, rooms.Tx) ([]byte, error)) (once.Kept, error) {
	return b.Store.Answer(ctx, attempt, func(ctx context.Context, tx rooms.Tx) ([]byte, error) {
		return do(ctx, broken(tx, b.insert))
	})
}

func TestIdempotencyForgetsOutages(t *testing.T) {
	is := is.New(t)
	var insert func() error
	a := onSQLite(t, func(c *server.Config) {
		c.Requests = breakingRequests{roomsql.New(c.DB).Requests(), func() error { return insert() }}
	})
	token := a.token("alice@example.com")
	insert = func() error { return errors.New("disk full") }
	problem(t, a.post("k", "{}", token), 503, "temporarily_unavailable")
	insert = func() error { panic("broken") }
	problem(t, a.post("k", "{}", token), 500, "internal_error")
	insert = func() error { return nil }
	r := a.post("k", "{}", token)
	is.Equal(r.StatusCode, 201) // the same request may be sent again
	is.Equal(r.Header.Get("Idempotency-Replayed"), "")
	is.Equal(a.count(token), 1.0)
}

// requestsTable is the table of kept answers.
func requestsTable(a *api) bun.Safe { return tables.Table(a.config.DB, "room_requests") }
