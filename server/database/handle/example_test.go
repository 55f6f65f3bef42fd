package handle_test

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/rooms/roomsql"
	"github.com/anteroom-go/anteroom/server"
	"github.com/anteroom-go/anteroom/server/database/handle"
	"github.com/anteroom-go/anteroom/server/database/migrate"
)

func Example() {
	dir, _ := os.MkdirTemp("", "anteroom")
	defer os.RemoveAll(dir)
	pool, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "host.db")+
		"?_txlock=immediate&_pragma=foreign_keys(1)&_pragma=busy_timeout(10000)")
	if err != nil {
		panic(err)
	}
	defer pool.Close()
	if err := book(context.Background(), pool); err != nil {
		panic(err)
	}
	// Output: Budget
}

// book makes a room in a transaction of the host's.
func book(ctx context.Context, pool *sql.DB) error {
	const url = "https://meet.example.org"
	keys := delegation.NewRootKeys()
	caller := rooms.ForUser(rooms.Source{Kind: "web"}, "4711", "alice@example.com")

	db, err := handle.DB(ctx, pool, "") // the *sql.DB of the host, which stays the host's
	if err != nil {
		return err
	}
	if err := (migrate.Migrator{Adopt: true}).Up(ctx, db); err != nil { // beside the tables of the host
		return err
	}
	api, err := server.New(ctx, server.Config{URL: url, RootKeys: keys, DB: db})
	if err != nil {
		return err
	}

	own, err := pool.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer own.Rollback()
	tx, err := handle.Tx(ctx, db, own)
	if err != nil {
		return err
	}
	inside := api.Rooms().On(roomsql.New(tx).Stores())
	room, _, err := inside.Create(ctx, caller, rooms.Change{Name: new("Budget")})
	if err != nil {
		return err
	}
	fmt.Println(room.Name)
	return own.Commit()
}
