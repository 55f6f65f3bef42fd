// Package filelock locks a file against other processes and goroutines. The
// kernel releases the lock of a process that dies.
package filelock

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/rogpeppe/go-internal/lockedfile"
)

// patience is how long Lock waits before it reports that it waits.
const patience = time.Second

// Lock locks the file beside the file named like, path+".lock", which it creates
// if need be. It waits until no one else holds the lock or ctx ends, calls waits
// once if that takes longer than a second, and returns the function that releases
// the lock. Waits may be nil.
func Lock(ctx context.Context, like string, waits func()) (unlock func(), err error) {
	path := like + ".lock"
	if err := create(path, like); err != nil {
		return nil, fmt.Errorf("locking the database: %w", err)
	}
	locked := lockInBackground(ctx, path)
	late := time.NewTimer(patience)
	defer late.Stop()
	for {
		select {
		case r := <-locked:
			return r.use(path)
		case <-late.C:
			if waits != nil {
				waits()
			}
		case <-ctx.Done():
			return nil, fmt.Errorf("waiting for the lock %s: %w", path, ctx.Err())
		}
	}
}

// lockInBackground locks a file as soon as that is possible, and lets go of it if
// ctx has ended by then.
func lockInBackground(ctx context.Context, path string) <-chan result {
	locked := make(chan result)
	go func() {
		file, err := lockedfile.OpenFile(path, os.O_RDWR, 0)
		select {
		case locked <- result{file, err}:
		case <-ctx.Done():
			if err == nil {
				_ = file.Close()
			}
		}
	}()
	return locked
}

// result is a locked file, or the reason why there is none.
type result struct {
	file *lockedfile.File
	err  error
}

func (r result) use(path string) (unlock func(), err error) {
	if r.err != nil {
		return nil, fmt.Errorf("locking the database: %w", r.err)
	}
	narrow(r.file, path)
	return func() { _ = r.file.Close() }, nil
}

// create makes the lock file with mode 0600: whoever can open it can keep others
// waiting. Made by root, it belongs to the owner of the database, who must be able
// to lock it too. A file that exists is left as it is, and so is what a link points
// to.
func create(path, like string) error {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return errors.Join(giveToOwnerOf(like, file), file.Close())
}

// narrow takes the lock file of an earlier version, which anyone could read, away
// from others. Root leaves it alone: a link could stand in its place.
func narrow(file *lockedfile.File, path string) {
	info, err := os.Lstat(path)
	if err == nil && info.Mode().IsRegular() && info.Mode().Perm()&0o077 != 0 && os.Geteuid() != 0 {
		_ = file.Chmod(0o600) // the lock holds all the same
	}
}
