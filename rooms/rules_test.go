package rooms_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/rooms"
)

func TestRulesOfRooms(t *testing.T) {
	tests := map[string]struct {
		change rooms.Change
		want   []string
	}{
		"a name of 500 characters":   {rooms.Change{Name: new(strings.Repeat("é", 500))}, nil},
		"a name of 501":              {rooms.Change{Name: new(strings.Repeat("é", 501))}, []string{"name too_long"}},
		"a blank name":               {rooms.Change{Name: new(" \u00a0\u2003")}, []string{"name blank"}},
		"NUL in a name":              {rooms.Change{Name: new("a\x00")}, []string{"name invalid_characters"}},
		"invalid UTF-8 in a name":    {rooms.Change{Name: new("\xff")}, []string{"name invalid_characters"}},
		"a line separator in a name": {rooms.Change{Name: new("a\u2028b")}, []string{"name invalid_characters"}},
		"a level":                    {rooms.Change{AccessLevel: new(rooms.Restricted)}, nil},
		"an unknown level": {rooms.Change{AccessLevel: new(rooms.AccessLevel("open"))},
			[]string{"access_level invalid_choice"}},
		"public": {rooms.Change{AccessLevel: new(rooms.Public)},
			[]string{"access_level public_disabled"}},
		"an external id of 255": {rooms.Change{ExternalID: new(strings.Repeat("é", 255))}, nil},
		"an external id of 256": {rooms.Change{ExternalID: new(strings.Repeat("x", 256))},
			[]string{"external_id too_long"}},
		"ANSI in an external id": {rooms.Change{ExternalID: new("\x1b[31m")}, []string{"external_id invalid_characters"}},
		"an unknown setting":     {configured("x", 1), []string{"configuration.x unknown_field"}},
		"NUL in a setting": {configured("a\x00", 1),
			[]string{"configuration invalid_characters", "configuration.a? unknown_field"}},
		"a huge configuration": {configured("x", strings.Repeat("x", 9000)),
			[]string{"configuration too_long", "configuration.x unknown_field"}},
		"a value that is not JSON": {configured("x", make(chan int)),
			[]string{"configuration too_long", "configuration.x unknown_field"}},
		"media sources":          {configured("can_publish_sources", []any{"camera", "screen_share_audio"}), nil},
		"no media sources":       {configured("can_publish_sources", []any{}), nil},
		"null for media sources": {configured("can_publish_sources", nil), nil},
		"an unknown media source": {configured("can_publish_sources", []any{"camera", "x", "y"}),
			[]string{"configuration.can_publish_sources invalid_choice"}},
		"a number for one": {configured("can_publish_sources", []any{1}),
			[]string{"configuration.can_publish_sources invalid_choice"}},
		"one of them twice": {configured("can_publish_sources", []any{"camera", "camera"}),
			[]string{"configuration.can_publish_sources duplicate"}},
		"both": {configured("can_publish_sources", []any{"x", "camera", "camera"}),
			[]string{"configuration.can_publish_sources duplicate", "configuration.can_publish_sources invalid_choice"}},
		"a text for media sources": {configured("can_publish_sources", "camera"),
			[]string{"configuration.can_publish_sources invalid_type"}},
		"a number to mute": {configured("everyone_can_mute", 1),
			[]string{"configuration.everyone_can_mute invalid_type"}},
		"every fault": {rooms.Change{Name: new(" "), AccessLevel: new(rooms.AccessLevel("x")), ExternalID: new("\n"),
			Metadata:      new(map[string]any{"m": 1}),
			Configuration: new(map[string]any{"a": 1, "everyone_can_mute": "x"}), ExpiresAt: new(time.Date(2020, 1, 1, 0, 0, 0,
				0, time.UTC))},
			[]string{"access_level invalid_choice", "configuration.a unknown_field",
				"configuration.everyone_can_mute invalid_type",
				"expires_at not_in_future", "external_id invalid_characters", "metadata.m invalid_type", "name blank"}},
	}
	s := newService(t, rooms.Config{})
	kept := made(t, s, alice, rooms.Change{Name: new("Kept")})
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			room, created, err := s.Create(t.Context(), alice, test.change)
			if test.want == nil {
				is.NoErr(err)
				is.NoErr(s.Delete(t.Context(), alice, room.ID, nil))
				return
			}
			is.Equal(faults(err), test.want)   // every fault, by its field
			is.True(!created && room.ID == "") // and no room
			_, err = s.Update(t.Context(), alice, kept.ID, test.change, nil)
			is.Equal(faults(err), test.want) // the same rules for a change
			unchanged(t, s, kept)
		})
	}
}

// configured is a change of one setting.
func configured(key string, value any) rooms.Change {
	return rooms.Change{Configuration: &map[string]any{key: value}}
}

func TestPublicRooms(t *testing.T) {
	is := is.New(t)
	stores := newStores(t)
	open := newService(t, rooms.Config{Stores: stores, AllowPublic: true, DefaultAccessLevel: rooms.Public})
	room, _, err := open.Create(t.Context(), alice, rooms.Change{})
	is.NoErr(err)
	is.Equal(room.AccessLevel, rooms.Public)
	closed := newService(t, rooms.Config{Stores: stores})
	name, level := "New", rooms.Public
	changed, err := closed.Update(t.Context(), alice, room.ID, rooms.Change{Name: &name, AccessLevel: &level}, nil)
	is.NoErr(err)
	is.Equal(changed.AccessLevel, rooms.Public) // a room that is public may stay so
	level = rooms.Trusted
	_, err = closed.Update(t.Context(), alice, room.ID, rooms.Change{AccessLevel: &level}, nil)
	is.NoErr(err)
	level = rooms.Public
	_, err = closed.Update(t.Context(), alice, room.ID, rooms.Change{AccessLevel: &level}, nil)
	var invalid *rooms.InvalidError
	is.True(errors.As(err, &invalid)) // but does not become it again
	is.Equal(invalid.Faults[0].Message, "Public rooms are disabled for the external API.")
}

func TestHostsSchema(t *testing.T) {
	is := is.New(t)
	s := newService(t, rooms.Config{Schema: func(c map[string]any, faults *rooms.Faults) {
		if _, ok := c["theme"].(string); !ok {
			faults.Add("configuration.theme", rooms.CodeInvalidType, "A text is expected.")
		}
	}})
	room, _, err := s.Create(t.Context(), alice, rooms.Change{Configuration: new(map[string]any{"theme": "dark", "n": 1})})
	is.NoErr(err)
	is.Equal(room.Configuration, map[string]any{"theme": "dark", "n": 1.0}) // as JSON has it
	_, _, err = s.Create(t.Context(), alice, rooms.Change{Configuration: new(map[string]any{"theme": 1}), Name: new(" ")})
	is.Equal(faults(err), []string{"configuration.theme invalid_type", "name blank"}) // with the faults of our rules
}

func FuzzConfiguration(f *testing.F) {
	for _, seed := range []string{`{}`, `{"can_publish_sources":["camera"],"everyone_can_mute":true}`,
		`{"everyone_can_mute":"true"}`, `{"x":{"y":[null,1e99]}}`, `{"can_publish_sources":[["camera"]]}`} {
		f.Add([]byte(seed))
	}
	s := newService(f, rooms.Config{})
	f.Fuzz(func(t *testing.T, text []byte) {
		var configuration map[string]any
		if json.Unmarshal(text, &configuration) != nil {
			return
		}
		room, _, err := s.Create(t.Context(), alice, rooms.Change{Configuration: &configuration})
		if errors.As(err, new(*rooms.InvalidError)) {
			return
		}
		if err != nil {
			t.Fatalf("accepted, but not kept: %v", err)
		}
		found, err := s.Retrieve(t.Context(), alice, room.ID)
		if err != nil || !reflect.DeepEqual(found.Configuration, room.Configuration) {
			t.Fatalf("kept as %v, found as %v (%v)", room.Configuration, found.Configuration, err)
		}
	})
}
