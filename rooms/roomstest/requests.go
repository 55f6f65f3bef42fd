package roomstest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/rooms/once"
)

// Requests checks an implementation of [once.Store] against its contract. Open
// returns an empty one for each rule, and the rooms that are in its transactions.
func Requests(t *testing.T, open func(t *testing.T) (once.Store, rooms.Store)) {
	rules := map[string]func(t *testing.T, requests once.Store, store rooms.Store){
		"a request is answered once":                  requestOnce,
		"requests are distinguished":                  requestsDiffer,
		"one of many that come at once holds it":      requestsAtOnce,
		"a request that is released is free":          requestReleased,
		"a lease that ran out is taken over":          requestTakenOver,
		"what was kept for long enough is forgotten":  requestsForgotten,
		"only the holder answers and releases":        requestHolder,
		"a key may be used anew after its time is up": requestRenewed,
		"an answer is any bytes":                      answersAreBytes,
		"an answer is kept with what was done":        answerInTx,
		"an error undoes what was done":               answerUndone,
		"an answer that comes too late undoes it":     answerTooLate,
	}
	for name, rule := range rules {
		t.Run(name, func(t *testing.T) {
			requests, store := open(t)
			rule(t, requests, store)
		})
	}
}

// request is the id that most rules use.
var request = once.ID{SourceKind: calendar.Kind, SourceID: calendar.ID, UserID: alice,
	Route: "POST /rooms", Key: "key '?"}

// lease is for a minute, and the request is kept for a day.
func lease(holder string, from time.Time) once.Lease {
	return once.Lease{Holder: holder, Now: from, Until: from.Add(time.Minute), KeepUntil: from.Add(24 * time.Hour)}
}

// The reservations that most rules expect: held by who asked, held by another
// holder, and answered.
func held(fingerprint string) once.Reservation {
	return once.Reservation{Held: true, Fingerprint: fingerprint}
}

func running(fingerprint string) once.Reservation { return once.Reservation{Fingerprint: fingerprint} }

func answered(fingerprint, answer string) once.Reservation {
	return once.Reservation{Fingerprint: fingerprint, Answered: true, Answer: []byte(answer)}
}

// reserve asserts what comes of reserving a request.
func reserve(t *testing.T, requests once.Store, id once.ID, fingerprint string, l once.Lease, want once.Reservation) {
	t.Helper()
	is := is.New(t)
	got, err := requests.Reserve(t.Context(), id, fingerprint, l)
	is.NoErr(err)
	is.Equal(string(got.Answer), string(want.Answer))
	got.Answer = want.Answer // no answer and an empty one are told apart by Answered alone
	is.Equal(got, want)
}

func requestOnce(t *testing.T, requests once.Store, _ rooms.Store) {
	is := is.New(t)
	answer := `{"name":"bü'dget ?"}`
	reserve(t, requests, request, "f", lease("h", at), held("f"))
	reserve(t, requests, request, "f", lease("i", at.Add(time.Second)), running("f")) // being answered
	reserve(t, requests, request, "g", lease("i", at.Add(time.Second)), running("f")) // and another request
	is.NoErr(requests.Answer(t.Context(), request, "h", []byte(answer)))
	later := lease("i", at.Add(23*time.Hour))
	reserve(t, requests, request, "f", later, answered("f", answer)) // as it was given
	reserve(t, requests, request, "g", later, answered("f", answer)) // the first one's fingerprint shows the difference
}

func requestsDiffer(t *testing.T, requests once.Store, _ rooms.Store) {
	others := []once.ID{request, request, request, request, request, request, request}
	others[0].SourceKind, others[1].SourceID, others[2].UserID = "web", crm.ID, bob
	others[3].Route, others[4].Key = "POST /x", "other"
	others[5].UserID, others[5].Program = "", true // a program
	others[6].UserID = "program"                   // a user, whatever the id
	reserve(t, requests, request, "f", lease("h", at), held("f"))
	for _, other := range others {
		reserve(t, requests, other, "g", lease("i", at), held("g"))
	}
	noCaller := request
	noCaller.UserID = ""
	reserve(t, requests, noCaller, "g", lease("i", at), held("g")) // an empty user is no program
}

func requestsAtOnce(t *testing.T, requests once.Store, _ rooms.Store) {
	is := is.New(t)
	found := make([]once.Reservation, 8)
	for _, err := range atOnce(len(found), func(i int) (err error) {
		found[i], err = requests.Reserve(t.Context(), request, "f", lease(string(rune('a'+i)), at))
		return err
	}) {
		is.NoErr(err)
	}
	holders := 0
	for _, r := range found {
		if r.Held {
			holders++
		}
		is.Equal(r.Fingerprint, "f")
	}
	is.Equal(holders, 1)
}

func requestReleased(t *testing.T, requests once.Store, _ rooms.Store) {
	reserve(t, requests, request, "f", lease("h", at), held("f"))
	is.New(t).NoErr(requests.Release(t.Context(), request, "h"))
	reserve(t, requests, request, "g", lease("i", at), held("g")) // for anything
}

func requestTakenOver(t *testing.T, requests once.Store, _ rooms.Store) {
	is := is.New(t)
	reserve(t, requests, request, "f", lease("h", at), held("f"))
	reserve(t, requests, request, "f", lease("i", at.Add(time.Minute-time.Microsecond)), running("f")) // not before
	late := at.Add(time.Minute)
	reserve(t, requests, request, "g", lease("i", late), running("f")) // nor by another request
	reserve(t, requests, request, "f", lease("i", late), held("f"))    // but by the same
	err := requests.Answer(t.Context(), request, "h", []byte("x"))
	is.True(errors.Is(err, once.ErrRunning)) // the first comes too late
	is.NoErr(requests.Answer(t.Context(), request, "i", []byte("y")))
}

func requestsForgotten(t *testing.T, requests once.Store, _ rooms.Store) {
	is := is.New(t)
	for i := range 5 {
		id := request
		id.Key = string(rune('a' + i))
		reserve(t, requests, id, "f", lease("h", at.Add(time.Duration(i)*time.Hour)), held("f"))
	}
	n, err := requests.Forget(t.Context(), at.Add(26*time.Hour), 2)
	is.NoErr(err)
	is.Equal(n, 2) // no more than allowed
	n, err = requests.Forget(t.Context(), at.Add(26*time.Hour), 10)
	is.NoErr(err)
	is.Equal(n, 1) // the third is of that age, the others are not
}

func requestHolder(t *testing.T, requests once.Store, _ rooms.Store) {
	is := is.New(t)
	reserve(t, requests, request, "f", lease("h", at), held("f"))
	is.NoErr(requests.Release(t.Context(), request, "i")) // there is nothing to release
	is.True(errors.Is(requests.Answer(t.Context(), request, "i", []byte("x")), once.ErrRunning))
	reserve(t, requests, request, "f", lease("i", at), running("f")) // still the first one's
	is.NoErr(requests.Answer(t.Context(), request, "h", []byte("x")))
	is.NoErr(requests.Release(t.Context(), request, "h"))                                        // an answer stays
	is.True(errors.Is(requests.Answer(t.Context(), request, "h", []byte("y")), once.ErrRunning)) // and is not replaced
	reserve(t, requests, request, "f", lease("i", at), answered("f", "x"))
}

func requestRenewed(t *testing.T, requests once.Store, _ rooms.Store) {
	reserve(t, requests, request, "f", lease("h", at), held("f"))
	is.New(t).NoErr(requests.Answer(t.Context(), request, "h", []byte("x")))
	reserve(t, requests, request, "g", lease("i", at.Add(24*time.Hour)), held("g")) // whether or not it was forgotten
}

func answersAreBytes(t *testing.T, requests once.Store, _ rooms.Store) {
	for i, answer := range []string{"", "a\r\n\tb", "a\x00b", "\xff\xfe"} {
		id := request
		id.Key = string(rune('a' + i))
		reserve(t, requests, id, "f", lease("h", at), held("f"))
		is.New(t).NoErr(requests.Answer(t.Context(), id, "h", []byte(answer)))
		reserve(t, requests, id, "f", lease("i", at), answered("f", answer)) // an empty one, too
	}
}

// inserting returns what inserts the room and answers, with an error or without.
func inserting(room rooms.Room, answer string, err error) func(ctx context.Context, tx rooms.Tx) ([]byte, error) {
	return func(ctx context.Context, tx rooms.Tx) ([]byte, error) {
		return []byte(answer), errors.Join(tx.Rooms.Insert(ctx, room, owner(alice)), err)
	}
}

func answerInTx(t *testing.T, requests once.Store, store rooms.Store) {
	room := sample(calendar)
	reserve(t, requests, request, "f", lease("h", at), held("f"))
	is.New(t).NoErr(requests.AnswerInTx(t.Context(), request, "h", inserting(room, "x", nil)))
	sees(t, store, view(alice, calendar), room, true)
	reserve(t, requests, request, "f", lease("i", at), answered("f", "x"))
}

func answerUndone(t *testing.T, requests once.Store, store rooms.Store) {
	is := is.New(t)
	room, stop := sample(calendar), errors.New("stop")
	reserve(t, requests, request, "f", lease("h", at), held("f"))
	err := requests.AnswerInTx(t.Context(), request, "h", inserting(room, "x", stop))
	is.True(errors.Is(err, stop)) // its error comes out
	sees(t, store, view(alice, calendar), room, false)
	reserve(t, requests, request, "f", lease("i", at), running("f")) // the answer is undone as well
	is.NoErr(requests.Answer(t.Context(), request, "h", []byte("refused")))
	reserve(t, requests, request, "f", lease("i", at), answered("f", "refused")) // another may be kept instead
}

func answerTooLate(t *testing.T, requests once.Store, store rooms.Store) {
	room := sample(calendar)
	reserve(t, requests, request, "f", lease("h", at), held("f"))
	reserve(t, requests, request, "f", lease("i", at.Add(time.Minute)), held("f"))
	err := requests.AnswerInTx(t.Context(), request, "h", inserting(room, "x", nil))
	is.New(t).True(errors.Is(err, once.ErrRunning)) // who was taken over from
	sees(t, store, view(alice, calendar), room, false)
}
