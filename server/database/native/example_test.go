package native_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/server/database"
	"github.com/anteroom-go/anteroom/server/database/native"
	"github.com/anteroom-go/anteroom/server/database/tables"
)

func ExampleRow() {
	ctx := context.Background()
	directory, err := os.MkdirTemp("", "native")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(directory)
	db, err := database.Open(ctx, "file:"+filepath.Join(directory, "example.db"))
	if err != nil {
		panic(err)
	}
	defer db.Close()
	if err := database.Migrate(ctx, db); err != nil {
		panic(err)
	}
	names, _ := tables.Of(db)
	fmt.Println(nameOf(ctx, db, names, "none"))
	// Output: sql: no rows in result set
}

// nameOf prints the name of a room.
func nameOf(ctx context.Context, db bun.IDB, names tables.Names, id string) error {
	var name string
	err := native.Row(ctx, db, names.SQL(`SELECT r.name FROM {rooms} AS r WHERE r.id = $1`), []any{id}, &name)
	if err != nil {
		return err
	}
	fmt.Println(name)
	return nil
}
