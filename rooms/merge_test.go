package rooms_test

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"testing"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/rooms"
)

// object is a JSON text as a decoded object; null is none.
func object(t testing.TB, text string) map[string]any {
	t.Helper()
	var decoded map[string]any
	is.New(t).NoErr(json.Unmarshal([]byte(text), &decoded))
	return decoded
}

// anything is a schema that accepts every configuration.
func anything(map[string]any, *rooms.Faults) {}

func TestConfigurationsMergedAndReplaced(t *testing.T) {
	tests := map[string]struct{ before, change, merged, replaced string }{
		"a new value":             {`{"x":"y"}`, `{"x":"z"}`, `{"x":"z"}`, `{"x":"z"}`},
		"a new member":            {`{"x":"y"}`, `{"w":1}`, `{"x":"y","w":1}`, `{"w":1}`},
		"null removes":            {`{"x":"y"}`, `{"x":null}`, `{}`, `{"x":null}`},
		"null removes one of two": {`{"x":"y","w":1}`, `{"x":null}`, `{"w":1}`, `{"x":null}`},
		"null removes nothing":    {`{"x":"y"}`, `{"w":null}`, `{"x":"y"}`, `{"w":null}`},
		"a value for a list":      {`{"x":["y"]}`, `{"x":false}`, `{"x":false}`, `{"x":false}`},
		"a list for a value":      {`{"x":1}`, `{"x":["y"]}`, `{"x":["y"]}`, `{"x":["y"]}`},
		"a list for a list":       {`{"x":[{"y":"z"},2]}`, `{"x":[1]}`, `{"x":[1]}`, `{"x":[1]}`},
		"null in a list stays": {`{"x":[1,2]}`, `{"x":[null,{"y":null}]}`, `{"x":[null,{"y":null}]}`,
			`{"x":[null,{"y":null}]}`},
		"an object in an object": {`{"x":{"y":1,"z":2}}`, `{"x":{"y":3,"z":null}}`, `{"x":{"y":3}}`,
			`{"x":{"y":3,"z":null}}`},
		"an object for a value":      {`{"x":7}`, `{"x":{"y":1,"z":null}}`, `{"x":{"y":1}}`, `{"x":{"y":1,"z":null}}`},
		"an object for a list":       {`{"x":[7]}`, `{"x":{"y":1}}`, `{"x":{"y":1}}`, `{"x":{"y":1}}`},
		"a value for an object":      {`{"x":{"y":1}}`, `{"x":7}`, `{"x":7}`, `{"x":7}`},
		"nulls of a new object":      {`{}`, `{"x":{"y":{"z":null}}}`, `{"x":{"y":{}}}`, `{"x":{"y":{"z":null}}}`},
		"an empty object in another": {`{"x":{"y":1}}`, `{"x":{}}`, `{"x":{"y":1}}`, `{"x":{}}`},
		"a null that was there":      {`{"x":null}`, `{"w":1}`, `{"x":null,"w":1}`, `{"w":1}`},
		"a null for a null":          {`{"x":null}`, `{"x":null}`, `{}`, `{"x":null}`},
		"nothing":                    {`{"x":"y"}`, `{}`, `{"x":"y"}`, `{}`},
		"null":                       {`{"x":"y"}`, `null`, `{}`, `{}`},
		"names have case":            {`{"x":"y"}`, `{"X":null}`, `{"x":"y"}`, `{"X":null}`},
	}
	s := newService(t, rooms.Config{Schema: anything})
	for name, test := range tests {
		for merge, want := range map[bool]string{true: test.merged, false: test.replaced} {
			t.Run(map[bool]string{true: "merged/", false: "replaced/"}[merge]+name, func(t *testing.T) {
				is := is.New(t)
				room := made(t, s, alice, rooms.Change{Configuration: new(object(t, test.before))})
				change := rooms.ParseChange(object(t, `{"configuration":`+test.change+`}`))
				change.Merge = merge
				changed, err := s.Update(t.Context(), alice, room.ID, change, nil)
				is.NoErr(err)
				is.Equal(changed.Configuration, object(t, want))
				is.Equal(*change.Configuration, object(t, test.change)) // what the caller sent stays as it is
				unchanged(t, s, changed)
			})
		}
	}
}

func TestMetadataMergedAndReplaced(t *testing.T) {
	tests := map[string]struct {
		change           string
		merged, replaced map[string]string
		faults           string // what is wrong if it replaces
	}{
		"a new value":      {`{"x":"z"}`, map[string]string{"x": "z", "w": "1"}, map[string]string{"x": "z"}, ""},
		"a new pair":       {`{"n":""}`, map[string]string{"x": "y", "w": "1", "n": ""}, map[string]string{"n": ""}, ""},
		"null removes":     {`{"x":null}`, map[string]string{"w": "1"}, nil, "metadata.x invalid_type"},
		"null removes all": {`{"x":null,"w":null}`, nil, nil, "metadata.w invalid_type"},
		"null and a value": {`{"x":null,"w":"2"}`, map[string]string{"w": "2"}, nil, "metadata.x invalid_type"},
		"null for no pair": {`{"n":null}`, map[string]string{"x": "y", "w": "1"}, nil, "metadata.n invalid_type"},
		"nothing":          {`{}`, map[string]string{"x": "y", "w": "1"}, nil, ""},
		"null":             {`null`, nil, nil, ""},
		"names have case": {`{"X":"z"}`, map[string]string{"x": "y", "w": "1", "X": "z"}, map[string]string{"X": "z"},
			""},
		"text named null": {`{"x":"null"}`, map[string]string{"x": "null", "w": "1"}, map[string]string{"x": "null"}, ""},
		"lines and non-ASCII": {`{"x":"é\n☎"}`, map[string]string{"x": "é\n☎", "w": "1"},
			map[string]string{"x": "é\n☎"}, ""},
	}
	s := newService(t, rooms.Config{})
	for name, test := range tests {
		for merge, want := range map[bool]map[string]string{true: test.merged, false: test.replaced} {
			t.Run(map[bool]string{true: "merged/", false: "replaced/"}[merge]+name, func(t *testing.T) {
				is := is.New(t)
				room := made(t, s, alice, rooms.Change{Metadata: new(map[string]any{"x": "y", "w": "1"})})
				change := rooms.ParseChange(object(t, `{"metadata":`+test.change+`}`))
				change.Merge = merge
				changed, err := s.Update(t.Context(), alice, room.ID, change, nil)
				is.Equal(*change.Metadata, object(t, test.change)) // what the caller sent stays as it is
				if !merge && test.faults != "" {
					is.Equal(faults(err)[0], test.faults) // null is no text
					unchanged(t, s, room)
					return
				}
				is.NoErr(err)
				is.Equal(changed.Metadata, want)
				unchanged(t, s, changed)
			})
		}
	}
}

// one is a store that holds one room, for as many changes as a fuzzer makes.
type one struct {
	rooms.Store
	rooms.Transactor
	room rooms.Room
}

func (o *one) InTx(ctx context.Context, do func(context.Context, rooms.Tx) error) error {
	return do(ctx, rooms.Tx{Stores: rooms.Stores{Rooms: o, Transactor: o}})
}

func (o *one) Insert(_ context.Context, room rooms.Room, _ *rooms.Attendee) error {
	o.room = room
	return nil
}

func (o *one) Find(context.Context, rooms.View, string) (rooms.Room, rooms.Role, error) {
	return o.room, rooms.Owner, nil
}

func (o *one) Update(_ context.Context, _ rooms.View, room rooms.Room, _ int64) error {
	o.room = room
	return nil
}

// patched is RFC 7396 for any two JSON values, in other words than ours.
func patched(target, patch any) any {
	wanted, isObject := patch.(map[string]any)
	if !isObject {
		return patch
	}
	before, _ := target.(map[string]any)
	result := map[string]any{}
	for name, value := range before {
		if _, touched := wanted[name]; !touched {
			result[name] = value
		}
	}
	for name, value := range wanted {
		if value != nil {
			result[name] = patched(before[name], value)
		}
	}
	return result
}

func FuzzMerge(f *testing.F) {
	for _, seed := range [][2]string{
		{`{}`, `{}`}, {`{"a":{"b":[1,{"c":null}]}}`, `{"a":{"b":null,"d":{"e":null}}}`}, {`{"a":1}`,
			`{"a":{"b":{}}}`}, {`{"a":null}`, `{"b":null}`},
		{`{"a":{"b":1}}`, `{"a":null}`}, {`{"a":[{}]}`, `{"a":[null]}`}, {`{"é":"\u0000"}`,
			`{"é":null}`}, {`{"a":{"a":{"a":1}}}`, `{"a":{"a":{"a":{"a":1}}}}`},
	} {
		f.Add([]byte(seed[0]), []byte(seed[1]))
	}
	f.Fuzz(func(t *testing.T, first, second []byte) {
		var before, patch, copied map[string]any
		if json.Unmarshal(first, &before) != nil || json.Unmarshal(second, &patch) != nil || patch == nil {
			return
		}
		is := is.New(t)
		is.NoErr(json.Unmarshal(second, &copied))
		var was rooms.Room
		store := &one{}
		s := newService(t,
			rooms.Config{Stores: rooms.Stores{Rooms: store, Transactor: store}, Schema: anything,
				OnEvent: func(_ context.Context, event rooms.Event) error {
					if event.Before != nil {
						was = *event.Before
					}
					return nil
				}})
		room, _, err := s.Create(t.Context(), alice, rooms.Change{Configuration: new(before)})
		if err != nil {
			return
		}
		kept, err := json.Marshal(room.Configuration)
		is.NoErr(err)
		change := rooms.Change{Configuration: &patch, Merge: true}
		changed, err := s.Update(t.Context(), alice, room.ID, change, nil)
		is.True(reflect.DeepEqual(patch, copied)) // the patch stays as it is
		if errors.As(err, new(*rooms.InvalidError)) {
			return
		}
		is.NoErr(err)
		want := patched(object(t, string(kept)), patch).(map[string]any)
		is.Equal(changed.Configuration, want) // as the reference has it
		if was.ID != "" {
			text, err := json.Marshal(was.Configuration)
			is.NoErr(err)
			is.Equal(string(text), string(kept)) // and so does what was there before
		}
		again, err := s.Update(t.Context(), alice, room.ID, change, nil)
		is.NoErr(err)
		is.Equal(again, changed) // twice is once
	})
}
