//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"github.com/anteroom-go/anteroom/server/internal/faults/stand"
)

// postgresServer is the PostgreSQL server that the faults share.
type postgresServer struct {
	*stand.Postgres
	mark int // cleanups with which it is removed
}

// connections is how many connections the shared server takes.
const connections = 60

// postgres returns the shared server, which is started at the first use.
func (t *trial) postgres(ctx context.Context) (*stand.Postgres, error) {
	if t.shared != nil {
		return t.shared.Postgres, nil
	}
	server, err := stand.NewPostgres(ctx, fmt.Sprintf("max_connections=%d", connections))
	if err != nil {
		return nil, err
	}
	t.cleanups = append([]func(){t.cleanups[0], server.Remove}, t.cleanups[1:]...)
	t.shared = &postgresServer{server, 2}
	return server, nil
}

// onPostgres installs the program on a new database of the shared server.
func (t *trial) onPostgres(ctx context.Context, tablespace string) (*stand.Stand, *stand.Postgres, error) {
	server, err := t.postgres(ctx)
	if err != nil {
		return nil, nil, err
	}
	name, err := server.Database(ctx, tablespace)
	if err != nil {
		return nil, nil, err
	}
	t.cleanup(func() { _ = server.Exec(context.WithoutCancel(ctx), "DROP DATABASE "+name+" WITH (FORCE)") })
	dir, err := t.scratch()
	if err != nil {
		return nil, nil, err
	}
	s, err := stand.New(ctx, t.binary, dir, server.URL(name))
	return s, server, err
}

// onSQLite installs the program on a new file "anteroom.db" in a directory.
func (t *trial) onSQLite(ctx context.Context, dir string) (*stand.Stand, error) {
	return stand.New(ctx, t.binary, dir, "file:"+filepath.Join(dir, "anteroom.db"))
}

// onEach runs a fault on SQLite, and on PostgreSQL.
func (t *trial) onEach(ctx context.Context, run func(context.Context, *stand.Stand) (string, error)) (string, error) {
	s, _, err := t.inScratch(ctx)
	if err != nil {
		return "", err
	}
	figure, err := run(ctx, s)
	figure = "SQLite: " + figure
	if err != nil {
		err = fmt.Errorf("SQLite: %w", err)
	}
	if t.sqliteOnly {
		return figure, err
	}
	s, _, failed := t.onPostgres(ctx, "")
	if failed != nil {
		return figure, errors.Join(err, failed)
	}
	second, failed := run(ctx, s)
	if failed != nil {
		failed = fmt.Errorf("PostgreSQL: %w", failed)
	}
	return figure + "; PostgreSQL: " + second, errors.Join(err, failed)
}

// smallDisk mounts a file system of so many MiB in memory and returns its path.
func (t *trial) smallDisk(size int) (string, error) {
	dir, err := os.MkdirTemp("", "anteroom-faults-disk-") // where PostgreSQL's user can reach it
	if err != nil {
		return "", err
	}
	t.cleanup(func() { _ = os.RemoveAll(dir) })
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%dm,mode=0700", size)); err != nil {
		return "", fmt.Errorf("mounting a small disk (as root only): %w", err)
	}
	t.cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	return dir, nil
}

// fill writes a file until the disk is full.
func fill(path string) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	block := make([]byte, 4096)
	for err == nil {
		_, err = file.Write(block)
	}
	if !errors.Is(err, syscall.ENOSPC) {
		return errors.Join(err, file.Close())
	}
	return file.Close()
}
