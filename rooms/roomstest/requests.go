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
	Host{}.Requests(t, open)
}

// Requests is the suite of this name, with the host's ids.
func (h Host) Requests(t *testing.T, open func(t *testing.T) (once.Store, rooms.Store)) {
	rules := map[string]func(t *testing.T, r requestsRun){
		"a request is answered once":                  h.requestOnce,
		"requests are distinguished":                  h.requestsDiffer,
		"one of many that come at once is answered":   h.requestsAtOnce,
		"what was kept for long enough is forgotten":  h.requestsForgotten,
		"a key may be used anew after its time is up": h.requestRenewed,
		"an answer is any bytes":                      h.answersAreBytes,
		"an answer is kept with what was done":        h.answerInTx,
		"an error undoes what was done":               h.answerUndone,
		"a refusal undoes it, and is kept":            h.refusalKept,
		"an empty refusal is none":                    h.refusalEmpty,
		"a panic leaves nothing":                      h.panicLeavesNothing,
		"a sender who gives up leaves nothing":        h.givingUpLeavesNothing,
	}
	for name, rule := range rules {
		t.Run(name, func(t *testing.T) {
			requests, store := open(t)
			rule(t, requestsRun{requests, store})
		})
	}
}

// requestsRun is what a rule on requests works on.
type requestsRun struct {
	requests once.Store
	rooms    rooms.Store
}

// attempt is one at the request that most rules use. Its answer is kept for a day.
func (h Host) attempt(fingerprint string, now time.Time) once.Attempt {
	id := once.ID{SourceKind: calendar.Kind, SourceID: calendar.ID, UserID: h.alice(), Route: "POST /rooms", Key: "key '?"}
	return once.Attempt{ID: id, Fingerprint: fingerprint, Now: now, KeepUntil: now.Add(24 * time.Hour)}
}

// work is what answers a request.
type work = func(ctx context.Context, tx rooms.Tx) ([]byte, error)

// answering returns what answers, with an error or without.
func answering(answer string, err error) work {
	return func(context.Context, rooms.Tx) ([]byte, error) { return []byte(answer), err }
}

// inserting returns what inserts the room and answers, with an error or without.
func (h Host) inserting(room rooms.Room, answer string, err error) work {
	return func(ctx context.Context, tx rooms.Tx) ([]byte, error) {
		return []byte(answer), errors.Join(tx.Rooms.Insert(ctx, room, owner(h.alice())), err)
	}
}

// answers asserts that the attempt is the one that answers.
func (r requestsRun) answers(t *testing.T, a once.Attempt, do work, want string) {
	t.Helper()
	is := is.New(t)
	kept, err := r.requests.Answer(t.Context(), a, do)
	is.NoErr(err)
	is.True(!kept.Replayed)
	is.Equal(kept.Fingerprint, a.Fingerprint)
	is.Equal(string(kept.Answer), want)
}

// replays asserts that the attempt gets the answer of an earlier one.
func (r requestsRun) replays(t *testing.T, a once.Attempt, fingerprint, want string) {
	t.Helper()
	is := is.New(t)
	kept, err := r.requests.Answer(t.Context(), a, answering("", errors.New("answered anew")))
	is.NoErr(err)
	is.True(kept.Replayed)
	is.Equal(kept.Fingerprint, fingerprint)
	is.Equal(string(kept.Answer), want)
}

func (h Host) requestOnce(t *testing.T, r requestsRun) {
	answer := `{"name":"bü'dget ?"}`
	r.answers(t, h.attempt("f", at), answering(answer, nil), answer)
	r.replays(t, h.attempt("f", at.Add(time.Second)), "f", answer)                       // as it was given
	r.replays(t, h.attempt("g", at.Add(24*time.Hour-time.Microsecond)), "f", answer)     // its fingerprint tells
	r.answers(t, h.attempt("g", at.Add(24*time.Hour)), answering("other", nil), "other") // until it is kept no longer
}

func (h Host) requestsDiffer(t *testing.T, r requestsRun) {
	r.answers(t, h.attempt("f", at), answering("first", nil), "first")
	changes := map[string]func(*once.ID){
		"kind": func(id *once.ID) { id.SourceKind = "web" }, "source": func(id *once.ID) { id.SourceID = crm.ID },
		"user":    func(id *once.ID) { id.UserID = h.bob() },
		"program": func(id *once.ID) { id.UserID, id.Program = "", true },
		"route":   func(id *once.ID) { id.Route = "POST /x" }, "key": func(id *once.ID) { id.Key = "other" },
	}
	if h.anyUser() {
		changes["a user like no program"] = func(id *once.ID) { id.UserID = "program" }
	}
	for name, change := range changes {
		other := h.attempt("g", at)
		change(&other.ID)
		r.answers(t, other, answering(name, nil), name)
	}
	r.replays(t, h.attempt("f", at), "f", "first")
}

func (h Host) requestsAtOnce(t *testing.T, r requestsRun) {
	is := is.New(t)
	candidates, kept := make([]rooms.Room, 8), make([]once.Kept, 8)
	for i := range candidates {
		candidates[i] = h.sample(calendar)
	}
	errs := atOnce(len(kept), func(i int) (err error) {
		room := candidates[i]
		kept[i], err = r.requests.Answer(t.Context(), h.attempt("f", at), h.inserting(room, room.ID, nil))
		return err
	})
	r.replays(t, h.attempt("f", at), "f", string(firstKept(kept)))
	first := 0
	for i, err := range errs {
		is.True(err == nil || errors.Is(err, once.ErrRunning)) // they wait, or return at once
		if err == nil && !kept[i].Replayed {
			first++
		}
		is.True(err != nil || string(kept[i].Answer) == string(firstKept(kept))) // there is one answer
	}
	is.Equal(first, 1)
	found, total, err := r.rooms.List(t.Context(), view(h.alice(), calendar), rooms.Query{Limit: 10})
	is.NoErr(err)
	is.True(total == 1 && found[0].ID == string(firstKept(kept))) // and what it tells was done once
}

// firstKept returns the first answer that is one.
func firstKept(kept []once.Kept) []byte {
	for _, one := range kept {
		if one.Fingerprint != "" {
			return one.Answer
		}
	}
	return nil
}

func (h Host) requestsForgotten(t *testing.T, r requestsRun) {
	is := is.New(t)
	for i := range 5 {
		one := h.attempt("f", at.Add(time.Duration(i)*time.Hour))
		one.Key = string(rune('a' + i))
		r.answers(t, one, answering("x", nil), "x")
	}
	n, err := r.requests.Forget(t.Context(), at.Add(26*time.Hour), 2)
	is.NoErr(err)
	is.Equal(n, 2) // no more than allowed
	n, err = r.requests.Forget(t.Context(), at.Add(26*time.Hour), 10)
	is.NoErr(err)
	is.Equal(n, 1) // the third is of that age, the others are not
}

func (h Host) requestRenewed(t *testing.T, r requestsRun) {
	is := is.New(t)
	r.answers(t, h.attempt("f", at), answering("x", nil), "x")
	r.answers(t, h.attempt("g", at.Add(24*time.Hour)), answering("y", nil), "y") // whether or not it was forgotten
	n, err := r.requests.Forget(t.Context(), at.Add(25*time.Hour), 10)
	is.NoErr(err)
	is.Equal(n, 0) // the new answer is kept for a time of its own
	r.replays(t, h.attempt("g", at.Add(25*time.Hour)), "g", "y")
}

func (h Host) answersAreBytes(t *testing.T, r requestsRun) {
	for i, answer := range []string{"", "a\r\n\tb", "a\x00b", "\xff\xfe"} {
		one := h.attempt("f", at)
		one.Key = string(rune('a' + i))
		r.answers(t, one, answering(answer, nil), answer)
		r.replays(t, one, "f", answer) // an empty one, too
	}
}

func (h Host) answerInTx(t *testing.T, r requestsRun) {
	room := h.sample(calendar)
	r.answers(t, h.attempt("f", at), h.inserting(room, "x", nil), "x")
	sees(t, r.rooms, view(h.alice(), calendar), room, true)
	r.replays(t, h.attempt("f", at), "f", "x")
}

func (h Host) answerUndone(t *testing.T, r requestsRun) {
	room, stop := h.sample(calendar), errors.New("stop")
	kept, err := r.requests.Answer(t.Context(), h.attempt("f", at), h.inserting(room, "", stop))
	is.New(t).True(errors.Is(err, stop) && !kept.Replayed && len(kept.Answer) == 0) // its error comes out
	sees(t, r.rooms, view(h.alice(), calendar), room, false)
	r.answers(t, h.attempt("g", at), h.inserting(room, "x", nil), "x") // and nothing is in the way of the next
	sees(t, r.rooms, view(h.alice(), calendar), room, true)
}

func (h Host) refusalKept(t *testing.T, r requestsRun) {
	room := h.sample(calendar)
	r.answers(t, h.attempt("f", at), h.inserting(room, "refused", errors.New("taken")), "refused") // without the error
	sees(t, r.rooms, view(h.alice(), calendar), room, false)
	r.replays(t, h.attempt("f", at), "f", "refused")
}

func (h Host) refusalEmpty(t *testing.T, r requestsRun) {
	stop := errors.New("stop")
	for _, empty := range [][]byte{nil, {}} {
		_, err := r.requests.Answer(t.Context(), h.attempt("f", at),
			func(context.Context, rooms.Tx) ([]byte, error) { return empty, stop })
		is.New(t).True(errors.Is(err, stop)) // nil and empty are the same
	}
	r.answers(t, h.attempt("f", at), answering("x", nil), "x")
}

func (h Host) panicLeavesNothing(t *testing.T, r requestsRun) {
	room := h.sample(calendar)
	func() {
		defer func() { is.New(t).Equal(recover(), "a mistake") }() // is not swallowed
		_, _ = r.requests.Answer(t.Context(), h.attempt("f", at), func(ctx context.Context, tx rooms.Tx) ([]byte, error) {
			is.New(t).NoErr(tx.Rooms.Insert(ctx, room, owner(h.alice())))
			panic("a mistake")
		})
	}()
	sees(t, r.rooms, view(h.alice(), calendar), room, false)
	r.answers(t, h.attempt("f", at), answering("x", nil), "x")
}

func (h Host) givingUpLeavesNothing(t *testing.T, r requestsRun) {
	is := is.New(t)
	room := h.sample(calendar)
	ctx, giveUp := context.WithCancel(t.Context())
	_, err := r.requests.Answer(ctx, h.attempt("f", at), func(ctx context.Context, tx rooms.Tx) ([]byte, error) {
		is.NoErr(tx.Rooms.Insert(ctx, room, owner(h.alice())))
		giveUp()
		return []byte("x"), nil
	})
	is.True(err != nil)
	sees(t, r.rooms, view(h.alice(), calendar), room, false)
	for deadline := time.Now().Add(10 * time.Second); ; { // the database may need a moment to notice
		kept, err := r.requests.Answer(t.Context(), h.attempt("f", at), h.inserting(room, "x", nil))
		if errors.Is(err, once.ErrRunning) && time.Now().Before(deadline) {
			continue
		}
		is.NoErr(err)
		is.True(!kept.Replayed) // it was never answered
		break
	}
	sees(t, r.rooms, view(h.alice(), calendar), room, true)
}
