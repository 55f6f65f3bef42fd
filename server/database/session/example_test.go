package session_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/uptrace/bun"

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

func ExampleShared() {
	checked := func(ctx context.Context, db *bun.DB) (bun.IDB, error) {
		if err := session.Check(ctx, db); err != nil {
			return nil, err
		}
		return session.Shared(db), nil
	}
	ctx := context.Background()
	dir, _ := os.MkdirTemp("", "anteroom")
	defer os.RemoveAll(dir)
	db, err := database.Open(ctx, "file:"+filepath.Join(dir, "host.db"))
	if err != nil {
		panic(err)
	}
	defer db.Close()
	shared, err := checked(ctx, db)
	if err != nil {
		panic(err)
	}
	err = shared.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.ExecContext(ctx, "CREATE TABLE notes (text TEXT)")
		return err
	})
	fmt.Println(err)
	// Output: <nil>
}
