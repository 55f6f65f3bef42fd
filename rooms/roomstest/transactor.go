package roomstest

import (
	"context"
	"errors"
	"testing"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/rooms"
)

// Transactor checks an implementation of [rooms.Transactor] against its contract.
// Open returns empty stores for each rule, of which Rooms and Transactor are
// needed.
func Transactor(t *testing.T, open func(t *testing.T) rooms.Stores) { Host{}.Transactor(t, open) }

// Transactor is the suite of this name, with the host's ids.
func (h Host) Transactor(t *testing.T, open func(t *testing.T) rooms.Stores) {
	each(t, open, map[string]func(t *testing.T, stores rooms.Stores){
		"what succeeds is kept":                      h.txCommits,
		"what fails leaves no trace":                 h.txRollsBack,
		"transactions may stand in one another":      h.txNests,
		"inside there are the stores of the outside": txHasStores,
		"a locked room is found as any other":        h.lockFinds,
		"a view that is not valid locks no room":     h.lockInvalidViews,
		"locking keeps others out":                   h.lockExcludes,
	})
}

func (h Host) txCommits(t *testing.T, stores rooms.Stores) {
	room := h.sample(calendar)
	is.New(t).NoErr(stores.Transactor.InTx(t.Context(), func(ctx context.Context, tx rooms.Tx) error {
		if err := tx.Rooms.Insert(ctx, room, owner(h.alice())); err != nil {
			return err
		}
		_, _, err := tx.Rooms.Find(ctx, view(h.alice(), calendar), room.ID)
		return err // inside it is there already
	}))
	sees(t, stores.Rooms, view(h.alice(), calendar), room, true)
}

func (h Host) txRollsBack(t *testing.T, stores rooms.Stores) {
	room, kept, stop := h.sample(calendar), h.insert(t, stores.Rooms, calendar, h.alice()), errors.New("stop")
	err := stores.Transactor.InTx(t.Context(), func(ctx context.Context, tx rooms.Tx) error {
		is.New(t).NoErr(tx.Rooms.Insert(ctx, room, owner(h.alice())))
		is.New(t).NoErr(tx.Rooms.Delete(ctx, view(h.alice(), calendar), kept.ID, 1, at))
		return stop
	})
	is.New(t).True(errors.Is(err, stop)) // its error comes out
	sees(t, stores.Rooms, view(h.alice(), calendar), room, false)
	sees(t, stores.Rooms, view(h.alice(), calendar), kept, true)
}

func (h Host) txNests(t *testing.T, stores rooms.Stores) {
	is := is.New(t)
	outer, inner, stop := h.sample(calendar), h.sample(calendar), errors.New("stop")
	is.NoErr(stores.Transactor.InTx(t.Context(), func(ctx context.Context, tx rooms.Tx) error {
		err := tx.Transactor.InTx(ctx, func(ctx context.Context, innermost rooms.Tx) error {
			is.NoErr(innermost.Rooms.Insert(ctx, inner, owner(h.alice())))
			return stop
		})
		is.True(errors.Is(err, stop))
		return tx.Rooms.Insert(ctx, outer, owner(h.alice()))
	}))
	sees(t, stores.Rooms, view(h.alice(), calendar), inner, false) // what failed inside is gone
	sees(t, stores.Rooms, view(h.alice(), calendar), outer, true)  // and spoils nothing around it
}

func txHasStores(t *testing.T, stores rooms.Stores) {
	is := is.New(t)
	is.NoErr(stores.Transactor.InTx(t.Context(), func(ctx context.Context, tx rooms.Tx) error {
		is.True(tx.Rooms != nil && tx.Transactor != nil)
		is.Equal(tx.Attendees != nil, stores.Attendees != nil) // what is kept outside is kept inside
		if tx.SQL == nil {
			return nil
		}
		var one int
		return tx.SQL.QueryRowContext(ctx, "SELECT 1").Scan(&one) // and SQL is the transaction's
	}))
}

func (h Host) lockFinds(t *testing.T, stores rooms.Stores) {
	is := is.New(t)
	room := h.insert(t, stores.Rooms, calendar, h.alice())
	is.NoErr(stores.Transactor.InTx(t.Context(), func(ctx context.Context, tx rooms.Tx) error {
		got, role, err := tx.Transactor.Lock(ctx, view(h.alice(), calendar), room.ID)
		is.NoErr(err)
		same(t, got, room)
		is.Equal(role, rooms.Owner)
		_, role, err = tx.Transactor.Lock(ctx, view("", calendar), room.ID)
		is.NoErr(err)
		is.Equal(role, rooms.Role("")) // a program has no role
		_, _, err = tx.Transactor.Lock(ctx, view(h.bob(), calendar, alicesAddress), room.ID)
		is.True(errors.Is(err, rooms.ErrNotFound)) // who does not see it does not lock it
		return nil
	}))
}

func (h Host) lockInvalidViews(t *testing.T, stores rooms.Stores) {
	is := is.New(t)
	room := h.insert(t, stores.Rooms, calendar, h.alice())
	for _, v := range h.invalid() {
		is.NoErr(stores.Transactor.InTx(t.Context(), func(ctx context.Context, tx rooms.Tx) error {
			_, _, err := tx.Transactor.Lock(ctx, v, room.ID)
			is.True(errors.Is(err, rooms.ErrView))
			return nil
		}))
	}
}

func (h Host) lockExcludes(t *testing.T, stores rooms.Stores) {
	is := is.New(t)
	room := h.insert(t, stores.Rooms, calendar, h.alice())
	const writers = 8
	for _, err := range atOnce(writers, func(int) error {
		return stores.Transactor.InTx(t.Context(), func(ctx context.Context, tx rooms.Tx) error {
			now, _, err := tx.Transactor.Lock(ctx, view(h.alice(), calendar), room.ID)
			if err != nil {
				return err
			}
			changed := now
			changed.Version++
			return tx.Rooms.Update(ctx, view(h.alice(), calendar), changed, now.Version)
		})
	}) {
		is.NoErr(err) // no one finds the room changed after locking it
	}
	got, _, err := stores.Rooms.Find(t.Context(), view(h.alice(), calendar), room.ID)
	is.NoErr(err)
	is.Equal(got.Version, int64(1+writers)) // and none is lost
}
