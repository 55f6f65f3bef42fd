package rooms_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/matryer/is"
	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/server/database/dbtest"
)

func TestTheDoor(t *testing.T) {
	const enter, lobby = rooms.Enter, rooms.Lobby
	visitors := map[string]struct {
		visitor                     rooms.Visitor
		public, trusted, restricted rooms.Decision
		role                        rooms.Role
	}{
		"nobody in particular":                  {rooms.Visitor{}, enter, lobby, lobby, ""},
		"nobody with a pending address":         {rooms.Visitor{Address: "dave@example.com"}, enter, lobby, lobby, ""},
		"nobody with the owner's address":       {rooms.Visitor{Address: "alice@example.com"}, enter, lobby, lobby, ""},
		"a user":                                {rooms.Visitor{UserID: "erin"}, enter, enter, lobby, ""},
		"a user with an address":                {rooms.Visitor{UserID: "erin", Address: "erin@example.com"}, enter, enter, lobby, ""},
		"a user with a member's address":        {rooms.Visitor{UserID: "erin", Address: "bob@example.com"}, enter, enter, lobby, ""},
		"a user with a member's id in capitals": {rooms.Visitor{UserID: "BOB"}, enter, enter, lobby, ""},
		"a member":                              {rooms.Visitor{UserID: "bob"}, enter, enter, enter, rooms.Member},
		"a member by another address":           {rooms.Visitor{UserID: "bob", Address: "bob@example.net"}, enter, enter, enter, rooms.Member},
		"an administrator":                      {rooms.Visitor{UserID: "carol", Address: "carol@example.com"}, enter, enter, enter, rooms.Administrator},
		"the owner":                             {rooms.Visitor{UserID: "alice"}, enter, enter, enter, rooms.Owner},
		"somebody pending":                      {rooms.Visitor{UserID: "dave", Address: "dave@example.com"}, enter, enter, enter, rooms.Administrator},
		"somebody pending without the address":  {rooms.Visitor{UserID: "dave"}, enter, enter, lobby, ""},
	}
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		s := service(t, db, rooms.Config{AllowPublic: true, Directory: people})
		for name, test := range visitors {
			for level, want := range map[rooms.AccessLevel]rooms.Decision{rooms.Public: test.public, rooms.Trusted: test.trusted, rooms.Restricted: test.restricted} {
				t.Run(name+"/"+string(level), func(t *testing.T) {
					is := is.New(t)
					room := staffed(t, s, rooms.Draft{AccessLevel: level})
					invite(t, s, room, "dave@example.com", rooms.Administrator)
					got, err := s.Admit(t.Context(), room.Slug, test.visitor)
					is.NoErr(err)
					is.Equal(got, rooms.Admission{Decision: want, Role: test.role, Room: room})
					is.NoErr(s.Delete(t.Context(), alice, room.ID, nil))
				})
			}
		}
	})
}

func TestTheDoorOfEverySource(t *testing.T) {
	is := is.New(t)
	s := newService(t, rooms.Config{})
	for _, caller := range []rooms.Caller{alice, program, through(alice, crm), {User: "alice", Source: rooms.Source{Kind: "web"}}} {
		room := made(t, s, caller, rooms.Draft{})
		got, err := s.Admit(t.Context(), room.Slug, rooms.Visitor{UserID: "erin"})
		is.NoErr(err)
		is.Equal(got, rooms.Admission{Decision: rooms.Enter, Room: room}) // the door asks for no source
	}
}

func TestTheDoorRefuses(t *testing.T) {
	clock := newClock()
	s := newService(t, rooms.Config{AllowPublic: true, Directory: people, Now: clock.now})
	open, gone := staffed(t, s, rooms.Draft{AccessLevel: rooms.Public}), staffed(t, s, rooms.Draft{AccessLevel: rooms.Public})
	expired := staffed(t, s, rooms.Draft{AccessLevel: rooms.Public, ExpiresAt: clock.at.Add(time.Hour)})
	invite(t, s, expired, "dave@example.com", "")
	is.New(t).NoErr(s.Delete(t.Context(), alice, gone.ID, nil))
	clock.move(time.Hour)
	tests := map[string]struct {
		slug    string
		visitor rooms.Visitor
	}{
		"a deleted room":                {gone.Slug, rooms.Visitor{UserID: "erin"}},
		"a deleted room, its owner":     {gone.Slug, rooms.Visitor{UserID: "alice"}},
		"an expired room":               {expired.Slug, rooms.Visitor{}},
		"an expired room, its owner":    {expired.Slug, rooms.Visitor{UserID: "alice"}},
		"an expired room, when pending": {expired.Slug, rooms.Visitor{UserID: "dave", Address: "dave@example.com"}},
		"an unknown slug":               {"zzz-zzzz-zzz", rooms.Visitor{UserID: "alice"}},
		"no slug":                       {"", rooms.Visitor{UserID: "alice"}},
		"capitals":                      {strings.ToUpper(open.Slug), rooms.Visitor{UserID: "alice"}},
		"without hyphens":               {strings.ReplaceAll(open.Slug, "-", ""), rooms.Visitor{UserID: "alice"}},
		"white space":                   {open.Slug + " ", rooms.Visitor{UserID: "alice"}},
		"a link":                        {"https://meet.example.org/" + open.Slug, rooms.Visitor{UserID: "alice"}},
		"the id":                        {open.ID, rooms.Visitor{UserID: "alice"}},
		"NUL in the slug":               {"aaa-aaaa-aa\x00", rooms.Visitor{UserID: "alice"}},
		"a pattern":                     {"___-____-___", rooms.Visitor{UserID: "alice"}},
		"NUL in the user":               {open.Slug, rooms.Visitor{UserID: "alice\x00"}},
		"invalid UTF-8 in the user":     {open.Slug, rooms.Visitor{UserID: "\xff"}},
		"NUL in the address":            {open.Slug, rooms.Visitor{UserID: "alice", Address: "a\x00@example.com"}},
		"a long user":                   {open.Slug, rooms.Visitor{UserID: strings.Repeat("u", 256)}},
		"a long address":                {open.Slug, rooms.Visitor{UserID: "alice", Address: strings.Repeat("u", 256)}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			got, err := s.Admit(t.Context(), test.slug, test.visitor)
			is.NoErr(err)
			is.Equal(got, rooms.Admission{Decision: rooms.Refuse}) // one answer, without any room
		})
	}
	is.New(t).Equal(guests(t, s, expired)[3], "dave@example.com member") // who is refused does not become active
}

func TestTheDoorAtTheLastMoment(t *testing.T) {
	is := is.New(t)
	clock := newClock()
	s := newService(t, rooms.Config{Now: clock.now})
	room := made(t, s, alice, rooms.Draft{ExpiresAt: clock.at.Add(time.Hour)})
	clock.move(time.Hour - time.Microsecond)
	got, err := s.Admit(t.Context(), room.Slug, rooms.Visitor{UserID: "alice"})
	is.NoErr(err)
	is.Equal(got.Decision, rooms.Enter) // before the end
	clock.move(time.Microsecond)
	got, err = s.Admit(t.Context(), room.Slug, rooms.Visitor{UserID: "alice"})
	is.NoErr(err)
	is.Equal(got.Decision, rooms.Refuse) // and at the end
	_, err = s.Update(t.Context(), alice, room.ID, rooms.Change{ExpiresAt: new(clock.at.Add(time.Hour))})
	is.NoErr(err)
	got, err = s.Admit(t.Context(), room.Slug, rooms.Visitor{UserID: "alice"})
	is.NoErr(err)
	is.Equal(got.Decision, rooms.Enter) // until it is put off
}

// doorman counts the writes of the door, or fails them.
type doorman struct {
	*rooms.SQLStore
	writes int
	err    error
}

func (d *doorman) Activate(ctx context.Context, address, userID string) error {
	d.writes++
	return errors.Join(d.err, d.SQLStore.Activate(ctx, address, userID))
}

func TestTheDoorActivates(t *testing.T) {
	is := is.New(t)
	store := &doorman{SQLStore: newStore(t).(*rooms.SQLStore)}
	s := newService(t, rooms.Config{Store: store, Directory: people})
	room, second := staffed(t, s, rooms.Draft{}), staffed(t, s, rooms.Draft{})
	invite(t, s, room, "dave@example.com", rooms.Administrator)
	invite(t, s, second, "dave@example.com", "")
	for _, visitor := range []rooms.Visitor{{}, {Address: "dave@example.com"}, {UserID: "dave"}, {UserID: "bob", Address: "bob@example.com"},
		{UserID: "erin", Address: "erin@example.com"}, {UserID: "alice", Address: "alice@example.com"}} {
		_, err := s.Admit(t.Context(), room.Slug, visitor)
		is.NoErr(err)
		is.Equal(store.writes, 0) // the door of a room writes nothing for those for whom nothing is pending
	}
	for range 2 {
		got, err := s.Admit(t.Context(), room.Slug, rooms.Visitor{UserID: "dave", Address: "dave@example.com"})
		is.NoErr(err)
		is.Equal(got.Role, rooms.Administrator)
		is.Equal(store.writes, 1) // once for those for whom something is
	}
	is.Equal(guests(t, s, room)[3], "dave@example.com administrator dave")
	is.Equal(guests(t, s, second)[3], "dave@example.com member dave") // wherever it is
	_, err := s.Update(t.Context(), dave, room.ID, rooms.Change{Name: new("Dave's")})
	is.NoErr(err) // from then on they see the room
}

func TestADoorThatCannotTell(t *testing.T) {
	is := is.New(t)
	store := &doorman{SQLStore: newStore(t).(*rooms.SQLStore), err: errors.New("away")}
	s := newService(t, rooms.Config{Store: store, Directory: people})
	room := staffed(t, s, rooms.Draft{})
	invite(t, s, room, "dave@example.com", "")
	got, err := s.Admit(t.Context(), room.Slug, rooms.Visitor{UserID: "dave", Address: "dave@example.com"})
	is.True(errors.Is(err, store.err))
	is.Equal(got, rooms.Admission{}) // nobody enters by mistake
	spent, cancel := context.WithCancel(t.Context())
	cancel()
	got, err = s.Admit(spent, room.Slug, rooms.Visitor{UserID: "alice"})
	is.True(errors.Is(err, context.Canceled)) // is not a door without a room
	is.Equal(got, rooms.Admission{})
	_, err = newService(t, rooms.Config{Store: bare{store}}).Admit(t.Context(), room.Slug, rooms.Visitor{UserID: "alice"})
	is.True(errors.Is(err, rooms.ErrUnsupported))
}
