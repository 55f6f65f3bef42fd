package rooms_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/matryer/is"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"

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
	is.True(event.Stores.Rooms != nil)
	event.Tx, event.Stores = nil, rooms.Stores{}
	return event
}

func TestEachChangeIsTold(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		is := is.New(t)
		diary := &diary{}
		s := service(t, db, rooms.Config{OnEvent: diary.note, ParseAddress: parseAddress})
		room := made(t, s, alice, rooms.Change{Name: new("Budget"), ExternalID: new("event")})
		is.Equal(diary.last(t), rooms.Event{Kind: rooms.EventRoomCreated, Room: room, Caller: alice})
		changed, err := s.Update(t.Context(), program, room.ID, rooms.Change{Name: new("New")}, nil)
		is.NoErr(err)
		is.Equal(diary.last(t), // as it is and as it was
			rooms.Event{Kind: rooms.EventRoomUpdated, Room: changed, Before: &room, Caller: program})
		member, _, err := s.AddAttendee(t.Context(), alice, room.ID, rooms.Invitee{Address: "Bob@example.com"})
		is.NoErr(err)
		is.Equal(diary.last(t), rooms.Event{Kind: rooms.EventAttendeeAdded, Room: changed, Attendee: member, Caller: alice})
		raised, _, err := s.AddAttendee(t.Context(), alice, room.ID,
			rooms.Invitee{Address: "bob@example.com", Role: rooms.Administrator})
		is.NoErr(err)
		is.Equal(diary.last(t), // by being added again
			rooms.Event{Kind: rooms.EventAttendeeChanged, Room: changed, Attendee: raised, Caller: alice})
		lowered, err := s.ChangeAttendee(t.Context(), alice, room.ID, member.ID, rooms.Member)
		is.NoErr(err)
		is.Equal(diary.last(t),
			rooms.Event{Kind: rooms.EventAttendeeChanged, Room: changed, Attendee: lowered, Caller: alice})
		is.NoErr(s.RemoveAttendee(t.Context(), alice, room.ID, member.ID))
		is.Equal(diary.last(t), // as they were
			rooms.Event{Kind: rooms.EventAttendeeRemoved, Room: changed, Attendee: lowered, Caller: alice})
		is.NoErr(s.Delete(t.Context(), alice, room.ID, nil))
		is.Equal(diary.last(t), rooms.Event{Kind: rooms.EventRoomDeleted, Room: changed, Caller: alice}) // as it was
	})
}

func TestReplacingTellsOfEachAttendee(t *testing.T) {
	is := is.New(t)
	diary := &diary{}
	s := newService(t, rooms.Config{OnEvent: diary.note, ParseAddress: parseAddress})
	room := staffed(t, s, rooms.Change{})
	diary.events = nil
	_, err := s.ReplaceAttendees(t.Context(), alice, room.ID, rooms.Invitees{List: []rooms.Invitee{
		{Address: "bob@example.com",
			Role: rooms.Administrator}, {Address: "new@example.com"}, {Address: "newer@example.com"}}})
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
			_, _, err := s.Create(ctx, alice, rooms.Change{ExternalID: new("new")})
			return err
		},
		"update": func(ctx context.Context) error {
			_, err := s.Update(ctx, alice, room.ID, rooms.Change{Name: new("New")}, nil)
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
			_, err := s.ReplaceAttendees(ctx, alice, room.ID,
				rooms.Invitees{List: []rooms.Invitee{{Address: "new@example.com"}}})
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
	insert := "INSERT INTO outbox (kind, room) VALUES (?, ?)"
	if o.db.Dialect().Name() == dialect.PG { // the placeholders are the driver's
		insert = "INSERT INTO outbox (kind, room) VALUES ($1, $2)"
	}
	_, err := event.Tx.ExecContext(ctx, insert, string(event.Kind), event.Room.ID)
	return errors.Join(err, o.err)
}

// rows returns how many there are, and removes them.
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
		s := service(t, db, rooms.Config{OnEvent: box.write, ParseAddress: parseAddress})
		for name := range changes(nil, rooms.Room{}, rooms.Attendee{}) {
			t.Run(name, func(t *testing.T) {
				is := is.New(t)
				room := staffed(t, s, rooms.Change{})
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
		outside := service(t, db, rooms.Config{ParseAddress: parseAddress})
		for name := range changes(nil, rooms.Room{}, rooms.Attendee{}) {
			t.Run(name, func(t *testing.T) {
				is := is.New(t)
				room := staffed(t, outside, rooms.Change{})
				before, stop, refused := attendees(t, outside, room), errors.New("stop"), errors.New("refused")
				is.Equal(db.RunInTx(t.Context(), nil, func(ctx context.Context, tx bun.Tx) error {
					inside := service(t, tx, rooms.Config{OnEvent: box.write, ParseAddress: parseAddress})
					is.NoErr(changes(inside, room, before[1])[name](ctx))
					return stop
				}), stop)
				is.Equal(box.rows(t), 0) // what the host rolls back takes its rows along
				unchanged(t, outside, room)
				is.NoErr(db.RunInTx(t.Context(), nil, func(ctx context.Context, tx bun.Tx) error {
					inside := service(t, tx, rooms.Config{OnEvent: box.write, ParseAddress: parseAddress})
					box.err = refused
					is.True(errors.Is(changes(inside, room, before[1])[name](ctx), refused))
					box.err = nil
					_, err := inside.Update(ctx, alice, room.ID, rooms.Change{ExternalID: new("after")}, nil)
					return err // a refused change does not spoil the transaction
				}))
				is.Equal(box.rows(t), 1) // of which the rest is kept
				is.Equal(attendees(t, outside, room), before)
				is.NoErr(outside.Delete(t.Context(), alice, room.ID, nil))
			})
		}
	})
}
