package rooms_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/matryer/is"
	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/server/database/dbtest"
)

func TestCreatingAgain(t *testing.T) {
	tests := map[string]struct {
		caller  rooms.Caller
		created bool
		err     error
	}{
		"the same user":                    {alice, false, nil},
		"the same user with a wider reach": {through(alice, calendar), false, nil},
		"a member":                         {bob, false, nil},
		"an administrator":                 {carol, false, nil},
		"a program":                        {program, false, nil},
		"another user":                     {dave, false, rooms.ErrExternalIDTaken},
		"another user with a wider reach":  {through(dave, calendar), false, rooms.ErrExternalIDTaken},
		"another source":                   {rooms.ForUser(crm, "alice"), true, nil},
		"another source that sees the room": {through(alice, rooms.Source{Kind: "application", ID: "app_mail"}), true,
			nil},
		"another source of a member's": {through(bob, rooms.Source{Kind: "application", ID: "app_desk"}), true,
			nil},
		"another kind of source with the same id": {through(alice, rooms.Source{Kind: "import", ID: calendar.ID}), true, nil},
	}
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		s := service(t, db, rooms.Config{ParseAddress: parseAddress})
		room := staffed(t, s, rooms.Change{Name: new("Budget"), ExternalID: new("event")})
		for name, test := range tests {
			t.Run(name, func(t *testing.T) {
				is := is.New(t)
				again, created, err := s.Create(t.Context(), test.caller,
					rooms.Change{Name: new("Another"), AccessLevel: new(rooms.Restricted),
						ExternalID: new("event"), Metadata: new(map[string]any{"a": "b"}), ExpiresAt: new(time.Now().Add(time.Hour))})
				is.True(errors.Is(err, test.err))
				is.Equal(created, test.created)
				switch {
				case err != nil:
					is.Equal(again, rooms.Room{}) // nothing of a room that they do not see
				case created:
					is.True(again.ID != room.ID && again.Source == test.caller.Source && // a room of their source
						again.Name == "Another")
				default:
					is.Equal(again, room) // the room as it is, whatever was sent
				}
				unchanged(t, s, room)
			})
		}
	})
}

func TestCreatingAgainIsCheckedAllTheSame(t *testing.T) {
	is := is.New(t)
	s := newService(t, rooms.Config{})
	made(t, s, alice, rooms.Change{ExternalID: new("event")})
	room, created, err := s.Create(t.Context(), alice, rooms.Change{ExternalID: new("event"), Name: new(" ")})
	is.Equal(faults(err), []string{"name blank"}) // what is invalid is invalid the second time too
	is.True(!created)
	is.Equal(room, rooms.Room{})
}

func TestExternalIDsBecomeFree(t *testing.T) {
	frees := map[string]func(t *testing.T, s *rooms.Service, room rooms.Room) error{
		"by deletion": func(t *testing.T, s *rooms.Service, room rooms.Room) error {
			return s.Delete(t.Context(), alice, room.ID, nil)
		},
		"by another id": func(t *testing.T, s *rooms.Service, room rooms.Room) error {
			_, err := s.Update(t.Context(), alice, room.ID, rooms.Change{ExternalID: new("other")}, nil)
			return err
		},
		"by none": func(t *testing.T, s *rooms.Service, room rooms.Room) error {
			_, err := s.Update(t.Context(), alice, room.ID, rooms.Change{ExternalID: new("")}, nil)
			return err
		},
	}
	for name, free := range frees {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			s := newService(t, rooms.Config{PINLength: 6})
			first := made(t, s, alice, rooms.Change{ExternalID: new("event")})
			is.NoErr(free(t, s, first))
			second := made(t, s, bob, rooms.Change{ExternalID: new("event")})                      // for whoever wants it
			is.True(second.ID != first.ID && second.Slug != first.Slug && second.PIN != first.PIN) // and that is another room
			_, _, err := s.Create(t.Context(), alice, rooms.Change{ExternalID: new("event")})
			is.True(errors.Is(err, rooms.ErrExternalIDTaken)) // and not the first user's
		})
	}
}

func TestConcurrentCreationOfOneExternalID(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		is := is.New(t)
		diary := &diary{}
		s := service(t, db, rooms.Config{OnEvent: diary.note})
		found, created := make([]rooms.Room, 12), make([]bool, 12)
		for _, err := range atOnce(len(found), func(i int) (err error) {
			found[i], created[i], err = s.Create(t.Context(), alice, rooms.Change{ExternalID: new("event")})
			return err
		}) {
			is.NoErr(err) // each call gets a room
		}
		news := 0
		for i, room := range found {
			is.Equal(room, found[0]) // and all the same one
			if created[i] {
				news++
			}
		}
		is.Equal(news, 1)                                          // which is new to one of them
		is.Equal(diary.kinds(), []rooms.EventKind{"room.created"}) // and was created once
	})
}

func TestCreatingWhileOthersDelete(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		is := is.New(t)
		s := service(t, db, rooms.Config{})
		for _, err := range atOnce(6, func(i int) error {
			for range 5 {
				room, _, err := s.Create(t.Context(), alice, rooms.Change{ExternalID: new("event")})
				if err != nil || room.ExternalID != "event" {
					return errors.Join(err, errors.New("no room"))
				}
				if i%2 == 0 {
					_ = s.Delete(t.Context(), alice, room.ID, nil) // another call may have been faster
				}
			}
			return nil
		}) {
			is.NoErr(err) // an id that becomes free meanwhile is no error
		}
		page, err := s.List(t.Context(), program, rooms.ListOptions{})
		is.NoErr(err)
		is.True(page.Total <= 1) // and never two rooms have it
	})
}

// between is a store in which something happens before each list.
type between struct {
	rooms.Store
	before []func()
}

func (b *between) List(ctx context.Context, view rooms.View, query rooms.Query) ([]rooms.Room, int, error) {
	if len(b.before) > 0 {
		happen := b.before[0]
		b.before = b.before[1:]
		happen()
	}
	return b.Store.List(ctx, view, query)
}

func TestAnExternalIDThatMovesMeanwhile(t *testing.T) {
	is := is.New(t)
	stores := newStores(t)
	others := newService(t, rooms.Config{Stores: stores})
	first := made(t, others, alice, rooms.Change{ExternalID: new("event")})
	s := newService(t, rooms.Config{Stores: rooms.Stores{Rooms: &between{stores.Rooms, []func(){
		func() {
			is.NoErr(others.Delete(t.Context(), alice, first.ID, nil))
			made(t, others, alice, rooms.Change{ExternalID: new("event"), Name: new("Second")})
		},
	}}}})
	room, created, err := s.Create(t.Context(), alice, rooms.Change{ExternalID: new("event")})
	is.NoErr(err) // the user's own room is never taken for another's
	is.True(!created && room.Name == "Second")
}

func TestCreationWithoutAUser(t *testing.T) {
	is := is.New(t)
	s := newService(t, rooms.Config{ParseAddress: parseAddress})
	room := made(t, s, program, rooms.Change{ExternalID: new("event")})
	all, err := s.Attendees(t.Context(), program, room.ID)
	is.NoErr(err)
	is.Equal(len(all), 0) // a room without an owner
	again, created, err := s.Create(t.Context(), through(program, calendar), rooms.Change{ExternalID: new("event")})
	is.NoErr(err)
	is.True(!created)
	is.Equal(again, room)
	_, _, err = s.Create(t.Context(), alice, rooms.Change{ExternalID: new("event")})
	is.True(errors.Is(err, rooms.ErrExternalIDTaken)) // in which no user has a role
	made(t, s, rooms.ForProgram(crm), rooms.Change{ExternalID: new("event")})
}

func TestCreationFromAnObject(t *testing.T) {
	is := is.New(t)
	clock := newClock()
	s := newService(t, rooms.Config{Now: clock.now})
	sent := rooms.ParseChange(object(t, `{"name":"Budget","access_level":"restricted","external_id":"event",
		"expires_at":"2026-11-23T14:00:00+01:00","configuration":{"everyone_can_mute":true},"metadata":{"a":"b"},
		"id":7,"slug":[],"url":null,"telephony":{},"source":"x","created_at":"y","updated_at":false}`))
	room := made(t, s, alice, sent)
	want := made(t, s, bob, rooms.Change{Name: new("Budget"), AccessLevel: new(rooms.Restricted), ExternalID: new("bob's"),
		ExpiresAt: new(clock.at.Add(time.Hour)), Metadata: new(map[string]any{"a": "b"}),
		Configuration: new(map[string]any{"everyone_can_mute": true})})
	is.True(room.ID != want.ID && room.Slug != want.Slug)
	want.ID, want.Slug, want.ExternalID = room.ID, room.Slug, room.ExternalID
	is.Equal(room, want) // an object is a change, without what only the service sets
	for name, nothing := range map[string]rooms.Change{
		"nothing": {}, "no object": rooms.ParseChange(nil), "an empty object": rooms.ParseChange(map[string]any{}),
		"no metadata": {Metadata: &map[string]any{}},
	} {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			room := made(t, s, alice, nothing)
			is.Equal(room.Name, room.Slug) // the defaults
			is.Equal(room.AccessLevel, rooms.Trusted)
			is.Equal(room.Configuration, map[string]any{})
			is.Equal(room.Metadata, map[string]string(nil))
		})
	}
}
