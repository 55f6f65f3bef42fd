//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/anteroom-go/anteroom/server/internal/faults/stand"
)

func sqliteFaults() []fault {
	return []fault{
		{"sqlite-disk-full", "the disk of the SQLite file is full", sqliteDiskFull},
		{"sqlite-replaced", "the SQLite file is replaced while the server runs", sqliteReplaced},
		{"sqlite-deleted", "the SQLite file is deleted while the server runs", sqliteDeleted},
		{"sqlite-readonly", "the SQLite file becomes read-only", sqliteReadonly},
		{"sqlite-corrupt", "the SQLite file is damaged while the server runs, and at the start", sqliteCorrupt},
		{"sqlite-foreign", "a file of another program is named as the database", sqliteForeign},
	}
}

func sqliteDiskFull(ctx context.Context, t *trial) (string, error) {
	disk, err := t.smallDisk(24)
	if err != nil {
		return "", err
	}
	s, err := t.onSQLite(ctx, disk)
	if err != nil {
		return "", err
	}
	filler := filepath.Join(disk, "filler")
	return outage{stand: s, length: pick(t, 15*time.Second, 4*time.Second),
		begin: func(context.Context) error { return fill(filler) },
		end:   func(context.Context) error { return os.Remove(filler) },
	}.run(ctx)
}

// sqliteReplaced moves the file away and puts an empty database of the program in its
// place, and moves it back.
func sqliteReplaced(ctx context.Context, t *trial) (string, error) {
	s, file, err := t.inScratch(ctx)
	if err != nil {
		return "", err
	}
	other, _, err := t.inScratch(ctx)
	if err != nil {
		return "", err
	}
	return outage{stand: s, length: pick(t, 12*time.Second, 4*time.Second),
		begin: func(context.Context) error {
			if err := os.Rename(file, file+".away"); err != nil {
				return err
			}
			return os.Rename(filepath.Join(other.Dir, "anteroom.db"), file)
		},
		end: func(context.Context) error { return os.Rename(file+".away", file) },
	}.run(ctx)
}

// inScratch installs the program on a file in a directory of its own.
func (t *trial) inScratch(ctx context.Context) (s *stand.Stand, file string, err error) {
	dir, err := t.scratch()
	if err != nil {
		return nil, "", err
	}
	s, err = t.onSQLite(ctx, dir)
	return s, filepath.Join(dir, "anteroom.db"), err
}

// sqliteDeleted deletes the file. What was in it is gone; no room may be acknowledged
// after the server had time to notice, no file may be made in its place, and
// /readyz must tell.
func sqliteDeleted(ctx context.Context, t *trial) (string, error) {
	s, file, err := t.inScratch(ctx)
	if err != nil {
		return "", err
	}
	r, stop, err := underLoad(ctx, s)
	if err != nil {
		return "", err
	}
	defer stop()
	r.begin()
	if err := os.Remove(file); err != nil {
		return "", err
	}
	pass(ctx, 3*time.Second)
	before := len(r.load.Acknowledged())
	pass(ctx, pick(t, 10*time.Second, 3*time.Second))
	r.load.Stop()
	wrong := []error{r.told(), r.load.During.Wrong()}
	after := len(r.load.Acknowledged()) - before
	if after > 0 {
		wrong = append(wrong, errors.New("rooms are written to a file that is gone"))
	}
	if _, err = os.Stat(file); err == nil {
		wrong = append(wrong, errors.New("a file was made in the place of the one that was deleted"))
	}
	return fmt.Sprintf("in the fault %s; %s; %d rooms acknowledged later than 3s after it",
		r.load.During, r.readyText(), after), errors.Join(wrong...)
}

// sqliteReadonly makes the file and those beside it immutable, which holds for root
// and for open files too.
func sqliteReadonly(ctx context.Context, t *trial) (string, error) {
	s, file, err := t.inScratch(ctx)
	if err != nil {
		return "", err
	}
	set := func(on bool) func(context.Context) error {
		return func(context.Context) error {
			for _, path := range []string{file, file + "-wal", file + "-shm"} {
				if err := stand.Immutable(path, on); err != nil {
					return err
				}
			}
			return nil
		}
	}
	t.cleanup(func() { _ = set(false)(ctx) })
	return outage{stand: s, length: pick(t, 12*time.Second, 4*time.Second), begin: set(true), end: set(false)}.run(ctx)
}
