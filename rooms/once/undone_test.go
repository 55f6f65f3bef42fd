package once_test

import (
	"context"
	"errors"
	"testing"

	"github.com/matryer/is"
	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/rooms/once"
	"github.com/anteroom-go/anteroom/server/database/dbtest"
)

func TestAnErrorLeavesRoomForAnotherTry(t *testing.T) {
	each(t, func(t *testing.T, e env) {
		is := is.New(t)
		broken := errors.New("broken")
		for range 2 {
			answer, replayed, err := e.Do(t.Context(), alice, request, booking(false, broken))
			is.True(errors.Is(err, broken)) // the error is the caller's
			is.True(answer == nil && !replayed)
			is.Equal(e.total(t), 0) // and nothing was done
		}
		other := request
		other.Fingerprint = "another"
		_, replayed, err := e.Do(t.Context(), alice, other, booking(true, nil))
		is.NoErr(err)
		is.True(!replayed) // not even the key was used
		is.Equal(e.total(t), 1)
	})
}

func TestAnEmptyAnswerBesideAnErrorIsNone(t *testing.T) {
	each(t, func(t *testing.T, e env) {
		is := is.New(t)
		broken := errors.New("broken")
		for _, empty := range [][]byte{nil, {}} {
			refusing := func(context.Context, *rooms.Service) ([]byte, error) { return empty, broken }
			_, _, err := e.Do(t.Context(), alice, request, refusing)
			is.True(errors.Is(err, broken)) // nil and empty are the same
		}
	})
}

func TestARefusalIsAnAnswer(t *testing.T) {
	each(t, func(t *testing.T, e env) {
		is := is.New(t)
		first, replayed, err := e.Do(t.Context(), alice, request, booking(true, errors.New("refused")))
		is.NoErr(err) // the answer is the refusal
		is.True(len(first) == 36 && !replayed)
		is.Equal(e.total(t), 0) // nothing was done
		again, replayed, err := e.Do(t.Context(), alice, request, never)
		is.NoErr(err)
		is.True(replayed)
		is.Equal(string(again), string(first)) // and stays undone
	})
}

func TestAPanicLeavesRoomForAnotherTry(t *testing.T) {
	each(t, func(t *testing.T, e env) {
		is := is.New(t)
		func() {
			defer func() { is.Equal(recover(), "a mistake") }() // is not swallowed
			_, _, _ = e.Do(t.Context(), alice, request, func(ctx context.Context, inside *rooms.Service) ([]byte, error) {
				_, err := booking(true, nil)(ctx, inside)
				is.NoErr(err)
				panic("a mistake")
			})
		}()
		is.Equal(e.total(t), 0)
		_, replayed, err := e.Do(t.Context(), alice, request, booking(true, nil))
		is.NoErr(err)
		is.True(!replayed)
		is.Equal(e.total(t), 1)
	})
}

func TestASenderWhoIsGone(t *testing.T) {
	for name, answer := range map[string]bool{"with an answer": true, "without": false} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, e env) {
				is := is.New(t)
				ctx, cancel := context.WithCancel(t.Context())
				_, _, err := e.Do(ctx, alice, request, func(ctx context.Context, s *rooms.Service) ([]byte, error) {
					_, err := booking(true, nil)(ctx, s)
					is.NoErr(err)
					cancel()
					return booking(answer, nil)(ctx, s)
				})
				is.True(err != nil)
				is.Equal(e.total(t), 0) // nothing was done
				_, replayed, err := e.Do(t.Context(), alice, request, booking(true, nil))
				for errors.Is(err, once.ErrRunning) { // database/sql rolls back beside
					_, replayed, err = e.Do(t.Context(), alice, request, booking(true, nil))
				}
				is.NoErr(err) // and the request is free
				is.True(!replayed)
			})
		})
	}
}

func TestARequestMayInvite(t *testing.T) {
	each(t, func(t *testing.T, e env) {
		is := is.New(t)
		carol := rooms.ForUser(calendar, "carol", "carol@example.com")
		inviting := func(ctx context.Context, s *rooms.Service) ([]byte, error) {
			room, _, err := s.Create(ctx, alice, rooms.Change{})
			if err != nil {
				return nil, err
			}
			_, _, err = s.AddAttendee(ctx, alice, room.ID, rooms.Invitee{Address: "carol@example.com", Role: rooms.Member})
			return []byte(room.ID), err
		}
		answer, _, err := e.Do(t.Context(), alice, request, inviting)
		is.NoErr(err)
		_, err = e.rooms.Retrieve(t.Context(), carol, string(answer))
		is.NoErr(err) // the attendee is kept with the room
	})
}

func TestOnceTellsOfEvents(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		is := is.New(t)
		_, err := db.ExecContext(t.Context(), "CREATE TABLE outbox (kind TEXT NOT NULL)")
		is.NoErr(err)
		e := on(t, db, newClock(), func(ctx context.Context, event rooms.Event) error {
			_, err := event.Tx.ExecContext(ctx, "INSERT INTO outbox (kind) VALUES ('"+string(event.Kind)+"')")
			return err
		})
		told := func() (n int) {
			is.NoErr(db.NewRaw("SELECT count(*) FROM outbox").Scan(t.Context(), &n))
			return n
		}
		_, _, err = e.Do(t.Context(), alice, request, booking(true, errors.New("refused")))
		is.NoErr(err)
		is.Equal(told(), 0) // what is undone was not told
		request := request
		request.Key = "another"
		for range 2 {
			_, _, err = e.Do(t.Context(), alice, request, booking(true, nil))
			is.NoErr(err)
		}
		is.Equal(told(), 1) // what is answered again is not told again
	})
}

func TestOnceInAHostsTransaction(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		is := is.New(t)
		stop, outside := errors.New("stop"), on(t, db, newClock(), nil)
		is.Equal(db.RunInTx(t.Context(), nil, func(ctx context.Context, tx bun.Tx) error {
			inside := on(t, tx, outside.clock, nil)
			_, _, err := inside.Do(ctx, alice, request, booking(false, errors.New("broken")))
			is.True(err != nil) // which does not spoil the transaction
			first, _, err := inside.Do(ctx, alice, request, booking(true, nil))
			is.NoErr(err)
			again, replayed, err := inside.Do(ctx, alice, request, never)
			is.NoErr(err)
			is.True(replayed && string(again) == string(first))
			is.Equal(inside.total(t), 1)
			return stop
		}), stop)
		is.Equal(outside.total(t), 0)
		_, replayed, err := outside.Do(t.Context(), alice, request, booking(true, nil))
		is.NoErr(err)
		is.True(!replayed) // what the host rolls back was never answered
	})
}
