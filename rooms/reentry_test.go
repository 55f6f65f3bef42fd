package rooms_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/matryer/is"
	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/rooms/roomsql"
	"github.com/anteroom-go/anteroom/server/database/dbtest"
)

// TestAHookThatCallsTheService: outside the transaction of the event every call is refused at
// once, where it would wait for the transaction that waits for it, or be kept alone.
func TestAHookThatCallsTheService(t *testing.T) {
	var service, plain *rooms.Service
	var outside func() *rooms.Service
	var room rooms.Room
	calls := map[string]func(ctx context.Context) error{
		"create": func(ctx context.Context) error {
			_, _, err := service.Create(ctx, alice, rooms.Change{})
			return err
		},
		"retrieve": func(ctx context.Context) error { _, err := service.Retrieve(ctx, alice, room.ID); return err },
		"lookup":   func(ctx context.Context) error { _, err := service.Lookup(ctx, alice, room.Slug); return err },
		"list":     func(ctx context.Context) error { _, err := service.List(ctx, alice, rooms.ListOptions{}); return err },
		"update": func(ctx context.Context) error {
			_, err := service.Update(ctx, alice, room.ID, rooms.Change{Name: new("B")}, nil)
			return err
		},
		"delete": func(ctx context.Context) error { return service.Delete(ctx, alice, room.ID, nil) },
		"attendees": func(ctx context.Context) error {
			_, _, err := service.AddAttendee(ctx, alice, room.ID, rooms.Invitee{Address: "bob@example.com"})
			return err
		},
		"admit":  func(ctx context.Context) error { _, err := service.Admit(ctx, room.Slug, rooms.Visitor{}); return err },
		"rename": func(ctx context.Context) error { return service.Rename(ctx, "a@example.com", "b@example.com") },
		"forget": func(ctx context.Context) error { return service.Forget(ctx, "a@example.com") },
		"another service on the database": func(ctx context.Context) error {
			_, err := outside().Update(ctx, alice, room.ID, rooms.Change{Name: new("D")}, nil)
			return err
		},
		"another service": func(ctx context.Context) error {
			return plain.Delete(context.WithoutCancel(ctx), alice, room.ID, nil)
		},
	}
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		is := is.New(t)
		plain = newServiceOn(t, db, nil)
		outside = func() *rooms.Service { return service.On(roomsql.New(db).Stores()) }
		room = made(t, plain, alice, rooms.Change{Name: new("A")})
		for name, call := range calls {
			service = newServiceOn(t, db, func(ctx context.Context, _ rooms.Event) error { return call(ctx) })
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // which no call waits for
			_, err := service.Update(ctx, alice, room.ID, rooms.Change{Name: new("C " + name)}, nil)
			is.True(errors.Is(err, rooms.ErrReentry)) // and the error tells why
			is.NoErr(ctx.Err())
			cancel()
			unchanged(t, plain, room) // nothing is kept, no half of it
		}
		is.Equal(total(t, plain), 1)
	})
}

// TestAHookOnItsTransaction: a service on the stores of the event is a part of the change.
func TestAHookOnItsTransaction(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		is := is.New(t)
		var service *rooms.Service
		var veto error
		service = newServiceOn(t, db, func(ctx context.Context, event rooms.Event) error {
			if event.Kind != rooms.EventRoomCreated || event.Room.Name == "second" {
				return nil
			}
			_, err := service.On(event.Stores).Update(ctx, alice, event.Room.ID, rooms.Change{Name: new("renamed")}, nil)
			is.NoErr(err)
			_, _, err = service.On(event.Stores).Create(ctx, alice, rooms.Change{Name: new("second")})
			is.NoErr(err)
			return veto
		})
		_, _, err := service.Create(t.Context(), alice, rooms.Change{Name: new("first")})
		is.NoErr(err)
		is.Equal(total(t, service), 2)
		veto = errors.New("veto")
		_, _, err = service.Create(t.Context(), alice, rooms.Change{Name: new("first")})
		is.True(errors.Is(err, veto))
		is.Equal(total(t, service), 2) // undone with the change
	})
}

// newServiceOn is a service on a database with a hook.
func newServiceOn(t *testing.T, db *bun.DB, hook func(context.Context, rooms.Event) error) *rooms.Service {
	t.Helper()
	return service(t, db, rooms.Config{OnEvent: hook, ParseAddress: parseAddress})
}
