package rooms_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"testing"

	"github.com/matryer/is"
	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/server/database/dbtest"
)

func TestTwoAddressesOfOneUser(t *testing.T) {
	tests := map[string]struct {
		there, second string
		want          []string
	}{
		"a member's":           {"bob@example.com", "bob@example.org", []string{"alice@example.com owner alice", "bob@example.com member bob", "bob@example.org member"}},
		"the owner's":          {"alice@example.com", "alice@example.org", []string{"alice@example.com owner alice", "alice@example.org member"}},
		"of nobody, likewise":  {"x@example.com", "x@example.org", []string{"alice@example.com owner alice", "x@example.com member", "x@example.org member"}},
		"with the other first": {"bob@example.org", "bob@example.com", []string{"alice@example.com owner alice", "bob@example.org member bob", "bob@example.com member"}},
	}
	s := newService(t, rooms.Config{Directory: people})
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			owner := alice
			owner.Address = "alice@example.com"
			room := made(t, s, owner, rooms.Draft{})
			first := invite(t, s, room, test.there, "")
			second, added, err := s.AddAttendee(t.Context(), alice, room.ID, rooms.Invitee{Address: test.second})
			is.NoErr(err)
			is.True(added)                          // as if it were somebody else's
			is.True(second.ID != first.ID)          // with an id of its own
			is.Equal(guests(t, s, room), test.want) // both stand in the list
			again, added, err := s.AddAttendee(t.Context(), alice, room.ID, rooms.Invitee{Address: test.second})
			is.NoErr(err)
			is.True(!added)
			is.Equal(again, second)
			raised, err := s.ChangeAttendee(t.Context(), alice, room.ID, second.ID, rooms.Administrator)
			is.NoErr(err)
			is.Equal(raised.Role, rooms.Administrator)
			is.Equal(invite(t, s, room, test.there, "").Role, first.Role) // each has a role of its own
			is.NoErr(s.RemoveAttendee(t.Context(), alice, room.ID, second.ID))
			is.Equal(guests(t, s, room), test.want[:len(test.want)-1]) // and goes on its own
		})
	}
}

func TestTwoAddressesOfOneUserInASet(t *testing.T) {
	is := is.New(t)
	s := newService(t, rooms.Config{Directory: people})
	room := staffed(t, s, rooms.Draft{})
	set := []rooms.Invitee{{Address: "carol@example.com"}, {Address: "bob@example.org", Role: rooms.Administrator}, {Address: "bob@example.com"}, {Address: "alice@example.org"}}
	first, err := s.ReplaceAttendees(t.Context(), alice, room.ID, set)
	is.NoErr(err)
	is.Equal(len(first), 5) // one for each address, and the owner
	again, err := s.ReplaceAttendees(t.Context(), alice, room.ID, set)
	is.NoErr(err)
	is.Equal(again, first) // the same set is the same set
	fresh := made(t, s, alice, rooms.Draft{})
	_, err = s.ReplaceAttendees(t.Context(), alice, fresh.ID, set[1:3])
	is.NoErr(err)
	is.Equal(guests(t, s, fresh)[1:], []string{"bob@example.org administrator bob", "bob@example.com member"}) // also when both are new
}

// TestAnotherAddressInsteadOfTheFirst: a known user who is named by another
// address of theirs keeps the room. Nothing of it is to be seen from outside.
func TestAnotherAddressInsteadOfTheFirst(t *testing.T) {
	s := newService(t, rooms.Config{Directory: people})
	tests := map[string]func(t *testing.T, room rooms.Room) error{
		"by replacing the set": func(t *testing.T, room rooms.Room) error {
			_, err := s.ReplaceAttendees(t.Context(), alice, room.ID, []rooms.Invitee{{Address: "bob@example.org"}})
			return err
		},
		"by removing the first and adding the second": func(t *testing.T, room rooms.Room) error {
			err := s.RemoveAttendee(t.Context(), alice, room.ID, attendees(t, s, room)[1].ID)
			invite(t, s, room, "bob@example.org", "")
			return err
		},
		"by adding the second and removing the first": func(t *testing.T, room rooms.Room) error {
			invite(t, s, room, "bob@example.org", "")
			return s.RemoveAttendee(t.Context(), alice, room.ID, attendees(t, s, room)[1].ID)
		},
	}
	for name, change := range tests {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			room := staffed(t, s, rooms.Draft{})
			is.NoErr(change(t, room))
			_, err := s.Retrieve(t.Context(), bob, room.ID)
			is.NoErr(err) // known users are active
		})
	}
}

func TestAnAttendeeOfAHostsOwn(t *testing.T) {
	is := is.New(t)
	store := newStore(t)
	s := newService(t, rooms.Config{Store: store, Directory: people})
	room := made(t, s, alice, rooms.Draft{})
	own := rooms.Attendee{ID: "own", UserID: "bob", Role: rooms.Member, CreatedAt: room.CreatedAt}
	is.NoErr(store.(rooms.AttendeeStore).ChangeAttendees(t.Context(), room.ID, rooms.AttendeeChanges{Add: []rooms.Attendee{own}}))
	same, added, err := s.AddAttendee(t.Context(), alice, room.ID, rooms.Invitee{Address: "bob@example.com"})
	is.NoErr(err)
	is.True(!added) // who has no address is known by their user
	is.Equal(same, own)
	all, err := s.ReplaceAttendees(t.Context(), alice, room.ID, []rooms.Invitee{{Address: "bob@example.org", Role: rooms.Administrator}})
	is.NoErr(err)
	is.True(len(all) == 2 && all[1].ID == "own" && all[1].Role == rooms.Administrator) // by any address
}

func TestPendingAttendeesBecomeActive(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		is := is.New(t)
		s := service(t, db, rooms.Config{Directory: people})
		room := made(t, s, alice, rooms.Draft{})
		pending, added, err := s.AddAttendee(t.Context(), alice, room.ID, rooms.Invitee{Address: "Dave@example.com", Role: rooms.Administrator})
		is.NoErr(err)
		is.True(added && pending.UserID == "") // nobody has the address yet
		_, err = s.Retrieve(t.Context(), dave, room.ID)
		is.True(errors.Is(err, rooms.ErrNotFound))
		for _, nothing := range [][2]string{{"", "dave"}, {"dave@example.com", ""}, {"other@example.com", "dave"}} {
			is.NoErr(s.ActivateAttendee(t.Context(), nothing[0], nothing[1]))
		}
		is.Equal(guests(t, s, room)[1:], []string{"dave@example.com administrator"}) // still
		is.NoErr(s.ActivateAttendee(t.Context(), "dave@example.com", "dave"))
		is.NoErr(s.ActivateAttendee(t.Context(), "dave@example.com", "bob"))
		is.Equal(guests(t, s, room)[1:], []string{"dave@example.com administrator dave"}) // the first one's
		_, err = s.Update(t.Context(), dave, room.ID, rooms.Change{Name: new("Dave's")})
		is.NoErr(err) // with the role that was pending
		page, err := s.List(t.Context(), dave, rooms.ListOptions{})
		is.NoErr(err)
		is.Equal(page.Total, 1) // among the rooms that they see
		again := invite(t, s, room, "dave@example.com", "")
		is.True(again.ID == pending.ID && again.UserID == "dave")
	})
}

func TestConcurrentActivation(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		s := service(t, db, rooms.Config{Directory: people})
		for round := range 10 {
			is := is.New(t)
			room, user := made(t, s, alice, rooms.Draft{}), fmt.Sprintf("user-%d", round)
			for i := range 2 {
				invite(t, s, room, fmt.Sprintf("%s@%d.example.com", user, i), "")
			}
			for _, err := range atOnce(6, func(i int) error {
				return s.ActivateAttendee(t.Context(), fmt.Sprintf("%s@%d.example.com", user, i%2), user)
			}) {
				is.NoErr(err) // by whichever address, and however often
			}
			active := 0
			for _, a := range attendees(t, s, room) {
				if a.UserID == user {
					active++
				}
			}
			is.Equal(active, 1) // a user is there once
		}
	})
}

// signup is a directory in which somebody signs up just after they were looked
// for.
type signup struct {
	phonebook
	then func()
}

func (s *signup) UserIDs(context.Context, []string) (map[string]string, error) {
	known := maps.Clone(s.phonebook)
	if s.then != nil {
		s.then()
		s.then = nil
	}
	return known, nil
}

func TestSigningUpWhileBeingInvited(t *testing.T) {
	is := is.New(t)
	store := newStore(t)
	outside := newService(t, rooms.Config{Store: store})
	room := made(t, outside, alice, rooms.Draft{})
	book := phonebook{}
	s := newService(t, rooms.Config{Store: store, Directory: &signup{book, func() {
		book["dave@example.com"] = "dave"
		is.NoErr(outside.ActivateAttendee(t.Context(), "dave@example.com", "dave"))
	}}})
	invite(t, s, room, "dave@example.com", "")
	_, err := outside.Retrieve(t.Context(), dave, room.ID)
	is.NoErr(err) // whoever comes first, the user sees the room in the end
}

// asked is a directory that counts what it is asked.
type asked struct {
	phonebook
	times *int
}

func (a asked) UserIDs(ctx context.Context, addresses []string) (map[string]string, error) {
	*a.times += 1 + len(addresses)
	return a.phonebook.UserIDs(ctx, addresses)
}

// TestNobodyTakesLonger: whoever measures the time of an answer does not learn
// who has an account.
func TestNobodyTakesLonger(t *testing.T) {
	times := 0
	s := newService(t, rooms.Config{Directory: asked{people, &times}})
	work := func(address string) (counts []int) {
		room := made(t, s, alice, rooms.Draft{})
		for i := range 5 {
			invite(t, s, room, fmt.Sprintf("nobody-%d@example.com", i), "")
		}
		all := attendees(t, s, room)
		who := invite(t, s, room, address, "")
		for _, operation := range []func() error{
			func() error { invite(t, s, room, address, rooms.Administrator); return nil },
			func() error { return s.RemoveAttendee(t.Context(), alice, room.ID, all[1].ID) },
			func() error { return s.RemoveAttendee(t.Context(), alice, room.ID, who.ID) },
			func() error {
				_, err := s.ReplaceAttendees(t.Context(), alice, room.ID, []rooms.Invitee{{Address: address}})
				return err
			},
		} {
			times = 0
			is.New(t).NoErr(operation())
			counts = append(counts, times)
		}
		return counts
	}
	is.New(t).Equal(work("bob@example.com"), work("dave@example.com")) // a user, and nobody yet
}

// down is a directory that cannot answer.
type down struct {
	phonebook
	err error
}

func (d down) UserIDs(context.Context, []string) (map[string]string, error) { return nil, d.err }

func TestADirectoryThatIsAway(t *testing.T) {
	is := is.New(t)
	store, away := newStore(t), errors.New("away")
	s := newService(t, rooms.Config{Store: store, Directory: down{err: away}})
	room := made(t, s, alice, rooms.Draft{})
	_, added, err := s.AddAttendee(t.Context(), alice, room.ID, rooms.Invitee{Address: "bob@example.com"})
	is.True(errors.Is(err, away)) // is not somebody without an account
	is.True(!added)
	_, err = s.ReplaceAttendees(t.Context(), alice, room.ID, []rooms.Invitee{{Address: "bob@example.com"}})
	is.True(errors.Is(err, away))
	is.Equal(len(attendees(t, s, room)), 1) // and nobody is added
}

func TestAttendeesNeedAStoreAndADirectory(t *testing.T) {
	is := is.New(t)
	store := newStore(t)
	room := staffed(t, newService(t, rooms.Config{Store: store, Directory: people}), rooms.Draft{})
	closed := newService(t, rooms.Config{Store: store})
	all := attendees(t, closed, room)
	for _, operation := range []string{"add", "replace", "list", "find", "change", "remove"} {
		needs := operation == "add" || operation == "replace"
		err := manage(t, closed, alice, room.ID, all[1].ID, operation)
		is.Equal(errors.Is(err, rooms.ErrUnsupported), needs) // nobody can be named without a directory
		is.True(needs || err == nil)                          // but whoever is there may be managed
		err = manage(t, newService(t, rooms.Config{Store: bare{store}, Directory: people}), alice, room.ID, all[1].ID, operation)
		is.True(errors.Is(err, rooms.ErrUnsupported)) // a store without attendees
	}
	is.NoErr(newService(t, rooms.Config{Store: bare{store}}).ActivateAttendee(t.Context(), "dave@example.com", "dave")) // where nobody is pending
}
