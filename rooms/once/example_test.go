package once_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/rooms/once"
	"github.com/anteroom-go/anteroom/rooms/roomsql"
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
	store := roomsql.New(db)
	service, err := rooms.New(rooms.Config{Stores: rooms.Stores{Rooms: store, Transactor: store}})
	if err != nil {
		panic(err)
	}
	requests, err := once.New(once.Config{Store: store.Requests(), Service: service})
	if err != nil {
		panic(err)
	}
	caller := rooms.ForProgram(rooms.Source{Kind: "import", Name: "Import"})
	request := once.Request{Route: "import", Key: "line 1", Fingerprint: "Budget"}
	name := "Budget"
	for range 2 { // the answer to the first is lost
		answer, replayed, err := requests.Do(ctx, caller, request,
			func(ctx context.Context, service *rooms.Service) ([]byte, error) {
				room, _, err := service.Create(ctx, caller, rooms.Change{Name: &name})
				return []byte(room.Name), err
			})
		fmt.Println(string(answer), replayed, err)
	}
	page, err := service.List(ctx, caller, rooms.ListOptions{})
	fmt.Println(page.Total, err)
	// Output:
	// Budget false <nil>
	// Budget true <nil>
	// 1 <nil>
}

func ExampleNew() {
	_, err := once.New(once.Config{})
	fmt.Println(err)
	// Output:
	// once: Config.Store is required
	// once: Config.Service is required
}
