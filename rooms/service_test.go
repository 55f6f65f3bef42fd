package rooms_test

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/server/database/dbtest"
)

// newStore is a store on a new SQLite file.
func newStore(t testing.TB) rooms.Store {
	t.Helper()
	return rooms.NewSQLStore(dbtest.Open(t, dbtest.SQLite(t)))
}

func newService(t testing.TB, config rooms.Config) *rooms.Service {
	t.Helper()
	if config.Store == nil {
		config.Store = newStore(t)
	}
	s, err := rooms.New(config)
	is.New(t).NoErr(err)
	return s
}

// The callers of the rules, beside alice, and another source.
var (
	crm     = rooms.Source{Kind: "application", ID: "app_crm", Name: "CRM"}
	bob     = rooms.Caller{User: "bob", Source: calendar}
	carol   = rooms.Caller{User: "carol", Source: calendar}
	dave    = rooms.Caller{User: "dave", Source: calendar}
	program = rooms.Caller{Source: calendar}
)

// through is the caller by another source, where it sees its user's rooms of all
// sources.
func through(caller rooms.Caller, source rooms.Source) rooms.Caller {
	caller.Source, caller.Reach = source, rooms.ReachUser
	return caller
}

// clock is a clock that stands until it is moved.
type clock struct{ at time.Time }

func newClock() *clock { return &clock{time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)} }

func (c *clock) now() time.Time { return c.at }

func (c *clock) move(by time.Duration) { c.at = c.at.Add(by) }

// made is a new room of the caller's.
func made(t testing.TB, s *rooms.Service, caller rooms.Caller, draft rooms.Draft) rooms.Room {
	t.Helper()
	is := is.New(t)
	room, created, err := s.Create(t.Context(), caller, draft)
	is.NoErr(err)
	is.True(created)
	return room
}

// unchanged asserts that a room is as it was.
func unchanged(t testing.TB, s *rooms.Service, room rooms.Room) {
	t.Helper()
	is := is.New(t)
	found, err := s.Retrieve(t.Context(), rooms.Caller{Source: room.Source}, room.ID)
	is.NoErr(err)
	is.Equal(found, room) // as it was
}

// faults are the fields that were refused, each with its code.
func faults(err error) (list []string) {
	var invalid *rooms.InvalidError
	if errors.As(err, &invalid) {
		for _, f := range invalid.Fields {
			list = append(list, f.Field+" "+f.Code)
		}
	}
	return list
}

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

// bare is a store that can do nothing beside.
type bare struct{ rooms.Store }

func TestDefaults(t *testing.T) {
	is := is.New(t)
	now := time.Date(2026, 11, 23, 11, 0, 0, 123456789, time.FixedZone("CET", 3600))
	s := newService(t, rooms.Config{PINLength: 8, Now: func() time.Time { return now }})
	room, _, err := s.Create(t.Context(), alice, rooms.Draft{})
	is.NoErr(err)
	is.Equal(room.Name, room.Slug)                                                   // named after the slug
	is.Equal(room.AccessLevel, rooms.Trusted)                                        // neither open nor closed
	is.Equal(room.Source, alice.Source)                                              // stamped
	is.True(regexp.MustCompile(`^[0-9]{8}$`).MatchString(room.PIN))                  // of the configured length
	is.Equal(room.CreatedAt, time.Date(2026, 11, 23, 10, 0, 0, 123456000, time.UTC)) // UTC, microseconds
	is.Equal(room.Version, int64(1))
	found, err := s.Retrieve(t.Context(), alice, room.ID)
	is.NoErr(err)
	is.Equal(found, room) // what was returned is what was kept
}

func TestDraftsAndChanges(t *testing.T) {
	tests := map[string]struct {
		draft rooms.Draft
		field string
		code  string
	}{
		"a name of 500 characters":   {rooms.Draft{Name: strings.Repeat("é", 500)}, "", ""},
		"a name of 501":              {rooms.Draft{Name: strings.Repeat("é", 501)}, "name", rooms.CodeTooLong},
		"a blank name":               {rooms.Draft{Name: " \u00a0\u2003"}, "name", rooms.CodeBlank},
		"NUL in a name":              {rooms.Draft{Name: "a\x00"}, "name", rooms.CodeInvalidCharacters},
		"invalid UTF-8 in a name":    {rooms.Draft{Name: "\xff"}, "name", rooms.CodeInvalidCharacters},
		"a line separator in a name": {rooms.Draft{Name: "a\u2028b"}, "name", rooms.CodeInvalidCharacters},
		"a level":                    {rooms.Draft{AccessLevel: rooms.Restricted}, "", ""},
		"an unknown level":           {rooms.Draft{AccessLevel: "open"}, "access_level", rooms.CodeInvalidChoice},
		"public":                     {rooms.Draft{AccessLevel: rooms.Public}, "access_level", rooms.CodePublicDisabled},
		"an external id of 255":      {rooms.Draft{ExternalID: strings.Repeat("é", 255)}, "", ""},
		"an external id of 256":      {rooms.Draft{ExternalID: strings.Repeat("x", 256)}, "external_id", rooms.CodeTooLong},
		"ANSI in an external id":     {rooms.Draft{ExternalID: "\x1b[31m"}, "external_id", rooms.CodeInvalidCharacters},
		"an unknown setting":         {rooms.Draft{Configuration: rooms.Configuration{"x": 1}}, "configuration.x", rooms.CodeUnknownField},
		"NUL in a setting":           {rooms.Draft{Configuration: rooms.Configuration{"a\x00": 1}}, "configuration", rooms.CodeInvalidCharacters},
		"a huge configuration":       {rooms.Draft{Configuration: rooms.Configuration{"x": strings.Repeat("x", 9000)}}, "configuration", rooms.CodeTooLong},
		"a value that is not JSON":   {rooms.Draft{Configuration: rooms.Configuration{"x": make(chan int)}}, "configuration", rooms.CodeTooLong},
	}
	s := newService(t, rooms.Config{})
	kept, _, err := s.Create(t.Context(), alice, rooms.Draft{Name: "Kept"})
	is.New(t).NoErr(err)
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			room, _, err := s.Create(t.Context(), alice, test.draft)
			change := rooms.Change{Name: &test.draft.Name, AccessLevel: &test.draft.AccessLevel,
				Configuration: &test.draft.Configuration, ExternalID: &test.draft.ExternalID}
			if test.field == "" {
				is.NoErr(err)
				is.NoErr(s.Delete(t.Context(), alice, room.ID, nil))
				return
			}
			var invalid *rooms.InvalidError
			is.True(errors.As(err, &invalid))
			is.Equal(len(invalid.Fields), 1)
			is.Equal(invalid.Fields[0].Field, test.field) // the field
			is.Equal(invalid.Fields[0].Code, test.code)   // and what is wrong
			is.Equal(room, rooms.Room{})                  // no room
			_, err = s.Update(t.Context(), alice, kept.ID, change)
			is.True(errors.As(err, &invalid)) // the same rules for a change
			is.Equal(invalid.Fields[0].Code, test.code)
		})
	}
	found, err := s.Retrieve(t.Context(), alice, kept.ID)
	is.New(t).NoErr(err)
	is.New(t).Equal(found, kept) // refused changes change nothing
}

func TestEveryFaultIsNamed(t *testing.T) {
	is := is.New(t)
	_, _, err := newService(t, rooms.Config{}).Create(t.Context(), alice, rooms.Draft{
		Name: " ", AccessLevel: "x", ExternalID: "\n", Configuration: rooms.Configuration{"a": 1, "everyone_can_mute": "x"}})
	var invalid *rooms.InvalidError
	is.True(errors.As(err, &invalid))
	is.Equal(len(invalid.Fields), 5) // all at once
}

func TestPublicRooms(t *testing.T) {
	is := is.New(t)
	store := newStore(t)
	open := newService(t, rooms.Config{Store: store, AllowPublic: true, DefaultAccessLevel: rooms.Public})
	room, _, err := open.Create(t.Context(), alice, rooms.Draft{})
	is.NoErr(err)
	is.Equal(room.AccessLevel, rooms.Public)
	closed := newService(t, rooms.Config{Store: store})
	name, level := "New", rooms.Public
	changed, err := closed.Update(t.Context(), alice, room.ID, rooms.Change{Name: &name, AccessLevel: &level})
	is.NoErr(err)
	is.Equal(changed.AccessLevel, rooms.Public) // a room that is public may be said to be
	level = rooms.Trusted
	_, err = closed.Update(t.Context(), alice, room.ID, rooms.Change{AccessLevel: &level})
	is.NoErr(err)
	level = rooms.Public
	_, err = closed.Update(t.Context(), alice, room.ID, rooms.Change{AccessLevel: &level})
	var invalid *rooms.InvalidError
	is.True(errors.As(err, &invalid)) // but does not become it again
	is.Equal(invalid.Fields[0].Message, "Public rooms are disabled for the external API.")
}

func TestNoopWritesNothing(t *testing.T) {
	is := is.New(t)
	counting := &writes{Store: newStore(t)}
	s := newService(t, rooms.Config{Store: counting})
	room, _, err := s.Create(t.Context(), alice, rooms.Draft{Name: "Budget", Configuration: rooms.Configuration{"can_publish_sources": []any{"camera"}}})
	is.NoErr(err)
	name, level, configuration, none := "Budget", rooms.Trusted, rooms.Configuration{"can_publish_sources": []any{"camera"}}, ""
	same, err := s.Update(t.Context(), alice, room.ID, rooms.Change{Name: &name, AccessLevel: &level, Configuration: &configuration, ExternalID: &none})
	is.NoErr(err)
	is.Equal(same, room)        // version and time as before
	is.Equal(counting.count, 0) // and no write at all
	_, err = s.Update(t.Context(), alice, room.ID, rooms.Change{})
	is.NoErr(err)
	is.Equal(counting.count, 0)
}

// writes counts updates.
type writes struct {
	rooms.Store
	count int
}

func (w *writes) Update(ctx context.Context, view rooms.View, room rooms.Room, version int64) error {
	w.count++
	return w.Store.Update(ctx, view, room, version)
}

func TestTimeMovesWithAStandingClock(t *testing.T) {
	is := is.New(t)
	now := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	s := newService(t, rooms.Config{Now: func() time.Time { return now }})
	room, _, err := s.Create(t.Context(), alice, rooms.Draft{})
	is.NoErr(err)
	name := "New"
	changed, err := s.Update(t.Context(), alice, room.ID, rooms.Change{Name: &name})
	is.NoErr(err)
	is.True(changed.UpdatedAt.After(room.UpdatedAt)) // a change is always later
}

// collide is a store in which the first codes are taken.
type collide struct {
	rooms.Store
	times int
	seen  map[string]bool
}

func (c *collide) Insert(ctx context.Context, room rooms.Room, owner rooms.Attendee) error {
	c.seen[room.Slug] = true
	if c.times--; c.times >= 0 {
		return rooms.ErrCodeTaken
	}
	return c.Store.Insert(ctx, room, owner)
}

func TestCodesAreDrawnAgain(t *testing.T) {
	is := is.New(t)
	store := &collide{Store: newStore(t), times: 10, seen: map[string]bool{}}
	_, _, err := newService(t, rooms.Config{Store: store, PINLength: 6}).Create(t.Context(), alice, rooms.Draft{})
	is.NoErr(err)                 // a collision never reaches the caller
	is.Equal(len(store.seen), 11) // a new slug each time
	store.times = 1 << 30
	_, _, err = newService(t, rooms.Config{Store: store}).Create(t.Context(), alice, rooms.Draft{})
	is.True(errors.Is(err, rooms.ErrCodeTaken)) // but it does not go on for ever
}

func TestCallers(t *testing.T) {
	is := is.New(t)
	s := newService(t, rooms.Config{})
	room, _, err := s.Create(t.Context(), alice, rooms.Draft{})
	is.NoErr(err)
	for _, bad := range []rooms.Caller{
		{}, {User: "alice"}, {User: "alice", Source: rooms.Source{ID: "x"}}, {Source: rooms.Source{Kind: "Web"}}, {Source: rooms.Source{Kind: "a b"}},
		{User: "a\x00", Source: calendar}, {User: strings.Repeat("u", 256), Source: calendar}, {User: "\xff", Source: calendar},
		{Source: rooms.Source{Kind: "web", ID: "\n"}}, {Source: rooms.Source{Kind: "web", Name: "\x1b"}},
	} {
		_, _, err := s.Create(t.Context(), bad, rooms.Draft{})
		is.Equal(err, rooms.ErrCaller) // nobody in particular may do nothing
		_, err = s.Retrieve(t.Context(), bad, room.ID)
		is.Equal(err, rooms.ErrCaller)
		_, err = s.List(t.Context(), bad, rooms.ListOptions{})
		is.Equal(err, rooms.ErrCaller)
		_, err = s.Update(t.Context(), bad, room.ID, rooms.Change{})
		is.Equal(err, rooms.ErrCaller)
		is.Equal(s.Delete(t.Context(), bad, room.ID, nil), rooms.ErrCaller)
	}
	web := rooms.Caller{User: "alice", Source: rooms.Source{Kind: "web"}}
	_, err = s.Retrieve(t.Context(), web, room.ID)
	is.Equal(err, rooms.ErrNotFound) // another source of the same user
	web.Reach = rooms.ReachUser
	_, err = s.Retrieve(t.Context(), web, room.ID)
	is.NoErr(err) // unless it sees all of the user's rooms
	nobody := rooms.Caller{Source: rooms.Source{Kind: "web"}, Reach: rooms.ReachUser}
	_, err = s.Retrieve(t.Context(), nobody, room.ID)
	is.Equal(err, rooms.ErrNotFound) // without a user there is no wider reach
}

func TestListOptions(t *testing.T) {
	is := is.New(t)
	s := newService(t, rooms.Config{})
	for range 3 {
		_, _, err := s.Create(t.Context(), alice, rooms.Draft{})
		is.NoErr(err)
	}
	page, err := s.List(t.Context(), alice, rooms.ListOptions{})
	is.NoErr(err)
	is.True(page.Number == 1 && page.Size == 20 && page.Total == 3 && len(page.Rooms) == 3) // the defaults
	page, err = s.List(t.Context(), alice, rooms.ListOptions{Page: 2, PageSize: 1000})
	is.NoErr(err)
	is.True(page.Size == 100 && page.Total == 3 && len(page.Rooms) == 0) // cut, and beyond the end
	page, err = s.List(t.Context(), alice, rooms.ListOptions{Page: 1<<31 - 1, PageSize: 100})
	is.NoErr(err)
	is.Equal(len(page.Rooms), 0) // far beyond
	for _, bad := range []rooms.ListOptions{{Page: -1}, {PageSize: -1}, {Page: 1 << 40}} {
		_, err = s.List(t.Context(), alice, bad)
		is.True(errors.As(err, new(*rooms.InvalidError)))
	}
}

func TestNewRefuses(t *testing.T) {
	store := newStore(t)
	for name, config := range map[string]rooms.Config{
		"no store":          {},
		"an unknown level":  {Store: store, DefaultAccessLevel: "open"},
		"public by default": {Store: store, DefaultAccessLevel: rooms.Public},
		"a short PIN":       {Store: store, PINLength: 5},
		"a long PIN":        {Store: store, PINLength: 13},
		"a negative PIN":    {Store: store, PINLength: -1},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := rooms.New(config)
			is.New(t).True(err != nil && s == nil) // refuses to start
		})
	}
}

func TestHostsSchema(t *testing.T) {
	is := is.New(t)
	s := newService(t, rooms.Config{Schema: func(c rooms.Configuration) error {
		if _, ok := c["theme"].(string); !ok {
			return &rooms.InvalidError{Fields: []rooms.FieldError{{Field: "configuration.theme", Code: "invalid_type", Message: "A text is expected."}}}
		}
		return nil
	}})
	room, _, err := s.Create(t.Context(), alice, rooms.Draft{Configuration: rooms.Configuration{"theme": "dark", "n": 1}})
	is.NoErr(err)
	is.Equal(room.Configuration, rooms.Configuration{"theme": "dark", "n": 1.0}) // as JSON has it
	_, _, err = s.Create(t.Context(), alice, rooms.Draft{Configuration: rooms.Configuration{"theme": 1}})
	is.True(errors.As(err, new(*rooms.InvalidError)))
}

func FuzzDefaultSchema(f *testing.F) {
	for _, seed := range []string{`{}`, `{"can_publish_sources":["camera"],"everyone_can_mute":true}`, `{"everyone_can_mute":"true"}`, `{"x":{"y":[null,1e99]}}`, `{"can_publish_sources":[["camera"]]}`} {
		f.Add([]byte(seed))
	}
	s := newService(f, rooms.Config{})
	f.Fuzz(func(t *testing.T, text []byte) {
		var configuration rooms.Configuration
		if json.Unmarshal(text, &configuration) != nil {
			return
		}
		if rooms.DefaultSchema(configuration) != nil {
			return
		}
		room, _, err := s.Create(t.Context(), alice, rooms.Draft{Configuration: configuration})
		if err != nil {
			t.Fatalf("accepted, but not kept: %v", err)
		}
		found, err := s.Retrieve(t.Context(), alice, room.ID)
		if err != nil || !reflect.DeepEqual(found.Configuration, room.Configuration) {
			t.Fatalf("kept as %v, found as %v (%v)", room.Configuration, found.Configuration, err)
		}
	})
}

func TestCodes(t *testing.T) {
	is := is.New(t)
	letters := map[rune]int{}
	for range 2000 {
		slug := rooms.NewSlug()
		is.True(regexp.MustCompile(`^[a-z]{3}-[a-z]{4}-[a-z]{3}$`).MatchString(slug))
		for _, r := range slug {
			letters[r]++
		}
	}
	is.Equal(len(letters), 27) // every letter comes, and the hyphen
	is.Equal(rooms.NewPIN(0), "")
	is.Equal(len(rooms.NewPIN(12)), 12)
}
