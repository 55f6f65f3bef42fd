package rooms_test

import (
	"context"
	"errors"
	"testing"

	"github.com/matryer/is"
	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/server/database/dbtest"
)

// creators is a room of the calendar's with what is the calendar's own.
func creators(t testing.TB, s *rooms.Service) rooms.Room {
	t.Helper()
	return made(t, s, alice, rooms.Change{ExternalID: new("uid-1"), Metadata: &map[string]any{"case": "4711"}})
}

// TestCreatorsFieldsAreShownToTheCreator looks at a room on every way.
func TestCreatorsFieldsAreShownToTheCreator(t *testing.T) {
	ways := map[string]func(s *rooms.Service, caller rooms.Caller, room rooms.Room) (rooms.Room, error){
		"read": func(s *rooms.Service, caller rooms.Caller, room rooms.Room) (rooms.Room, error) {
			return s.Retrieve(t.Context(), caller, room.ID)
		},
		"looked up": func(s *rooms.Service, caller rooms.Caller, room rooms.Room) (rooms.Room, error) {
			return s.Lookup(t.Context(), caller, room.Slug)
		},
		"listed": func(s *rooms.Service, caller rooms.Caller, _ rooms.Room) (rooms.Room, error) {
			page, err := s.List(t.Context(), caller, rooms.ListOptions{})
			return page.Rooms[0], err
		},
		"changed": func(s *rooms.Service, caller rooms.Caller, room rooms.Room) (rooms.Room, error) {
			return s.Update(t.Context(), caller, room.ID, rooms.Change{Name: new(caller.Source.Name)}, nil)
		},
		"not changed": func(s *rooms.Service, caller rooms.Caller, room rooms.Room) (rooms.Room, error) {
			return s.Update(t.Context(), caller, room.ID, rooms.Change{}, nil)
		},
	}
	for name, way := range ways {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			s := newService(t, rooms.Config{})
			room := creators(t, s)
			other, err := way(s, through(alice, crm), room)
			is.NoErr(err)
			is.Equal(other.ID, room.ID)                              // a wider reach sees the room
			is.True(other.ExternalID == "" && other.Metadata == nil) // and nothing that is its creator's own
			is.Equal(other.Source, room.Source)                      // whom it is told
			own, err := way(s, through(alice, calendar), room)       // the creator, whatever its reach
			is.NoErr(err)
			is.Equal(own.ExternalID, room.ExternalID)                 // sees what it wrote
			is.Equal(own.Metadata, map[string]string{"case": "4711"}) // after what the other did
		})
	}
}

// TestCreatorsFieldsAreChangedByTheCreator changes a room through another source.
func TestCreatorsFieldsAreChangedByTheCreator(t *testing.T) {
	metadata := func(object map[string]any) *map[string]any { return &object }
	id, data := []string{"external_id not_creator"}, []string{"metadata not_creator"}
	tests := map[string]struct {
		change rooms.Change
		faults []string
	}{
		"what is everyone's": {rooms.Change{Name: new("Moved"), AccessLevel: new(rooms.Restricted)}, nil},
		"an external id":     {rooms.Change{ExternalID: new("mine")}, id},
		"the same one":       {rooms.Change{ExternalID: new("uid-1")}, id}, // no way to guess it
		"that of another":    {rooms.Change{ExternalID: new("uid-2")}, id}, // no conflict tells of it
		"metadata":           {rooms.Change{Metadata: metadata(map[string]any{"a": "b"})}, data},
		"the same":           {rooms.Change{Metadata: metadata(map[string]any{"case": "4711"})}, data},
		"merged metadata":    {rooms.Change{Merge: true, Metadata: metadata(map[string]any{"a": "b"})}, data},
		"what was shown": {
			rooms.Change{Name: new("Moved"), ExternalID: new(""), Metadata: metadata(map[string]any{})}, nil},
		"a merged removal": {rooms.Change{Merge: true, Metadata: metadata(map[string]any{"case": nil})}, nil},
		"both, and a name": {
			rooms.Change{Name: new(" "), ExternalID: new("mine"), Metadata: metadata(map[string]any{"a": "b"})},
			[]string{"external_id not_creator", "metadata not_creator", "name blank"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			s := newService(t, rooms.Config{})
			room := creators(t, s)
			made(t, s, alice, rooms.Change{ExternalID: new("uid-2")})
			_, err := s.Update(t.Context(), through(alice, crm), room.ID, test.change, nil)
			is.Equal(faults(err), test.faults)          // every fault, or none
			is.Equal(err == nil, len(test.faults) == 0) // and nothing else
			found, err := s.Retrieve(t.Context(), alice, room.ID)
			is.NoErr(err)
			is.Equal(found.ExternalID, room.ExternalID)                                    // as the creator wrote it
			is.Equal(found.Metadata, room.Metadata)                                        // as well
			is.Equal(found.Name == "Moved", test.change.Name != nil && test.faults == nil) // changed as a whole or not at all
		})
	}
}

func TestCreatorsFieldsInEvents(t *testing.T) {
	is := is.New(t)
	var events []rooms.Event
	s := newService(t, rooms.Config{OnEvent: func(_ context.Context, event rooms.Event) error {
		events = append(events, event)
		return nil
	}})
	room := creators(t, s)
	other := through(alice, crm)
	_, err := s.Update(t.Context(), other, room.ID, rooms.Change{Name: new("Moved")}, nil)
	is.NoErr(err)
	is.NoErr(s.Delete(t.Context(), other, room.ID, func(room rooms.Room) bool { return room.ExternalID == "" }))
	for _, event := range events {
		is.Equal(event.Room.ExternalID, "uid-1") // the host hears of the room as it is, whoever changes it
	}
	is.Equal(len(events), 3)
}

func TestExternalIDsAreLookedForAmongOnesOwn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		is := is.New(t)
		s := service(t, db, rooms.Config{})
		room, other := creators(t, s), through(alice, crm)
		find := func(caller rooms.Caller) int {
			page, err := s.List(t.Context(), caller, rooms.ListOptions{Filter: rooms.Filter{ExternalIDs: []string{"uid-1"}}})
			is.NoErr(err)
			is.Equal(page.Total, len(page.Rooms))
			return page.Total
		}
		is.Equal(find(alice), 1)
		is.Equal(find(through(alice, calendar)), 1) // whatever the reach
		is.Equal(find(other), 0)                    // an id of another source is not found
		mine, created, err := s.Create(t.Context(), other, rooms.Change{ExternalID: new("uid-1")})
		is.NoErr(err)
		is.True(created && mine.ID != room.ID) // nor in the way
		is.Equal(find(other), 1)
		_, err = s.Update(t.Context(), through(bob, crm), room.ID, rooms.Change{ExternalID: new("x")}, nil)
		is.True(errors.Is(err, rooms.ErrNotFound)) // nor does the refusal tell of rooms that are not seen
	})
}
