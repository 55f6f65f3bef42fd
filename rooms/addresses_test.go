package rooms_test

import (
	"context"
	"errors"
	"testing"

	"github.com/matryer/is"
	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/server/database/dbtest"
)

// TestInvitedBeforeTheAccount: an address is invited when no account has it, and
// whoever comes with it sees the room, from the first request on.
func TestInvitedBeforeTheAccount(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		is := is.New(t)
		s := service(t, db, rooms.Config{})
		room := made(t, s, alice, rooms.Change{})
		invited, added, err := s.AddAttendee(t.Context(), alice, room.ID,
			rooms.Invitee{Address: "Dave@example.com", Role: rooms.Administrator})
		is.NoErr(err)
		is.True(added && invited.UserID == "") // no account is looked for
		found, err := s.Retrieve(t.Context(), dave, room.ID)
		is.NoErr(err)
		is.Equal(found, room)
		_, err = s.Update(t.Context(), dave, room.ID, rooms.Change{Name: new("Dave's")}, nil)
		is.NoErr(err) // with the role that was given
		page, err := s.List(t.Context(), dave, rooms.ListOptions{})
		is.NoErr(err)
		is.Equal(page.Total, 1) // among the rooms that they see
		_, err = s.Retrieve(t.Context(), rooms.ForUser(calendar, "dave"), room.ID)
		is.True(errors.Is(err, rooms.ErrNotFound)) // the account alone proves nothing
		_, err = s.Retrieve(t.Context(), rooms.ForUser(calendar, "erin", "dave@example.com"), room.ID)
		is.NoErr(err) // the address does, whichever account has it
		again := invite(t, s, room, "dave@example.com", "")
		is.Equal(again, invited) // and the attendee is the same as before
	})
}

func TestTwoAddressesOfOneUser(t *testing.T) {
	is := is.New(t)
	s := newService(t, rooms.Config{})
	room := made(t, s, alice, rooms.Change{})
	first := invite(t, s, room, "bob@example.com", rooms.Member)
	second, added, err := s.AddAttendee(t.Context(), alice, room.ID,
		rooms.Invitee{Address: "bob@example.org", Role: rooms.Administrator})
	is.NoErr(err)
	is.True(added && second.ID != first.ID) // each address is an attendee of its own
	_, err = s.Update(t.Context(), bob, room.ID, rooms.Change{Name: new("Bob's")}, nil)
	is.NoErr(err) // the higher role counts
	_, err = s.Update(t.Context(), rooms.ForUser(calendar, "bob", "bob@example.com"), room.ID,
		rooms.Change{Name: new("x")}, nil)
	is.True(errors.Is(err, rooms.ErrForbidden)) // of the addresses that the caller brings
	page, err := s.List(t.Context(), bob, rooms.ListOptions{})
	is.NoErr(err)
	is.True(page.Total == 1 && len(page.Rooms) == 1) // and the room is there once
	is.NoErr(s.RemoveAttendee(t.Context(), alice, room.ID, second.ID))
	is.Equal(guests(t, s, room), // each goes on its own
		[]string{"alice@example.com owner alice", "bob@example.com member"})
	_, err = s.Update(t.Context(), bob, room.ID, rooms.Change{Name: new("x")}, nil)
	is.True(errors.Is(err, rooms.ErrForbidden)) // and leaves the other role
}

func TestTheOwnersOtherAddress(t *testing.T) {
	is := is.New(t)
	s := newService(t, rooms.Config{})
	both := rooms.ForUser(calendar, "alice", "alice@example.com", "alice@example.org")
	room := made(t, s, both, rooms.Change{})
	is.Equal(guests(t, s, room), []string{"alice@example.com owner alice"}) // the preferred address is the owner's
	other, added, err := s.AddAttendee(t.Context(), both, room.ID, rooms.Invitee{Address: "alice@example.org"})
	is.NoErr(err)
	is.True(added && other.Role == rooms.Member)        // another is an attendee like any other
	is.NoErr(s.Delete(t.Context(), both, room.ID, nil)) // which takes nothing from the owner
}

// TestAnAttendeeOfAHostsOwn: a host may add attendees by their ids to the store of
// roomsql, beside what the service does.
func TestAnAttendeeOfAHostsOwn(t *testing.T) {
	is := is.New(t)
	stores := newStores(t)
	s := newService(t, rooms.Config{Stores: stores})
	room := made(t, s, alice, rooms.Change{})
	own := rooms.Attendee{ID: "own", UserID: "bob", Role: rooms.Administrator, CreatedAt: room.CreatedAt}
	is.NoErr(stores.Attendees.ChangeAttendees(t.Context(), room.ID, rooms.AttendeeChanges{Add: []rooms.Attendee{own}}))
	invite(t, s, room, "bob@example.com", rooms.Member)
	_, err := s.Update(t.Context(), bob, room.ID, rooms.Change{Name: new("Bob's")}, nil)
	is.NoErr(err) // the highest of the roles by id and by address counts
	page, err := s.List(t.Context(), bob, rooms.ListOptions{})
	is.NoErr(err)
	is.True(page.Total == 1 && len(page.Rooms) == 1) // and the room is there once
	_, err = s.ReplaceAttendees(t.Context(), alice, room.ID, rooms.Invitees{})
	is.NoErr(err)
	_, err = s.Retrieve(t.Context(), bob, room.ID)
	is.True(errors.Is(err, rooms.ErrNotFound)) // a set replaces such attendees too
}

// TestAnAddressInOtherHands: the owner is known by the account, so that a later
// holder of the owner's address does not become the owner.
func TestAnAddressInOtherHands(t *testing.T) {
	is := is.New(t)
	s := newService(t, rooms.Config{})
	room := made(t, s, alice, rooms.Change{})
	_, err := s.Retrieve(t.Context(), rooms.ForUser(calendar, "another alice", "alice@example.com"), room.ID)
	is.True(errors.Is(err, rooms.ErrNotFound))
}

func TestRenaming(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		is := is.New(t)
		s := service(t, db, rooms.Config{})
		room, other := staffed(t, s, rooms.Change{}), staffed(t, s, rooms.Change{})
		before := attendees(t, s, room)
		invite(t, s, other, "robert@example.com", rooms.Administrator)
		is.NoErr(s.Rename(t.Context(), "BOB@example.com", "Robert@example.com"))
		is.Equal(guests(t, s, room),
			[]string{"alice@example.com owner alice", "robert@example.com member", "carol@example.com administrator"})
		is.Equal(attendees(t, s, room)[1].ID, // the same attendee
			before[1].ID)
		is.Equal(guests(t, s, other)[1:], // with the higher role
			[]string{"carol@example.com administrator", "robert@example.com administrator"})
		_, err := s.Retrieve(t.Context(), rooms.ForUser(calendar, "bob", "robert@example.com"), room.ID)
		is.NoErr(err)
		_, err = s.Retrieve(t.Context(), bob, room.ID)
		is.True(errors.Is(err, rooms.ErrNotFound)) // the old address proves nothing
		for range 2 {
			is.NoErr(s.Rename(t.Context(), "robert@example.com", "Robert@Example.com"))
		}
		is.Equal(len(attendees(t, s, room)), 3) // to itself changes nothing
	})
}

func TestForgetting(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		is := is.New(t)
		s := service(t, db, rooms.Config{})
		room, other := staffed(t, s, rooms.Change{}), staffed(t, s, rooms.Change{})
		is.NoErr(s.Forget(t.Context(), "BOB@example.com"))
		is.NoErr(s.Forget(t.Context(), "Alice@example.com"))
		for _, room := range []rooms.Room{room, other} {
			is.Equal(guests(t, s, room), // an owner stays, without the address
				[]string{"owner alice", "carol@example.com administrator"})
			unchanged(t, s, room)
		}
		_, err := s.Retrieve(t.Context(), bob, room.ID)
		is.True(errors.Is(err, rooms.ErrNotFound))
	})
}

func TestAddressesOfHosts(t *testing.T) {
	is := is.New(t)
	stores := newStores(t)
	s := newService(t, rooms.Config{Stores: stores})
	is.Equal(faults(s.Rename(t.Context(), "bob", "")), // every fault
		[]string{"from invalid_address", "to invalid_address"})
	is.Equal(faults(s.Rename(t.Context(), "bob@example.com", "x\x00")), []string{"to invalid_address"})
	is.Equal(faults(s.Forget(t.Context(), "")), []string{"address invalid_address"}) // an empty address is no address
	plain := newService(t, rooms.Config{Stores: rooms.Stores{Rooms: stores.Rooms}})
	is.True(errors.Is(plain.Rename(t.Context(), "a@example.com", "b@example.com"), rooms.ErrUnsupported))
	is.True(errors.Is(plain.Forget(t.Context(), "a@example.com"), rooms.ErrUnsupported))
}

// renames counts the calls of a store.
type renames struct {
	rooms.AttendeeStore
	count int
}

func (r *renames) Rename(context.Context, string, string) error {
	r.count++
	return nil
}

func TestRenamingToTheSameAddress(t *testing.T) {
	is := is.New(t)
	stores := newStores(t)
	counting := &renames{AttendeeStore: stores.Attendees}
	stores.Attendees = counting
	s := newService(t, rooms.Config{Stores: stores})
	is.NoErr(s.Rename(t.Context(), "bob@example.com", "BOB@example.com"))
	is.Equal(counting.count, 0) // a store gets two different addresses
	is.NoErr(s.Rename(t.Context(), "bob@example.com", "bob@example.org"))
	is.Equal(counting.count, 1)
}

// statements counts what the attendee store is asked for, inside transactions.
type statements struct {
	rooms.AttendeeStore
	rooms.Transactor
	count *int
}

func (s statements) InTx(ctx context.Context, do func(context.Context, rooms.Tx) error) error {
	return s.Transactor.InTx(ctx, func(ctx context.Context, tx rooms.Tx) error {
		tx.Attendees = statements{AttendeeStore: tx.Attendees, count: s.count}
		return do(ctx, tx)
	})
}

func (s statements) Attendees(ctx context.Context, roomID string) ([]rooms.Attendee, error) {
	*s.count++
	return s.AttendeeStore.Attendees(ctx, roomID)
}

func (s statements) ChangeAttendees(ctx context.Context, roomID string, changes rooms.AttendeeChanges) error {
	*s.count++
	return s.AttendeeStore.ChangeAttendees(ctx, roomID, changes)
}

// TestAnAccountTakesNoLonger: whoever measures the time of an answer does not
// learn whether an address has an account.
func TestAnAccountTakesNoLonger(t *testing.T) {
	stores, count := newStores(t), 0
	counting := statements{stores.Attendees, stores.Transactor, &count}
	stores.Attendees, stores.Transactor = counting, counting
	s := newService(t, rooms.Config{Stores: stores})
	made(t, s, bob, rooms.Change{}) // bob is a user of other rooms
	work := func(address string) (counts []int) {
		room := made(t, s, alice, rooms.Change{})
		guest := invite(t, s, room, address, "")
		for _, operation := range []func() error{
			func() error { invite(t, s, room, address, rooms.Administrator); return nil },
			func() error { return s.RemoveAttendee(t.Context(), alice, room.ID, guest.ID) },
			func() error {
				_, err := s.ReplaceAttendees(t.Context(), alice, room.ID, rooms.Invitees{List: []rooms.Invitee{{Address: address}}})
				return err
			},
		} {
			count = 0
			is.New(t).NoErr(operation())
			counts = append(counts, count)
		}
		return counts
	}
	is.New(t).Equal(work("bob@example.com"), work("stranger@example.com")) // the same work for both
}

func TestAttendeesNeedAStore(t *testing.T) {
	is := is.New(t)
	stores := newStores(t)
	room := staffed(t, newService(t, rooms.Config{Stores: stores}), rooms.Change{})
	for name, lacking := range map[string]rooms.Stores{
		"no attendees":    {Rooms: stores.Rooms, Transactor: stores.Transactor},
		"no transactions": {Rooms: stores.Rooms, Attendees: stores.Attendees},
	} {
		s := newService(t, rooms.Config{Stores: stores}).On(lacking)
		for _, operation := range []string{"add", "replace", "change", "remove"} {
			err := manage(t, s, alice, room.ID, attendees(t, newService(t, rooms.Config{Stores: stores}), room)[1].ID, operation)
			if !errors.Is(err, rooms.ErrUnsupported) {
				t.Errorf("%s without %s: %v", operation, name, err) // nothing is done by halves
			}
		}
	}
	_, err := newService(t, rooms.Config{Stores: rooms.Stores{Rooms: stores.Rooms}}).Attendees(t.Context(), alice, room.ID)
	is.True(errors.Is(err, rooms.ErrUnsupported))
}
