package rooms_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/matryer/is"
	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/rooms/roomsql"
	"github.com/anteroom-go/anteroom/server/database/dbtest"
)

// TestAHookNeedsTransactions: without them it could not undo a change.
func TestAHookNeedsTransactions(t *testing.T) {
	is := is.New(t)
	stores := newStores(t)
	s := newService(t, rooms.Config{Stores: stores, OnEvent: (&diary{}).note}).On(rooms.Stores{Rooms: stores.Rooms})
	_, _, err := s.Create(t.Context(), alice, rooms.Change{})
	is.True(errors.Is(err, rooms.ErrUnsupported))
	is.Equal(total(t, s), 0) // nothing is changed unheard
}

func TestAServiceOnATransaction(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		is := is.New(t)
		box, stop := newOutbox(t, db), errors.New("stop")
		s := service(t, db, rooms.Config{OnEvent: box.write})
		var first, second rooms.Room
		is.True(errors.Is(roomsql.New(db).InTx(t.Context(), func(ctx context.Context, tx rooms.Tx) (err error) {
			first, _, err = s.On(tx.Stores).Create(ctx, alice, rooms.Change{})
			is.NoErr(err)
			_, _, err = s.On(tx.Stores).AddAttendee(ctx, alice, first.ID, rooms.Invitee{Address: "bob@example.com"})
			is.NoErr(err)
			return stop
		}), stop))
		_, err := s.Retrieve(t.Context(), alice, first.ID)
		is.True(errors.Is(err, rooms.ErrNotFound)) // rolled back with it
		is.Equal(box.rows(t), 0)
		second = made(t, s, alice, rooms.Change{})
		is.True(second.ID > first.ID) // ids ascend through all copies of a service
		is.Equal(box.rows(t), 1)
	})
}

// TestAHooksErrorIsNotTheStores guards against a hook whose error is taken for
// the store's: a hook may use a store itself.
func TestAHooksErrorIsNotTheStores(t *testing.T) {
	for _, own := range []error{rooms.ErrExternalIDTaken, rooms.ErrCodeTaken, rooms.ErrConflict, rooms.ErrNotFound} {
		for _, name := range []string{"create", "update", "delete"} {
			t.Run(name+"/"+own.Error(), func(t *testing.T) {
				is := is.New(t)
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				stores, called := newStores(t), 0
				room := made(t, newService(t, rooms.Config{Stores: stores}), alice, rooms.Change{})
				s := newService(t, rooms.Config{Stores: stores, OnEvent: func(context.Context, rooms.Event) error {
					if called++; called == 3 {
						cancel() // or it would go on for ever
					}
					return fmt.Errorf("the host's own: %w", own)
				}})
				err := changes(s, room, rooms.Attendee{})[name](ctx)
				is.Equal(called, 1)                                                     // nothing is tried again
				is.True(err != nil && strings.HasPrefix(err.Error(), "the host's own")) // and the error reaches the caller
			})
		}
	}
}

func TestNothingToTell(t *testing.T) {
	diary := &diary{}
	s := newService(t, rooms.Config{OnEvent: diary.note, ParseAddress: parseAddress})
	room := staffed(t, s, rooms.Change{Name: new("Budget"), ExternalID: new("event")})
	taken := made(t, s, alice, rooms.Change{ExternalID: new("taken")})
	all := attendees(t, s, room)
	quiet := map[string]func(ctx context.Context) (any, error){
		"created again": func(ctx context.Context) (any, error) {
			_, _, err := s.Create(ctx, alice, rooms.Change{ExternalID: new("event")})
			return nil, err
		},
		"a taken id": func(ctx context.Context) (any, error) {
			_, _, err := s.Create(ctx, dave, rooms.Change{ExternalID: new("event")})
			return nil, err
		},
		"an invalid creation": func(ctx context.Context) (any, error) {
			_, _, err := s.Create(ctx, alice, rooms.Change{Name: new(" ")})
			return nil, err
		},
		"an empty change": func(ctx context.Context) (any,
			error) {
			return s.Update(ctx, alice, room.ID, rooms.Change{}, nil)
		},
		"the same name": func(ctx context.Context) (any, error) {
			return s.Update(ctx, alice, room.ID, rooms.Change{Name: new("Budget")}, nil)
		},
		"an invalid change": func(ctx context.Context) (any, error) {
			return s.Update(ctx, alice, room.ID, rooms.Change{Name: new(" ")}, nil)
		},
		"a change to a taken id": func(ctx context.Context) (any, error) {
			return s.Update(ctx, alice, room.ID, rooms.Change{ExternalID: &taken.ExternalID}, nil)
		},
		"another version": func(ctx context.Context) (any, error) {
			return s.Update(ctx, alice, room.ID, rooms.Change{Name: new("New")}, version(7))
		},
		"a member's change": func(ctx context.Context) (any, error) {
			return s.Update(ctx, bob, room.ID, rooms.Change{Name: new("New")}, nil)
		},
		"a stranger's change": func(ctx context.Context) (any, error) {
			return s.Update(ctx, dave, room.ID, rooms.Change{Name: new("New")}, nil)
		},
		"an administrator's deletion": func(ctx context.Context) (any, error) {
			return nil,
				s.Delete(ctx, carol, room.ID, nil)
		},
		"a deletion of another version": func(ctx context.Context) (any, error) {
			return nil,
				s.Delete(ctx, alice, room.ID, version(7))
		},
		"added again": func(ctx context.Context) (any, error) {
			_, _, err := s.AddAttendee(ctx, alice, room.ID, rooms.Invitee{Address: "carol@example.com"})
			return nil, err
		},
		"added again with the same role": func(ctx context.Context) (any, error) {
			_, _, err := s.AddAttendee(ctx, alice, room.ID, rooms.Invitee{Address: "bob@example.com", Role: rooms.Member})
			return nil, err
		},
		"the owner added": func(ctx context.Context) (any, error) {
			_, _, err := s.AddAttendee(ctx, alice, room.ID, rooms.Invitee{Address: "alice@example.com"})
			return nil, err
		},
		"the same role": func(ctx context.Context) (any, error) {
			return s.ChangeAttendee(ctx, alice, room.ID, all[1].ID, rooms.Member)
		},
		"the owner removed": func(ctx context.Context) (any, error) {
			return nil,
				s.RemoveAttendee(ctx, alice, room.ID, all[0].ID)
		},
		"the same set": func(ctx context.Context) (any, error) {
			return s.ReplaceAttendees(ctx, alice, room.ID,
				rooms.Invitees{List: []rooms.Invitee{{Address: "bob@example.com"},
					{Address: "carol@example.com", Role: rooms.Administrator}}})
		},
		"looking":  func(ctx context.Context) (any, error) { return s.List(ctx, alice, rooms.ListOptions{}) },
		"the door": func(ctx context.Context) (any, error) { return s.Admit(ctx, room.Slug, rooms.Visitor{UserID: "bob"}) },
	}
	diary.events = nil
	for name, call := range quiet {
		t.Run(name, func(t *testing.T) {
			_, _ = call(t.Context())
			is.New(t).Equal(len(diary.kinds()), 0) // no change, no event
			unchanged(t, s, room)
		})
	}
}
