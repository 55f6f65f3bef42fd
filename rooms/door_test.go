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
		"a visitor who is not signed in": {rooms.Visitor{}, enter, lobby, lobby, ""},
		"an attendee's address alone": {rooms.Visitor{Addresses: []string{"dave@example.com"}}, enter, lobby,
			lobby, ""},
		"the owner's address alone": {rooms.Visitor{Addresses: []string{"alice@example.com"}}, enter, lobby,
			lobby, ""},
		"a user": {rooms.Visitor{UserID: "erin"}, enter, enter, lobby, ""},
		"a user with an address": {rooms.Visitor{UserID: "erin", Addresses: []string{"erin@example.com"}},
			enter, enter, lobby, ""},
		"a user with the owner's address": {rooms.Visitor{UserID: "erin", Addresses: []string{"alice@example.com"}},
			enter, enter, lobby, ""},
		"a user with the owner's id in capitals": {rooms.Visitor{UserID: "ALICE"}, enter, enter, lobby, ""},
		"a member": {rooms.Visitor{UserID: "bob", Addresses: []string{"bob@example.com"}},
			enter, enter, enter, rooms.Member},
		"a member without the address": {rooms.Visitor{UserID: "bob"}, enter, enter, lobby, ""},
		"a member by the second address": {rooms.Visitor{UserID: "bob",
			Addresses: []string{"bob@example.net", "bob@example.com"}}, enter, enter, enter, rooms.Member},
		"an administrator": {rooms.Visitor{UserID: "carol", Addresses: []string{"carol@example.com"}},
			enter, enter, enter, rooms.Administrator},
		"a member and an administrator": {rooms.Visitor{UserID: "bob",
			Addresses: []string{"bob@example.com", "carol@example.com"}}, enter, enter, enter, rooms.Administrator},
		"the owner": {rooms.Visitor{UserID: "alice"}, enter, enter, enter, rooms.Owner},
		"the owner with a member's address": {rooms.Visitor{UserID: "alice", Addresses: []string{"bob@example.com"}},
			enter, enter, enter, rooms.Owner},
	}
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		s := service(t, db, rooms.Config{AllowPublic: true, ParseAddress: parseAddress})
		for name, test := range visitors {
			for level, want := range map[rooms.AccessLevel]rooms.Decision{rooms.Public: test.public, rooms.Trusted: test.trusted,
				rooms.Restricted: test.restricted} {
				t.Run(name+"/"+string(level), func(t *testing.T) {
					is := is.New(t)
					room := staffed(t, s, rooms.Change{AccessLevel: new(level)})
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
	for _, caller := range []rooms.Caller{alice, program, through(alice, crm),
		rooms.ForUser(rooms.Source{Kind: "web"}, "alice")} {
		room := made(t, s, caller, rooms.Change{})
		got, err := s.Admit(t.Context(), room.Slug, rooms.Visitor{UserID: "erin"})
		is.NoErr(err)
		is.Equal(got, rooms.Admission{Decision: rooms.Enter, Room: room}) // the door asks for no source
	}
}

func TestTheDoorRefuses(t *testing.T) {
	clock := newClock()
	s := newService(t, rooms.Config{AllowPublic: true, ParseAddress: parseAddress, Now: clock.now})
	open, gone := staffed(t, s, rooms.Change{AccessLevel: new(rooms.Public)}), staffed(t, s,
		rooms.Change{AccessLevel: new(rooms.Public)})
	expired := staffed(t, s, rooms.Change{AccessLevel: new(rooms.Public), ExpiresAt: new(clock.at.Add(time.Hour))})
	invite(t, s, expired, "dave@example.com", "")
	is.New(t).NoErr(s.Delete(t.Context(), alice, gone.ID, nil))
	clock.move(time.Hour)
	tests := map[string]struct {
		slug    string
		visitor rooms.Visitor
	}{
		"a deleted room":             {gone.Slug, rooms.Visitor{UserID: "erin"}},
		"a deleted room, its owner":  {gone.Slug, rooms.Visitor{UserID: "alice"}},
		"an expired room":            {expired.Slug, rooms.Visitor{}},
		"an expired room, its owner": {expired.Slug, rooms.Visitor{UserID: "alice"}},
		"an expired room, an attendee": {expired.Slug,
			rooms.Visitor{UserID: "dave", Addresses: []string{"dave@example.com"}}},
		"an unknown slug":           {"zzz-zzzz-zzz", rooms.Visitor{UserID: "alice"}},
		"no slug":                   {"", rooms.Visitor{UserID: "alice"}},
		"with one hyphen":           {strings.Replace(open.Slug, "-", "", 1), rooms.Visitor{UserID: "alice"}},
		"hyphens elsewhere":         {"-" + strings.Replace(open.Slug, "-", "", 1), rooms.Visitor{UserID: "alice"}},
		"white space":               {open.Slug + " ", rooms.Visitor{UserID: "alice"}},
		"a link":                    {"https://meet.example.org/" + open.Slug, rooms.Visitor{UserID: "alice"}},
		"the id":                    {open.ID, rooms.Visitor{UserID: "alice"}},
		"NUL in the slug":           {"aaa-aaaa-aa\x00", rooms.Visitor{UserID: "alice"}},
		"a pattern":                 {"___-____-___", rooms.Visitor{UserID: "alice"}},
		"NUL in the user":           {open.Slug, rooms.Visitor{UserID: "alice\x00"}},
		"invalid UTF-8 in the user": {open.Slug, rooms.Visitor{UserID: "\xff"}},
		"NUL in the address":        {open.Slug, rooms.Visitor{UserID: "alice", Addresses: []string{"a\x00@example.com"}}},
		"a long user":               {open.Slug, rooms.Visitor{UserID: strings.Repeat("u", 256)}},
		"a long address": {open.Slug,
			rooms.Visitor{UserID: "alice", Addresses: []string{strings.Repeat("u", 256)}}},
		"an empty address": {open.Slug, rooms.Visitor{UserID: "alice", Addresses: []string{""}}},
		"too many addresses": {open.Slug,
			rooms.Visitor{UserID: "alice", Addresses: strings.Split("a b c d e f g h i j k", " ")}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			got, err := s.Admit(t.Context(), test.slug, test.visitor)
			is.NoErr(err)
			is.Equal(got, rooms.Admission{Decision: rooms.Refuse}) // one answer, without any room
		})
	}
}

func TestTheDoorAtTheLastMoment(t *testing.T) {
	is := is.New(t)
	clock := newClock()
	s := newService(t, rooms.Config{Now: clock.now})
	room := made(t, s, alice, rooms.Change{ExpiresAt: new(clock.at.Add(time.Hour))})
	clock.move(time.Hour - time.Microsecond)
	got, err := s.Admit(t.Context(), room.Slug, rooms.Visitor{UserID: "alice"})
	is.NoErr(err)
	is.Equal(got.Decision, rooms.Enter) // before the end
	clock.move(time.Microsecond)
	got, err = s.Admit(t.Context(), room.Slug, rooms.Visitor{UserID: "alice"})
	is.NoErr(err)
	is.Equal(got.Decision, rooms.Refuse) // and at the end
	_, err = s.Update(t.Context(), alice, room.ID, rooms.Change{ExpiresAt: new(clock.at.Add(time.Hour))}, nil)
	is.NoErr(err)
	got, err = s.Admit(t.Context(), room.Slug, rooms.Visitor{UserID: "alice"})
	is.NoErr(err)
	is.Equal(got.Decision, rooms.Enter) // until it is put off
}

// away are attendees that cannot be found out.
type away struct {
	rooms.AttendeeStore
	err error
}

func (a away) Door(context.Context, string, rooms.Visitor) (rooms.Room, rooms.Role, error) {
	return rooms.Room{Slug: "aaa-aaaa-aaa", AccessLevel: rooms.Public}, rooms.Owner, a.err
}

func TestADoorThatCannotTell(t *testing.T) {
	is := is.New(t)
	stores := newStores(t)
	room := staffed(t, newService(t, rooms.Config{Stores: stores}), rooms.Change{})
	failing := stores
	failing.Attendees = away{stores.Attendees, errors.New("away")}
	got, err := newService(t, rooms.Config{Stores: failing}).Admit(t.Context(), room.Slug, rooms.Visitor{UserID: "alice"})
	is.True(err != nil && err.Error() == "away")
	is.Equal(got, rooms.Admission{}) // no one enters by mistake
	spent, cancel := context.WithCancel(t.Context())
	cancel()
	got, err = newService(t, rooms.Config{Stores: stores}).Admit(spent, room.Slug, rooms.Visitor{UserID: "alice"})
	is.True(errors.Is(err, context.Canceled)) // is not a door without a room
	is.Equal(got, rooms.Admission{})
	plain := newService(t, rooms.Config{Stores: rooms.Stores{Rooms: stores.Rooms}})
	_, err = plain.Admit(t.Context(), room.Slug, rooms.Visitor{UserID: "alice"})
	is.True(errors.Is(err, rooms.ErrUnsupported))
}
