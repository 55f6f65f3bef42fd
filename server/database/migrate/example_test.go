package migrate_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"testing/fstest"

	"github.com/anteroom-go/anteroom/server/database"
	"github.com/anteroom-go/anteroom/server/database/migrate"
)

func Example() {
	ctx := context.Background()
	dir, _ := os.MkdirTemp("", "anteroom")
	defer os.RemoveAll(dir)
	db, err := database.Open(ctx, "file:"+filepath.Join(dir, "host.db")) // or a handle on the host's own driver
	if err != nil {
		panic(err)
	}
	defer db.Close()
	logger := slog.New(slog.NewTextHandler(os.Stderr, nil)) // is told when another process keeps this one waiting
	err = migrate.Migrator{Logger: logger}.Up(ctx, db)
	fmt.Println(err)

	notes := []byte("-- +goose Up\nCREATE TABLE notes (text TEXT NOT NULL);\n")
	own := fstest.MapFS{"migrations/00001_notes.sql": {Data: notes}}
	fmt.Println(migrate.Apply(ctx, db, "host_migrations", own)) // a host's migrations, beside ours
	// Output:
	// <nil>
	// <nil>
}
