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

func TestVersions(t *testing.T) {
	tests := map[string]struct {
		versions []int64
		err      error
	}{
		"any":                {nil, nil},
		"the one":            {[]int64{2}, nil},
		"one of several":     {[]int64{7, 1, 2}, nil},
		"one that was":       {[]int64{1}, rooms.ErrVersion},
		"one that will be":   {[]int64{3}, rooms.ErrVersion},
		"several others":     {[]int64{0, 1, 3, -2}, rooms.ErrVersion},
		"none":               {[]int64{}, rooms.ErrVersion},
		"none, from a slice": {[]int64{2}[:0], rooms.ErrVersion},
	}
	operations := map[string]func(ctx context.Context, s *rooms.Service, id string, versions []int64) error{
		"update": func(ctx context.Context, s *rooms.Service, id string, versions []int64) error {
			_, err := s.Update(ctx, alice, id, rooms.Change{Name: new("New"), Versions: versions})
			return err
		},
		"an update that changes nothing": func(ctx context.Context, s *rooms.Service, id string, versions []int64) error {
			_, err := s.Update(ctx, alice, id, rooms.Change{Name: new("Budget"), Versions: versions})
			return err
		},
		"delete": func(ctx context.Context, s *rooms.Service, id string, versions []int64) error {
			return s.Delete(ctx, alice, id, versions)
		},
	}
	s := newService(t, rooms.Config{})
	for name, test := range tests {
		for operation, call := range operations {
			t.Run(operation+"/"+name, func(t *testing.T) {
				is := is.New(t)
				room, err := s.Update(t.Context(), alice, made(t, s, alice, rooms.Draft{}).ID, rooms.Change{Name: new("Budget")})
				is.NoErr(err)
				is.True(errors.Is(call(t.Context(), s, room.ID, test.versions), test.err))
				if test.err != nil {
					unchanged(t, s, room)
				}
			})
		}
	}
}

func TestWhoIsToldOfVersions(t *testing.T) {
	is := is.New(t)
	s := newService(t, rooms.Config{Directory: people})
	room := staffed(t, s, rooms.Draft{})
	old := rooms.Change{Name: new("New"), Versions: []int64{7}}
	for caller, want := range map[rooms.Caller]error{carol: rooms.ErrVersion, program: rooms.ErrVersion, bob: rooms.ErrForbidden, dave: rooms.ErrNotFound} {
		_, err := s.Update(t.Context(), caller, room.ID, old)
		is.True(errors.Is(err, want)) // those who may change the room
	}
	for caller, want := range map[rooms.Caller]error{program: rooms.ErrVersion, carol: rooms.ErrForbidden, bob: rooms.ErrForbidden, dave: rooms.ErrNotFound} {
		is.True(errors.Is(s.Delete(t.Context(), caller, room.ID, []int64{7}), want)) // or delete it
	}
	_, err := s.Update(t.Context(), carol, room.ID, rooms.Change{Name: new(" "), Versions: []int64{7}})
	is.True(errors.Is(err, rooms.ErrVersion)) // before their input is looked at
	unchanged(t, s, room)
}

func TestConcurrentChangesOfOneVersion(t *testing.T) {
	operations := map[string]func(ctx context.Context, s *rooms.Service, id string, i int) error{
		"updates": func(ctx context.Context, s *rooms.Service, id string, i int) error {
			_, err := s.Update(ctx, alice, id, rooms.Change{Name: new(string(rune('a' + i))), Versions: []int64{1}})
			return err
		},
		"an update and deletions": func(ctx context.Context, s *rooms.Service, id string, i int) error {
			if i > 0 {
				return s.Delete(ctx, alice, id, []int64{1})
			}
			_, err := s.Update(ctx, alice, id, rooms.Change{Name: new("New"), Versions: []int64{1}})
			return err
		},
	}
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		s := service(t, db, rooms.Config{})
		for name, call := range operations {
			t.Run(name, func(t *testing.T) {
				is := is.New(t)
				for range 5 {
					room, won := made(t, s, alice, rooms.Draft{}), 0
					for _, err := range atOnce(6, func(i int) error { return call(t.Context(), s, room.ID, i) }) {
						if err == nil {
							won++
							continue
						}
						is.True(errors.Is(err, rooms.ErrVersion) || errors.Is(err, rooms.ErrNotFound)) // the others learn that they were late
					}
					is.Equal(won, 1) // of several changes of one version one is made
				}
			})
		}
	})
}

func TestChangesThatChangeNothing(t *testing.T) {
	end := time.Date(2026, 12, 24, 18, 0, 0, 123456000, time.UTC)
	draft := rooms.Draft{Name: "Budget", ExternalID: "event", ExpiresAt: end, Metadata: rooms.Metadata{"a": "b"},
		Configuration: rooms.Configuration{"everyone_can_mute": true, "can_publish_sources": []any{"camera"}}}
	tests := map[string]rooms.Change{
		"nothing":                         {},
		"the same name":                   {Name: new("Budget")},
		"the same level":                  {AccessLevel: new(rooms.Trusted)},
		"the default level":               {AccessLevel: new(rooms.AccessLevel(""))},
		"the same external id":            {ExternalID: new("event")},
		"the same end":                    {ExpiresAt: &end},
		"in another time zone":            {ExpiresAt: new(end.In(time.FixedZone("", 7*3600)))},
		"with nanoseconds":                {ExpiresAt: new(end.Add(999))},
		"the same metadata":               {Metadata: &map[string]any{"a": "b"}},
		"the same metadata, merged":       {Metadata: &map[string]any{"a": "b"}, Merge: true},
		"no metadata, merged":             {Metadata: &map[string]any{}, Merge: true},
		"null for absent metadata":        {Metadata: &map[string]any{"x": nil}, Merge: true},
		"the same settings":               {Configuration: &rooms.Configuration{"can_publish_sources": []any{"camera"}, "everyone_can_mute": true}},
		"the same settings as Go has it":  {Configuration: &rooms.Configuration{"can_publish_sources": []any{"camera"}, "everyone_can_mute": true}, Merge: true},
		"one of the settings, merged":     {Configuration: &rooms.Configuration{"everyone_can_mute": true}, Merge: true},
		"no settings, merged":             {Configuration: &rooms.Configuration{}, Merge: true},
		"null for an absent one":          {Configuration: &rooms.Configuration{"x": nil}, Merge: true},
		"the same of the present version": {Name: new("Budget"), Versions: []int64{1}},
	}
	is := is.New(t)
	clock, counting, diary := newClock(), &writes{Store: newStore(t)}, &diary{}
	s := newService(t, rooms.Config{Store: counting, Now: clock.now, OnEvent: diary.note})
	room := made(t, s, alice, draft)
	diary.events = nil
	clock.move(time.Hour)
	for name, change := range tests {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			same, err := s.Update(t.Context(), alice, room.ID, change)
			is.NoErr(err)
			is.Equal(same, room)            // version and time as before
			is.Equal(counting.count, 0)     // no write
			is.Equal(len(diary.kinds()), 0) // no event
		})
	}
	changed, err := s.Update(t.Context(), alice, room.ID, rooms.Change{Name: new("New")})
	is.NoErr(err)
	is.Equal(changed.Version, int64(2))   // whereas a change is one
	is.Equal(changed.UpdatedAt, clock.at) // of its time
	is.Equal(changed.CreatedAt, room.CreatedAt)
	is.Equal(counting.count, 1)
}

func TestChangesToNothing(t *testing.T) {
	is := is.New(t)
	clock := newClock()
	s := newService(t, rooms.Config{Now: clock.now, DefaultAccessLevel: rooms.Restricted})
	room := made(t, s, alice, rooms.Draft{Name: "Budget", AccessLevel: rooms.Trusted, ExternalID: "event", ExpiresAt: clock.at.Add(time.Hour),
		Metadata: rooms.Metadata{"a": "b"}, Configuration: rooms.Configuration{"everyone_can_mute": true}})
	for _, merge := range []bool{false, true} {
		reset, err := s.Update(t.Context(), alice, room.ID, rooms.Change{Name: new(""), AccessLevel: new(rooms.AccessLevel("")), ExternalID: new(""),
			ExpiresAt: new(time.Time{}), Metadata: new(map[string]any), Configuration: new(rooms.Configuration), Merge: merge})
		is.NoErr(err)
		want := room
		want.Name, want.AccessLevel, want.ExternalID, want.ExpiresAt = room.Slug, rooms.Restricted, "", time.Time{}
		want.Metadata, want.Configuration, want.Version, want.UpdatedAt = nil, rooms.Configuration{}, reset.Version, reset.UpdatedAt
		is.Equal(reset, want) // the defaults, whether merged or replaced
		unchanged(t, s, reset)
	}
}
