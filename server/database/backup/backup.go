// Package backup copies SQLite databases while they are used. It links no database driver.
package backup

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"
)

// ErrPostgres means that the database is not a SQLite file.
var ErrPostgres = errors.New("this is for SQLite: copy a PostgreSQL database with pg_dump")

// Copy writes the database, as it is at one moment, to a new file with mode 0600. Others may read and write the
// database meanwhile. The file appears under its name when it is whole and on the disk; no file is ever replaced. It
// is a database itself: a restore is a copy of it, made while no program uses the place it is copied to.
//
// It returns [ErrPostgres] for another kind of database, and an error that is [fs.ErrExist] if there is such a file.
func Copy(ctx context.Context, db bun.IDB, path string) (err error) {
	if db.Dialect().Name() != dialect.SQLite {
		return ErrPostgres
	}
	if _, err := os.Lstat(path); err == nil {
		return fmt.Errorf("backing up to %s: %w", path, fs.ErrExist)
	}
	partial, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*.partial") // with mode 0600
	if err != nil {
		return fmt.Errorf("backing up: %w", err)
	}
	defer func() { err = errors.Join(err, remove(partial.Name())) }()
	if err := partial.Close(); err != nil {
		return fmt.Errorf("backing up: %w", err)
	}
	if _, err := db.ExecContext(ctx, "VACUUM INTO ?", partial.Name()); err != nil {
		return fmt.Errorf("backing up: %w", err)
	}
	if err := publish(partial.Name(), path); err != nil {
		return fmt.Errorf("backing up: %w", err)
	}
	return nil
}

// publish gives the file its name when it is on the disk. A link, unlike a renaming, replaces no file.
func publish(partial, path string) error {
	if err := sync(partial); err != nil {
		return err
	}
	if err := os.Link(partial, path); err != nil {
		return err
	}
	return sync(filepath.Dir(path))
}

// sync writes a file or a directory to the disk.
func sync(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(file.Sync(), file.Close())
}

func remove(path string) error {
	if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
