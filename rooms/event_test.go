package rooms_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/matryer/is"
	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/server/database/dbtest"
)

// diary keeps what it is told.
type diary struct {
	mu     sync.Mutex
	events []rooms.Event
}

func (d *diary) note(_ context.Context, event rooms.Event) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.events = append(d.events, event)
	return nil
}

// kinds are those of the events since it was last asked.
func (d *diary) kinds() (kinds []rooms.EventKind) {
	for _, event := range d.events {
		kinds = append(kinds, event.Kind)
	}
	d.events = nil
	return kinds
}

// last is the one event since it was last asked, without its transaction.
func (d *diary) last(t *testing.T) rooms.Event {
	t.Helper()
	is := is.New(t)
	is.Equal(len(d.events), 1) // each change is told once
	event := d.events[0]
	d.events = nil
	is.True(event.Tx != nil) // in its transaction
	event.Tx = nil
	return event
}

func TestEachChangeIsTold(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		is := is.New(t)
		diary := &diary{}
		s := service(t, db, rooms.Config{OnEvent: diary.note, Directory: people})
		room := made(t, s, alice, rooms.Draft{Name: "Budget", ExternalID: "event"})
		is.Equal(diary.last(t), rooms.Event{Kind: rooms.EventRoomCreated, Room: room, Caller: alice})
		changed, err := s.Update(t.Context(), program, room.ID, rooms.Change{Name: new("New")})
		is.NoErr(err)
		is.Equal(diary.last(t), rooms.Event{Kind: rooms.EventRoomUpdated, Room: changed, Before: &room, Caller: program}) // as it is and as it was
		member, _, err := s.AddAttendee(t.Context(), alice, room.ID, rooms.Invitee{Address: "Bob@example.com"})
		is.NoErr(err)
		is.Equal(member.UserID, "bob")
		is.Equal(diary.last(t), rooms.Event{Kind: rooms.EventAttendeeAdded, Room: changed, Attendee: member, Caller: alice})
		raised, _, err := s.AddAttendee(t.Context(), alice, room.ID, rooms.Invitee{Address: "bob@example.com", Role: rooms.Administrator})
		is.NoErr(err)
		is.Equal(diary.last(t), rooms.Event{Kind: rooms.EventAttendeeChanged, Room: changed, Attendee: raised, Caller: alice}) // by being added again
		lowered, err := s.ChangeAttendee(t.Context(), alice, room.ID, member.ID, rooms.Member)
		is.NoErr(err)
		is.Equal(diary.last(t), rooms.Event{Kind: rooms.EventAttendeeChanged, Room: changed, Attendee: lowered, Caller: alice})
		is.NoErr(s.RemoveAttendee(t.Context(), alice, room.ID, member.ID))
		is.Equal(diary.last(t), rooms.Event{Kind: rooms.EventAttendeeRemoved, Room: changed, Attendee: lowered, Caller: alice}) // as they were
		is.NoErr(s.Delete(t.Context(), alice, room.ID, nil))
		is.Equal(diary.last(t), rooms.Event{Kind: rooms.EventRoomDeleted, Room: changed, Caller: alice}) // as it was
	})
}

func TestReplacingTellsOfEachAttendee(t *testing.T) {
	is := is.New(t)
	diary := &diary{}
	s := newService(t, rooms.Config{OnEvent: diary.note, Directory: people})
	room := staffed(t, s, rooms.Draft{})
	diary.events = nil
	_, err := s.ReplaceAttendees(t.Context(), alice, room.ID, []rooms.Invitee{
		{Address: "bob@example.com", Role: rooms.Administrator}, {Address: "new@example.com"}, {Address: "newer@example.com"}})
	is.NoErr(err)
	var told []string
	for _, event := range diary.events {
		told = append(told, fmt.Sprintf("%s %s %s", event.Kind, event.Attendee.Address, event.Attendee.Role))
	}
	is.Equal(told, []string{"attendee.added new@example.com member", "attendee.added newer@example.com member",
		"attendee.changed bob@example.com administrator", "attendee.removed carol@example.com administrator"}) // each once
}

// changes are all the changes that are told, of a room with bob as a member.
func changes(s *rooms.Service, room rooms.Room, bobs rooms.Attendee) map[string]func(ctx context.Context) error {
	return map[string]func(ctx context.Context) error{
		"create": func(ctx context.Context) error {
			_, _, err := s.Create(ctx, alice, rooms.Draft{ExternalID: "new"})
			return err
		},
		"update": func(ctx context.Context) error {
			_, err := s.Update(ctx, alice, room.ID, rooms.Change{Name: new("New")})
			return err
		},
		"delete": func(ctx context.Context) error { return s.Delete(ctx, alice, room.ID, nil) },
		"add": func(ctx context.Context) error {
			_, _, err := s.AddAttendee(ctx, alice, room.ID, rooms.Invitee{Address: "new@example.com"})
			return err
		},
		"change": func(ctx context.Context) error {
			_, err := s.ChangeAttendee(ctx, alice, room.ID, bobs.ID, rooms.Administrator)
			return err
		},
		"remove": func(ctx context.Context) error { return s.RemoveAttendee(ctx, alice, room.ID, bobs.ID) },
		"replace": func(ctx context.Context) error {
			_, err := s.ReplaceAttendees(ctx, alice, room.ID, []rooms.Invitee{{Address: "new@example.com"}})
			return err
		},
	}
}

// outbox is a table of a host's own, with a row for each event.
type outbox struct {
	db  *bun.DB
	err error // what the hook fails with after it wrote its row
}

func newOutbox(t *testing.T, db *bun.DB) *outbox {
	t.Helper()
	_, err := db.ExecContext(t.Context(), "CREATE TABLE outbox (kind TEXT NOT NULL, room TEXT NOT NULL)")
	is.New(t).NoErr(err)
	return &outbox{db: db}
}

func (o *outbox) write(ctx context.Context, event rooms.Event) error {
	_, err := event.Tx.ExecContext(ctx, "INSERT INTO outbox (kind, room) VALUES (?, ?)", string(event.Kind), event.Room.ID)
	return errors.Join(err, o.err)
}

// rows says how many there are, and removes them.
func (o *outbox) rows(t *testing.T) int {
	t.Helper()
	result, err := o.db.ExecContext(t.Context(), "DELETE FROM outbox")
	is.New(t).NoErr(err)
	n, err := result.RowsAffected()
	is.New(t).NoErr(err)
	return int(n)
}

func TestAnEventIsInTheTransaction(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		box := newOutbox(t, db)
		s := service(t, db, rooms.Config{OnEvent: box.write, Directory: people})
		for name := range changes(nil, rooms.Room{}, rooms.Attendee{}) {
			t.Run(name, func(t *testing.T) {
				is := is.New(t)
				room := staffed(t, s, rooms.Draft{})
				before, number := attendees(t, s, room), total(t, s)
				change := changes(s, room, before[1])[name]
				box.rows(t)
				box.err = errors.New("the host's own")
				is.True(errors.Is(change(t.Context()), box.err)) // its error reaches the caller
				box.err = nil
				is.Equal(box.rows(t), 0) // and undoes what the host wrote
				unchanged(t, s, room)    // and the change
				is.Equal(attendees(t, s, room), before)
				is.Equal(total(t, s), number)
				is.NoErr(change(t.Context())) // which may be tried again
				is.True(box.rows(t) > 0)      // and is kept with what the host wrote
			})
		}
	})
}

func TestAnEventInAHostsTransaction(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		box := newOutbox(t, db)
		outside := service(t, db, rooms.Config{Directory: people})
		for name := range changes(nil, rooms.Room{}, rooms.Attendee{}) {
			t.Run(name, func(t *testing.T) {
				is := is.New(t)
				room := staffed(t, outside, rooms.Draft{})
				before, stop, refused := attendees(t, outside, room), errors.New("stop"), errors.New("refused")
				is.Equal(db.RunInTx(t.Context(), nil, func(ctx context.Context, tx bun.Tx) error {
					inside := service(t, tx, rooms.Config{OnEvent: box.write, Directory: people})
					is.NoErr(changes(inside, room, before[1])[name](ctx))
					return stop
				}), stop)
				is.Equal(box.rows(t), 0) // what the host rolls back takes its rows along
				unchanged(t, outside, room)
				is.NoErr(db.RunInTx(t.Context(), nil, func(ctx context.Context, tx bun.Tx) error {
					inside := service(t, tx, rooms.Config{OnEvent: box.write, Directory: people})
					box.err = refused
					is.True(errors.Is(changes(inside, room, before[1])[name](ctx), refused))
					box.err = nil
					_, err := inside.Update(ctx, alice, room.ID, rooms.Change{ExternalID: new("after")})
					return err // a refused change does not spoil the transaction
				}))
				is.Equal(box.rows(t), 1) // of which the rest is kept
				is.Equal(attendees(t, outside, room), before)
				is.NoErr(outside.Delete(t.Context(), alice, room.ID, nil))
			})
		}
	})
}

func TestNothingToTell(t *testing.T) {
	diary := &diary{}
	s := newService(t, rooms.Config{OnEvent: diary.note, Directory: people})
	room := staffed(t, s, rooms.Draft{Name: "Budget", ExternalID: "event"})
	taken := made(t, s, alice, rooms.Draft{ExternalID: "taken"})
	all := attendees(t, s, room)
	quiet := map[string]func(ctx context.Context) (any, error){
		"created again": func(ctx context.Context) (any, error) {
			_, _, err := s.Create(ctx, alice, rooms.Draft{ExternalID: "event"})
			return nil, err
		},
		"a taken id": func(ctx context.Context) (any, error) {
			_, _, err := s.Create(ctx, dave, rooms.Draft{ExternalID: "event"})
			return nil, err
		},
		"an invalid draft": func(ctx context.Context) (any, error) {
			_, _, err := s.Create(ctx, alice, rooms.Draft{Name: " "})
			return nil, err
		},
		"an empty change": func(ctx context.Context) (any, error) { return s.Update(ctx, alice, room.ID, rooms.Change{}) },
		"the same name": func(ctx context.Context) (any, error) {
			return s.Update(ctx, alice, room.ID, rooms.Change{Name: new("Budget")})
		},
		"an invalid change": func(ctx context.Context) (any, error) {
			return s.Update(ctx, alice, room.ID, rooms.Change{Name: new(" ")})
		},
		"a change to a taken id": func(ctx context.Context) (any, error) {
			return s.Update(ctx, alice, room.ID, rooms.Change{ExternalID: &taken.ExternalID})
		},
		"another version": func(ctx context.Context) (any, error) {
			return s.Update(ctx, alice, room.ID, rooms.Change{Name: new("New"), Versions: []int64{7}})
		},
		"a member's change": func(ctx context.Context) (any, error) {
			return s.Update(ctx, bob, room.ID, rooms.Change{Name: new("New")})
		},
		"a stranger's change": func(ctx context.Context) (any, error) {
			return s.Update(ctx, dave, room.ID, rooms.Change{Name: new("New")})
		},
		"an administrator's deletion":   func(ctx context.Context) (any, error) { return nil, s.Delete(ctx, carol, room.ID, nil) },
		"a deletion of another version": func(ctx context.Context) (any, error) { return nil, s.Delete(ctx, alice, room.ID, []int64{7}) },
		"added again": func(ctx context.Context) (any, error) {
			_, _, err := s.AddAttendee(ctx, alice, room.ID, rooms.Invitee{Address: "carol@example.com"})
			return nil, err
		},
		"the owner added": func(ctx context.Context) (any, error) {
			_, _, err := s.AddAttendee(ctx, alice, room.ID, rooms.Invitee{Address: "alice@example.com"})
			return nil, err
		},
		"the same role": func(ctx context.Context) (any, error) {
			return s.ChangeAttendee(ctx, alice, room.ID, all[1].ID, rooms.Member)
		},
		"the owner removed": func(ctx context.Context) (any, error) { return nil, s.RemoveAttendee(ctx, alice, room.ID, all[0].ID) },
		"the same set": func(ctx context.Context) (any, error) {
			return s.ReplaceAttendees(ctx, alice, room.ID, []rooms.Invitee{{Address: "bob@example.com"}, {Address: "carol@example.com", Role: rooms.Administrator}})
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

func TestAStoreWithoutTransactionsTellsAfterwards(t *testing.T) {
	is := is.New(t)
	failing := errors.New("the host's own")
	s := newService(t, rooms.Config{Store: bare{newStore(t)}, OnEvent: func(_ context.Context, event rooms.Event) error {
		is.True(event.Tx == nil) // there is none
		return failing
	}})
	_, _, err := s.Create(t.Context(), alice, rooms.Draft{})
	is.True(errors.Is(err, failing)) // the error is the caller's to know
	page, err := s.List(t.Context(), alice, rooms.ListOptions{})
	is.NoErr(err)
	is.Equal(page.Total, 1) // but undoes nothing
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
				store, called := newStore(t), 0
				room := made(t, newService(t, rooms.Config{Store: store}), alice, rooms.Draft{})
				s := newService(t, rooms.Config{Store: store, OnEvent: func(context.Context, rooms.Event) error {
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
