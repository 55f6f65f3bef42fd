package stats_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/rooms/roomsql"
	"github.com/anteroom-go/anteroom/rooms/stats"
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
	now := func() time.Time { return time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC) }
	store := roomsql.New(db)
	service, err := rooms.New(rooms.Config{Stores: rooms.Stores{Rooms: store, Transactor: store}, Now: now})
	if err != nil {
		panic(err)
	}
	caller := rooms.ForUser(rooms.Source{Kind: "web", Name: "Website"}, "alice")
	if _, _, err := service.Create(ctx, caller, rooms.Change{}); err != nil {
		panic(err)
	}
	statistics, err := stats.New(stats.Config{Store: store, Now: now})
	if err != nil {
		panic(err)
	}
	list, err := statistics.Of(ctx, caller, stats.Options{Interval: stats.Month})
	if err != nil {
		panic(err)
	}
	text, err := json.Marshal(list[len(list)-1])
	fmt.Println(len(list), err)
	fmt.Println(string(text))
	// Output:
	// 12 <nil>
	// {"period":"2026-11-01","source":{"kind":"web","id":"","name":"Website"},"created":1,"deleted":0,"users":1}
}

func ExampleCSV() {
	first := stats.Statistic{
		Start:  time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC),
		Source: rooms.Source{Kind: "web", Name: "Website"},
		Count:  stats.Count{Created: 3, Deleted: 1, Users: 2},
	}
	fmt.Print(strings.ReplaceAll(string(stats.CSV([]stats.Statistic{first})), "\r\n", "\n"))
	// Output:
	// period,source_kind,source_id,source_name,created,deleted,users
	// 2026-11-23,web,,Website,3,1,2
}
