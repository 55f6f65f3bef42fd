package rooms_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/server/database"
)

func Example() {
	ctx := context.Background()
	dir, _ := os.MkdirTemp("", "anteroom")
	defer os.RemoveAll(dir)
	db, err := database.Open(ctx, "file:"+filepath.Join(dir, "rooms.db"))
	if err != nil {
		panic(err)
	}
	defer db.Close()
	if err := database.Migrate(ctx, db); err != nil {
		panic(err)
	}

	service, _ := rooms.New(rooms.Config{Store: rooms.NewSQLStore(db)})
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
