package roomstest

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/rooms/pins"
)

// PINs checks an implementation of [pins.Store] against its contract. Open returns an empty
// store for each rule, and the rooms whose PINs it keeps.
func PINs(t *testing.T, open func(t *testing.T) (pins.Store, rooms.Store)) { Host{}.PINs(t, open) }

// PINs is the suite of this name, with the host's ids.
func (h Host) PINs(t *testing.T, open func(t *testing.T) (pins.Store, rooms.Store)) {
	rules := map[string]func(t *testing.T, store pins.Store, made rooms.Store){
		"PINs are released in the order of deletion": h.pinsAreReleased,
		"a live room keeps its PIN":                  h.liveRoomKeepsPIN,
		"a PIN that was released is given once":      h.releasedPINIsGivenOnce,
		"PINs are counted":                           h.pinsAreCounted,
	}
	for name, rule := range rules {
		t.Run(name, func(t *testing.T) {
			store, made := open(t)
			rule(t, store, made)
		})
	}
}

// ended is a room that was deleted so long after the beginning.
func (h Host) ended(t *testing.T, made rooms.Store, after time.Duration) rooms.Room {
	t.Helper()
	room := h.insert(t, made, calendar, h.alice())
	is.New(t).NoErr(made.Delete(t.Context(), view(h.alice(), calendar), room.ID, room.Version, at.Add(after)))
	return room
}

// holds asserts which of the rooms have their PINs.
func holds(t *testing.T, store pins.Store, want map[*rooms.Room]bool) {
	t.Helper()
	is := is.New(t)
	for room, held := range want {
		n, err := store.CountPINs(t.Context(), []string{room.PIN})
		is.NoErr(err)
		is.Equal(n == 1, held) // held or released
	}
}

func (h Host) pinsAreReleased(t *testing.T, store pins.Store, made rooms.Store) {
	is := is.New(t)
	third, first, second := h.ended(t, made, 3*time.Hour), h.ended(t, made, time.Hour), h.ended(t, made, 2*time.Hour)
	release := func(before time.Duration, limit int) int {
		n, err := store.ReleasePINs(t.Context(), at.Add(before), limit)
		is.NoErr(err)
		return n
	}
	is.Equal(release(time.Hour, 10), 0) // deleted before, not at the time
	is.Equal(release(3*time.Hour, 1), 1)
	holds(t, store, map[*rooms.Room]bool{&first: false, &second: true, &third: true}) // the first one, and no more
	is.Equal(release(3*time.Hour, 10), 1)
	holds(t, store, map[*rooms.Room]bool{&second: false, &third: true}) // then those that are due
	is.Equal(release(3*time.Hour, 10), 0)                               // once
	again := h.sample(crm)
	again.Slug = first.Slug
	is.Equal(made.Insert(t.Context(), again, owner(h.bob())), rooms.ErrCodeTaken) // a slug is never given again
}

func (h Host) liveRoomKeepsPIN(t *testing.T, store pins.Store, made rooms.Store) {
	is := is.New(t)
	room := h.insert(t, made, calendar, h.alice()) // which has expired
	bare := h.sample(calendar)
	bare.PIN = ""
	is.NoErr(made.Insert(t.Context(), bare, nil))
	is.NoErr(made.Delete(t.Context(), view("", calendar), bare.ID, bare.Version, at))
	n, err := store.ReleasePINs(t.Context(), at.Add(1000*time.Hour), 10)
	is.NoErr(err)
	is.Equal(n, 0) // neither a live room nor one without a PIN has any to give
	found, _, err := made.Find(t.Context(), view(h.alice(), calendar), room.ID)
	is.NoErr(err)
	same(t, found, room)
}

// releasedPINIsGivenOnce inserts rooms with a PIN while it is released.
func (h Host) releasedPINIsGivenOnce(t *testing.T, store pins.Store, made rooms.Store) {
	is := is.New(t)
	gone := h.ended(t, made, 0)
	var won atomic.Int64
	for _, err := range atOnce(8, func(i int) error {
		if i < 2 {
			_, err := store.ReleasePINs(t.Context(), at.Add(time.Hour), 10)
			return err
		}
		room := h.sample(calendar)
		room.PIN = gone.PIN
		err := made.Insert(t.Context(), room, owner(h.alice()))
		if err == nil {
			won.Add(1)
		}
		return err
	}) {
		is.True(err == nil || err == rooms.ErrCodeTaken) // released or not yet, given or taken
	}
	is.True(won.Load() <= 1) // two rooms never have one PIN
	last := h.sample(crm)
	last.PIN = gone.PIN
	is.Equal(made.Insert(t.Context(), last, owner(h.bob())) == nil, won.Load() == 0) // and it is free in the end
}

func (h Host) pinsAreCounted(t *testing.T, store pins.Store, made rooms.Store) {
	is := is.New(t)
	live, gone := h.insert(t, made, calendar, h.alice()), h.ended(t, made, 0)
	for _, test := range []struct {
		pins []string
		want int
	}{
		{nil, 0}, {[]string{"000000"}, 0}, {[]string{live.PIN}, 1},
		{[]string{gone.PIN, "000000", live.PIN}, 2}, // of live rooms and deleted ones
		{[]string{live.PIN[1:]}, 0},                 // as a whole
	} {
		n, err := store.CountPINs(t.Context(), test.pins)
		is.NoErr(err)
		is.Equal(n, test.want)
	}
}
