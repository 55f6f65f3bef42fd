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

func TestConditions(t *testing.T) {
	type condition func(rooms.Room) bool
	tests := map[string]struct {
		condition condition
		err       error
	}{
		"any":              {nil, nil},
		"the version":      {version(2), nil},
		"one of several":   {version(7, 1, 2), nil},
		"one that was":     {version(1), rooms.ErrVersion},
		"one that will be": {version(3), rooms.ErrVersion},
		"several others":   {version(0, 1, 3, -2), rooms.ErrVersion},
		"no version":       {version(), rooms.ErrVersion},
		"another field":    {func(room rooms.Room) bool { return room.Name == "Budget" }, nil},
		"another value":    {func(room rooms.Room) bool { return room.Name == "" }, rooms.ErrVersion},
	}
	operations := map[string]func(ctx context.Context, s *rooms.Service, id string, condition condition) error{
		"update": func(ctx context.Context, s *rooms.Service, id string, condition condition) error {
			_, err := s.Update(ctx, alice, id, rooms.Change{Name: new("New")}, condition)
			return err
		},
		"an update that is there already": func(ctx context.Context, s *rooms.Service, id string, condition condition) error {
			_, err := s.Update(ctx, alice, id, rooms.Change{Name: new("Budget")}, condition)
			return err
		},
		"an update that asks for nothing": func(ctx context.Context, s *rooms.Service, id string, condition condition) error {
			_, err := s.Update(ctx, alice, id, rooms.Change{}, condition)
			return err
		},
		"delete": func(ctx context.Context, s *rooms.Service, id string, condition condition) error {
			return s.Delete(ctx, alice, id, condition)
		},
	}
	s := newService(t, rooms.Config{})
	for name, test := range tests {
		for operation, call := range operations {
			t.Run(operation+"/"+name, func(t *testing.T) {
				is := is.New(t)
				room, err := s.Update(t.Context(), alice, made(t, s, alice, rooms.Change{}).ID, rooms.Change{Name: new("Budget")},
					nil)
				is.NoErr(err)
				err = call(t.Context(), s, room.ID, test.condition)
				if operation == "an update that is there already" {
					is.NoErr(err) // RFC 9110 §13.1.1: what is asked for is there, and nothing is overwritten
					unchanged(t, s, room)
					return
				}
				is.True(errors.Is(err, test.err))
				if test.err != nil {
					unchanged(t, s, room)
				}
			})
		}
	}
}

func TestWhoHearsOfConditions(t *testing.T) {
	tests := map[string]struct {
		caller         rooms.Caller
		update, delete error
	}{
		"an administrator": {carol, rooms.ErrVersion, rooms.ErrForbidden},
		"a program":        {program, rooms.ErrVersion, rooms.ErrVersion},
		"a member":         {bob, rooms.ErrForbidden, rooms.ErrForbidden},
		"a stranger":       {dave, rooms.ErrNotFound, rooms.ErrNotFound},
	}
	s := newService(t, rooms.Config{})
	room := staffed(t, s, rooms.Change{})
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			_, err := s.Update(t.Context(), test.caller, room.ID, rooms.Change{Name: new("New")}, version(7))
			is.True(errors.Is(err, // those who may change the room
				test.update))
			is.True(errors.Is(s.Delete(t.Context(), test.caller, room.ID, version(7)), test.delete)) // or delete it
			unchanged(t, s, room)
		})
	}
}

// TestInputComesBeforeTheRoom: a faulty change is refused for its faults, whether
// the caller sees the room or not. Faults that depend on the room are reported to
// those who see it.
func TestInputComesBeforeTheRoom(t *testing.T) {
	clock := newClock()
	s := newService(t, rooms.Config{Now: clock.now})
	room := staffed(t, s, rooms.Change{Metadata: new(map[string]any{"a": "b"})})
	change := rooms.ParseChange(object(t,
		`{"name":" ","access_level":"public","expires_at":"2020-01-01T00:00:00Z","metadata":{"b":1},"x":1}`))
	change.Merge = true
	stateless := []string{"name blank", "x unknown_field"}
	all := []string{"access_level public_disabled", "expires_at not_in_future", "metadata.b invalid_type", "name blank",
		"x unknown_field"}
	tests := map[string]struct {
		caller rooms.Caller
		id     string
		want   []string
	}{
		"the owner":       {alice, room.ID, all},
		"a member":        {bob, room.ID, all},
		"a stranger":      {dave, room.ID, stateless},
		"another source":  {rooms.ForUser(crm, "alice"), room.ID, stateless},
		"an unknown room": {alice, lastID, stateless},
		"no id":           {alice, "x", stateless},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			_, err := s.Update(t.Context(), test.caller, test.id, change, version(7))
			is.Equal(faults(err), test.want) // before the room, the role and the condition
			unchanged(t, s, room)
		})
	}
	_, err := s.Update(t.Context(), rooms.Caller{}, room.ID, change, nil)
	is.New(t).True(errors.Is(err, rooms.ErrCaller)) // but after the caller
}

func TestConcurrentChangesOfOneVersion(t *testing.T) {
	operations := map[string]func(ctx context.Context, s *rooms.Service, id string, i int) error{
		"updates": func(ctx context.Context, s *rooms.Service, id string, i int) error {
			_, err := s.Update(ctx, alice, id, rooms.Change{Name: new(string(rune('a' + i)))}, version(1))
			return err
		},
		"an update and deletions": func(ctx context.Context, s *rooms.Service, id string, i int) error {
			if i > 0 {
				return s.Delete(ctx, alice, id, version(1))
			}
			_, err := s.Update(ctx, alice, id, rooms.Change{Name: new("New")}, version(1))
			return err
		},
	}
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		s := service(t, db, rooms.Config{})
		for name, call := range operations {
			t.Run(name, func(t *testing.T) {
				is := is.New(t)
				for range 5 {
					room, won := made(t, s, alice, rooms.Change{}), 0
					for _, err := range atOnce(6, func(i int) error { return call(t.Context(), s, room.ID, i) }) {
						if err == nil {
							won++
							continue
						}
						is.True(errors.Is(err, rooms.ErrVersion) || // the others learn that they were late
							errors.Is(err, rooms.ErrNotFound))
					}
					is.Equal(won, 1) // of several changes of one version one is made
				}
			})
		}
	})
}

func TestChangesThatChangeNothing(t *testing.T) {
	end := time.Date(2026, 12, 24, 18, 0, 0, 123456000, time.UTC)
	draft := rooms.Change{Name: new("Budget"), ExternalID: new("event"), ExpiresAt: new(end),
		Metadata:      new(map[string]any{"a": "b"}),
		Configuration: new(map[string]any{"everyone_can_mute": true, "can_publish_sources": []any{"camera"}})}
	tests := map[string]rooms.Change{
		"nothing":                   {},
		"the same name":             {Name: new("Budget")},
		"the same level":            {AccessLevel: new(rooms.Trusted)},
		"the same external id":      {ExternalID: new("event")},
		"the same end":              {ExpiresAt: &end},
		"in another time zone":      {ExpiresAt: new(end.In(time.FixedZone("", 7*3600)))},
		"with nanoseconds":          {ExpiresAt: new(end.Add(999))},
		"the same metadata":         {Metadata: &map[string]any{"a": "b"}},
		"the same metadata, merged": {Metadata: &map[string]any{"a": "b"}, Merge: true},
		"no metadata, merged":       {Metadata: &map[string]any{}, Merge: true},
		"null for absent metadata":  {Metadata: &map[string]any{"x": nil}, Merge: true},
		"the same settings": {Configuration: &map[string]any{"can_publish_sources": []any{"camera"},
			"everyone_can_mute": true}},
		"the same settings as Go has it": {Configuration: &map[string]any{"can_publish_sources": []any{"camera"},
			"everyone_can_mute": true}, Merge: true},
		"one of the settings, merged": {Configuration: &map[string]any{"everyone_can_mute": true}, Merge: true},
		"no settings, merged":         {Configuration: &map[string]any{}, Merge: true},
		"null for an absent one":      {Configuration: &map[string]any{"x": nil}, Merge: true},
	}
	is := is.New(t)
	clock, diary := newClock(), &diary{}
	stores, updates := counted(t)
	s := newService(t, rooms.Config{Stores: stores, Now: clock.now, OnEvent: diary.note})
	room := made(t, s, alice, draft)
	diary.events = nil
	clock.move(time.Hour)
	for name, change := range tests {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			same, err := s.Update(t.Context(), alice, room.ID, change, nil)
			is.NoErr(err)
			is.Equal(same, room)            // version and time as before
			is.Equal(*updates, 0)           // no write
			is.Equal(len(diary.kinds()), 0) // no event
		})
	}
	changed, err := s.Update(t.Context(), alice, room.ID, rooms.Change{Name: new("New")}, nil)
	is.NoErr(err)
	is.Equal(changed.Version, int64(2))   // whereas a change is one
	is.Equal(changed.UpdatedAt, clock.at) // of its time
	is.Equal(changed.CreatedAt, room.CreatedAt)
	is.Equal(*updates, 1)
}

func TestChangesToNothing(t *testing.T) {
	clock := newClock()
	s := newService(t, rooms.Config{Now: clock.now, DefaultAccessLevel: rooms.Restricted})
	null := rooms.ParseChange(object(t,
		`{"name":null,"external_id":null,"expires_at":null,"metadata":null,"configuration":null}`))
	merged := null
	merged.Merge = true
	tests := map[string]rooms.Change{
		"null": null, "null, merged": merged,
		"zero values": {Name: new(""), ExternalID: new(""), ExpiresAt: new(time.Time{}),
			Metadata: new(map[string]any), Configuration: new(map[string]any)},
	}
	for name, change := range tests {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			room := made(t, s, alice,
				rooms.Change{Name: new("Budget"), AccessLevel: new(rooms.Trusted), ExternalID: new("event"),
					ExpiresAt: new(clock.at.Add(time.Hour)), Metadata: new(map[string]any{"a": "b"}),
					Configuration: new(map[string]any{"everyone_can_mute": true})})
			reset, err := s.Update(t.Context(), alice, room.ID, change, nil)
			is.NoErr(err)
			want := room
			want.Name, want.ExternalID, want.ExpiresAt = room.Slug, "", time.Time{}
			want.Metadata, want.Configuration, want.Version, want.UpdatedAt = nil, map[string]any{}, 2, reset.UpdatedAt
			is.Equal(reset, want) // the defaults, whether merged or replaced
			unchanged(t, s, reset)
			blank := made(t, s, alice, change)
			is.Equal(blank.Name, blank.Slug) // and the defaults of a new room
			is.Equal(blank.Configuration, map[string]any{})
			is.Equal(blank.Metadata, map[string]string(nil))
		})
	}
}
