package rooms_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/server/database"
)

// open returns a store on a new database, and what removes it again.
func open(ctx context.Context) (store rooms.Store, remove func()) {
	dir, _ := os.MkdirTemp("", "anteroom")
	db, err := database.Open(ctx, "file:"+filepath.Join(dir, "rooms.db"))
	if err != nil {
		panic(err)
	}
	if err := database.Migrate(ctx, db); err != nil {
		panic(err)
	}
	return rooms.NewSQLStore(db), func() { _ = db.Close(); _ = os.RemoveAll(dir) }
}

func Example() {
	ctx := context.Background()
	store, remove := open(ctx)
	defer remove()

	service, _ := rooms.New(rooms.Config{Store: store})
	calendar := rooms.Caller{User: "4711", Source: rooms.Source{Kind: "application", ID: "app_calendar", Name: "Calendar"}}
	crm := rooms.Caller{User: "4711", Source: rooms.Source{Kind: "application", ID: "app_crm", Name: "CRM"}}

	room, _, err := service.Create(ctx, calendar, rooms.Draft{Name: "Budget"})
	if err != nil {
		panic(err)
	}
	fmt.Println(room.Name, room.AccessLevel, room.Source.Name)
	_, err = service.Retrieve(ctx, crm, room.ID)
	fmt.Println("seen by another application:", !errors.Is(err, rooms.ErrNotFound))
	// Output:
	// Budget trusted Calendar
	// seen by another application: false
}

// directory knows the host's users by address.
type directory map[string]string

// CanonicalAddress implements rooms.Directory.
func (directory) CanonicalAddress(address string) (string, bool) {
	return strings.ToLower(address), true
}

// UserIDs implements rooms.Directory.
func (d directory) UserIDs(context.Context, []string) (map[string]string, error) { return d, nil }

func ExampleService_Admit() {
	ctx := context.Background()
	store, remove := open(ctx)
	defer remove()
	users := directory{"alice@example.com": "4711"}
	service, _ := rooms.New(rooms.Config{Store: store, Directory: users, OnEvent: func(_ context.Context, e rooms.Event) error {
		fmt.Println(e.Kind)
		return nil
	}})
	calendar := rooms.Caller{User: "4711", Address: "alice@example.com", Source: rooms.Source{Kind: "application", ID: "app_calendar"}}
	room, _, _ := service.Create(ctx, calendar, rooms.Draft{AccessLevel: rooms.Restricted})
	_, _, _ = service.AddAttendee(ctx, calendar, room.ID, rooms.Invitee{Address: "Bob@example.com", Role: rooms.Administrator})

	for _, visitor := range []rooms.Visitor{{}, {UserID: "4712", Address: "bob@example.com"}, {UserID: "4711"}} {
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
