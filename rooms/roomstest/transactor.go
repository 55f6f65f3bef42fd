package roomstest

import (
	"context"
	"errors"
	"testing"

	"github.com/matryer/is"
	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/rooms"
)

// Transactor checks an implementation of [rooms.Transactor] against its contract.
// Open returns an empty [rooms.Store] that is one, for each rule.
func Transactor(t *testing.T, open func(t *testing.T) rooms.Store) {
	each(t, open, map[string]func(t *testing.T, store rooms.Store, transactor rooms.Transactor){
		"what succeeds is kept":                 txCommits,
		"what fails leaves no trace":            txRollsBack,
		"transactions may stand in one another": txNests,
		"a locked room is found as any other":   lockFinds,
		"locking keeps others out":              lockExcludes,
	})
}

func txCommits(t *testing.T, store rooms.Store, transactor rooms.Transactor) {
	room := sample(calendar)
	is.New(t).NoErr(transactor.InTx(t.Context(), func(ctx context.Context, inside rooms.Store, _ bun.IDB) error {
		if err := inside.Insert(ctx, room, owner(alice)); err != nil {
			return err
		}
		_, _, err := inside.Find(ctx, view(alice, calendar), room.ID)
		return err // inside it is there already
	}))
	sees(t, store, view(alice, calendar), room, true)
}

func txRollsBack(t *testing.T, store rooms.Store, transactor rooms.Transactor) {
	room, kept, stop := sample(calendar), insert(t, store, calendar, alice), errors.New("stop")
	err := transactor.InTx(t.Context(), func(ctx context.Context, inside rooms.Store, _ bun.IDB) error {
		return errors.Join(inside.Insert(ctx, room, owner(alice)), inside.Delete(ctx, view(alice, calendar), kept.ID, at), stop)
	})
	is.New(t).True(errors.Is(err, stop)) // its error comes out
	sees(t, store, view(alice, calendar), room, false)
	sees(t, store, view(alice, calendar), kept, true)
}

func txNests(t *testing.T, store rooms.Store, transactor rooms.Transactor) {
	is := is.New(t)
	outer, inner, stop := sample(calendar), sample(calendar), errors.New("stop")
	is.NoErr(transactor.InTx(t.Context(), func(ctx context.Context, inside rooms.Store, _ bun.IDB) error {
		err := inside.(rooms.Transactor).InTx(ctx, func(ctx context.Context, innermost rooms.Store, _ bun.IDB) error {
			return errors.Join(innermost.Insert(ctx, inner, owner(alice)), stop)
		})
		is.True(errors.Is(err, stop))
		return inside.Insert(ctx, outer, owner(alice))
	}))
	sees(t, store, view(alice, calendar), inner, false) // what failed inside is gone
	sees(t, store, view(alice, calendar), outer, true)  // and spoils nothing around it
}

func lockFinds(t *testing.T, store rooms.Store, transactor rooms.Transactor) {
	is := is.New(t)
	room := insert(t, store, calendar, alice)
	is.NoErr(transactor.InTx(t.Context(), func(ctx context.Context, inside rooms.Store, _ bun.IDB) error {
		got, role, err := inside.(rooms.Transactor).Lock(ctx, view(alice, calendar), room.ID)
		is.NoErr(err)
		same(t, got, room)
		is.Equal(role, rooms.Owner)
		_, _, err = inside.(rooms.Transactor).Lock(ctx, view(bob, calendar), room.ID)
		is.True(errors.Is(err, rooms.ErrNotFound)) // who does not see it does not lock it
		return nil
	}))
}

func lockExcludes(t *testing.T, store rooms.Store, transactor rooms.Transactor) {
	is := is.New(t)
	room := insert(t, store, calendar, alice)
	const writers = 8
	for _, err := range atOnce(writers, func(int) error {
		return transactor.InTx(t.Context(), func(ctx context.Context, inside rooms.Store, _ bun.IDB) error {
			now, _, err := inside.(rooms.Transactor).Lock(ctx, view(alice, calendar), room.ID)
			if err != nil {
				return err
			}
			changed := now
			changed.Version++
			return inside.Update(ctx, view(alice, calendar), changed, now.Version)
		})
	}) {
		is.NoErr(err) // nobody finds the room changed after locking it
	}
	got, _, err := store.Find(t.Context(), view(alice, calendar), room.ID)
	is.NoErr(err)
	is.Equal(got.Version, int64(1+writers)) // and none is lost
}
