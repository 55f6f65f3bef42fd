package rooms_test

import (
	"context"
	"errors"
	"regexp"
	"testing"
	"time"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/rooms"
)

func TestDefaults(t *testing.T) {
	is := is.New(t)
	now := time.Date(2026, 11, 23, 11, 0, 0, 123456789, time.FixedZone("CET", 3600))
	s := newService(t, rooms.Config{PINLength: 8, Now: func() time.Time { return now }})
	room, _, err := s.Create(t.Context(), alice, rooms.Change{})
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

func TestTimeMovesWithAStandingClock(t *testing.T) {
	is := is.New(t)
	clock := newClock()
	s := newService(t, rooms.Config{Now: clock.now})
	room := made(t, s, alice, rooms.Change{})
	changed, err := s.Update(t.Context(), alice, room.ID, rooms.Change{Name: new("New")}, nil)
	is.NoErr(err)
	is.True(changed.UpdatedAt.After(room.UpdatedAt)) // a change is always later
}

// collide is a store in which the first codes are taken.
type collide struct {
	rooms.Store
	times int
	seen  map[string]bool
}

func (c *collide) Insert(ctx context.Context, room rooms.Room, owner *rooms.Attendee) error {
	c.seen[room.Slug] = true
	if c.times--; c.times >= 0 {
		return rooms.ErrCodeTaken
	}
	return c.Store.Insert(ctx, room, owner)
}

func TestCodesAreDrawnAgain(t *testing.T) {
	is := is.New(t)
	store := &collide{Store: newStores(t).Rooms, times: 150, seen: map[string]bool{}}
	s := newService(t, rooms.Config{Stores: rooms.Stores{Rooms: store}, PINLength: 6})
	made(t, s, alice, rooms.Change{}) // a collision never reaches the caller
	is.Equal(len(store.seen), 151)    // a new slug each time
	store.times = 1 << 30
	_, _, err := s.Create(t.Context(), alice, rooms.Change{})
	is.True(errors.Is(err, rooms.ErrCodeTaken)) // but it does not go on for ever
}

func TestPINLengths(t *testing.T) {
	is := is.New(t)
	for length, want := range map[int]string{0: `^$`, 6: `^[0-9]{6}$`, 12: `^[0-9]{12}$`} {
		room := made(t, newService(t, rooms.Config{PINLength: length}), alice, rooms.Change{})
		is.True(regexp.MustCompile(want).MatchString(room.PIN))
	}
}

func TestNewRefuses(t *testing.T) {
	stores := newStores(t)
	hears := func(context.Context, rooms.Event) error { return nil }
	plain := rooms.Stores{Rooms: stores.Rooms}
	tests := map[string]struct {
		config rooms.Config
		want   []string
	}{
		"no store":         {rooms.Config{}, []string{"Stores.Rooms"}},
		"an unknown level": {rooms.Config{Stores: plain, DefaultAccessLevel: "open"}, []string{"DefaultAccessLevel"}},
		"public by default": {rooms.Config{Stores: plain, DefaultAccessLevel: rooms.Public},
			[]string{"DefaultAccessLevel"}},
		"a short PIN":             {rooms.Config{Stores: plain, PINLength: 5}, []string{"PINLength"}},
		"a long PIN":              {rooms.Config{Stores: plain, PINLength: 13}, []string{"PINLength"}},
		"a negative PIN":          {rooms.Config{Stores: plain, PINLength: -1}, []string{"PINLength"}},
		"attendees, no addresses": {rooms.Config{Stores: stores}, []string{"ParseAddress"}},
		"attendees alone": {rooms.Config{Stores: rooms.Stores{Rooms: stores.Rooms, Attendees: stores.Attendees}},
			[]string{"Stores.Transactor", "ParseAddress"}},
		"a hook, no transactions": {rooms.Config{Stores: plain, OnEvent: hears}, []string{"Stores.Transactor"}},
		"everything": {rooms.Config{OnEvent: hears, DefaultAccessLevel: "x", PINLength: 1},
			[]string{"Stores.Rooms", "Stores.Transactor", "DefaultAccessLevel", "PINLength"}},
		"nothing, with all":        {rooms.Config{Stores: stores, ParseAddress: parseAddress, OnEvent: hears}, nil},
		"nothing, with rooms only": {rooms.Config{Stores: plain}, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			s, err := rooms.New(test.config)
			is.Equal(mistakes(err), test.want) // every mistake, by its field
			is.Equal(s == nil, err != nil)
		})
	}
	_, err := rooms.New(rooms.Config{})
	is.New(t).Equal(err.Error(), "rooms: Config.Stores.Rooms is required")
}

// mistakes are the fields of a configuration that were refused.
func mistakes(err error) (fields []string) {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return nil
	}
	for _, one := range joined.Unwrap() {
		var mistake *rooms.ConfigError
		if errors.As(one, &mistake) {
			fields = append(fields, mistake.Field)
		}
	}
	return fields
}
