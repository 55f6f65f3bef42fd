package roomstest

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/rooms"
)

// atOnce runs n calls side by side and returns their errors.
func atOnce(n int, call func(i int) error) []error {
	errs := make([]error, n)
	var wait sync.WaitGroup
	for i := range n {
		wait.Go(func() { errs[i] = call(i) })
	}
	wait.Wait()
	return errs
}

// service is a service on the stores, to which every address is acceptable as it
// is.
func service(t *testing.T, stores rooms.Stores) *rooms.Service {
	t.Helper()
	s, err := rooms.New(rooms.Config{Stores: stores, PINLength: 6,
		ParseAddress: func(address string) (string, bool) { return address, true }})
	is.New(t).NoErr(err)
	return s
}

func (h Host) concurrentCreation(t *testing.T, stores rooms.Stores) {
	is := is.New(t)
	s := service(t, stores)
	made := make([]rooms.Room, 64)
	errs := atOnce(len(made), func(i int) (err error) {
		made[i], _, err = s.Create(t.Context(), h.caller(), rooms.Change{})
		return err
	})
	slugs, pins, ids := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for i, room := range made {
		is.NoErr(errs[i]) // none is lost
		slugs[room.Slug], pins[room.PIN], ids[room.ID] = true, true, true
	}
	is.True(len(slugs) == 64 && len(pins) == 64 && len(ids) == 64) // all different
	_, total, err := stores.Rooms.List(t.Context(), view(h.alice(), calendar), rooms.Query{Limit: 1})
	is.NoErr(err)
	is.Equal(total, 64) // all owned by the caller's user
}

func (h Host) concurrentUpdates(t *testing.T, stores rooms.Stores) {
	is := is.New(t)
	s := service(t, stores)
	room, _, err := s.Create(t.Context(), h.caller(), rooms.Change{})
	is.NoErr(err)
	name, level := "Changed", rooms.Restricted
	configuration, external := map[string]any{"everyone_can_mute": true}, "external"
	changes := []rooms.Change{{Name: &name}, {AccessLevel: &level}, {Configuration: &configuration},
		{ExternalID: &external}}
	for _, err := range atOnce(len(changes), func(i int) error {
		_, err := s.Update(t.Context(), h.caller(), room.ID, changes[i], nil)
		return err
	}) {
		is.NoErr(err) // each finds its turn
	}
	got, err := s.Retrieve(t.Context(), h.caller(), room.ID)
	is.NoErr(err)
	is.Equal(got.Version, // four changes, each made to what the others left
		int64(5))
	is.True(got.Name == name && got.AccessLevel == level && got.ExternalID == external && // none lost
		got.Configuration["everyone_can_mute"] == true)
}

func (h Host) updateAgainstDelete(t *testing.T, stores rooms.Stores) {
	is := is.New(t)
	s := service(t, stores)
	for round := range 8 {
		room, _, err := s.Create(t.Context(), h.caller(), rooms.Change{})
		is.NoErr(err)
		errs := atOnce(4, func(i int) error {
			if i < 2 {
				return s.Delete(t.Context(), h.caller(), room.ID, nil)
			}
			name := fmt.Sprintf("Round %d, %d", round, i)
			_, err := s.Update(t.Context(), h.caller(), room.ID, rooms.Change{Name: &name}, nil)
			return err
		})
		is.True((errs[0] == nil) != (errs[1] == nil)) // one of two deletions wins
		for _, err := range errs {
			is.True(err == nil || errors.Is(err, rooms.ErrNotFound)) // the others find nothing
		}
		_, err = s.Retrieve(t.Context(), h.caller(), room.ID)
		is.True(errors.Is(err, rooms.ErrNotFound)) // no update brings it back
	}
}

func (h Host) concurrentExternalID(t *testing.T, stores rooms.Stores) {
	is := is.New(t)
	s := service(t, stores)
	var won atomic.Int64
	for _, err := range atOnce(8, func(i int) error {
		if i%2 == 0 {
			_, created, err := s.Create(t.Context(), h.caller(), rooms.Change{ExternalID: new("wanted")})
			if created {
				won.Add(1)
			}
			return err // the others get the one room
		}
		room, _, err := s.Create(t.Context(), h.caller(), rooms.Change{})
		if err != nil {
			return err
		}
		wanted := "wanted"
		_, err = s.Update(t.Context(), h.caller(), room.ID, rooms.Change{ExternalID: &wanted}, nil)
		if err == nil {
			won.Add(1)
		}
		return err
	}) {
		is.True(err == nil || errors.Is(err, rooms.ErrExternalIDTaken)) // whether created or changed
	}
	is.Equal(won.Load(), int64(1)) // one room has it
	_, total, err := stores.Rooms.List(t.Context(), view(h.alice(), calendar),
		rooms.Query{Filter: rooms.Filter{ExternalIDs: []string{"wanted"}}, Limit: 10})
	is.NoErr(err)
	is.Equal(total, 1)
}
