package rooms_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/rooms"
)

// incomplete are callers that are refused everywhere.
func incomplete() map[string]rooms.Caller {
	user := func(change func(*rooms.Caller)) rooms.Caller {
		caller := rooms.ForUser(calendar, "alice", "alice@example.com")
		change(&caller)
		return caller
	}
	return map[string]rooms.Caller{
		"the zero caller":            {},
		"neither user nor program":   {Source: calendar},
		"both":                       user(func(c *rooms.Caller) { c.Program = true }),
		"a user without a source":    {UserID: "alice"},
		"a program without a source": {Program: true},
		"a source without a kind":    user(func(c *rooms.Caller) { c.Source.Kind = "" }),
		"a kind in capitals":         user(func(c *rooms.Caller) { c.Source.Kind = "Web" }),
		"a kind of two words":        user(func(c *rooms.Caller) { c.Source.Kind = "a b" }),
		"a long kind":                user(func(c *rooms.Caller) { c.Source.Kind = strings.Repeat("k", 33) }),
		"a line in a source's id":    user(func(c *rooms.Caller) { c.Source.ID = "\n" }),
		"ANSI in a source's name":    user(func(c *rooms.Caller) { c.Source.Name = "\x1b" }),
		"NUL in a user":              user(func(c *rooms.Caller) { c.UserID = "a\x00" }),
		"invalid UTF-8 in a user":    user(func(c *rooms.Caller) { c.UserID = "\xff" }),
		"a long user":                user(func(c *rooms.Caller) { c.UserID = strings.Repeat("é", 128) }),
		"addresses without a user":   user(func(c *rooms.Caller) { c.UserID = "" }),
		"addresses of a program":     user(func(c *rooms.Caller) { c.UserID, c.Program = "", true }),
		"an empty address":           user(func(c *rooms.Caller) { c.Addresses = []string{""} }),
		"NUL in an address":          user(func(c *rooms.Caller) { c.Addresses = []string{"a\x00@example.com"} }),
		"a long address":             user(func(c *rooms.Caller) { c.Addresses = []string{strings.Repeat("a", 256)} }),
		"more addresses than allowed": user(func(c *rooms.Caller) {
			c.Addresses = strings.Split("a b c d e f g h i j k",
				" ")
		}),
	}
}

func TestIncompleteCallers(t *testing.T) {
	stores := newStores(t)
	s := newService(t, rooms.Config{Stores: stores})
	room := staffed(t, s, rooms.Change{ExternalID: new("event")})
	guest, faulty := attendees(t, s, room)[1].ID, rooms.ParseChange(map[string]any{"x": 1})
	for name, bad := range incomplete() {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			for _, change := range []rooms.Change{{}, {ExternalID: new("event")}, faulty} {
				_, _, err := s.Create(t.Context(), bad, change)
				is.True(errors.Is(err, rooms.ErrCaller)) // comes before everything else
				_, err = s.Update(t.Context(), bad, room.ID, change, nil)
				is.True(errors.Is(err, rooms.ErrCaller))
			}
			for _, id := range []string{room.ID, uuid.NewString(), "x"} {
				_, err := s.Retrieve(t.Context(), bad, id)
				is.True(errors.Is(err, rooms.ErrCaller))
				is.True(errors.Is(s.Delete(t.Context(), bad, id, nil), rooms.ErrCaller))
				for _, operation := range []string{"list", "find", "add", "change", "remove", "replace"} {
					is.True(errors.Is(manage(t, s, bad, id, guest, operation), rooms.ErrCaller))
				}
			}
			_, err := s.Lookup(t.Context(), bad, room.Slug)
			is.True(errors.Is(err, rooms.ErrCaller))
			page, err := s.List(t.Context(), bad, rooms.ListOptions{Page: -1})
			is.True(errors.Is(err, rooms.ErrCaller))
			is.Equal(len(page.Rooms), 0)
			is.True(errors.Is(bad.Validate(), rooms.ErrCaller))
		})
	}
	unchanged(t, s, room)
	is.New(t).Equal(total(t, s), 1) // no room was made
}

func TestViews(t *testing.T) {
	user := rooms.View{UserID: "bob", Addresses: []string{"bob@example.com", "bob@example.org"}, SourceKind: "application",
		SourceID: "app_calendar"}
	wide := user
	wide.AllSources = true
	repeated := rooms.ForUser(calendar, "bob", "bob@example.com", "bob@example.org", "bob@example.com")
	tests := map[string]struct {
		caller rooms.Caller
		want   rooms.View
	}{
		"a user":                    {bob, user},
		"a user with a wider reach": {through(bob, calendar), wide},
		"an address twice":          {repeated, user},
		"a program": {program,
			rooms.View{Program: true, SourceKind: "application", SourceID: "app_calendar"}},
		"a program with a wider reach": {through(program, calendar),
			rooms.View{Program: true, SourceKind: "application", SourceID: "app_calendar"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			is.NoErr(test.caller.Validate())
			is.Equal(test.caller.View(), test.want)
			is.NoErr(test.want.Validate()) // what a complete caller sees is a valid view
		})
	}
	for name, bad := range incomplete() {
		t.Run(name, func(t *testing.T) {
			view := bad.View()
			if view.Validate() == nil && view.UserID == "" {
				is.New(t).True(view.Program) // no view of an incomplete caller shows a source's rooms without the mark
			}
		})
	}
}

func TestReaches(t *testing.T) {
	is := is.New(t)
	s := newService(t, rooms.Config{})
	room, ownerless := made(t, s, alice, rooms.Change{}), made(t, s, program, rooms.Change{})
	web := rooms.ForUser(rooms.Source{Kind: "web"}, "alice")
	_, err := s.Retrieve(t.Context(), web, room.ID)
	is.True(errors.Is(err, rooms.ErrNotFound)) // another source of the same user
	web.AllSources = true
	_, err = s.Retrieve(t.Context(), web, room.ID)
	is.NoErr(err) // unless it sees all of the user's rooms
	_, err = s.Retrieve(t.Context(), through(rooms.ForProgram(crm), crm), room.ID)
	is.True(errors.Is(err, rooms.ErrNotFound)) // a program has no wider reach
	_, err = s.Retrieve(t.Context(), alice, ownerless.ID)
	is.True(errors.Is(err, rooms.ErrNotFound)) // a user is no owner of a room without one
	_, err = s.Update(t.Context(), program, ownerless.ID, rooms.Change{Name: new("New")}, nil)
	is.NoErr(err) // a program has an owner's rights on its source's rooms
	for _, room := range []rooms.Room{room, ownerless} {
		is.NoErr(s.Delete(t.Context(), program, room.ID, nil)) // whoever owns them
	}
}
