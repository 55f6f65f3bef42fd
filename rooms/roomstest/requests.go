package roomstest

import (
	"errors"
	"testing"
	"time"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/rooms"
)

// Requests checks an implementation of [rooms.RequestStore] against its contract.
// Open returns an empty [rooms.Store] that is one, for each rule.
func Requests(t *testing.T, open func(t *testing.T) rooms.Store) {
	each(t, open, map[string]func(t *testing.T, _ rooms.Store, store rooms.RequestStore){
		"a request is answered once":                  requestOnce,
		"requests are told apart":                     requestsApart,
		"one of many that come at once holds it":      requestsAtOnce,
		"what is let go of may be had again":          requestReleased,
		"a lease that ran out is taken over":          requestTakenOver,
		"what was kept for long enough is forgotten":  requestsForgotten,
		"only the holder answers and releases":        requestHolder,
		"a key may be used anew after its time is up": requestRenewed,
	})
}

// request is the id that most rules use.
var request = rooms.RequestID{SourceKind: "application", SourceID: "app_calendar", User: alice, Route: "POST /rooms", Key: "key '?"}

// lease is for a minute, and what comes of it is kept for a day.
func lease(holder string, from time.Time) rooms.Lease {
	return rooms.Lease{Holder: holder, Now: from, Until: from.Add(time.Minute), KeepUntil: from.Add(24 * time.Hour)}
}

// reserve asserts what comes of reserving a request.
func reserve(t *testing.T, store rooms.RequestStore, id rooms.RequestID, fingerprint string, l rooms.Lease, want rooms.Reservation) {
	t.Helper()
	is := is.New(t)
	got, err := store.Reserve(t.Context(), id, fingerprint, l)
	is.NoErr(err)
	is.Equal(got, want)
}

func requestOnce(t *testing.T, _ rooms.Store, store rooms.RequestStore) {
	is := is.New(t)
	answer := []byte(`{"name":"bü'dget ?"}`)
	reserve(t, store, request, "f", lease("h", at), rooms.Reservation{Held: true, Fingerprint: "f"})
	reserve(t, store, request, "f", lease("i", at.Add(time.Second)), rooms.Reservation{Fingerprint: "f"}) // being answered
	reserve(t, store, request, "g", lease("i", at.Add(time.Second)), rooms.Reservation{Fingerprint: "f"}) // and another request
	is.NoErr(store.Answer(t.Context(), request, "h", answer))
	later := lease("i", at.Add(23*time.Hour))
	reserve(t, store, request, "f", later, rooms.Reservation{Fingerprint: "f", Answer: answer}) // as it was given
	reserve(t, store, request, "g", later, rooms.Reservation{Fingerprint: "f", Answer: answer}) // the first one's fingerprint tells
}

func requestsApart(t *testing.T, _ rooms.Store, store rooms.RequestStore) {
	others := []rooms.RequestID{request, request, request, request, request}
	others[0].SourceKind, others[1].SourceID, others[2].User, others[3].Route, others[4].Key = "web", "app_crm", "", "POST /x", "other"
	reserve(t, store, request, "f", lease("h", at), rooms.Reservation{Held: true, Fingerprint: "f"})
	for _, other := range others {
		reserve(t, store, other, "g", lease("i", at), rooms.Reservation{Held: true, Fingerprint: "g"})
	}
}

func requestsAtOnce(t *testing.T, _ rooms.Store, store rooms.RequestStore) {
	is := is.New(t)
	found := make([]rooms.Reservation, 8)
	for _, err := range atOnce(len(found), func(i int) (err error) {
		found[i], err = store.Reserve(t.Context(), request, "f", lease(string(rune('a'+i)), at))
		return err
	}) {
		is.NoErr(err)
	}
	held := 0
	for _, r := range found {
		if r.Held {
			held++
		}
		is.Equal(r.Fingerprint, "f")
	}
	is.Equal(held, 1)
}

func requestReleased(t *testing.T, _ rooms.Store, store rooms.RequestStore) {
	is := is.New(t)
	reserve(t, store, request, "f", lease("h", at), rooms.Reservation{Held: true, Fingerprint: "f"})
	is.NoErr(store.Release(t.Context(), request, "h"))
	reserve(t, store, request, "g", lease("i", at), rooms.Reservation{Held: true, Fingerprint: "g"}) // for anything
}

func requestTakenOver(t *testing.T, _ rooms.Store, store rooms.RequestStore) {
	is := is.New(t)
	reserve(t, store, request, "f", lease("h", at), rooms.Reservation{Held: true, Fingerprint: "f"})
	late := at.Add(time.Minute)
	reserve(t, store, request, "g", lease("i", late), rooms.Reservation{Fingerprint: "f"})             // not by another request
	reserve(t, store, request, "f", lease("i", late), rooms.Reservation{Held: true, Fingerprint: "f"}) // but by the same
	is.True(errors.Is(store.Answer(t.Context(), request, "h", []byte("x")), rooms.ErrRequestRunning))  // the first comes too late
	is.NoErr(store.Answer(t.Context(), request, "i", []byte("y")))
}

func requestsForgotten(t *testing.T, _ rooms.Store, store rooms.RequestStore) {
	is := is.New(t)
	for i := range 5 {
		id := request
		id.Key = string(rune('a' + i))
		reserve(t, store, id, "f", lease("h", at.Add(time.Duration(i)*time.Hour)), rooms.Reservation{Held: true, Fingerprint: "f"})
	}
	n, err := store.ForgetRequests(t.Context(), at.Add(26*time.Hour), 2)
	is.NoErr(err)
	is.Equal(n, 2) // no more than allowed
	n, err = store.ForgetRequests(t.Context(), at.Add(26*time.Hour), 10)
	is.NoErr(err)
	is.Equal(n, 1) // the third is of that age, the others are not
}

func requestHolder(t *testing.T, _ rooms.Store, store rooms.RequestStore) {
	is := is.New(t)
	reserve(t, store, request, "f", lease("h", at), rooms.Reservation{Held: true, Fingerprint: "f"})
	is.NoErr(store.Release(t.Context(), request, "i")) // nothing to let go of
	is.True(errors.Is(store.Answer(t.Context(), request, "i", []byte("x")), rooms.ErrRequestRunning))
	reserve(t, store, request, "f", lease("i", at), rooms.Reservation{Fingerprint: "f"}) // still the first one's
	is.NoErr(store.Answer(t.Context(), request, "h", []byte("x")))
	is.NoErr(store.Release(t.Context(), request, "h"))                                                // an answer stays
	is.True(errors.Is(store.Answer(t.Context(), request, "h", []byte("y")), rooms.ErrRequestRunning)) // and is not replaced
	reserve(t, store, request, "f", lease("i", at), rooms.Reservation{Fingerprint: "f", Answer: []byte("x")})
}

func requestRenewed(t *testing.T, _ rooms.Store, store rooms.RequestStore) {
	is := is.New(t)
	reserve(t, store, request, "f", lease("h", at), rooms.Reservation{Held: true, Fingerprint: "f"})
	is.NoErr(store.Answer(t.Context(), request, "h", []byte("x")))
	reserve(t, store, request, "g", lease("i", at.Add(24*time.Hour)), rooms.Reservation{Held: true, Fingerprint: "g"}) // whether or not it was swept away
}
