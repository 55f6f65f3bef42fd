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
		"the same user":                           {alice, false, nil},
		"the same user with a wider reach":        {through(alice, calendar), false, nil},
		"a member":                                {bob, false, nil},
		"an administrator":                        {carol, false, nil},
		"a program that acts for nobody":          {program, false, nil},
		"another user":                            {dave, false, rooms.ErrExternalIDTaken},
		"another user with a wider reach":         {through(dave, calendar), false, rooms.ErrExternalIDTaken},
		"another source":                          {rooms.Caller{User: "alice", Source: crm}, true, nil},
		"another source that sees the room":       {through(alice, rooms.Source{Kind: "application", ID: "app_mail"}), true, nil},
		"another source of a member's":            {through(bob, rooms.Source{Kind: "application", ID: "app_desk"}), true, nil},
		"another kind of source with the same id": {through(alice, rooms.Source{Kind: "import", ID: calendar.ID}), true, nil},
	}
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		s := service(t, db, rooms.Config{Directory: people})
		room := staffed(t, s, rooms.Draft{Name: "Budget", ExternalID: "event"})
		for name, test := range tests {
			t.Run(name, func(t *testing.T) {
				is := is.New(t)
				again, created, err := s.Create(t.Context(), test.caller, rooms.Draft{Name: "Another", AccessLevel: rooms.Restricted,
					ExternalID: "event", Metadata: rooms.Metadata{"a": "b"}, ExpiresAt: time.Now().Add(time.Hour)})
				is.True(errors.Is(err, test.err))
				is.Equal(created, test.created)
				switch {
				case err != nil:
					is.Equal(again, rooms.Room{}) // nothing of a room that they do not see
				case created:
					is.True(again.ID != room.ID && again.Source == test.caller.Source && again.Name == "Another") // a room of their source
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
	made(t, s, alice, rooms.Draft{ExternalID: "event"})
	room, created, err := s.Create(t.Context(), alice, rooms.Draft{ExternalID: "event", Name: " "})
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
			_, err := s.Update(t.Context(), alice, room.ID, rooms.Change{ExternalID: new("other")})
			return err
		},
		"by none": func(t *testing.T, s *rooms.Service, room rooms.Room) error {
			_, err := s.Update(t.Context(), alice, room.ID, rooms.Change{ExternalID: new("")})
			return err
		},
	}
	for name, free := range frees {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			s := newService(t, rooms.Config{PINLength: 6})
			first := made(t, s, alice, rooms.Draft{ExternalID: "event"})
			is.NoErr(free(t, s, first))
			second := made(t, s, bob, rooms.Draft{ExternalID: "event"})                            // for whoever wants it
			is.True(second.ID != first.ID && second.Slug != first.Slug && second.PIN != first.PIN) // and that is another room
			_, _, err := s.Create(t.Context(), alice, rooms.Draft{ExternalID: "event"})
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
			found[i], created[i], err = s.Create(t.Context(), alice, rooms.Draft{ExternalID: "event"})
			return err
		}) {
			is.NoErr(err) // everybody gets a room
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
				room, _, err := s.Create(t.Context(), alice, rooms.Draft{ExternalID: "event"})
				if err != nil || room.ExternalID != "event" {
					return errors.Join(err, errors.New("no room"))
				}
				if i%2 == 0 {
					_ = s.Delete(t.Context(), alice, room.ID, nil) // somebody else may have been faster
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
	store := newStore(t)
	others := newService(t, rooms.Config{Store: store})
	first := made(t, others, alice, rooms.Draft{ExternalID: "event"})
	s := newService(t, rooms.Config{Store: &between{store, []func(){
		func() {
			is.NoErr(others.Delete(t.Context(), alice, first.ID, nil))
			made(t, others, alice, rooms.Draft{ExternalID: "event", Name: "Second"})
		},
	}}})
	room, created, err := s.Create(t.Context(), alice, rooms.Draft{ExternalID: "event"})
	is.NoErr(err) // the user's own room is never somebody else's
	is.True(!created && room.Name == "Second")
}

func TestCreationWithoutAUser(t *testing.T) {
	is := is.New(t)
	s := newService(t, rooms.Config{Directory: people})
	room := made(t, s, program, rooms.Draft{ExternalID: "event"})
	all, err := s.Attendees(t.Context(), program, room.ID)
	is.NoErr(err)
	is.Equal(len(all), 0) // a room without an owner
	again, created, err := s.Create(t.Context(), through(program, calendar), rooms.Draft{ExternalID: "event"})
	is.NoErr(err)
	is.True(!created)
	is.Equal(again, room)
	_, _, err = s.Create(t.Context(), alice, rooms.Draft{ExternalID: "event"})
	is.True(errors.Is(err, rooms.ErrExternalIDTaken)) // in which no user has a role
	made(t, s, rooms.Caller{Source: crm}, rooms.Draft{ExternalID: "event"})
}

func TestDraftsFromWhatWasSent(t *testing.T) {
	is := is.New(t)
	clock := newClock()
	end := clock.at.Add(time.Hour)
	s := newService(t, rooms.Config{Now: clock.now})
	sent := rooms.Change{Name: new("Budget"), AccessLevel: new(rooms.Restricted), ExternalID: new("event"), ExpiresAt: &end,
		Configuration: &rooms.Configuration{"everyone_can_mute": true}, Metadata: &map[string]any{"a": "b"}}
	room := made(t, s, alice, rooms.NewDraft(sent))
	said := made(t, s, bob, rooms.Draft{Name: "Budget", AccessLevel: rooms.Restricted, ExternalID: "bob's", ExpiresAt: end,
		Configuration: rooms.Configuration{"everyone_can_mute": true}, Metadata: rooms.Metadata{"a": "b"}})
	said.ID, said.Slug, said.ExternalID = room.ID, room.Slug, room.ExternalID
	is.Equal(room, said) // the same room, whichever way it was said
	for name, nothing := range map[string]rooms.Change{"nothing": {}, "null": {Configuration: new(rooms.Configuration), Metadata: new(map[string]any)}, "no metadata": {Metadata: &map[string]any{}}} {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			room := made(t, s, alice, rooms.NewDraft(nothing))
			is.Equal(room.Name, room.Slug) // the defaults
			is.Equal(room.Configuration, rooms.Configuration{})
			is.Equal(room.Metadata, rooms.Metadata(nil))
		})
	}
	_, _, err := s.Create(t.Context(), alice, rooms.NewDraft(rooms.Change{Name: new(" "), Metadata: &map[string]any{"a": nil, "b": 1}}))
	is.Equal(faults(err), []string{"name blank", "metadata.a invalid_type", "metadata.b invalid_type"}) // all at once
}
