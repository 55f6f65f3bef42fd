// Package filelock locks a file against other processes and goroutines. The
// kernel releases the lock of a process that dies.
package filelock

import (
	"context"
	"fmt"

	"github.com/rogpeppe/go-internal/lockedfile"
)

// Lock creates the file if need be, waits until nobody else holds it or ctx
// ends, and returns the function that lets go of it.
func Lock(ctx context.Context, path string) (unlock func(), err error) {
	type result struct {
		unlock func()
		err    error
	}
	locked := make(chan result)
	go func() {
		unlock, err := lockedfile.MutexAt(path).Lock()
		select {
		case locked <- result{unlock, err}:
		case <-ctx.Done():
			if err == nil {
				unlock()
			}
		}
	}()
	select {
	case r := <-locked:
		if r.err != nil {
			return nil, fmt.Errorf("locking the database: %w", r.err)
		}
		return r.unlock, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("waiting for the lock %s: %w", path, ctx.Err())
	}
}
