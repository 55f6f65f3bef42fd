package roomsql_test

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

// A host's transaction takes the room with it.
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
	parse := func(address string) (string, bool) { return address, true } // of the host's users
	service, err := rooms.New(rooms.Config{Stores: roomsql.New(db).Stores(), ParseAddress: parse})
	if err != nil {
		panic(err)
	}
	caller := rooms.ForUser(rooms.Source{Kind: "web", Name: "Website"}, "alice", "alice@example.com")
	var room rooms.Room
	err = db.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) (err error) {
		room, _, err = service.On(roomsql.New(tx).Stores()).Create(ctx, caller, rooms.Change{})
		return errors.Join(err, errors.New("the host changed its mind"))
	})
	fmt.Println(err)
	_, err = service.Retrieve(ctx, caller, room.ID)
	fmt.Println(errors.Is(err, rooms.ErrNotFound))
	// Output:
	// the host changed its mind
	// true
}
