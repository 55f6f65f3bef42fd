package rooms_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/matryer/is"
	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/server/database/dbtest"
)

var request = rooms.Request{Route: "POST /rooms", Key: "key", Fingerprint: "print"}

type answering = func(ctx context.Context, s *rooms.Service) ([]byte, error)

// booking makes a room and answers with its id; err and how it ends are its own.
func booking(answer bool, err error) answering {
	return func(ctx context.Context, s *rooms.Service) ([]byte, error) {
		room, _, createErr := s.Create(ctx, alice, rooms.Draft{})
		if !answer {
			return nil, errors.Join(createErr, err)
		}
		return []byte(room.ID), errors.Join(createErr, err)
	}
}

// never is for requests that must not be answered anew.
func never(context.Context, *rooms.Service) ([]byte, error) {
	return nil, errors.New("answered anew")
}

// total is how many rooms a source has.
func total(t testing.TB, s *rooms.Service) int {
	t.Helper()
	page, err := s.List(t.Context(), program, rooms.ListOptions{})
	is.New(t).NoErr(err)
	return page.Total
}

// onEach runs a test of requests on both databases, with a clock.
func onEach(t *testing.T, run func(t *testing.T, s *rooms.Service, db *bun.DB, clock *clock)) {
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		clock := newClock()
		run(t, service(t, db, rooms.Config{Now: clock.now}), db, clock)
	})
}

func TestARequestIsAnsweredOnce(t *testing.T) {
	onEach(t, func(t *testing.T, s *rooms.Service, _ *bun.DB, clock *clock) {
		is := is.New(t)
		first, replayed, err := s.Once(t.Context(), alice, request, booking(true, nil))
		is.NoErr(err)
		is.True(!replayed)
		_, err = s.Retrieve(t.Context(), alice, string(first))
		is.NoErr(err) // what was done is kept with the answer
		for range 2 {
			again, replayed, err := s.Once(t.Context(), alice, request, never)
			is.NoErr(err)
			is.True(replayed)      // the second time
			is.Equal(again, first) // it has the same answer
			clock.move(24*time.Hour - time.Microsecond)
		}
		again, replayed, err := s.Once(t.Context(), alice, request, booking(true, nil))
		is.NoErr(err)
		is.True(!replayed && string(again) != string(first)) // after a day it is a new one
		is.Equal(total(t, s), 2)
	})
}

func TestAnswersAreBytes(t *testing.T) {
	answers := map[string][]byte{"JSON": []byte(`{"a":"é ' ? \\ \u0000"}`), "lines": []byte("a\r\n\tb"), "empty": {}, "nil": nil, "NUL": []byte("a\x00b"), "no text": {0xff, 0xfe}}
	onEach(t, func(t *testing.T, s *rooms.Service, _ *bun.DB, _ *clock) {
		for name, answer := range answers {
			t.Run(name, func(t *testing.T) {
				is := is.New(t)
				one := rooms.Request{Route: "POST /bytes", Key: name, Fingerprint: "f"}
				first, _, err := s.Once(t.Context(), alice, one, func(context.Context, *rooms.Service) ([]byte, error) { return answer, nil })
				is.NoErr(err)
				is.Equal(string(first), string(answer))
				again, replayed, err := s.Once(t.Context(), alice, one, never)
				is.NoErr(err)
				is.True(replayed)
				is.Equal(string(again), string(answer)) // as it was given
			})
		}
	})
}

func TestAKeyIsForOneRequest(t *testing.T) {
	onEach(t, func(t *testing.T, s *rooms.Service, db *bun.DB, clock *clock) {
		is := is.New(t)
		other := request
		other.Fingerprint = "another"
		_, _, err := s.Once(t.Context(), alice, request, booking(true, nil))
		is.NoErr(err)
		answer, replayed, err := s.Once(t.Context(), alice, other, never)
		is.True(errors.Is(err, rooms.ErrRequestReused)) // whose key it is
		is.True(answer == nil && !replayed)
		clock.move(24 * time.Hour)
		_, replayed, err = s.Once(t.Context(), alice, other, booking(true, nil))
		is.NoErr(err)
		is.True(!replayed) // until it is forgotten
		is.Equal(total(t, s), 2)
	})
}

func TestRequestsApart(t *testing.T) {
	key, route := request, request
	key.Key, route.Route = "another", "POST /rooms/1/attendees"
	others := map[string]struct {
		caller  rooms.Caller
		request rooms.Request
	}{
		"another user":           {bob, request},
		"no user":                {program, request},
		"another source":         {through(alice, crm), request},
		"another kind of source": {rooms.Caller{User: "alice", Source: rooms.Source{Kind: "web", ID: calendar.ID}}, request},
		"another route":          {alice, route},
		"another key":            {alice, key},
	}
	onEach(t, func(t *testing.T, s *rooms.Service, _ *bun.DB, _ *clock) {
		is := is.New(t)
		first, _, err := s.Once(t.Context(), alice, request, booking(true, nil))
		is.NoErr(err)
		for name, other := range others {
			t.Run(name, func(t *testing.T) {
				is := is.New(t)
				other.request.Fingerprint = name // which would be refused
				answer, replayed, err := s.Once(t.Context(), other.caller, other.request, booking(true, nil))
				is.NoErr(err)
				is.True(!replayed && string(answer) != string(first)) // nobody gets another's answer
			})
		}
		wider := alice
		wider.Reach, wider.Source.Name, wider.Address = rooms.ReachUser, "Calendar 2", "alice@example.com"
		again, replayed, err := s.Once(t.Context(), wider, request, never)
		is.NoErr(err)
		is.True(replayed && string(again) == string(first)) // how a source is called makes no difference
	})
}

func TestAnErrorLeavesRoomForAnotherTry(t *testing.T) {
	onEach(t, func(t *testing.T, s *rooms.Service, _ *bun.DB, _ *clock) {
		is := is.New(t)
		broken := errors.New("broken")
		for range 2 {
			answer, replayed, err := s.Once(t.Context(), alice, request, booking(false, broken))
			is.True(errors.Is(err, broken)) // the error is the caller's
			is.True(answer == nil && !replayed)
			is.Equal(total(t, s), 0) // and nothing was done
		}
		other := request
		other.Fingerprint = "another"
		_, replayed, err := s.Once(t.Context(), alice, other, booking(true, nil))
		is.NoErr(err)
		is.True(!replayed) // not even the key was used
		is.Equal(total(t, s), 1)
	})
}

func TestARefusalIsAnAnswer(t *testing.T) {
	onEach(t, func(t *testing.T, s *rooms.Service, _ *bun.DB, _ *clock) {
		is := is.New(t)
		first, replayed, err := s.Once(t.Context(), alice, request, booking(true, errors.New("refused")))
		is.NoErr(err) // the answer says what there is to say
		is.True(len(first) == 36 && !replayed)
		is.Equal(total(t, s), 0) // nothing was done
		again, replayed, err := s.Once(t.Context(), alice, request, never)
		is.NoErr(err)
		is.True(replayed)
		is.Equal(string(again), string(first)) // and stays undone
	})
}

func TestAPanicLeavesRoomForAnotherTry(t *testing.T) {
	onEach(t, func(t *testing.T, s *rooms.Service, _ *bun.DB, _ *clock) {
		is := is.New(t)
		func() {
			defer func() { is.Equal(recover(), "a mistake") }() // is not swallowed
			_, _, _ = s.Once(t.Context(), alice, request, func(ctx context.Context, inside *rooms.Service) ([]byte, error) {
				made(t, inside, alice, rooms.Draft{})
				panic("a mistake")
			})
		}()
		is.Equal(total(t, s), 0)
		_, replayed, err := s.Once(t.Context(), alice, request, booking(true, nil))
		is.NoErr(err)
		is.True(!replayed)
		is.Equal(total(t, s), 1)
	})
}

func TestASenderWhoIsGone(t *testing.T) {
	for name, answer := range map[string]bool{"with an answer": true, "without": false} {
		t.Run(name, func(t *testing.T) {
			onEach(t, func(t *testing.T, s *rooms.Service, _ *bun.DB, _ *clock) {
				is := is.New(t)
				ctx, cancel := context.WithCancel(t.Context())
				_, _, err := s.Once(ctx, alice, request, func(ctx context.Context, s *rooms.Service) ([]byte, error) {
					made(t, s, alice, rooms.Draft{})
					cancel()
					return booking(answer, nil)(ctx, s)
				})
				is.True(err != nil)
				is.Equal(total(t, s), 0) // nothing was done
				_, replayed, err := s.Once(t.Context(), alice, request, booking(true, nil))
				is.NoErr(err) // and nobody has to wait
				is.True(!replayed)
			})
		})
	}
}

func TestARequestThatIsBeingAnswered(t *testing.T) {
	onEach(t, func(t *testing.T, s *rooms.Service, db *bun.DB, clock *clock) {
		is := is.New(t)
		id := rooms.RequestID{SourceKind: calendar.Kind, SourceID: calendar.ID, User: "alice", Route: request.Route, Key: request.Key}
		found, err := rooms.NewSQLStore(db).Reserve(t.Context(), id, request.Fingerprint, rooms.Lease{
			Holder: "somebody else", Now: clock.at, Until: clock.at.Add(time.Minute), KeepUntil: clock.at.Add(24 * time.Hour)})
		is.NoErr(err)
		is.True(found.Held)
		other := request
		other.Fingerprint = "another"
		for range 2 {
			answer, replayed, err := s.Once(t.Context(), alice, request, never)
			is.True(errors.Is(err, rooms.ErrRequestRunning)) // is not answered twice
			is.True(answer == nil && !replayed)
			_, _, err = s.Once(t.Context(), alice, other, never)
			is.True(errors.Is(err, rooms.ErrRequestReused)) // and its key is used
			clock.move(time.Minute - time.Microsecond)
		}
		_, replayed, err := s.Once(t.Context(), alice, request, booking(true, nil))
		is.NoErr(err) // until whoever answers it must have given up
		is.True(!replayed)
	})
}

// TestAnAnswerThatComesTooLate needs two transactions that write side by side.
func TestAnAnswerThatComesTooLate(t *testing.T) {
	is := is.New(t)
	clock := newClock()
	s := service(t, dbtest.Open(t, dbtest.Postgres(t)), rooms.Config{Now: clock.now})
	var taken []byte
	late, replayed, err := s.Once(t.Context(), alice, request, func(ctx context.Context, inside *rooms.Service) ([]byte, error) {
		_, _, err := s.Once(ctx, alice, request, never)
		is.True(errors.Is(err, rooms.ErrRequestRunning))
		clock.move(time.Minute)
		taken, _, err = s.Once(ctx, alice, request, booking(true, nil))
		is.NoErr(err) // somebody takes over
		return booking(true, nil)(ctx, inside)
	})
	is.True(errors.Is(err, rooms.ErrRequestRunning)) // what took too long is not kept
	is.True(late == nil && !replayed)
	is.Equal(total(t, s), 1) // nor is what it did
	again, replayed, err := s.Once(t.Context(), alice, request, never)
	is.NoErr(err)
	is.True(replayed)
	is.Equal(again, taken) // the answer is the other one's
}

func TestConcurrentRequests(t *testing.T) {
	onEach(t, func(t *testing.T, s *rooms.Service, _ *bun.DB, _ *clock) {
		is := is.New(t)
		var done atomic.Int64
		answers, news := make([]string, 12), make([]bool, 12)
		errs := atOnce(len(answers), func(i int) error {
			answer, replayed, err := s.Once(t.Context(), alice, request, func(ctx context.Context, s *rooms.Service) ([]byte, error) {
				done.Add(1)
				return booking(true, nil)(ctx, s)
			})
			answers[i], news[i] = string(answer), err == nil && !replayed
			return err
		})
		kept, replayed, err := s.Once(t.Context(), alice, request, never)
		is.NoErr(err)
		is.True(replayed)
		first := 0
		for i, err := range errs {
			is.True(errors.Is(err, rooms.ErrRequestRunning) || err == nil && answers[i] == string(kept)) // all who get an answer get the one
			if news[i] {
				first++
			}
		}
		is.True(first == 1 && done.Load() == 1) // it was done once
		is.Equal(total(t, s), 1)
	})
}

func TestForgetting(t *testing.T) {
	onEach(t, func(t *testing.T, s *rooms.Service, db *bun.DB, clock *clock) {
		is := is.New(t)
		kept := func() (n int) {
			is.NoErr(db.NewRaw("SELECT count(*) FROM room_requests").Scan(t.Context(), &n))
			return n
		}
		for i := range 3 {
			one := request
			one.Key = fmt.Sprint(i)
			_, _, err := s.Once(t.Context(), alice, one, booking(true, nil))
			is.NoErr(err)
			clock.move(time.Hour)
		}
		_, err := db.NewRaw(`INSERT INTO room_requests (source_kind, source_id, user_id, route, key, fingerprint, holder, locked_until, expires_at)
			WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500)
			SELECT 'web', '', '', '', CAST(i AS TEXT), '', '', CAST(? AS TIMESTAMPTZ), CAST(? AS TIMESTAMPTZ) FROM n`, clock.at, clock.at).Exec(t.Context())
		is.NoErr(err)
		clock.move(20 * time.Hour) // 23 hours after the first
		is.NoErr(s.ForgetRequests(t.Context()))
		is.Equal(kept(), 3) // as many as there are, but nothing too early
		clock.move(2 * time.Hour)
		is.NoErr(s.ForgetRequests(t.Context()))
		is.Equal(kept(), 1) // what is a day old
		is.NoErr(s.ForgetRequests(t.Context()))
		is.Equal(kept(), 1)
		is.Equal(total(t, s), 3) // the rooms stay
	})
}

func TestOnceTellsOfEvents(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		is := is.New(t)
		box := newOutbox(t, db)
		s := service(t, db, rooms.Config{OnEvent: box.write})
		_, _, err := s.Once(t.Context(), alice, request, booking(true, errors.New("refused")))
		is.NoErr(err)
		is.Equal(box.rows(t), 0) // what is undone was not told
		request := request
		request.Key = "another"
		for range 2 {
			_, _, err = s.Once(t.Context(), alice, request, booking(true, nil))
			is.NoErr(err)
		}
		is.Equal(box.rows(t), 1) // what is answered again is not told again
	})
}

func TestOnceInAHostsTransaction(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		is := is.New(t)
		stop, outside := errors.New("stop"), service(t, db, rooms.Config{})
		is.Equal(db.RunInTx(t.Context(), nil, func(ctx context.Context, tx bun.Tx) error {
			inside := service(t, tx, rooms.Config{})
			_, _, err := inside.Once(ctx, alice, request, booking(false, errors.New("broken")))
			is.True(err != nil) // which does not spoil the transaction
			first, _, err := inside.Once(ctx, alice, request, booking(true, nil))
			is.NoErr(err)
			again, replayed, err := inside.Once(ctx, alice, request, never)
			is.NoErr(err)
			is.True(replayed && string(again) == string(first))
			is.Equal(total(t, inside), 1)
			return stop
		}), stop)
		is.Equal(total(t, outside), 0)
		_, replayed, err := outside.Once(t.Context(), alice, request, booking(true, nil))
		is.NoErr(err)
		is.True(!replayed) // what the host rolls back was never answered
	})
}

func TestOnceRefuses(t *testing.T) {
	is := is.New(t)
	store := newStore(t).(*rooms.SQLStore)
	for _, lacking := range []rooms.Store{bare{store}, keeping{store, store}, moving{store, store}} {
		s := newService(t, rooms.Config{Store: lacking})
		_, _, err := s.Once(t.Context(), alice, request, never)
		is.True(errors.Is(err, rooms.ErrUnsupported)) // without a promise nothing is done
		is.NoErr(s.ForgetRequests(t.Context()))       // and nothing is to be forgotten
	}
	_, _, err := newService(t, rooms.Config{Store: store}).Once(t.Context(), rooms.Caller{}, request, never)
	is.True(errors.Is(err, rooms.ErrCaller))
}

// keeping keeps answers, but not together with rooms; moving has transactions,
// but keeps no answers.
type (
	keeping struct {
		rooms.Store
		rooms.RequestStore
	}
	moving struct {
		rooms.Store
		rooms.Transactor
	}
)
