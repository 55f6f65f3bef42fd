package rooms_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/rooms/roomsql"
	"github.com/anteroom-go/anteroom/server/database"
)

// open returns a new database, and what removes it again.
func open(ctx context.Context) (db *bun.DB, remove func()) {
	dir, _ := os.MkdirTemp("", "anteroom")
	db, err := database.Open(ctx, "file:"+filepath.Join(dir, "rooms.db"))
	if err != nil {
		panic(err)
	}
	if err := database.Migrate(ctx, db); err != nil {
		panic(err)
	}
	return db, func() { _ = db.Close(); _ = os.RemoveAll(dir) }
}

func Example() {
	ctx := context.Background()
	db, remove := open(ctx)
	defer remove()

	service, err := rooms.New(rooms.Config{Stores: roomsql.New(db).Stores(), ParseAddress: parseAddress})
	if err != nil {
		panic(err)
	}
	calendar := rooms.Source{Kind: "application", ID: "app_calendar", Name: "Calendar"}
	alice := rooms.ForUser(calendar, "4711", "alice@example.com")
	room, created, err := service.Create(ctx, alice, rooms.Change{Name: new("Budget")})
	fmt.Println(room.Name, room.AccessLevel, created, err)

	// Bob is invited by an address, and sees the room as soon as he comes with it.
	_, _, err = service.AddAttendee(ctx, alice, room.ID, rooms.Invitee{Address: "Bob@example.com"})
	bob := rooms.ForUser(calendar, "4712", "bob@example.com")
	page, err := service.List(ctx, bob, rooms.ListOptions{})
	fmt.Println(page.Total, page.Rooms[0].Name, err)

	// Another application does not see it, even for Alice.
	crm := rooms.Source{Kind: "application", ID: "app_crm", Name: "CRM"}
	_, err = service.Retrieve(ctx, rooms.ForUser(crm, "4711", "alice@example.com"), room.ID)
	fmt.Println(errors.Is(err, rooms.ErrNotFound))
	// Output:
	// Budget trusted true <nil>
	// 1 Budget <nil>
	// true
}

func ExampleService_Admit() {
	ctx := context.Background()
	db, remove := open(ctx)
	defer remove()
	service, _ := rooms.New(rooms.Config{Stores: roomsql.New(db).Stores(), ParseAddress: parseAddress,
		OnEvent: func(_ context.Context, e rooms.Event) error {
			fmt.Println(e.Kind)
			return nil
		}})
	alice := rooms.ForUser(rooms.Source{Kind: "application", ID: "app_calendar"}, "4711", "alice@example.com")
	room, _, _ := service.Create(ctx, alice, rooms.Change{AccessLevel: new(rooms.Restricted)})
	_, _, _ = service.AddAttendee(ctx, alice, room.ID,
		rooms.Invitee{Address: "Bob@example.com", Role: rooms.Administrator})

	for _, visitor := range []rooms.Visitor{{}, {UserID: "4712", Addresses: []string{"bob@example.com"}},
		{UserID: "4711"}} {
		admission, _ := service.Admit(ctx, room.Slug, visitor)
		fmt.Printf("%s as %q\n", admission.Decision, admission.Role)
	}
	// Output:
	// room.created
	// attendee.added
	// lobby as ""
	// enter as "administrator"
	// enter as "owner"
}

func ExampleParseChange() {
	ctx := context.Background()
	db, remove := open(ctx)
	defer remove()
	service, _ := rooms.New(rooms.Config{Stores: roomsql.New(db).Stores(), ParseAddress: parseAddress})
	program := rooms.ForProgram(rooms.Source{Kind: "application", ID: "app_calendar"})

	change := rooms.ParseChange(map[string]any{"name": " ", "access_level": 1, "slug": "ignored", "colour": "red"})
	_, _, err := service.Create(ctx, program, change)
	var invalid *rooms.InvalidError
	if errors.As(err, &invalid) {
		for _, fault := range invalid.Faults {
			fmt.Println(fault.Field, fault.Code)
		}
	}
	// Output:
	// access_level invalid_type
	// colour unknown_field
	// name blank
}
