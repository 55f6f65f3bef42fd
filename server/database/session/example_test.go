package session_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/anteroom-go/anteroom/server/database"
	"github.com/anteroom-go/anteroom/server/database/session"
)

func ExampleCheck() {
	ctx := context.Background()
	dir, _ := os.MkdirTemp("", "anteroom")
	defer os.RemoveAll(dir)
	db, err := database.Open(ctx, "file:"+filepath.Join(dir, "host.db")) // or a handle on the host's own driver
	if err != nil {
		panic(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	fmt.Println(session.Check(ctx, db))

	_, _ = db.ExecContext(ctx, "PRAGMA foreign_keys = 0")
	var wrong *session.SettingError
	if errors.As(session.Check(ctx, db), &wrong) {
		fmt.Println(wrong.Setting, "must be", wrong.Want)
	}
	// Output:
	// <nil>
	// foreign_keys must be 1
}
