package once_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/rooms/once"
	"github.com/anteroom-go/anteroom/server/database/dbtest"
	"github.com/anteroom-go/anteroom/server/database/tables"
)

func TestARequestIsAnsweredOnce(t *testing.T) {
	each(t, func(t *testing.T, e env) {
		is := is.New(t)
		first, replayed, err := e.Do(t.Context(), alice, request, booking(true, nil))
		is.NoErr(err)
		is.True(!replayed)
		_, err = e.rooms.Retrieve(t.Context(), alice, string(first))
		is.NoErr(err) // what was done is kept with the answer
		for range 2 {
			again, replayed, err := e.Do(t.Context(), alice, request, never)
			is.NoErr(err)
			is.True(replayed)      // the second time
			is.Equal(again, first) // it has the same answer
			e.clock.move(24*time.Hour - time.Microsecond)
		}
		again, replayed, err := e.Do(t.Context(), alice, request, booking(true, nil))
		is.NoErr(err)
		is.True(!replayed && string(again) != string(first)) // after a day it is a new one
		is.Equal(e.total(t), 2)
	})
}

func TestAnswersAreBytes(t *testing.T) {
	answers := map[string][]byte{
		"JSON": []byte(`{"a":"é ' ? \\ \u0000"}`), "lines": []byte("a\r\n\tb"), "empty": {}, "nil": nil,
		"NUL": []byte("a\x00b"), "no text": {0xff, 0xfe}}
	each(t, func(t *testing.T, e env) {
		for name, answer := range answers {
			t.Run(name, func(t *testing.T) {
				is := is.New(t)
				one := once.Request{Route: "POST /bytes", Key: name, Fingerprint: "f"}
				first, _, err := e.Do(t.Context(), alice, one,
					func(context.Context, *rooms.Service) ([]byte, error) { return answer, nil })
				is.NoErr(err)
				is.Equal(string(first), string(answer))
				again, replayed, err := e.Do(t.Context(), alice, one, never)
				is.NoErr(err)
				is.True(replayed)
				is.Equal(string(again), string(answer)) // as it was given
			})
		}
	})
}

func TestAnswersAreBounded(t *testing.T) {
	each(t, func(t *testing.T, e env) {
		is := is.New(t)
		of := func(size int) func(context.Context, *rooms.Service) ([]byte, error) {
			return func(ctx context.Context, service *rooms.Service) ([]byte, error) {
				_, err := booking(true, nil)(ctx, service)
				return make([]byte, size), err
			}
		}
		answer, _, err := e.Do(t.Context(), alice, request, of(once.MaxAnswer+1))
		is.True(errors.Is(err, once.ErrAnswerSize)) // more is not kept
		is.True(answer == nil)
		is.Equal(e.total(t), 0) // and not done
		_, replayed, err := e.Do(t.Context(), alice, request, of(once.MaxAnswer))
		is.NoErr(err) // so it may be sent again
		is.True(!replayed)
		is.Equal(e.total(t), 1)
	})
}

func TestAKeyIsForOneRequest(t *testing.T) {
	each(t, func(t *testing.T, e env) {
		is := is.New(t)
		other := request
		other.Fingerprint = "another"
		_, _, err := e.Do(t.Context(), alice, request, booking(true, nil))
		is.NoErr(err)
		answer, replayed, err := e.Do(t.Context(), alice, other, never)
		is.True(errors.Is(err, once.ErrReused)) // the key is that of the first
		is.True(answer == nil && !replayed)
		e.clock.move(24 * time.Hour)
		_, replayed, err = e.Do(t.Context(), alice, other, booking(true, nil))
		is.NoErr(err)
		is.True(!replayed) // until it is forgotten
		is.Equal(e.total(t), 2)
	})
}

func TestRequestsDiffer(t *testing.T) {
	key, route := request, request
	key.Key, route.Route = "another", "POST /rooms/1/attendees"
	others := map[string]struct {
		caller  rooms.Caller
		request once.Request
	}{
		"another user":                {bob, request},
		"a program":                   {program, request},
		"a user of the program's key": {rooms.ForUser(calendar, "program"), request},
		"another source":              {rooms.ForUser(crm, "alice"), request},
		"another kind of source":      {rooms.ForUser(rooms.Source{Kind: "web", ID: calendar.ID}, "alice"), request},
		"another route":               {alice, route},
		"another key":                 {alice, key},
	}
	each(t, func(t *testing.T, e env) {
		is := is.New(t)
		first, _, err := e.Do(t.Context(), alice, request, booking(true, nil))
		is.NoErr(err)
		for name, other := range others {
			t.Run(name, func(t *testing.T) {
				is := is.New(t)
				other.request.Fingerprint = name // which would be refused
				answer, replayed, err := e.Do(t.Context(), other.caller, other.request, booking(true, nil))
				is.NoErr(err)
				is.True(!replayed && string(answer) != string(first)) // no caller gets the answer of another
			})
		}
		wider := alice
		wider.AllSources, wider.Source.Name, wider.Addresses = true, "Calendar 2", nil
		again, replayed, err := e.Do(t.Context(), wider, request, never)
		is.NoErr(err)
		is.True(replayed && string(again) == string(first)) // names, reach and addresses make no difference
	})
}

// TestARequestThatIsBeingAnswered needs two transactions that write side by side.
func TestARequestThatIsBeingAnswered(t *testing.T) {
	is := is.New(t)
	e := on(t, dbtest.Open(t, dbtest.Postgres(t)), newClock(), nil)
	other := request
	other.Fingerprint = "another"
	first, _, err := e.Do(t.Context(), alice, request, func(ctx context.Context, s *rooms.Service) ([]byte, error) {
		for _, one := range []once.Request{request, other} {
			answer, replayed, err := e.Do(t.Context(), alice, one, never)
			is.True(errors.Is(err, once.ErrRunning)) // is not answered twice, and no one waits
			is.True(answer == nil && !replayed)
			e.clock.move(time.Hour) // however long it takes
		}
		another := request
		another.Key = "another"
		_, _, err := e.Do(t.Context(), alice, another, booking(true, nil))
		is.NoErr(err) // requests with other keys do not meet
		return booking(true, nil)(ctx, s)
	})
	is.NoErr(err)
	again, replayed, err := e.Do(t.Context(), alice, request, never)
	is.NoErr(err)
	is.True(replayed)
	is.Equal(again, first)
	is.Equal(e.total(t), 2)
}

// TestBesideTheVersionBefore: during an upgrade the version before this one marks
// what it is answering by a row without an answer.
func TestBesideTheVersionBefore(t *testing.T) {
	each(t, func(t *testing.T, e env) {
		is := is.New(t)
		_, err := e.db.ExecContext(t.Context(), tables.SQL(e.db, `INSERT INTO {room_requests}
				(source_kind, source_id, caller, route, key, fingerprint, holder, locked_until, expires_at)
			VALUES (?, ?, 'user:alice', ?, ?, ?, 'before', ?, ?)`), calendar.Kind, calendar.ID, request.Route, request.Key,
			"another", e.clock.at.Add(time.Minute), e.clock.at.Add(24*time.Hour))
		is.NoErr(err)
		first, replayed, err := e.Do(t.Context(), alice, request, booking(true, nil))
		is.NoErr(err) // its mark keeps no one out
		is.True(!replayed)
		result, err := e.db.ExecContext(t.Context(), tables.SQL(e.db, "UPDATE {room_requests} SET answer = 'eA==' WHERE answer IS NULL"))
		is.NoErr(err)
		changed, err := result.RowsAffected()
		is.NoErr(err)
		is.Equal(changed, int64(0)) // so its own answer comes too late, and is undone with what it did
		again, replayed, err := e.Do(t.Context(), alice, request, never)
		is.NoErr(err)
		is.True(replayed)
		is.Equal(again, first)
	})
}

// TestTheVersionBeforeComesFirst: an answer that appears while another is on its
// way wins.
func TestTheVersionBeforeComesFirst(t *testing.T) {
	is := is.New(t)
	e := on(t, dbtest.Open(t, dbtest.Postgres(t)), newClock(), nil)
	_, _, err := e.Do(t.Context(), alice, request, func(ctx context.Context, s *rooms.Service) ([]byte, error) {
		_, err := e.db.ExecContext(t.Context(), tables.SQL(e.db, `INSERT INTO {room_requests}
				(source_kind, source_id, caller, route, key, fingerprint, answer, expires_at)
			VALUES (?, ?, 'user:alice', ?, ?, ?, 'YmVmb3Jl', ?)`), calendar.Kind, calendar.ID, request.Route, request.Key,
			request.Fingerprint, e.clock.at.Add(24*time.Hour))
		is.NoErr(err)
		return booking(true, nil)(ctx, s)
	})
	is.True(errors.Is(err, once.ErrRunning))
	is.Equal(e.total(t), 0) // what was done second is undone
	answer, replayed, err := e.Do(t.Context(), alice, request, never)
	is.NoErr(err)
	is.True(replayed && string(answer) == "before")
}

func TestConcurrentRequests(t *testing.T) {
	each(t, func(t *testing.T, e env) {
		is := is.New(t)
		var done atomic.Int64
		answers, news := make([]string, 12), make([]bool, 12)
		errs := atOnce(len(answers), func(i int) error {
			counted := func(ctx context.Context, s *rooms.Service) ([]byte, error) {
				done.Add(1)
				return booking(true, nil)(ctx, s)
			}
			answer, replayed, err := e.Do(t.Context(), alice, request, counted)
			answers[i], news[i] = string(answer), err == nil && !replayed
			return err
		})
		kept, replayed, err := e.Do(t.Context(), alice, request, never)
		is.NoErr(err)
		is.True(replayed)
		first := 0
		for i, err := range errs {
			same := err == nil && answers[i] == string(kept)
			is.True(same || errors.Is(err, once.ErrRunning)) // all who get an answer get the one
			if news[i] {
				first++
			}
		}
		is.True(first == 1 && done.Load() == 1) // it was done once
		is.Equal(e.total(t), 1)
	})
}

func TestForgetting(t *testing.T) {
	each(t, func(t *testing.T, e env) {
		is := is.New(t)
		kept := func() (n int) {
			is.NoErr(e.db.NewRaw(tables.SQL(e.db, "SELECT count(*) FROM {room_requests}")).Scan(t.Context(), &n))
			return n
		}
		for i := range 3 {
			one := request
			one.Key = fmt.Sprint(i)
			_, _, err := e.Do(t.Context(), alice, one, booking(true, nil))
			is.NoErr(err)
			e.clock.move(time.Hour)
		}
		_, err := e.db.NewRaw(tables.SQL(e.db, `INSERT INTO {room_requests}
				(source_kind, source_id, caller, route, key, fingerprint, answer, expires_at)
			WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500)
			SELECT 'web', '', '', '', CAST(i AS TEXT), '', '', CAST(? AS TIMESTAMPTZ)
				FROM n`), e.clock.at).Exec(t.Context())
		is.NoErr(err)
		e.clock.move(20 * time.Hour) // 23 hours after the first
		is.NoErr(e.Forget(t.Context()))
		is.Equal(kept(), 3) // as many as there are, but nothing too early
		e.clock.move(2 * time.Hour)
		is.NoErr(e.Forget(t.Context()))
		is.Equal(kept(), 1) // what is a day old
		is.NoErr(e.Forget(t.Context()))
		is.Equal(kept(), 1)
		is.Equal(e.total(t), 3) // the rooms stay
	})
}

func TestNewNamesEverythingThatIsMissing(t *testing.T) {
	is := is.New(t)
	_, err := once.New(once.Config{})
	var first *once.ConfigError
	is.True(errors.As(err, &first) && first.Field == "Store" && first.Problem == "is required")
	is.Equal(err.Error(), "once: Config.Store is required\nonce: Config.Service is required")
}

func TestDoRefuses(t *testing.T) {
	is := is.New(t)
	e := on(t, dbtest.Open(t, dbtest.SQLite(t)), newClock(), nil)
	for _, caller := range []rooms.Caller{{}, {UserID: "alice"}, {UserID: "alice", Program: true, Source: calendar}} {
		_, _, err := e.Do(t.Context(), caller, request, never)
		is.True(errors.Is(err, rooms.ErrCaller)) // whatever the request
	}
	bad := []once.Request{{}, request, request, request, request}
	bad[1].Route, bad[2].Key, bad[3].Key, bad[4].Fingerprint = "", strings.Repeat("k", 256), "a\x00", "\xff"
	for _, one := range bad {
		_, _, err := e.Do(t.Context(), alice, one, never)
		is.True(errors.Is(err, once.ErrRequest)) // a request is complete and text
	}
}
